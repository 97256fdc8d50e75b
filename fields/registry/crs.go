package registry

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// datum names a geodetic datum of the Chinese registries.
type datum string

// The datums, and "other" for every other reference frame, which PROJ handles.
const (
	datumCGCS2000 datum = "CGCS2000"
	datumXian80   datum = "Xian 1980"
	datumBeijing  datum = "Beijing 1954"
	datumOther    datum = "other"
)

func (d datum) ellipsoid() ellipsoid {
	switch d {
	case datumXian80:
		return iag1975
	case datumBeijing:
		return krassowsky
	default:
		return cgcs2000Ellipsoid
	}
}

// firstZone gives the EPSG codes of 3-degree zone 25 with prefix and of
// central meridian 75°E without. Source: EPSG registry, as listed in NY/T 2539
// practice: CGCS2000 4513–4533 and 4534–4554, Xian 1980 2349–2369 and
// 2370–2390, Beijing 1954 2401–2421 and 2422–2442.
var firstZone = map[datum][2]int{
	datumCGCS2000: {4513, 4534},
	datumXian80:   {2349, 2370},
	datumBeijing:  {2401, 2422},
}

// geographicEPSG are the codes of the geographic systems of the datums.
var geographicEPSG = map[datum]int{datumCGCS2000: 4490, datumXian80: 4610, datumBeijing: 4214}

// system is a coordinate system of a Chinese registry.
type system struct {
	datum      datum
	geographic bool    // degrees; the rest is void
	lon0       float64 // central meridian, 0 where unknown
	prefix     int     // zone number in front of the easting, 0 for none
	wkt        string  // datumOther: what PROJ is given
}

// epsg returns the system's EPSG code, 0 where it has none here.
func (s system) epsg() int {
	base, ok := firstZone[s.datum]
	switch {
	case !ok:
		return 0
	case s.geographic:
		return geographicEPSG[s.datum]
	case s.prefix >= 25 && s.prefix <= 45:
		return base[0] + s.prefix - 25
	case s.prefix == 0 && s.lon0 >= 75 && s.lon0 <= 135 && math.Mod(s.lon0, 3) == 0:
		return base[1] + int(s.lon0-75)/3
	}
	return 0
}

func (s system) name() string {
	if c := s.epsg(); c > 0 {
		return fmt.Sprintf("EPSG:%d", c)
	}
	if s.geographic {
		return string(s.datum) + " lon/lat"
	}
	return fmt.Sprintf("%s Gauss-Kruger CM %g zone %d", s.datum, s.lon0, s.prefix)
}

// projection returns the Gauss-Krüger projection: false easting 500 km and
// the zone prefix in front.
func (s system) projection() *mercator {
	return newMercator(s.datum.ellipsoid(), s.lon0, 1, 500000+float64(s.prefix)*1e6, 0)
}

// chinese finds the system with an EPSG code of registry practice.
func chinese(code int) (system, bool) {
	for _, d := range []datum{datumCGCS2000, datumXian80, datumBeijing} {
		base := firstZone[d]
		switch {
		case code == geographicEPSG[d]:
			return system{datum: d, geographic: true}, true
		case code >= base[0] && code < base[0]+21:
			z := code - base[0] + 25
			return system{datum: d, lon0: float64(3 * z), prefix: z}, true
		case code >= base[1] && code < base[1]+21:
			return system{datum: d, lon0: float64(75 + 3*(code-base[1]))}, true
		}
	}
	return system{}, false
}

var (
	reDatum   = regexp.MustCompile(`(?i)DATUM\s*\[\s*"([^"]*)"`)
	reProj    = regexp.MustCompile(`(?i)PROJECTION\s*\[\s*"([^"]*)"`)
	reMethod  = regexp.MustCompile(`(?i)METHOD\s*\[\s*"([^"]*)"`)
	reParam   = regexp.MustCompile(`(?i)PARAMETER\s*\[\s*"([^"]*)"\s*,\s*([-+0-9.eE]+)`)
	reEPSG    = regexp.MustCompile(`(?i)^\s*EPSG:(\d+)\s*$`)
	reIsPlane = regexp.MustCompile(`(?i)^\s*(?:PROJCS|PROJCRS)`)
)

// parseSystem understands "EPSG:n" and well-known text (both versions, ESRI's
// spelling too). Whatever isn't a Chinese registry's system comes back as
// datumOther with its text, for PROJ.
func parseSystem(text string) (system, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if text == "" {
		return system{}, fmt.Errorf("coordinate system: empty text")
	}
	other := system{datum: datumOther, wkt: text}
	if m := reEPSG.FindStringSubmatch(text); m != nil {
		code, err := strconv.Atoi(m[1])
		if err != nil {
			return system{}, fmt.Errorf("coordinate system %q: %w", text, err)
		}
		if s, ok := chinese(code); ok {
			return s, nil
		}
		return other, nil
	}
	d := datumOf(text)
	if d == datumOther {
		return other, nil
	}
	if !reIsPlane.MatchString(text) {
		return system{datum: d, geographic: true}, nil
	}
	s, ok := gaussKruger(d, text)
	if !ok {
		return other, nil
	}
	return s, nil
}

