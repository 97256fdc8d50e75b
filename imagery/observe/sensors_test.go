package observe_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/zonal"
)

// sceneOf is a scene of another sensor; scales are 1e-4, 1e-5 of a radar.
func sceneOf(sensor string, names ...string) imagery.Scene {
	s := imagery.Scene{ID: "S", Sensor: sensor}
	for _, n := range names {
		b := imagery.Band{Name: n, Index: 1, Scale: 1e-4}
		if sensor == "sentinel-1-grd" {
			b.Scale = 1e-5
		}
		s.Bands = append(s.Bands, b)
	}
	return s
}

func block(t *testing.T, s imagery.Scene, dn map[string]int32, p observe.Params) (*observe.Observation, error) {
	t.Helper()
	m := &memory{bands: map[string]func(int, int) int32{}}
	for name, v := range dn {
		m.bands[name] = constant(v)
	}
	c := cover(t, strip3(), zonal.Shape{ID: "p", Polygon: box(0, -10, 20, 0)}) // two whole pixels
	return observe.Block(context.Background(), m, s, c, p)
}

func TestLayersAreNamedByWhatBandsMeasure(t *testing.T) {
	t.Parallel()
	const one = 2 * zonal.One // the weight of two pixels
	for _, c := range []struct {
		name   string
		scene  imagery.Scene
		dn     map[string]int32
		params observe.Params
		layers []observe.Layer
		sums   []int64
		pixel  float64
		radar  bool
	}{
		{"Landsat's band 4 is red, not the near infrared of TM", sceneOf("landsat-c2-l2", "SR_B4", "SR_B5", "QA_PIXEL"),
			map[string]int32{"SR_B4": 500, "SR_B5": 4500, "QA_PIXEL": 21824}, observe.Params{Bands: []string{"SR_B4", "SR_B5"}, Indices: []string{"ndvi"}},
			[]observe.Layer{{Name: "B04", Scale: 1e-4}, {Name: "B8A", Scale: 1e-4}, {Name: "ndvi", Scale: 1e-4}}, []int64{500 * one, 4500 * one, 8000 * one}, 30, false},
		{"the NDVI of MODIS is its own, below zero too", sceneOf("mod13q1", "NDVI", "RED", "NIR"),
			map[string]int32{"NDVI": -1500, "RED": 500, "NIR": 4500}, observe.Params{Bands: []string{"RED"}, Indices: []string{"ndvi"}},
			[]observe.Layer{{Name: "B04", Scale: 1e-4}, {Name: "ndvi", Scale: 1e-4}}, []int64{500 * one, -1500 * one}, 250, false},
		{"a radar's power", sceneOf("sentinel-1-grd", "VV"), map[string]int32{"VV": 10000}, observe.Params{Bands: []string{"VV"}},
			[]observe.Layer{{Name: "VV", Scale: 1e-5, Power: true}}, []int64{10000 * one}, 10, true},
	} {
		obs, err := block(t, c.scene, c.dn, c.params)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.layers, obs.Layers) + cmp.Diff(c.sums, obs.Parcels[0].Sums); diff != "" || obs.PixelSizeM != c.pixel || obs.Radar() != c.radar || obs.Sensor != c.scene.Sensor {
			t.Errorf("%s: %v m of %s\n%s", c.name, obs.PixelSizeM, obs.Sensor, diff)
		}
	}
}

func TestIndicesThatASensorCannotGiveAreNotAvailable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		scene imagery.Scene
		index string
		want  string
	}{
		{"moisture without short-wave infrared", sceneOf("gaofen-wfv", "B1", "B2", "B3", "B4", "CLOUD"), "ndmi", "index ndmi is not available: it needs swir16, which gaofen-wfv does not have"},
		{"red edge of Landsat", sceneOf("landsat-c2-l2", "SR_B4", "SR_B5", "QA_PIXEL"), "ndre", "needs rededge1"},
		{"NDVI of a radar", sceneOf("sentinel-1-grd", "VV", "VH"), "ndvi", "needs red"},
		{"a ratio of speckle", sceneOf("sentinel-1-grd", "VV", "VH"), "rvi", "made of a parcel's means"},
	} {
		if _, err := block(t, c.scene, nil, observe.Params{Indices: []string{c.index}}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestAMaskIsNeededUnlessTheSensorCanDoWithout(t *testing.T) {
	t.Parallel()
	if _, err := block(t, sceneOf("landsat-c2-l2", "SR_B4"), nil, observe.Params{Bands: []string{"SR_B4"}}); err == nil || !strings.Contains(err.Error(), "QA_PIXEL is missing") {
		t.Errorf("Landsat without a mask: %v", err)
	}
	obs, err := block(t, sceneOf("mod13q1", "NDVI"), map[string]int32{"NDVI": 5000}, observe.Params{Bands: []string{"NDVI"}})
	if err != nil || obs.Parcels[0].Valid != 2*zonal.One {
		t.Errorf("a composite without a mask: %v", err)
	}
}
