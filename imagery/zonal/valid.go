package zonal

import (
	"cmp"
	"math"
	"slices"
)

// tolerance is the distance, in pixels, below which a vertex lies on a line:
// 1e-6 pixel is 10 µm on a 10 m grid, far below any survey and far above the
// rounding of a change of projection (about 1e-9 m).
const tolerance = 1e-6

// segment is one edge of an outline.
type segment struct {
	a, b       point
	ring, i, n int // ring, position in it, and the ring's length
	minX, maxX float64
	minY, maxY float64
}

// fewEdges is how many edges are compared each with each; more are swept by x,
// so that the cost is near n log n for ordinary shapes.
const fewEdges = 48

// checkRings looks for edges that cross, touch or overlap where they must not.
func (t *tracer) checkRings(rings [][]point) error {
	segs := t.segs[:0]
	for k, r := range rings {
		for i := range r {
			a, b := r[i], r[(i+1)%len(r)]
			segs = append(segs, segment{
				a: a, b: b, ring: k, i: i, n: len(r),
				minX: min(a.x, b.x) - tolerance, maxX: max(a.x, b.x) + tolerance,
				minY: min(a.y, b.y) - tolerance, maxY: max(a.y, b.y) + tolerance,
			})
		}
	}
	t.segs = segs
	sorted := len(segs) > fewEdges
	if sorted {
		slices.SortFunc(segs, func(p, q segment) int { return cmp.Compare(p.minX, q.minX) })
	}
	for i := range segs {
		s := &segs[i]
		for j := i + 1; j < len(segs); j++ {
			t := &segs[j]
			if t.minX > s.maxX {
				if sorted {
					break
				}
				continue
			}
			if t.maxX < s.minX || t.minY > s.maxY || t.maxY < s.minY {
				continue
			}
			if err := checkPair(s, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkPair tells whether two edges meet in a way that the rules forbid.
func checkPair(s, t *segment) error {
	if s.ring == t.ring {
		if (s.i+1)%s.n == t.i {
			return checkCorner(s.a, s.b, t.b)
		}
		if (t.i+1)%t.n == s.i {
			return checkCorner(t.a, t.b, s.b)
		}
	}
	switch meet(s, t) {
	case crossing:
		return errCrosses
	case overlapping:
		return errSharedRun
	case touching:
		if s.ring == t.ring {
			return errTouches
		}
	default: // apart
	}
	return nil
}

// checkCorner refuses a corner b whose two edges lie on one another.
func checkCorner(a, b, c point) error {
	if offset(b, a, c) == 0 || offset(b, c, a) == 0 {
		if (a.x-b.x)*(c.x-b.x)+(a.y-b.y)*(c.y-b.y) > 0 {
			return errSpike
		}
	}
	return nil
}

type meeting int

const (
	apart meeting = iota
	touching
	crossing
	overlapping
)

// meet tells how two edges without a common corner lie to each other.
func meet(s, t *segment) meeting {
	sa, sb := offset(t.a, t.b, s.a), offset(t.a, t.b, s.b)
	ta, tb := offset(s.a, s.b, t.a), offset(s.a, s.b, t.b)
	if sa*sb > 0 || ta*tb > 0 {
		return apart
	}
	if sa*sb < 0 && ta*tb < 0 {
		return crossing
	}
	var on []float64 // places along s where an end of one lies on the other
	if sa == 0 && within(t.a, t.b, s.a) {
		on = append(on, 0)
	}
	if sb == 0 && within(t.a, t.b, s.b) {
		on = append(on, along(s.a, s.b, s.b))
	}
	if ta == 0 && within(s.a, s.b, t.a) {
		on = append(on, along(s.a, s.b, t.a))
	}
	if tb == 0 && within(s.a, s.b, t.b) {
		on = append(on, along(s.a, s.b, t.b))
	}
	if len(on) == 0 {
		return apart
	}
	if slices.Max(on)-slices.Min(on) > tolerance {
		return overlapping
	}
	return touching
}

// offset tells on which side of the line a→b the point p lies: -1, 0 or +1,
// where 0 means nearer than the tolerance.
func offset(a, b, p point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	cross := dx*(p.y-a.y) - dy*(p.x-a.x)
	limit := tolerance * math.Sqrt(dx*dx+dy*dy)
	switch {
	case cross > limit:
		return 1
	case cross < -limit:
		return -1
	}
	return 0
}

// along is how far p's foot lies from a towards b, in pixels.
func along(a, b, p point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	return ((p.x-a.x)*dx + (p.y-a.y)*dy) / math.Sqrt(dx*dx+dy*dy)
}

func within(a, b, p point) bool {
	d := along(a, b, p)
	return d >= -tolerance && d <= math.Hypot(b.x-a.x, b.y-a.y)+tolerance
}

// checkNesting refuses holes outside their shell and parts inside one another,
// which no pair of edges shows.
func checkNesting(rings [][]point, parts []int) error {
	if len(rings) == 1 {
		return nil
	}
	shell := 0
	for k := range rings {
		if k == 0 || parts[k] != parts[k-1] {
			shell = k
		} else if anySide(rings[shell], rings[k], outside) {
			return errHole
		}
		for m := range rings[:k] {
			if err := checkTwo(rings, parts, shell, m, k); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkTwo(rings [][]point, parts []int, shell, m, k int) error {
	if parts[m] == parts[k] {
		if m != shell && (anySide(rings[m], rings[k], inside) || anySide(rings[k], rings[m], inside)) {
			return errHole
		}
		return nil
	}
	isShell := func(i int) bool { return i == 0 || parts[i] != parts[i-1] }
	if !isShell(m) || !isShell(k) {
		return nil
	}
	if anySide(rings[m], rings[k], inside) && !inHole(rings, parts, m, rings[k]) ||
		anySide(rings[k], rings[m], inside) && !inHole(rings, parts, k, rings[m]) {
		return errParts
	}
	return nil
}

// inHole tells whether ring lies wholly in one of the holes of the part whose
// shell is at index shell.
func inHole(rings [][]point, parts []int, shell int, ring []point) bool {
	for h := shell + 1; h < len(rings) && parts[h] == parts[shell]; h++ {
		if !anySide(rings[h], ring, outside) {
			return true
		}
	}
	return false
}

type side int

const (
	outside side = iota
	border
	inside
)

func anySide(ring, pts []point, want side) bool {
	for _, p := range pts {
		if where(ring, p) == want {
			return true
		}
	}
	return false
}

// where places p against a ring by counting crossings to its right.
func where(ring []point, p point) side {
	in := false
	for i := range ring {
		a, b := ring[i], ring[(i+1)%len(ring)]
		if offset(a, b, p) == 0 && within(a, b, p) {
			return border
		}
		if (a.y > p.y) != (b.y > p.y) && p.x < a.x+(p.y-a.y)*(b.x-a.x)/(b.y-a.y) {
			in = !in
		}
	}
	if in {
		return inside
	}
	return outside
}
