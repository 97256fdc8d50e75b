package imagery_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
)

func TestReprocessedScenesSupersedeTheirAncestors(t *testing.T) {
	t.Parallel()
	at := time.Date(2020, 3, 22, 7, 46, 9, 24e6, time.UTC)
	s := func(id, tile, baseline string, seen time.Time, made int) imagery.Scene {
		return imagery.Scene{ID: id, Sensor: "sentinel-2-l2a", MGRSTile: tile, Baseline: baseline, Datetime: seen, Created: at.AddDate(0, 0, made)}
	}
	placed := func(x imagery.Scene, lon float64) imagery.Scene {
		x.Bound = orb.Bound{Min: orb.Point{lon, 1}, Max: orb.Point{lon + 1, 2}}
		return x
	}
	old := "S2B_MSIL2A_20200322T074609_N0214_R135_T36NYH_20200322T112223"
	renewed := "S2B_MSIL2A_20200322T074609_N0500_R135_T36NYH_20230612T214223"
	for _, c := range []struct {
		name   string
		scenes []imagery.Scene
		want   map[string]string
	}{
		{"a later baseline counts, though its item's time moved by a second",
			[]imagery.Scene{s(old, "36NYH", "02.14", at, 0), s(renewed, "36NYH", "05.00", at.Add(1500*time.Millisecond), 900)}, map[string]string{old: renewed}},
		{"the neighbouring tile is another scene", []imagery.Scene{s("a", "36NYH", "05.00", at, 0), s("b", "36NYJ", "05.00", at, 0)}, nil},
		{"another second is another scene", []imagery.Scene{s("a", "36NYH", "05.00", at, 0), s("b", "36NYH", "05.00", at.Add(time.Second), 0)}, nil},
		{"of one baseline the one made last counts", []imagery.Scene{s("b", "36NYH", "05.00", at, 0), s("a", "36NYH", "05.00", at, 9)}, map[string]string{"b": "a"}},
		{"all ancestors point to the one that counts",
			[]imagery.Scene{s("a", "36NYH", "02.14", at, 0), s("b", "36NYH", "04.00", at, 0), s("c", "36NYH", "05.00", at, 0)}, map[string]string{"a": "c", "b": "c"}},
		{"without a tile the footprint tells",
			[]imagery.Scene{placed(s("a", "", "", at, 0), 7), placed(s("b", "", "", at, 1), 7), placed(s("c", "", "", at, 1), 8)}, map[string]string{"a": "b"}},
		{"without a place nothing is the same", []imagery.Scene{s("a", "", "", at, 0), s("b", "", "", at, 1)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 2))
			for range 5 {
				r.Shuffle(len(c.scenes), func(i, j int) { c.scenes[i], c.scenes[j] = c.scenes[j], c.scenes[i] })
				got := imagery.Superseded(c.scenes)
				if len(got) != len(c.want) {
					t.Fatalf("%v, want %v", got, c.want)
				}
				for id, w := range c.want {
					if got[id].ID != w || !strings.HasPrefix(got[id].Version(), w+" (baseline ") {
						t.Fatalf("%s is superseded by %s, want %s", id, got[id].Version(), w)
					}
				}
			}
		})
	}
}
