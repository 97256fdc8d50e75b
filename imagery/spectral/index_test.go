package spectral_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"parus/imagery/spectral"
)

func TestIndicesByHand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   []float64
		want float64
	}{
		{"ndvi", []float64{.05, .45}, .4 / .5},
		{"evi", []float64{.03, .05, .45}, 2.5 * .4 / (.45 + .3 - .225 + 1)}, // 1/1.525
		{"ndwi", []float64{.08, .02}, .06 / .1},
		{"ndmi", []float64{.4, .2}, .2 / .6},
		{"ndre", []float64{.15, .45}, .3 / .6},
		{"psri", []float64{.04, .1, .3}, .06 / .3},
		{"vhvv", []float64{.1, .01}, -10},      // a tenth of the power
		{"rvi", []float64{.1, .02}, .08 / .12}, // two thirds
	} {
		x, ok := spectral.Find(c.name)
		if !ok || len(x.Roles) != len(c.in) {
			t.Fatalf("%s: found %v, roles %v", c.name, ok, x.Roles)
		}
		if got := x.Value(c.in); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestEveryIndexStatesFormulaAndSource(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, x := range spectral.Indices() {
		if x.Formula == "" || x.Source == "" || seen[x.Name] {
			t.Errorf("%s: formula %q source %q, listed before: %v", x.Name, x.Formula, x.Source, seen[x.Name])
		}
		seen[x.Name] = true
	}
	if _, ok := spectral.Find("nope"); ok {
		t.Error("found an index that does not exist")
	}
}

func TestRolesNameLayersAsSentinel2Does(t *testing.T) {
	t.Parallel()
	for role, want := range map[spectral.Role]string{spectral.Red: "B04", spectral.NIR08: "B8A", spectral.VH: "VH", "thermal": ""} {
		if got := role.Layer(); got != want {
			t.Errorf("%s: %q, want %q", role, got, want)
		}
	}
	for layer, want := range map[string]bool{"VV": true, "rvi": true, "vhvv": true, "B04": false, "ndvi": false} {
		if spectral.Radar(layer) != want {
			t.Errorf("%s is of a radar: %v, want %v", layer, !want, want)
		}
	}
}

func TestNoReflectanceGivesNoNumber(t *testing.T) {
	t.Parallel()
	x, _ := spectral.Find("ndvi")
	if v := x.Value([]float64{0, 0}); !math.IsNaN(v) {
		t.Errorf("ndvi of nothing is %v", v)
	}
}

func TestRowsGiveTheSameNumbersAsValue(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	own := spectral.Index{Name: "own", Roles: []spectral.Role{spectral.Red}, Value: func(r []float64) float64 { return 2 * r[0] }}
	for _, x := range append(spectral.Indices(), own) {
		const n = 1000
		rows := make([][]float64, len(x.Roles))
		for k := range rows {
			for range n {
				rows[k] = append(rows[k], max(0, r.Float64()-.1)) // zeros too
			}
		}
		got := make([]float64, n)
		x.Rows(got, rows)
		for i := range n {
			one := make([]float64, len(rows))
			for k := range rows {
				one[k] = rows[k][i]
			}
			if want := x.Value(one); math.Float64bits(got[i]) != math.Float64bits(want) && !(math.IsNaN(want) && math.IsNaN(got[i])) {
				t.Fatalf("%s of %v: %v, want %v", x.Name, one, got[i], want)
			}
		}
	}
}
