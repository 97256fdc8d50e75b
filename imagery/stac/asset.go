package stac

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parus/imagery"
	"parus/imagery/remote"
	"parus/imagery/sensor"
)

// asset is one file of an item.
type asset struct {
	Href        string            `json:"href"`
	Type        string            `json:"type"`
	Roles       []string          `json:"roles"`
	GSD         float64           `json:"gsd"`
	Bands       []json.RawMessage `json:"bands"`        // STAC 1.1
	EOBands     []json.RawMessage `json:"eo:bands"`     // STAC 1.0
	RasterBands []rasterBand      `json:"raster:bands"` // STAC 1.0
	rasterBand                    // STAC 1.1, for all bands of the asset
}

// rasterBand is what the raster extension tells of a band, under its names of
// STAC 1.0 and 1.1.
type rasterBand struct {
	Scale    *float64        `json:"scale"`
	Offset   *float64        `json:"offset"`
	Scale11  *float64        `json:"raster:scale"`
	Offset11 *float64        `json:"raster:offset"`
	NoData   json.RawMessage `json:"nodata"` // a number or "nan"
	Unit     string          `json:"unit"`   // "dB" of a radar's band
}

// namedBand is an entry of bands or eo:bands.
type namedBand struct {
	Name         string `json:"name"`
	CommonName   string `json:"common_name"`
	CommonName11 string `json:"eo:common_name"`
	rasterBand
}

// candidate is a band that an asset offers, with how well it fits.
type candidate struct {
	band    imagery.Band
	penalty float64
}

// assets resolves the bands of one item.
type assets struct {
	sensor sensor.Sensor
	item   *item
	base   string // file or URL that the item was read from
}

// bands returns the sensor's bands that the item has, in the sensor's order.
// Where several assets hold the same band, the one of the band's own
// resolution is taken, GeoTIFF before other formats, then by key.
func (a assets) bands() ([]imagery.Band, []string, error) {
	best := map[string]candidate{}
	for _, key := range sortedKeys(a.item.Assets) {
		for _, c := range a.candidates(key, a.item.Assets[key]) {
			if old, ok := best[c.band.Name]; !ok || c.penalty < old.penalty {
				best[c.band.Name] = c
			}
		}
	}
	var out []imagery.Band
	var notes []string
	for _, def := range a.sensor.Bands {
		c, ok := best[def.Name]
		if !ok {
			continue
		}
		href, note, err := resolve(a.base, c.band.Href)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", def.Name, err)
		}
		if note != "" && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
		c.band.Href = href
		out = append(out, c.band)
	}
	if len(out) == 0 {
		return nil, nil, fmt.Errorf("no asset holds a band of %s", a.sensor.Key)
	}
	if a.item.applied() {
		notes = append(notes, drop(out)...)
	}
	return out, notes, nil
}

// drop takes out offsets that the item says are in the pixels already.
func drop(bands []imagery.Band) []string {
	var dropped bool
	for i := range bands {
		if bands[i].Offset != 0 && bands[i].ScaleSource == "item" {
			bands[i].Offset, dropped = 0, true
		}
	}
	if !dropped {
		return nil
	}
	return []string{"the item gives an offset and says that it is applied already: not applied again"}
}

// Pictures for people are no data, though they name bands.
var (
	pictureKey  = regexp.MustCompile(`(?i)thumb|preview|overview|visual|(^|_)tci|(^|_)pvi|rendered`)
	pictureRole = []string{"thumbnail", "overview", "visual", "metadata"}
	keySuffix   = regexp.MustCompile(`(?i)([_-](\d+)m|-jp2|\.tiff?|\.jp2)$`)
)

func (a assets) candidates(key string, as asset) []candidate {
	if as.Href == "" || pictureKey.MatchString(key) || !isRaster(as.Type) ||
		slices.ContainsFunc(as.Roles, func(r string) bool { return slices.Contains(pictureRole, r) }) {
		return nil
	}
	entries := as.named()
	if len(entries) < 2 {
		var e namedBand
		if len(entries) == 1 {
			e = entries[0]
		}
		for _, name := range []string{key, trimKey(key), e.Name, e.CommonName, e.CommonName11} {
			if def, ok := a.sensor.Band(name); ok && name != "" {
				return []candidate{a.candidate(key, as, def, e, 0)}
			}
		}
		return nil
	}
	var out []candidate
	for i, e := range entries {
		for _, name := range []string{e.Name, e.CommonName, e.CommonName11} {
			if def, ok := a.sensor.Band(name); ok && name != "" {
				out = append(out, a.candidate(key, as, def, e, i))
				break
			}
		}
	}
	return out
}

// named reads bands or eo:bands; entries that are no objects (numbers in old
// items) count as nameless.
func (as asset) named() []namedBand {
	raw := as.Bands
	if len(raw) == 0 {
		raw = as.EOBands
	}
	out := make([]namedBand, len(raw))
	for i := range raw {
		_ = json.Unmarshal(raw[i], &out[i]) // nameless where it is no object
	}
	return out
}

// trimKey takes suffixes of resolution and format off an asset's key.
func trimKey(key string) string {
	for {
		short := keySuffix.ReplaceAllString(key, "")
		if short == key {
			return key
		}
		key = short
	}
}

func isRaster(mediaType string) bool {
	return mediaType == "" || strings.HasPrefix(mediaType, "image/") && !strings.HasPrefix(mediaType, "image/png") ||
		strings.HasPrefix(mediaType, "application/octet-stream") || strings.HasPrefix(mediaType, "application/x-hdf")
}

