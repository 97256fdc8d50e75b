package zonal_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/zonal"
)

// clip keeps what lies of a ring on one side of a vertical or horizontal line
// (Sutherland and Hodgman 1974): sign·(p[axis] − at) ≥ 0.
func clip(r []orb.Point, axis int, at, sign float64) []orb.Point {
	var out []orb.Point
	for i := range r {
		a, b := r[i], r[(i+1)%len(r)]
		da, db := sign*(a[axis]-at), sign*(b[axis]-at)
		if da >= 0 {
			out = append(out, a)
		}
		if (da > 0 && db < 0) || (da < 0 && db > 0) {
			s := da / (da - db)
			out = append(out, orb.Point{a[0] + s*(b[0]-a[0]), a[1] + s*(b[1]-a[1])})
		}
	}
	return out
}

// areaInPixel is the area of ring ∩ [x, x+1] × [y, y+1]: the clipped ring's
// shoelace sum. A clipped ring that falls apart keeps runs along the border,
// there and back, which add nothing.
func areaInPixel(r orb.Ring, x, y float64) float64 {
	p := []orb.Point(r[:len(r)-1])
	for _, c := range []struct {
		axis     int
		at, sign float64
	}{{0, x, 1}, {0, x + 1, -1}, {1, y, 1}, {1, y + 1, -1}} {
		if p = clip(p, c.axis, c.at, c.sign); len(p) < 3 {
			return 0
		}
	}
	var s float64
	for i := range p {
		a, b := p[i], p[(i+1)%len(p)]
		s += (a[0]-x)*(b[1]-y) - (b[0]-x)*(a[1]-y)
	}
	return math.Abs(s / 2)
}

// reference is the share of each pixel of a grid of unit pixels, row 0 at the
// top, that a polygon covers: shells less holes, pixel by pixel.
func reference(mp orb.MultiPolygon, side int) []float64 {
	out := make([]float64, side*side)
	for _, poly := range mp {
		for k, r := range poly {
			b := r.Bound()
			for row := range side {
				y := float64(side - 1 - row)
				for col := range side {
					x := float64(col)
					if b.Max[0] <= x || b.Min[0] >= x+1 || b.Max[1] <= y || b.Min[1] >= y+1 {
						continue
					}
					a := areaInPixel(r, x, y)
					if k > 0 {
						a = -a
					}
					out[row*side+col] += a
				}
			}
		}
	}
	return out
}

// round is a star that its centre sees all of: no two corners lie more than
// half a turn apart.
func round(r *rand.Rand, cx, cy, size float64) orb.Ring {
	for {
		if s := star(r, cx, cy, size); len(s) > 4 {
			return s
		}
	}
}

// shrink moves a star towards its centre, which keeps it inside itself.
func shrink(r orb.Ring, cx, cy, by float64) orb.Ring {
	out := make(orb.Ring, len(r))
	for i, p := range r {
		out[i] = orb.Point{cx + by*(p[0]-cx), cy + by*(p[1]-cy)}
	}
	return out
}

// randomPolygon returns a polygon within [0, side]², or across its border, of
// one of the kinds that parcels come in.
func randomPolygon(r *rand.Rand, side float64) orb.MultiPolygon {
	cx, cy := side*r.Float64(), side*r.Float64()
	switch r.IntN(6) {
	case 0: // inside one pixel
		cx, cy = math.Floor(cx)+.5, math.Floor(cy)+.5
		return orb.MultiPolygon{{star(r, cx, cy, .45)}}
	case 1: // with a hole
		s := round(r, cx, cy, 4)
		return orb.MultiPolygon{{s, shrink(s, cx, cy, .5)}}
	case 2: // two parts, and a part in the hole of another
		s := round(r, cx, cy, 5)
		return orb.MultiPolygon{{s, shrink(s, cx, cy, .6)}, {shrink(s, cx, cy, .3)}}
	case 3: // edges along the pixels'
		x, y := math.Floor(cx), math.Floor(cy)
		return orb.MultiPolygon{{box(x, y, x+float64(1+r.IntN(4)), y+float64(1+r.IntN(4)))}}
	case 4: // corners on the pixels', edges across
		x, y, w := math.Floor(cx), math.Floor(cy), float64(1+r.IntN(5))
		return orb.MultiPolygon{{ring(x, y+w, x+w, y, x+2*w, y+w, x+w, y+2*w)}}
	default:
		return orb.MultiPolygon{{star(r, cx, cy, .2+6*r.Float64())}}
	}
}

