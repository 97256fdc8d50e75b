package registry

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// measure is what the plane tells of a polygon.
type measure struct {
	areaM2     float64
	perimeterM float64
}

// ringArea2 is twice the signed area of a closed ring (anticlockwise > 0),
// relative to its first vertex so that large eastings cost no digits.
func ringArea2(r orb.Ring) float64 {
	var s float64
	if len(r) < 4 {
		return 0
	}
	o := r[0]
	for i := 2; i < len(r); i++ {
		s += (r[i-1][0]-o[0])*(r[i][1]-o[1]) - (r[i][0]-o[0])*(r[i-1][1]-o[1])
	}
	return s
}

// measureShape adds up areas (outer rings minus holes) and the lengths of all
// rings, in the units of the plane.
func measureShape(m orb.MultiPolygon) measure {
	var out measure
	for _, poly := range m {
		for i, r := range poly {
			a := math.Abs(ringArea2(r)) / 2
			if i > 0 {
				a = -a
			}
			out.areaM2 += a
			for k := 1; k < len(r); k++ {
				out.perimeterM += math.Hypot(r[k][0]-r[k-1][0], r[k][1]-r[k-1][1])
			}
		}
	}
	return out
}

// orientRings turns outer rings anticlockwise and holes clockwise, as RFC 7946
// and GeoPackage's users expect.
func orientRings(m orb.MultiPolygon) {
	for _, poly := range m {
		for i, r := range poly {
			if (ringArea2(r) < 0) == (i == 0) {
				r.Reverse()
			}
		}
	}
}

// nest makes polygons of rings by what lies in what, whichever way they turn:
// writers disagree about direction, and swapped axes reverse it.
func nest(rings []orb.Ring) orb.MultiPolygon {
	if len(rings) == 1 {
		return orb.MultiPolygon{orb.Polygon{rings[0]}}
	}
	depth := make([]int, len(rings))
	parent := make([]int, len(rings))
	for i := range rings {
		parent[i] = -1
		for j := range rings {
			if i == j || !within(rings[i], rings[j]) {
				continue
			}
			depth[i]++
			if parent[i] < 0 || within(rings[j], rings[parent[i]]) {
				parent[i] = j
			}
		}
	}
	var out orb.MultiPolygon
	index := make([]int, len(rings))
	for i, r := range rings {
		if depth[i]%2 == 0 {
			index[i] = len(out)
			out = append(out, orb.Polygon{r})
		}
	}
	for i, r := range rings {
		if depth[i]%2 == 1 {
			k := index[parent[i]]
			out[k] = append(out[k], r)
		}
	}
	return out
}

// within tells whether ring a lies in the smaller or equal part of ring b.
func within(a, b orb.Ring) bool {
	ab, bb := a.Bound(), b.Bound()
	if !bb.Contains(ab.Min) || !bb.Contains(ab.Max) || ab == bb {
		return false
	}
	return ringSide(a, b) > 0
}

// closeRing makes the last point equal to the first and drops vertices that repeat
// their predecessor. It says whether the ring had been open. The ring keeps
// its memory where it can.
func closeRing(r orb.Ring) (out orb.Ring, wasOpen bool) {
	if len(r) == 0 {
		return r, false
	}
	out = r[:1]
	for _, p := range r[1:] {
		if p != out[len(out)-1] {
			out = append(out, p)
		}
	}
	if out[0] != out[len(out)-1] {
		wasOpen = true
		out = append(out[:len(out):len(out)], out[0])
	}
	return out, wasOpen
}

// finite tells whether all coordinates are numbers.
func finite(r orb.Ring) bool {
	for _, p := range r {
		if s := p[0] + p[1]; math.IsNaN(s) || math.IsInf(s, 0) {
			return false
		}
	}
	return true
}

// sharpest returns the vertex with the smallest angle between its two sides
// in degrees, and the vertex pair that lies closest together in metres, over
// all rings.
func sharpest(m orb.MultiPolygon) (angle float64, at orb.Point, gap float64, gapAt orb.Point) {
	maxCos, gap2 := -2.0, math.Inf(1)
	for _, poly := range m {
		for _, r := range poly {
			n := len(r) - 1
			for i := range n {
				p, q, s := r[(i+n-1)%n], r[i], r[i+1]
				ux, uy, vx, vy := p[0]-q[0], p[1]-q[1], s[0]-q[0], s[1]-q[1]
				lv := vx*vx + vy*vy
				if lv < gap2 {
					gap2, gapAt = lv, q
				}
				if c := (ux*vx + uy*vy) / math.Sqrt((ux*ux+uy*uy)*lv); c > maxCos {
					maxCos, at = c, q
				}
			}
		}
	}
	return math.Acos(min(1, max(-1, maxCos))) * 180 / math.Pi, at, math.Sqrt(gap2), gapAt
}

// inside returns a point in the interior of the polygon: the middle of the
// widest inner stretch of a horizontal line half-way up the bounding box
// (moved off vertices).
func inside(poly orb.Polygon) (orb.Point, bool) {
	b := poly[0].Bound()
	for _, f := range [...]float64{.5, .4637, .5519, .3371, .6823, .21, .79, .05, .95} {
		y := b.Min[1] + f*(b.Max[1]-b.Min[1])
		var xs []float64
		for _, r := range poly {
			for i := 1; i < len(r); i++ {
				p, q := r[i-1], r[i]
				if (p[1] > y) != (q[1] > y) {
					xs = append(xs, p[0]+(y-p[1])/(q[1]-p[1])*(q[0]-p[0]))
				}
			}
		}
		sortFloats(xs)
		best, width := orb.Point{}, 0.0
		for i := 1; i < len(xs); i += 2 {
			if w := xs[i] - xs[i-1]; w > width {
				best, width = orb.Point{(xs[i] + xs[i-1]) / 2, y}, w
			}
		}
		if width > 0 {
			return best, true
		}
	}
	return orb.Point{}, false
}

func sortFloats(x []float64) { slices.Sort(x) }
