package stac

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/sensor"
)

// item is a STAC item, as far as it is used.
type item struct {
	ID         string                     `json:"id"`
	Collection string                     `json:"collection"`
	Geometry   json.RawMessage            `json:"geometry"`
	BBox       []float64                  `json:"bbox"`
	Properties map[string]json.RawMessage `json:"properties"`
	Assets     map[string]asset           `json:"assets"`

	Time      time.Time    `json:"-"`
	Footprint orb.Geometry `json:"-"`
}

// parseItem reads an item. On error the item still holds its ID if that could
// be read.
func parseItem(data []byte) (item, error) {
	var it item
	var id struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(data, &id) // only to name the item in the error below
	if err := json.Unmarshal(data, &it); err != nil {
		return item{ID: id.ID}, fmt.Errorf("the item cannot be read: %w", err)
	}
	if it.ID == "" {
		return it, errors.New("the item has no id")
	}
	if err := it.readTime(); err != nil {
		return it, err
	}
	return it, it.readFootprint()
}

func (it *item) readTime() error {
	text := cmp.Or(it.text("datetime"), it.text("start_datetime"))
	if text == "" {
		return errors.New("the item has no datetime")
	}
	t, err := parseTime(text)
	if err != nil {
		return fmt.Errorf("datetime: %w", err)
	}
	it.Time = t
	return nil
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no RFC 3339 time", text)
}

// readFootprint takes the geometry, or the bounding box where there is none.
func (it *item) readFootprint() error {
	if len(it.Geometry) > 0 && string(it.Geometry) != "null" {
		g, err := parseGeometry(it.Geometry)
		if err != nil {
			return fmt.Errorf("geometry: %w", err)
		}
		it.Footprint = g
		return nil
	}
	if b := it.BBox; len(b) == 4 || len(b) == 6 {
		n := len(b) / 2
		it.Footprint = orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[n], b[n+1]}}
		if b[0] > b[n] { // across the antimeridian (RFC 7946, section 5.2)
			it.Footprint = orb.Bound{Min: orb.Point{-180, b[1]}, Max: orb.Point{180, b[n+1]}}
		}
	}
	return nil
}

// parseGeometry reads a footprint: RFC 7946, polygons only. Heights are dropped.
func parseGeometry(data []byte) (orb.Geometry, error) {
	var g struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(data, &g); err != nil {
		return nil, err
	}
	switch g.Type {
	case "Polygon":
		var p orb.Polygon
		err := json.Unmarshal(g.Coordinates, &p)
		return p, err
	case "MultiPolygon":
		var p orb.MultiPolygon
		err := json.Unmarshal(g.Coordinates, &p)
		return p, err
	}
	return nil, fmt.Errorf("%.20q: a footprint is a Polygon or a MultiPolygon", g.Type)
}