func TestFractionsAgreeWithClippingEachPixel(t *testing.T) {
	t.Parallel()
	const side = 16
	r := rand.New(rand.NewPCG(21, 22))
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, side, 0, -1}, Width: side, Height: side}
	measured, kinds := 0, 5000
	if testing.Short() {
		kinds = 1000
	}
	for range kinds {
		mp := randomPolygon(r, side)
		p, refused := zonal.Prepare(g, []zonal.Shape{{Polygon: mp}})
		if len(refused) > 0 {
			t.Fatalf("%v refused: %s", mp, refused[0].Reason)
		}
		// The whole grid and its quarters must agree with the reference alike.
		want := reference(mp, side)
		got := make([]float64, side*side)
		for _, w := range []imagery.Window{{Width: 9, Height: 7}, {X: 9, Width: 7, Height: 7}, {Y: 7, Width: 9, Height: 9}, {X: 9, Y: 7, Width: 7, Height: 9}} {
			c := p.Cover(w, nil)
			if c.Len() == 0 {
				continue
			}
			for i, f := range dense(c, 0) {
				got[(w.Y+i/w.Width)*side+w.X+i%w.Width] += f
			}
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 2e-7 { // half a step of 2^-24, and vertices rounded to it
				t.Fatalf("pixel %d of %v: %.9f, want %.9f", i, mp, got[i], want[i])
			}
		}
		measured++
	}
	if measured != kinds {
		t.Errorf("%d of %d polygons were measured", measured, kinds)
	}
}

// naive computes statistics from fractions by their definitions, with every
// pixel in turn and no fixed point.
func naive(fractions []float64, pixels []int16, nodata int16) map[string]float64 {
	var covered, count, sum, c2, c2v float64
	low, high := math.Inf(1), math.Inf(-1)
	for i, f := range fractions {
		if f < 1e-12 {
			continue
		}
		covered += f
		v := float64(pixels[i])
		if pixels[i] == nodata {
			continue
		}
		count, sum = count+f, sum+f*v
		c2, c2v = c2+f*f, c2v+f*f*v
		low, high = min(low, v), max(high, v)
	}
	var m2 float64
	for i, f := range fractions {
		if f >= 1e-12 && pixels[i] != nodata {
			d := float64(pixels[i]) - sum/count
			m2 += f * d * d
		}
	}
	return map[string]float64{
		"count": count, "sum": sum, "mean": sum / count, "stdev": math.Sqrt(m2 / count),
		"min": low, "max": high, "valid": count / covered, "interior": c2v / c2,
	}
}

func TestStatisticsAgreeWithTheirDefinitionsToAMillionth(t *testing.T) {
	t.Parallel()
	const side, nodata = 16, -999
	r := rand.New(rand.NewPCG(23, 24))
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, side, 0, -1}, Width: side, Height: side}
	pixels := make([]int16, side*side)
	floats := make([]float64, side*side)
	for range 500 {
		for i := range pixels {
			if pixels[i] = int16(r.IntN(12000) - 2000); r.IntN(10) == 0 {
				pixels[i] = nodata
			}
			if floats[i] = float64(pixels[i]); pixels[i] == nodata {
				floats[i] = math.NaN()
			}
		}
		mp := randomPolygon(r, side)
		c, refused := zonal.Cover(g, []zonal.Shape{{Polygon: mp}})
		if len(refused) > 0 || c.Len() == 0 {
			continue
		}
		want := naive(reference(mp, side), pixels, nodata)
		if !(want["count"] > 1e-3) { // of nearly nothing, fixed point leaves few digits
			continue
		}
		var a, b zonal.Tally
		zonal.Add(&a, c, 0, pixels, zonal.NoData[int16]{Value: nodata, Set: true}, all)
		zonal.Add(&b, c, 0, floats, zonal.NoData[float64]{}, all)
		for kind, tally := range map[string]*zonal.Tally{"int16": &a, "float64 with NaN": &b} {
			for name, got := range map[string]float64{
				"count": tally.Count, "sum": tally.Sum, "mean": tally.Mean(), "stdev": tally.Stdev(),
				"min": tally.Min, "max": tally.Max, "valid": tally.Valid(), "interior": tally.Interior(),
			} {
				scale := max(1, math.Abs(want[name]))
				if name == "sum" || name == "mean" || name == "interior" || name == "stdev" {
					scale = 12000 // relative to the values, which cancel
				}
				if math.Abs(got-want[name]) > 1e-6*scale {
					t.Fatalf("%s of %s: %.9f, want %.9f\n%v", name, kind, got, want[name], mp)
				}
			}
		}
	}
}
