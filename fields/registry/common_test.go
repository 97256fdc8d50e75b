package registry_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"parus/fields/registry"
)

func box(x0, y0, x1, y1 float64) orb.Ring {
	return orb.Ring{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}}
}

func backwards(r orb.Ring) orb.Ring {
	r = r.Clone()
	r.Reverse()
	return r
}

func TestCommonAreaOfShapesThatCanBeWorkedOutByHand(t *testing.T) {
	t.Parallel()
	triangle := orb.Ring{{0, 0}, {4, 0}, {0, 4}, {0, 0}}
	for name, c := range map[string]struct {
		a, b orb.MultiPolygon
		want float64
	}{
		"squares that share a quarter":             {orb.MultiPolygon{{box(0, 0, 2, 2)}}, orb.MultiPolygon{{box(1, 1, 3, 3)}}, 1},
		"a square in a square":                     {orb.MultiPolygon{{box(0, 0, 9, 9)}}, orb.MultiPolygon{{box(3, 4, 5, 6)}}, 4},
		"squares that touch":                       {orb.MultiPolygon{{box(0, 0, 2, 2)}}, orb.MultiPolygon{{box(2, 0, 3, 3)}}, 0},
		"squares apart whose boxes meet":           {orb.MultiPolygon{{box(0, 0, 1, 1)}, {box(4, 4, 5, 5)}}, orb.MultiPolygon{{box(2, 2, 3, 3)}}, 0},
		"a square in a hole":                       {orb.MultiPolygon{{box(0, 0, 9, 9), backwards(box(2, 2, 7, 7))}}, orb.MultiPolygon{{box(3, 3, 5, 5)}}, 0},
		"half of a square in a hole":               {orb.MultiPolygon{{box(0, 0, 9, 9), backwards(box(2, 2, 7, 7))}}, orb.MultiPolygon{{box(6, 3, 8, 5)}}, 2},
		"a triangle's corner under its long side":  {orb.MultiPolygon{{triangle}}, orb.MultiPolygon{{box(1, 1, 9, 9)}}, 2}, // legs 2: x+y<4 over (1,1)
		"two parts against one":                    {orb.MultiPolygon{{box(0, 0, 1, 3)}, {box(2, 0, 3, 3)}}, orb.MultiPolygon{{box(0, 1, 3, 2)}}, 2},
		"the same shape":                           {orb.MultiPolygon{{triangle}}, orb.MultiPolygon{{triangle}}, 8},
		"the same shape the other way round, both": {orb.MultiPolygon{{backwards(triangle)}}, orb.MultiPolygon{{backwards(triangle)}}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := registry.CommonArea(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
				t.Errorf("%g, want %g", got, c.want)
			}
			if got := registry.CommonArea(c.b, c.a); math.Abs(got-c.want) > 1e-12 {
				t.Errorf("turned round: %g, want %g", got, c.want)
			}
		})
	}
}

// star is a shape around a point whose sides never cross.
func star(r *rand.Rand, x, y float64) orb.MultiPolygon {
	n := 5 + r.IntN(30)
	var ring orb.Ring
	for i := range n {
		a, d := 2*math.Pi*float64(i)/float64(n), 20+30*r.Float64()
		ring = append(ring, orb.Point{x + d*math.Cos(a), y + d*math.Sin(a)})
	}
	return orb.MultiPolygon{{append(ring, ring[0])}}
}

func TestCommonAreaAgreesWithGEOS(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	for range 500 {
		a := star(r, 39500000, 4000000)
		b := star(r, 39500000+80*r.Float64(), 4000000+80*r.Float64())
		got, want := registry.CommonArea(a, b), registry.GEOSArea(a, b)
		if math.Abs(got-want) > 1e-5 { // half a micrometre of 39,500,000 along 200 m of border
			t.Fatalf("%v\n%v\n%.9f, GEOS %.9f", a, b, got, want)
		}
	}
}

func BenchmarkCommonArea(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 7))
	p, q := star(r, 0, 0), star(r, 30, 30)
	for name, f := range map[string]func(x, y orb.MultiPolygon) float64{"strips": registry.CommonArea, "GEOS": registry.GEOSArea} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				f(p, q)
			}
		})
	}
}
