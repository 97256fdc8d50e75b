package registry

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// edge is one side of a polygon: ring and index of its first vertex.
type edge struct {
	a, b       orb.Point
	minX, maxX float64
	ring, at   int32
}

// flaw is the first place where a polygon breaks the rules of simple features
// (OGC 06-103r4, 6.1.11.1).
type flaw struct {
	what string
	at   orb.Point
}

// sweepFrom is the number of sides from which sorting pays against testing all
// pairs.
const sweepFrom = 48

// checkSimple returns nil for a polygon whose rings neither cross, overlap nor
// touch themselves, and whose holes lie inside the outer ring. Rings are closed, of at
// least four points, without equal neighbours. scratch is reused.
func checkSimple(poly orb.Polygon, scratch *[]edge) *flaw {
	if len(poly) > maxRings {
		return &flaw{tooMany, poly[0][0]}
	}
	sortEdges(poly, scratch)
	if f := edgePairs(poly, *scratch); f != nil {
		return f
	}
	return checkHoles(poly)
}

// sortEdges lists the sides of all rings in scratch, by their least x where
// they are many.
func sortEdges(poly orb.Polygon, scratch *[]edge) {
	edges := (*scratch)[:0]
	for r, ring := range poly {
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			edges = append(edges, edge{a, b, min(a[0], b[0]), max(a[0], b[0]), int32(r), int32(i - 1)})
		}
	}
	*scratch = edges
	if len(edges) >= sweepFrom {
		slices.SortFunc(edges, func(a, b edge) int {
			return cmp.Or(cmp.Compare(a.minX, b.minX), cmp.Compare(a.ring, b.ring), cmp.Compare(a.at, b.at))
		})
	}
}

// What one shape may cost before it is refused as too many-sided to check: no
// parcel comes near it, and a file made to stop the reader does.
const (
	maxRings     = 4096
	maxEdgeTests = 1 << 26
)

const tooMany = "too many sides to check"

// edgePairs tests all pairs whose x ranges meet.
func edgePairs(poly orb.Polygon, edges []edge) *flaw {
	sorted, tests := len(edges) >= sweepFrom, 0
	for i := range edges {
		e := &edges[i]
		if tests > maxEdgeTests {
			return &flaw{tooMany, e.a}
		}
		lo, hi := min(e.a[1], e.b[1]), max(e.a[1], e.b[1])
		for j := i + 1; j < len(edges); j++ {
			f := &edges[j]
			tests++
			if f.minX > e.maxX {
				if sorted {
					break
				}
				continue
			}
			if f.maxX < e.minX || min(f.a[1], f.b[1]) > hi || max(f.a[1], f.b[1]) < lo {
				continue
			}
			if w := clash(poly, e, f); w != nil {
				return w
			}
		}
	}
	return nil
}

// clash tells how two sides that may meet break the rules, nil where they
// don't.
func clash(poly orb.Polygon, e, f *edge) *flaw {
	if e.ring == f.ring {
		n := int32(len(poly[e.ring]) - 1)
		if (e.at+1)%n == f.at {
			return spike(e.a, e.b, f.b)
		}
		if (f.at+1)%n == e.at {
			return spike(f.a, f.b, e.b)
		}
	}
	o1, o2 := orient(e.a, e.b, f.a), orient(e.a, e.b, f.b)
	o3, o4 := orient(f.a, f.b, e.a), orient(f.a, f.b, e.b)
	if o1*o2 < 0 && o3*o4 < 0 {
		return &flaw{"sides cross", meeting(e.a, e.b, f.a, f.b)}
	}
	if o1 == 0 && o2 == 0 {
		return collinear(e, f)
	}
	if e.ring != f.ring {
		return nil // rings may touch in a point
	}
	for _, t := range [4]struct {
		o       int
		p, a, b orb.Point
	}{{o1, f.a, e.a, e.b}, {o2, f.b, e.a, e.b}, {o3, e.a, f.a, f.b}, {o4, e.b, f.a, f.b}} {
		if t.o == 0 && onSegment(t.p, t.a, t.b) {
			return &flaw{"a ring touches itself", t.p}
		}
	}
	return nil
}

// spike finds a side that runs back over its predecessor.
func spike(a, b, c orb.Point) *flaw {
	if orient(a, b, c) == 0 && (onSegment(c, a, b) || onSegment(a, b, c)) {
		return &flaw{"a spike runs back over itself", b}
	}
	return nil
}

// collinear judges two sides on one line: sharing a stretch breaks the rules,
// also between rings; sharing a point only within a ring.
func collinear(e, f *edge) *flaw {
	k := 0
	if e.a[0] == e.b[0] {
		k = 1
	}
	lo := max(min(e.a[k], e.b[k]), min(f.a[k], f.b[k]))
	hi := min(max(e.a[k], e.b[k]), max(f.a[k], f.b[k]))
	if lo > hi || lo == hi && e.ring != f.ring {
		return nil
	}
	for _, p := range [4]orb.Point{e.a, e.b, f.a, f.b} {
		if p[k] == lo {
			return &flaw{"sides lie on each other", p}
		}
	}
	return nil
}

// meeting is the point where two crossing segments meet.
func meeting(a, b, c, d orb.Point) orb.Point {
	rx, ry := b[0]-a[0], b[1]-a[1]
	sx, sy := d[0]-c[0], d[1]-c[1]
	t := ((c[0]-a[0])*sy - (c[1]-a[1])*sx) / (rx*sy - ry*sx)
	return orb.Point{a[0] + t*rx, a[1] + t*ry}
}

// checkHoles makes sure that each hole lies in the outer ring and in no other
// hole. Sides are known not to cross.
func checkHoles(poly orb.Polygon) *flaw {
	for i := 1; i < len(poly); i++ {
		if ringSide(poly[i], poly[0]) < 0 {
			return &flaw{"a hole lies outside its ring", poly[i][0]}
		}
		for j := 1; j < len(poly); j++ {
			if i != j && ringSide(poly[i], poly[j]) > 0 {
				return &flaw{"a hole lies in a hole", poly[i][0]}
			}
		}
	}
	return nil
}

// ringSide tells on which side of ring out the ring in lies, by its first
// vertex or middle of a side that is not on out's boundary; 0 where all are.
func ringSide(in, out orb.Ring) int {
	o := [1]orb.Ring{out}
	for _, p := range in {
		if s := side(p, o[:]); s != 0 {
			return s
		}
	}
	for i := 1; i < len(in); i++ {
		m := orb.Point{(in[i-1][0] + in[i][0]) / 2, (in[i-1][1] + in[i][1]) / 2}
		if s := side(m, o[:]); s != 0 {
			return s
		}
	}
	return 0
}