func (a assets) candidate(key string, as asset, def sensor.Band, e namedBand, i int) candidate {
	b := imagery.Band{Name: def.Name, Href: as.Href, Index: i + 1, NoData: def.NoData}
	infos := []rasterBand{e.rasterBand, as.rasterBand}
	if i < len(as.RasterBands) {
		infos = append([]rasterBand{as.RasterBands[i]}, infos...)
	}
	for _, r := range infos {
		b.Unit = cmp.Or(b.Unit, unitName(r.Unit))
	}
	for _, r := range infos {
		if v := r.nodata(); v != nil {
			b.NoData = v
			break
		}
	}
	for _, r := range infos {
		if scale := cmp.Or(r.Scale, r.Scale11); scale != nil && *scale > 0 && !math.IsInf(*scale, 0) && !def.Class {
			b.Scale, b.ScaleSource = *scale, "item"
			if off := cmp.Or(r.Offset, r.Offset11); off != nil {
				b.Offset = *off
			}
			break
		}
	}
	return candidate{b, penalty(key, as, def)}
}

func (r rasterBand) nodata() *float64 {
	var v *float64
	if json.Unmarshal(r.NoData, &v) != nil {
		return nil
	}
	return v
}

// unitName is a unit of backscatter under the name that imagery.Band knows.
func unitName(text string) string {
	switch strings.ToLower(text) {
	case "db", "decibel", "decibels":
		return string(imagery.Decibel)
	case "power", "linear", "amplitude":
		return strings.Replace(strings.ToLower(text), "linear", "power", 1)
	}
	return ""
}

// penalty orders assets of one band: by how far their resolution is from the
// band's own, then by format.
func penalty(key string, as asset, def sensor.Band) float64 {
	resolution := as.GSD
	if m := keySuffix.FindStringSubmatch(key); m != nil && m[2] != "" {
		if v, err := strconv.ParseFloat(m[2], 64); err == nil && v > 0 {
			resolution = v
		}
	}
	p := 0.0
	if resolution > 0 {
		p = 10 * math.Abs(math.Log2(resolution/def.ResolutionM))
	}
	if !strings.Contains(as.Type, "tiff") && !strings.HasSuffix(strings.ToLower(as.Href), ".tif") {
		p++
	}
	return p
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// resolve makes an href absolute against the file or URL that the item was
// read from. A local file that is not where the item says is looked for in the
// folders directly beside the item; the note says where it was found.
func resolve(base, href string) (resolved, note string, err error) {
	if isURL(base) {
		resolved, err = fromServer(base, href)
		return resolved, "", err
	}
	if u, err := url.Parse(href); err == nil && len(u.Scheme) > 1 {
		switch {
		case u.Scheme == "file":
			href = u.Path
		case remote.IsRemote(href):
			return href, "", nil
		default:
			return "", "", fmt.Errorf("href %.200q: nothing is read by %s: name a file, or an address of https, s3 or gs", href, u.Scheme)
		}
	}
	if strings.HasPrefix(href, "/vsi") {
		if !remote.IsRemote(href) && !inArchive(href) {
			return "", "", fmt.Errorf("href %.200q: of GDAL's virtual files those in archives, of https, s3 and gs are read: name a file, or such an address", href)
		}
		return href, "", nil
	}
	path := filepath.FromSlash(href)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(base), path)
	}
	if exists(path) {
		return path, "", nil
	}
	beside, err := filepath.Glob(filepath.Join(escapeGlob(filepath.Dir(base)), "*", escapeGlob(filepath.Base(path))))
	if err == nil && len(beside) == 1 && exists(beside[0]) {
		folder := filepath.Base(filepath.Dir(beside[0]))
		return beside[0], fmt.Sprintf("files are not where the item says but in the folder %s beside it", folder), nil
	}
	return "", "", fmt.Errorf("file %s is missing", path)
}

// inArchive tells whether one of GDAL's virtual paths leads into an archive on this
// machine, and nowhere else from there.
func inArchive(path string) bool {
	for _, kind := range []string{"/vsizip/", "/vsitar/", "/vsigzip/"} {
		if rest, ok := strings.CutPrefix(path, kind); ok {
			return !strings.Contains(rest, "/vsi")
		}
	}
	return false
}

// fromServer makes an href of a server's item absolute. A server may name files
// of other servers; it may not name files of this machine, nor other services
// on it.
func fromServer(base, href string) (string, error) {
	if strings.HasPrefix(href, "/vsi") && !remote.IsRemote(href) {
		return "", fmt.Errorf("href %.200q: an item of a server may not name files of this machine", href)
	}
	if remote.IsRemote(href) {
		href = remote.URL(href)
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("base: %w", err)
	}
	ref, err := u.Parse(href)
	if err != nil {
		return "", fmt.Errorf("href: %w", err)
	}
	if !remote.IsRemote(ref.String()) {
		return "", fmt.Errorf("href %.200q: an item of a server may not name files of this machine", href)
	}
	if (remote.OnThisMachine(ref.Hostname()) || remote.NeverAsked(ref.Hostname())) && ref.Host != u.Host {
		return "", fmt.Errorf("href %.200q: an item of %s may not name services of this machine or of its link", href, u.Host)
	}
	return ref.String(), nil
}

func exists(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && !fi.IsDir()
}

func escapeGlob(s string) string {
	return regexp.MustCompile(`[*?\[\\]`).ReplaceAllString(s, `\$0`)
}
