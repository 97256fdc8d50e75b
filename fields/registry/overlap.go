package registry

import (
	"slices"

	"github.com/paulmach/orb"
)

// overlap tells whether two valid shapes share ground that a buffer of −1 mm
// around each does not remove, and names a place in it. Three things show it: a vertex of
// one deep in the other; a stretch of one's boundary between two crossings whose
// middle lies deep in the other; or, with no boundary inside at all, an inner point of
// one inside the other.
func (f *pairFinder) overlap(a, b *row, zone orb.Bound) (orb.Point, bool) {
	f.sidesA, f.sidesB = sidesIn(f.sidesA[:0], a, zone), sidesIn(f.sidesB[:0], b, zone)
	if len(f.sidesA)*len(f.sidesB) > manyPairs {
		return overlapOfMany(a, b, f.depthM)
	}
	markCommon(f.sidesA, f.sidesB)
	if p, ok := f.boundaryInside(f.sidesA, f.sidesB, b, zone); ok {
		return p, true
	}
	if p, ok := f.boundaryInside(f.sidesB, f.sidesA, a, zone); ok {
		return p, true
	}
	for _, t := range [2][2]*row{{a, b}, {b, a}} {
		// Only a shape whose box the other's box holds can lie in it
		// altogether, boundary on boundary.
		if !holds(t[1].bound, t[0].bound) {
			continue
		}
		for _, poly := range t[0].plane {
			if p, ok := inside(poly); ok && deep(p, t[1], f.depthM) {
				return p, true
			}
		}
	}
	return orb.Point{}, false
}

func holds(outer, inner orb.Bound) bool {
	return outer.Min[0]-closeM <= inner.Min[0] && outer.Min[1]-closeM <= inner.Min[1] &&
		outer.Max[0]+closeM >= inner.Max[0] && outer.Max[1]+closeM >= inner.Max[1]
}

// overlapOfMany is overlap for shapes of very many sides, by GEOS.
func overlapOfMany(a, b *row, depthM float64) (orb.Point, bool) {
	common := intersection(a.plane, b.plane)
	for _, poly := range common {
		m := measureShape(orb.MultiPolygon{poly})
		// A strip along a border that is no deeper than the buffers does not count.
		if p, ok := inside(poly); ok && m.areaM2 > depthM*m.perimeterM/2 {
			return p, true
		}
	}
	return orb.Point{}, false
}

// border is one side of a shape.
type border struct {
	p, q   orb.Point
	common bool // the other shape has the same side
}

// sidesIn lists the sides of a shape that come into the zone.
func sidesIn(out []border, r *row, zone orb.Bound) []border {
	for _, poly := range r.plane {
		for _, ring := range poly {
			for i := 1; i < len(ring); i++ {
				p, q := ring[i-1], ring[i]
				if max(p[0], q[0]) < zone.Min[0] || min(p[0], q[0]) > zone.Max[0] ||
					max(p[1], q[1]) < zone.Min[1] || min(p[1], q[1]) > zone.Max[1] {
					continue
				}
				out = append(out, border{p: p, q: q})
			}
		}
	}
	return out
}

// markCommon finds the sides that both have, whichever way they run.
func markCommon(a, b []border) {
	for i := range a {
		for j := range b {
			if a[i].p == b[j].q && a[i].q == b[j].p || a[i].p == b[j].p && a[i].q == b[j].q {
				a[i].common, b[j].common = true, true
				break
			}
		}
	}
}

// boundaryInside looks along the sides of one shape in the zone for a point
// deep in the other shape, b, whose sides in the zone are of.
func (f *pairFinder) boundaryInside(sides, of []border, b *row, zone orb.Bound) (orb.Point, bool) {
	for i := range sides {
		s := &sides[i]
		if zone.Contains(s.p) && !vertexOf(s.p, of) && deep(s.p, b, f.depthM) {
			return s.p, true
		}
		if s.common {
			continue
		}
		if p, ok := f.stretches(s, of, b); ok {
			return p, true
		}
	}
	return orb.Point{}, false
}

func vertexOf(p orb.Point, sides []border) bool {
	for i := range sides {
		if sides[i].p == p || sides[i].q == p {
			return true
		}
	}
	return false
}

// stretches cuts a side where b's boundary crosses or touches it and tries
// the middle of each piece.
func (f *pairFinder) stretches(side *border, of []border, b *row) (orb.Point, bool) {
	s, e := side.p, side.q
	f.cutsA = append(f.cutsA[:0], 0, 1)
	dx, dy := e[0]-s[0], e[1]-s[1]
	n2 := dx*dx + dy*dy
	lo := orb.Point{min(s[0], e[0]) - bufferM, min(s[1], e[1]) - bufferM}
	hi := orb.Point{max(s[0], e[0]) + bufferM, max(s[1], e[1]) + bufferM}
	for i := range of {
		p, q := of[i].p, of[i].q
		if max(p[0], q[0]) < lo[0] || min(p[0], q[0]) > hi[0] || max(p[1], q[1]) < lo[1] || min(p[1], q[1]) > hi[1] {
			continue
		}
		den := dx*(q[1]-p[1]) - dy*(q[0]-p[0])
		if den != 0 {
			t := ((p[0]-s[0])*(q[1]-p[1]) - (p[1]-s[1])*(q[0]-p[0])) / den
			u := ((p[0]-s[0])*dy - (p[1]-s[1])*dx) / den
			if t > 0 && t < 1 && u >= 0 && u <= 1 {
				f.cutsA = append(f.cutsA, t)
				continue
			}
		}
		// Vertices of b on the side cut it too.
		if t := ((p[0]-s[0])*dx + (p[1]-s[1])*dy) / n2; t > 0 && t < 1 && distance2(p, s, e) <= bufferM*bufferM {
			f.cutsA = append(f.cutsA, t)
		}
	}
	slices.Sort(f.cutsA)
	for i := 1; i < len(f.cutsA); i++ {
		if f.cutsA[i] == f.cutsA[i-1] {
			continue
		}
		t := (f.cutsA[i] + f.cutsA[i-1]) / 2
		m := orb.Point{s[0] + t*dx, s[1] + t*dy}
		if b.bound.Contains(m) && deep(m, b, f.depthM) {
			return m, true
		}
	}
	return orb.Point{}, false
}

// deep tells whether p lies inside the row's shape and further than the two
// buffers from its boundary.
func deep(p orb.Point, r *row, margin float64) bool {
	in := false
	for _, poly := range r.plane {
		for _, ring := range poly {
			for i := 1; i < len(ring); i++ {
				a, b := ring[i-1], ring[i]
				if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < a[0]+(p[1]-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
					in = !in
				}
			}
		}
	}
	if !in {
		return false
	}
	for _, poly := range r.plane {
		for _, ring := range poly {
			for i := 1; i < len(ring); i++ {
				a, b := ring[i-1], ring[i]
				if min(a[0], b[0])-margin > p[0] || max(a[0], b[0])+margin < p[0] || min(a[1], b[1])-margin > p[1] || max(a[1], b[1])+margin < p[1] {
					continue
				}
				if distance2(p, a, b) <= margin*margin {
					return false
				}
			}
		}
	}
	return true
}
