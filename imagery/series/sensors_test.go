package series_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/series"
	"parus/imagery/zonal"
)

// seen is one parcel of ten pixels in one scene: so many are clear, and each
// layer has a mean in its steps.
func seen(sensor, scene string, at time.Time, pixelM, clear float64, layers []observe.Layer, means ...float64) *observe.Observation {
	o := &observe.Observation{Scene: scene, Sensor: sensor, PixelSizeM: pixelM, Datetime: at,
		Grid: imagery.Grid{Transform: imagery.GeoTransform{0, 10, 0, 0, 0, -10}}, Layers: layers}
	p := observe.Parcel{ID: "p", Covered: 10 * zonal.One, Valid: uint64(clear * zonal.One)}
	for k, m := range means {
		p.Sums = append(p.Sums, int64(m*clear*zonal.One))
		if layers[k].Name == "ndvi" && sensor != "mod13q1" {
			p.NDVI2 = observe.Wide{Lo: uint64(m * m * clear * zonal.One)}
		}
	}
	o.Parcels = []observe.Parcel{p}
	return o
}

var (
	s2Layers    = []observe.Layer{{Name: "B04", Scale: 1e-4}, {Name: "B08", Scale: 1e-4}, {Name: "ndvi", Scale: 1e-4}}
	l8Layers    = []observe.Layer{{Name: "B04", Scale: 2.75e-5, Offset: -.2}, {Name: "B8A", Scale: 2.75e-5, Offset: -.2}, {Name: "ndvi", Scale: 1e-4}}
	radarLayers = []observe.Layer{{Name: "VH", Scale: 1e-5, Power: true}, {Name: "VV", Scale: 1e-5, Power: true}}
	modisLayers = []observe.Layer{{Name: "day", Scale: 1}, {Name: "ndvi", Scale: 1e-4}}
)

func TestSensorsShareASeriesByHand(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	got, err := series.Assemble([]*observe.Observation{
		seen("s2", "S2-5", day(5), 10, 10, s2Layers, 500, 4500, 8000),
		seen("l8", "L8-8", day(8), 30, 10, l8Layers, 10000, 24000, 7000), // .075 and .46
		seen("s1", "S1-5", day(5), 10, 10, radarLayers, 1000, 10000),     // −20 and −10 dB
		seen("s1", "S1-9", day(9), 10, 10, radarLayers, 2000, 20000),     // −16.9897 and −6.9897 dB
	})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	rvi := float32(4 * .01 / .11)
	want := series.Series{
		Dates: []time.Time{day(5), day(8), day(9)}, Scenes: []string{"S2-5", "L8-8", "S1-9"}, Pixels: 10,
		Valid:  []float32{1, 1, 0}, // the radar of day 5 shares its column and adds nothing to what is clear
		Layers: []string{"B04", "B08", "B8A", "VH", "VV", "ndvi", "rvi", "vhvv"},
		Values: [][]float32{{.05, .075, nan}, {.45, nan, nan}, {nan, .46, nan}, {-20, nan, -16.9897}, {-10, nan, -6.9897},
			{.8, .7, nan}, {rvi, nan, rvi}, {-10, nan, -10}},
		NDVISD: []float32{0, 0, nan},
	}
	if diff := cmp.Diff(want, got[0].Series, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-4)); diff != "" {
		t.Error(diff)
	}
}

func TestWhichSceneOfADayCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		s2, l8   float64 // clear pixels of ten
		want     string
		wantNDVI float32
	}{
		{"the clearer one", 4, 9, "L8", .7},
		{"of equals the one with finer pixels", 6, 6, "S2", .8},
		{"the finer one is clearer", 7, 6, "S2", .8},
	} {
		got, err := series.Assemble([]*observe.Observation{
			seen("l8", "L8", day(5).Add(2*time.Hour), 30, c.l8, l8Layers, 10000, 24000, 7000),
			seen("s2", "S2", day(5).Add(3*time.Hour), 10, c.s2, s2Layers, 500, 4500, 8000),
			seen("s1", "S1", day(5).Add(10*time.Hour), 10, 10, radarLayers, 1000, 10000),
		})
		if err != nil {
			t.Fatal(err)
		}
		s := got[0].Series
		ndvi, _ := s.Layer("ndvi")
		vv, _ := s.Layer("VV")
		if len(s.Dates) != 1 || s.Scenes[0] != c.want || math.Abs(float64(ndvi[0]-c.wantNDVI)) > 1e-4 || math.Abs(float64(vv[0]+10)) > 1e-4 || s.Valid[0] == 1 {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

func TestCompositesAreDatedByTheirPixelsAndSorted(t *testing.T) {
	t.Parallel()
	got, err := series.Assemble([]*observe.Observation{
		seen("mod13q1", "M1", day(0), 250, 10, modisLayers, 14.4, 5000),
		seen("mod13q1", "M2", day(8), 250, 10, modisLayers, 1, -500), // seen before the first one
		seen("mod13q1", "M3", day(32), 250, 0, modisLayers, 0, 0),    // nothing clear: its first day
	})
	if err != nil {
		t.Fatal(err)
	}
	s := got[0].Series
	if diff := cmp.Diff([]time.Time{day(9), day(14), day(32)}, s.Dates); diff != "" {
		t.Error(diff)
	}
	ndvi, _ := s.Layer("ndvi")
	if cmp.Diff([]string{"ndvi"}, s.Layers) != "" || math.Abs(float64(ndvi[0])+.05) > 1e-4 || !math.IsNaN(float64(s.NDVISD[0])) {
		t.Errorf("%+v", s)
	}
}

func TestDirectionsOfFlightAreNotMixed(t *testing.T) {
	t.Parallel()
	up, down := seen("s1", "up", day(5), 10, 10, radarLayers, 1000, 10000), seen("s1", "down", day(6), 10, 10, radarLayers, 1000, 10000)
	up.Orbit, down.Orbit = "ascending", "descending"
	if _, err := series.Assemble([]*observe.Observation{up, down}); err == nil || !strings.Contains(err.Error(), "scene down flew descending, scene up ascending") {
		t.Error(err)
	}
	down.Orbit = "ascending"
	if got, err := series.Assemble([]*observe.Observation{up, down}); err != nil || len(got[0].Series.Dates) != 2 {
		t.Error(got, err)
	}
}
