package zonal

import (
	"errors"
	"math"

	"github.com/paulmach/orb"
)

// Shape is a polygon with an ID, in the grid's CRS.
type Shape struct {
	ID      string
	Polygon orb.MultiPolygon
}

// Refusal says why a shape was not measured.
type Refusal struct {
	ID     string
	Reason string
}

// Reasons for which a polygon is refused. They follow the simple-features
// rules (OGC 06-103r4, 6.1.11): rings are simple and closed, holes lie inside
// their shell, parts do not overlap or share an edge.
var (
	errEmpty     = errors.New("no geometry")
	errNaN       = errors.New("a coordinate is NaN or infinite")
	errFew       = errors.New("a ring has fewer than three distinct points")
	errNoArea    = errors.New("a ring has no area")
	errCrosses   = errors.New("the outline crosses itself")
	errTouches   = errors.New("a ring touches itself")
	errSpike     = errors.New("a ring turns back on itself (spike)")
	errSharedRun = errors.New("two rings share part of an edge")
	errHole      = errors.New("a hole lies outside its shell or inside another hole")
	errParts     = errors.New("parts overlap")
	errFar       = errors.New("a coordinate is too far from the grid to be measured")
)

// outline is a polygon in pixel coordinates, checked and oriented: every ring
// runs so that its area counts positive for shells and negative for holes.
// Coordinates are relative to the whole pixel (col, row), the outline's own
// corner, so that arithmetic on them does not depend on any window.
type outline struct {
	col, row int // corner, in pixels of the grid
	w, h     int // size, in pixels
	rings    [][]point
}

// maxPixels bounds coordinates so that they stay exact in a float64: 2^28
// pixels and 24 fractional bits fill its mantissa.
const maxPixels = 1 << 28

// tracer turns polygons into outlines. It holds scratch, so one goroutine uses
// one tracer.
type tracer struct {
	frame
	segs []segment
	slab []point // vertices of many outlines lie in one allocation
}

const slabPoints = 1 << 12

// take returns room for up to n vertices.
func (t *tracer) take(n int) []point {
	if n > len(t.slab) {
		t.slab = make([]point, max(n, slabPoints))
	}
	out := t.slab[:0:n]
	t.slab = t.slab[n:]
	return out
}

// trace turns a polygon into an outline, or tells what is wrong with it.
func (t *tracer) trace(mp orb.MultiPolygon) (outline, error) {
	rings, parts, err := t.rings(mp)
	if err != nil {
		return outline{}, err
	}
	o := newOutline(rings)
	if err := t.checkRings(o.rings); err != nil {
		return outline{}, err
	}
	if err := checkNesting(o.rings, parts); err != nil {
		return outline{}, err
	}
	return o, nil
}

// rings converts every ring and notes which part each belongs to; the first
// ring of a part is its shell.
func (t *tracer) rings(mp orb.MultiPolygon) (rings [][]point, parts []int, err error) {
	for part, poly := range mp {
		for i, r := range poly {
			pts, err := t.ring(r)
			if err != nil {
				return nil, nil, err
			}
			if err := orient(pts, i == 0); err != nil {
				return nil, nil, err
			}
			rings, parts = append(rings, pts), append(parts, part)
		}
	}
	if len(rings) == 0 {
		return nil, nil, errEmpty
	}
	return rings, parts, nil
}

// ring converts one ring, without its closing point and without repeats.
func (t *tracer) ring(r orb.Ring) ([]point, error) {
	pts := t.take(len(r))
	for _, p := range r {
		q := t.pixel(p)
		if math.IsNaN(q.x+q.y) || math.IsInf(q.x+q.y, 0) {
			return nil, errNaN
		}
		if math.Abs(q.x) > maxPixels || math.Abs(q.y) > maxPixels {
			return nil, errFar
		}
		if n := len(pts); n == 0 || pts[n-1] != q {
			pts = append(pts, q)
		}
	}
	for len(pts) > 1 && pts[0] == pts[len(pts)-1] {
		pts = pts[:len(pts)-1]
	}
	if len(pts) < 3 {
		return nil, errFew
	}
	return pts, nil
}

// orient turns a ring so that its area in pixel coordinates is positive for a
// shell and negative for a hole (shoelace formula).
func orient(pts []point, shell bool) error {
	a := area(pts)
	if math.Abs(a) < tolerance*tolerance {
		return errNoArea
	}
	if (a > 0) != shell {
		for i, j := 0, len(pts)-1; i < j; i, j = i+1, j-1 {
			pts[i], pts[j] = pts[j], pts[i]
		}
	}
	return nil
}

// area is the signed shoelace area, in pixels.
func area(pts []point) float64 {
	var sum float64
	o := pts[0]
	for i := range pts {
		a, b := pts[i], pts[(i+1)%len(pts)]
		sum += (a.x-o.x)*(b.y-o.y) - (b.x-o.x)*(a.y-o.y)
	}
	return sum / 2
}

// newOutline moves rings to their own corner.
func newOutline(rings [][]point) outline {
	minX, minY := math.Inf(1), math.Inf(1)
	maxX, maxY := math.Inf(-1), math.Inf(-1)
	for _, r := range rings {
		for _, p := range r {
			minX, maxX = min(minX, p.x), max(maxX, p.x)
			minY, maxY = min(minY, p.y), max(maxY, p.y)
		}
	}
	cx, cy := math.Floor(minX), math.Floor(minY)
	for _, r := range rings {
		for i := range r {
			r[i].x, r[i].y = r[i].x-cx, r[i].y-cy
		}
	}
	return outline{
		col: int(cx), row: int(cy),
		w: int(math.Ceil(maxX - cx)), h: int(math.Ceil(maxY - cy)),
		rings: rings,
	}
}
