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
	if p, ok := f.boundaryInside(a, b, zone); ok {
		return p, true
	}
	if p, ok := f.boundaryInside(b, a, zone); ok {
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

// boundaryInside looks along a's boundary, as far as it is in the zone, for a
// point deep in b.
func (f *pairFinder) boundaryInside(a, b *row, zone orb.Bound) (orb.Point, bool) {
	for _, pa := range a.plane {
		for _, r := range pa {
			for i := 1; i < len(r); i++ {
				s, e := r[i-1], r[i]
				if max(s[0], e[0]) < zone.Min[0] || min(s[0], e[0]) > zone.Max[0] ||
					max(s[1], e[1]) < zone.Min[1] || min(s[1], e[1]) > zone.Max[1] {
					continue
				}
				if zone.Contains(s) && deep(s, b, f.depthM) {
					return s, true
				}
				if p, ok := f.stretches(s, e, b); ok {
					return p, true
				}
			}
		}
	}
	return orb.Point{}, false
}

// stretches cuts the side s–e where b's boundary crosses or touches it and
// tries the middle of each piece.
func (f *pairFinder) stretches(s, e orb.Point, b *row) (orb.Point, bool) {
	f.cutsA = append(f.cutsA[:0], 0, 1)
	dx, dy := e[0]-s[0], e[1]-s[1]
	n2 := dx*dx + dy*dy
	lo := orb.Point{min(s[0], e[0]) - bufferM, min(s[1], e[1]) - bufferM}
	hi := orb.Point{max(s[0], e[0]) + bufferM, max(s[1], e[1]) + bufferM}
	along := false
	for _, pb := range b.plane {
		for _, r := range pb {
			for i := 1; i < len(r); i++ {
				p, q := r[i-1], r[i]
				if max(p[0], q[0]) < lo[0] || min(p[0], q[0]) > hi[0] || max(p[1], q[1]) < lo[1] || min(p[1], q[1]) > hi[1] {
					continue
				}
				if p == s && q == e || p == e && q == s {
					along = true
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
		}
	}
	if along {
		return orb.Point{}, false // the side is common to both
	}
	slices.Sort(f.cutsA)
	for i := 1; i < len(f.cutsA); i++ {
		if f.cutsA[i] == f.cutsA[i-1] {
			continue
		}
		t := (f.cutsA[i] + f.cutsA[i-1]) / 2
		m := orb.Point{s[0] + t*dx, s[1] + t*dy}
		if m[0] < b.bound.Min[0] || m[0] > b.bound.Max[0] || m[1] < b.bound.Min[1] || m[1] > b.bound.Max[1] {
			continue
		}
		if deep(m, b, f.depthM) {
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
