package sidecar_test

import (
	"math"
	"testing"

	"parus/imagery/sensor"
	"parus/imagery/sidecar"
)

func gaofen(t *testing.T) sensor.Sensor {
	t.Helper()
	all, err := sensor.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, _ := all.Find("gaofen-wfv")
	return s
}

func there(file string) (string, bool) { return "/scenes/" + file, true }

func TestGainAndBiasBecomeReflectance(t *testing.T) {
	t.Parallel()
	d, err := sidecar.Parse([]byte(`{"sensor": "gaofen-wfv", "datetime": "2025-01-04T03:00:00Z", "sun_elevation": 30, "file": "a.tif",
		"bands": [{"name": "B3", "gain": 0.15, "bias": 2, "esun": 1500}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Scene(gaofen(t), "a.scene.json", there)
	if err != nil {
		t.Fatal(err)
	}
	// On 4 January d = 1 − 0.01672 = 0.98328; sin 30° = 0.5:
	// π · 0.98328² / (1500 · 0.5) = 4.04989e-3; · 0.15 = 6.07483e-4, · 2 = 8.09978e-3
	b := s.Bands[0]
	if math.Abs(b.Scale-6.07483e-4) > 1e-9 || math.Abs(b.Offset-8.09978e-3) > 1e-8 || b.ScaleSource != "item" || len(s.Notes) != 1 {
		t.Errorf("%+v %v", b, s.Notes)
	}
	if s.ID != "a" || b.Href != "/scenes/a.tif" || b.Index != 1 {
		t.Errorf("%+v", s)
	}
}

func TestNamesTellDescriptions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"x.scene.yaml": true, "X.SCENE.YML": true, "a.scene.json": true, "scene.yaml": false, "a.json": false} {
		if sidecar.Is(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("sensor: gaofen-wfv\ndatetime: 2025-04-18\nfile: a.tif\nbands: [{name: B1, scale: 0.1}]"))
	f.Add([]byte(`{"sensor":"x","datetime":"2025-04-18T00:00:00Z","bands":[{"name":"B1","gain":1}]}`))
	all, err := sensor.Load()
	if err != nil {
		f.Fatal(err)
	}
	sn, _ := all.Find("gaofen-wfv")
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := sidecar.Parse(data)
		if err != nil {
			return
		}
		s, err := d.Scene(sn, "f.scene.yaml", there)
		if err != nil {
			return
		}
		for _, b := range s.Bands {
			if b.Scale < 0 || math.IsNaN(b.Scale) || b.Index < 1 || b.Href == "/scenes/" {
				t.Fatalf("%+v", b)
			}
		}
	})
}