// text returns a property that is a string or a number, as text.
func (it *item) text(name string) string {
	raw := it.Properties[name]
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

func (it *item) number(name string) *float64 {
	var v *float64
	if json.Unmarshal(it.Properties[name], &v) != nil || v == nil || math.IsNaN(*v) {
		return nil
	}
	return v
}

func (it *item) flag(name string) bool {
	var v bool
	return json.Unmarshal(it.Properties[name], &v) == nil && v
}

// applied tells whether the item says that its pixels have the offset of their
// baseline already.
func (it *item) applied() bool { return it.flag("earthsearch:boa_offset_applied") }

// orbit is a radar's direction of flight, "" where the item is silent.
func (it *item) orbit() string {
	switch o := strings.ToLower(it.text("sat:orbit_state")); o {
	case "ascending", "descending":
		return o
	}
	return ""
}

// Parts of the names that ESA gives Sentinel-2 products: baseline, tile and time
// of processing.
var (
	idBaseline = regexp.MustCompile(`_N(\d\d)(\d\d)_`)
	idTile     = regexp.MustCompile(`_T?(\d\d[C-X][A-Z]{2})_`)
	idMade     = regexp.MustCompile(`^S2[A-D]_MSIL.*_(\d{8}T\d{6})$`)
	tileCode   = regexp.MustCompile(`^(?:MGRS-)?T?(\d\d?[C-X][A-Z]{2})$`)
)

// baseline returns the processing baseline as "05.09", or "".
func (it *item) baseline() string {
	for _, name := range []string{"s2:processing_baseline", "processing:version", "sentinel:processing_baseline"} {
		if b := it.text(name); b != "" {
			whole, part, _ := strings.Cut(strings.TrimPrefix(b, "N"), ".")
			if len(whole) == 4 && part == "" {
				whole, part = whole[:2], whole[2:]
			}
			return fmt.Sprintf("%02s.%02s", whole, cmp.Or(part, "00"))
		}
	}
	if m := idBaseline.FindStringSubmatch(it.ID); m != nil {
		return m[1] + "." + m[2]
	}
	return ""
}

func (it *item) tile() string {
	for _, name := range []string{"s2:mgrs_tile", "grid:code"} {
		if m := tileCode.FindStringSubmatch(it.text(name)); m != nil {
			return m[1]
		}
	}
	if m := idTile.FindStringSubmatch(it.ID); m != nil {
		return m[1]
	}
	return ""
}

// made is when the product was made, zero where nothing tells.
func (it *item) made() time.Time {
	for _, name := range []string{"s2:generation_time", "processing:datetime"} {
		if t, err := parseTime(it.text(name)); err == nil {
			return t
		}
	}
	if m := idMade.FindStringSubmatch(it.ID); m != nil {
		if t, err := time.Parse("20060102T150405", m[1]); err == nil {
			return t
		}
	}
	for _, name := range []string{"created", "updated"} {
		if t, err := parseTime(it.text(name)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// updated is when the catalogue last changed the item, zero where it is silent.
func (it *item) updated() time.Time {
	t, _ := parseTime(it.text("updated")) // zero on error
	return t
}

// sensor recognises the product by what the item tells of its origin.
func (it *item) sensor(all sensor.Catalogue) (sensor.Sensor, error) {
	var level, platform string
	for _, name := range []string{"processing:level", "s2:product_type", "product:type"} {
		level = cmp.Or(level, it.text(name))
	}
	for _, name := range []string{"constellation", "platform", "mission", "eo:platform"} {
		platform = cmp.Or(platform, it.text(name))
	}
	s, ok := all.Match(sensor.Clue{ID: it.ID, Collection: it.Collection, Constellation: platform, Level: level})
	if !ok {
		return s, fmt.Errorf("sensor unknown: collection %q, platform %q, level %q", it.Collection, platform, level)
	}
	return s, nil
}

// scene turns an item into a scene.
func (l *loader) scene(it item, data []byte, base string) (imagery.Scene, error) {
	sn, err := it.sensor(l.sensors)
	if err != nil {
		return imagery.Scene{}, err
	}
	s := imagery.Scene{
		ID: it.ID, Collection: it.Collection, Sensor: sn.Key, Datetime: it.Time, Created: it.made(), Updated: it.updated(),
		CloudCover: it.number("eo:cloud_cover"), Baseline: it.baseline(), MGRSTile: it.tile(),
		OffsetApplied: it.applied(),
	}
	if sn.Kind == sensor.Radar {
		s.Orbit = it.orbit()
	}
	if it.Footprint != nil {
		s.Bound = imagery.FootprintBound(it.Footprint)
	}
	a := assets{sensor: sn, item: &it, base: base}
	if s.Bands, s.Notes, err = a.bands(); err != nil {
		return s, err
	}
	if err := l.complete(s, sn); err != nil {
		return s, err
	}
	if !l.query.Undigested {
		s.InputDigest, err = digest(data, s.Bands)
	}
	return s, err
}

// complete tells what band a scene lacks that it must have.
func (l *loader) complete(s imagery.Scene, sn sensor.Sensor) error {
	for _, name := range l.required(sn) {
		if _, ok := s.Band(name); !ok {
			return fmt.Errorf("band %s is missing", name)
		}
	}
	return nil
}

// required lists the bands that a scene of a sensor must have.
func (l *loader) required(sn sensor.Sensor) []string {
	var out []string
	if sn.Mask != nil && !sn.Mask.Optional && !sn.Mask.Computed {
		out = append(out, sn.Mask.Band)
	}
	if len(l.query.Bands) > 0 {
		return append(out, l.query.Bands...)
	}
	return append(out, sn.Needs...)
}
