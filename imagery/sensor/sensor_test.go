package sensor_test

import (
	"strings"
	"testing"

	"parus/imagery/sensor"
	"parus/imagery/spectral"
)

func load(t *testing.T) sensor.Catalogue {
	t.Helper()
	all, err := sensor.Load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBuiltInSensorsAreComplete(t *testing.T) {
	t.Parallel()
	all := load(t)
	for _, key := range []string{"sentinel-2-l2a", "landsat-c2-l2", "mod13q1", "gaofen-wfv", "sentinel-1-grd", "landsat-tm-c2-l2"} {
		if _, ok := all.Find(key); !ok {
			t.Errorf("%s is missing", key)
		}
	}
	s2, _ := all.Find("sentinel-2-l2a")
	for _, x := range spectral.Indices() {
		for _, r := range x.Roles {
			if _, ok := s2.Role(r); !ok && !x.OfMeans {
				t.Errorf("Sentinel-2 has no band for %s of %s", r, x.Name)
			}
		}
	}
}

func TestSensorsAreRecognised(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		clue sensor.Clue
		want string
	}{
		{sensor.Clue{Collection: "sentinel-2-l2a"}, "sentinel-2-l2a"},
		{sensor.Clue{Constellation: "sentinel-2", Level: "L2A"}, "sentinel-2-l2a"},
		{sensor.Clue{ID: "S2B_MSIL2A_20200322T074609_N0500_R135_T36NYH_20230612T214223"}, "sentinel-2-l2a"},
		{sensor.Clue{Constellation: "sentinel-2", Level: "L1C"}, ""},
		{sensor.Clue{ID: "LC08_L2SP_123034_20200101"}, "landsat-c2-l2"},
		{sensor.Clue{ID: "LT05_L2SP_123034_20100101"}, "landsat-tm-c2-l2"},
		{sensor.Clue{Collection: "landsat-c2-l2", Constellation: "landsat-9"}, "landsat-c2-l2"},
		{sensor.Clue{Collection: "landsat-c2-l2", Constellation: "landsat-7"}, "landsat-tm-c2-l2"},
		{sensor.Clue{Collection: "sentinel-1-rtc"}, "sentinel-1-grd"},
		{sensor.Clue{ID: "MOD13Q1.A2013001.h12v10"}, "mod13q1"},
		{sensor.Clue{}, ""},
	} {
		got, ok := load(t).Match(c.clue)
		if ok != (c.want != "") || got.Key != c.want {
			t.Errorf("%+v: %q, want %q", c.clue, got.Key, c.want)
		}
	}
}

func TestBandsAreFoundByNameAliasAndRole(t *testing.T) {
	t.Parallel()
	s2, _ := load(t).Find("sentinel-2-l2a")
	for _, name := range []string{"B8A", "b8a", "nir08", "B08A"} {
		if b, ok := s2.Band(name); !ok || b.Name != "B8A" {
			t.Errorf("%s: %q", name, b.Name)
		}
	}
	gf, _ := load(t).Find("gaofen-wfv")
	if b, ok := gf.Role(spectral.NIR08); !ok || b.Name != "B4" {
		t.Errorf("the broad near infrared should stand in: %q", b.Name)
	}
	if _, ok := gf.Role(spectral.SWIR16); ok {
		t.Error("Gaofen WFV has no short-wave infrared")
	}
}

// Bands of several sensors meet by what they measure: band 4 is red on one and
// near infrared on another.
func TestBandsAreNamedInSeriesByWhatTheyMeasure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ sensor, band, layer string }{
		{"sentinel-2-l2a", "B04", "B04"}, {"sentinel-2-l2a", "B8A", "B8A"}, {"sentinel-2-l2a", "B01", "B01"},
		{"landsat-c2-l2", "SR_B4", "B04"}, {"landsat-c2-l2", "SR_B5", "B8A"}, {"landsat-c2-l2", "SR_B6", "B11"}, {"landsat-c2-l2", "SR_B7", "B12"},
		{"landsat-tm-c2-l2", "SR_B3", "B04"}, {"landsat-tm-c2-l2", "SR_B4", "B08"}, {"landsat-tm-c2-l2", "SR_B5", "B11"},
		{"gaofen-wfv", "B4", "B08"}, {"gaofen-wfv", "B1", "B02"},
		{"mod13q1", "NDVI", "ndvi"}, {"mod13q1", "EVI", "evi"}, {"mod13q1", "MIR", "B12"}, {"mod13q1", "DOY", sensor.DayLayer},
		{"sentinel-1-grd", "VH", "VH"},
	} {
		s, _ := load(t).Find(c.sensor)
		b, ok := s.Band(c.band)
		if !ok || b.Layer() != c.layer {
			t.Errorf("%s %s: layer %q, want %q", c.sensor, c.band, b.Layer(), c.layer)
		}
	}
}

func TestMarginsAreInMetres(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]float64{"sentinel-2-l2a": 20, "landsat-c2-l2": 30, "mod13q1": 0, "gaofen-wfv": 48} {
		if s, _ := load(t).Find(key); s.Mask.MarginM != want {
			t.Errorf("%s: margin of %v m, want %v", key, s.Mask.MarginM, want)
		}
	}
}

func TestOffsetFollowsTheBaseline(t *testing.T) {
	t.Parallel()
	s2, _ := load(t).Find("sentinel-2-l2a")
	for _, c := range []struct {
		baseline string
		dn       float64
		known    bool
	}{{"02.14", 0, true}, {"03.01", 0, true}, {"04.00", -1000, true}, {"05.11", -1000, true}, {"", 0, false}, {"4.0", 0, false}} {
		dn, known := s2.OffsetDN(c.baseline)
		if dn != c.dn || known != c.known {
			t.Errorf("%q: %v %v, want %v %v", c.baseline, dn, known, c.dn, c.known)
		}
	}
}

func TestSensorFilesThatAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":                "key: x",
		"unknown key":          "key: x\nsource: s\nkind: optical\ncolour: red\nbands: [{name: A, resolution_m: 1, scale: 1}]",
		"same name":            "key: x\nsource: s\nkind: optical\nbands: [{name: A, resolution_m: 1, scale: 1}, {name: B, aliases: [a], resolution_m: 1, scale: 1}]",
		"no resolution":        "key: x\nsource: s\nkind: optical\nbands: [{name: A, scale: 1}]",
		"no kind":              "key: x\nsource: s\nbands: [{name: A, resolution_m: 1, scale: 1}]",
		"needs nothing it has": "key: x\nsource: s\nkind: optical\nbands: [{name: A, resolution_m: 1, scale: 1}]\nneeds: [Q]",
		"an index unknown":     "key: x\nsource: s\nkind: optical\nbands: [{name: A, index: nope, quantity: index, resolution_m: 1, scale: 1}]",
		"an index of means":    "key: x\nsource: s\nkind: optical\nbands: [{name: A, index: rvi, quantity: index, resolution_m: 1, scale: 1}]",
		"mask missing":         "key: x\nsource: s\nkind: optical\nbands: [{name: A, resolution_m: 1, scale: 1}]\nmask: {band: Q}",
	} {
		if _, err := sensor.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("key: x\nsource: s\nkind: optical\nbands: [{name: A, resolution_m: 1, scale: 1}]")
	f.Add("[]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := sensor.Read(strings.NewReader(text))
		if err == nil && len(s.Bands) == 0 {
			t.Fatal("a sensor without bands was accepted")
		}
	})
}