func datumOf(wkt string) datum {
	m := reDatum.FindStringSubmatch(wkt)
	if m == nil {
		return datumOther
	}
	n := strings.ToLower(strings.NewReplacer("_", "", " ", "", "-", "").Replace(m[1]))
	switch {
	case strings.Contains(n, "china2000"), strings.Contains(n, "cgcs2000"), strings.Contains(n, "chinageodeticcoordinatesystem2000"):
		return datumCGCS2000
	case strings.Contains(n, "xian1980"), strings.Contains(n, "xian80"):
		return datumXian80
	case strings.Contains(n, "beijing1954"), strings.Contains(n, "beijing54"):
		return datumBeijing
	}
	return datumOther
}

// gaussKruger reads the central meridian and the zone prefix; false where the
// projection is another one.
func gaussKruger(d datum, wkt string) (system, bool) {
	m := reProj.FindStringSubmatch(wkt)
	if m == nil {
		m = reMethod.FindStringSubmatch(wkt)
	}
	if m == nil {
		return system{}, false
	}
	p := strings.ToLower(strings.ReplaceAll(m[1], " ", "_"))
	if p != "transverse_mercator" && p != "gauss_kruger" {
		return system{}, false
	}
	s := system{datum: d}
	scale, falseE := 1.0, 500000.0
	for _, q := range reParam.FindAllStringSubmatch(wkt, -1) {
		v, err := strconv.ParseFloat(q[2], 64)
		if err != nil {
			return system{}, false
		}
		switch strings.ToLower(strings.ReplaceAll(q[1], " ", "_")) {
		case "central_meridian", "longitude_of_natural_origin", "longitude_of_center":
			s.lon0 = v
		case "scale_factor", "scale_factor_at_natural_origin":
			scale = v
		case "false_easting":
			falseE = v
		case "false_northing":
			if v != 0 {
				return system{}, false
			}
		}
	}
	z := (falseE - 500000) / 1e6
	if scale != 1 || z != math.Trunc(z) || z < 0 || z > 60 {
		return system{}, false
	}
	s.prefix = int(z)
	return s, true
}

// provinces bounds the provinces of China generously in lon/lat by the first
// two digits of a county code: good enough to tell swapped axes and a wrong
// zone, no more. General knowledge; [Options.Extent] overrides it.
var provinces = map[string]orb.Bound{
	"11": box(115.3, 39.3, 117.7, 41.2), "12": box(116.6, 38.4, 118.2, 40.4),
	"13": box(113.3, 35.9, 120.0, 42.8), "14": box(110.1, 34.4, 114.7, 40.9),
	"15": box(97.0, 37.2, 126.2, 53.5), "21": box(118.7, 38.5, 125.9, 43.6),
	"22": box(121.5, 40.7, 131.5, 46.4), "23": box(121.0, 43.2, 135.3, 53.7),
	"31": box(120.7, 30.5, 122.2, 32.0), "32": box(116.2, 30.6, 122.1, 35.3),
	"33": box(117.9, 27.0, 123.0, 31.3), "34": box(114.7, 29.3, 119.8, 34.8),
	"35": box(115.7, 23.4, 120.9, 28.5), "36": box(113.4, 24.4, 118.6, 30.2),
	"37": box(114.6, 34.2, 122.9, 38.6), "41": box(110.2, 31.3, 116.8, 36.5),
	"42": box(108.2, 28.9, 116.3, 33.4), "43": box(108.6, 24.5, 114.4, 30.3),
	"44": box(109.5, 20.0, 117.5, 25.7), "45": box(104.3, 20.7, 112.2, 26.5),
	"46": box(108.4, 17.9, 111.3, 20.4), "50": box(105.1, 28.0, 110.4, 32.4),
	"51": box(97.2, 25.9, 108.7, 34.5), "52": box(103.4, 24.5, 109.7, 29.4),
	"53": box(97.4, 21.0, 106.4, 29.4), "54": box(78.2, 26.7, 99.3, 36.7),
	"61": box(105.3, 31.5, 111.4, 39.8), "62": box(92.1, 32.4, 108.9, 43.0),
	"63": box(89.2, 31.4, 103.3, 39.4), "64": box(104.1, 35.1, 107.8, 39.6),
	"65": box(73.3, 34.2, 96.6, 49.4),
}

// china bounds the mainland where no code tells the province.
var china = box(73.3, 17.9, 135.3, 53.8)

func box(w, s, e, n float64) orb.Bound { return orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{e, n}} }
