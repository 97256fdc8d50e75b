package mapsheet

import "math"

// twiceArea is by the surveyor's formula: positive where an open ring turns
// clockwise as seen, y pointing down.
func twiceArea(ring []Point) int64 {
	if len(ring) < 3 {
		return 0
	}
	var sum int64
	last := ring[len(ring)-1]
	for _, p := range ring {
		sum += int64(last.X)*int64(p.Y) - int64(p.X)*int64(last.Y)
		last = p
	}
	return sum
}

// least is the smallest triangle along a ring without area: between its two
// points furthest apart, one unit wide.
func least(ring []Point) []Point {
	a, b := ring[0], ring[0]
	var far int64 = -1
	for _, p := range ring {
		if d := distance2(ring[0], p); d > far {
			b, far = p, d
		}
	}
	dx, dy := b.X-a.X, b.Y-a.Y
	if dx == 0 && dy == 0 {
		return []Point{a, {a.X + 1, a.Y}, {a.X, a.Y + 1}}
	}
	if max(dx, -dx) > max(dy, -dy) {
		return []Point{a, b, {b.X, b.Y + 1}}
	}
	return []Point{a, b, {b.X + 1, b.Y}}
}

func distance2(a, b Point) int64 {
	dx, dy := int64(a.X-b.X), int64(a.Y-b.Y)
	return dx*dx + dy*dy
}

// thinned leaves out the points of an open ring that lie within the tolerance
// (Douglas and Peucker 1973), from its first point and the one furthest off.
func (d *drawing) thinned(ring []Point) []Point {
	n := len(ring)
	far, best := 0, int64(-1)
	for i, p := range ring {
		if s := distance2(ring[0], p); s > best {
			far, best = i, s
		}
	}
	if cap(d.keep) < n {
		d.keep = make([]bool, n)
	}
	keep := d.keep[:n]
	clear(keep)
	keep[0], keep[far] = true, true
	mark(ring, keep, 0, far)
	mark(ring, keep, far, n)
	d.thin = d.thin[:0]
	for i, k := range keep {
		if k {
			d.thin = append(d.thin, ring[i])
		}
	}
	return d.thin
}

// mark keeps what is needed between two points that are kept; n is the first.
func mark(ring []Point, keep []bool, from, to int) {
	a, b := ring[from], ring[to%len(ring)]
	worst, at := float64(toleranceUnits*toleranceUnits), -1
	for i := from + 1; i < to; i++ {
		if s := toSegment2(ring[i], a, b); s > worst {
			worst, at = s, i
		}
	}
	if at < 0 {
		return
	}
	keep[at] = true
	mark(ring, keep, from, at)
	mark(ring, keep, at, to)
}

// toSegment2 is the square of a point's distance to a segment.
func toSegment2(p, a, b Point) float64 {
	dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
	px, py := float64(p.X-a.X), float64(p.Y-a.Y)
	if l := dx*dx + dy*dy; l > 0 {
		t := math.Max(0, math.Min(1, (px*dx+py*dy)/l))
		px, py = px-float64(t*dx), py-float64(t*dy)
	}
	return float64(px*px) + float64(py*py)
}

// clipped is what of an open ring lies in a box (Sutherland and Hodgman 1974).
// Parts that fall into several pieces stay joined along the box's border, which
// no tile shows.
func (d *drawing) clipped(ring []Point, b box) []Point {
	edges := [...]struct {
		in  func(Point) bool
		cut func(p, q Point) Point
	}{
		{func(p Point) bool { return p.X >= b.west }, func(p, q Point) Point { return atX(p, q, b.west) }},
		{func(p Point) bool { return p.X <= b.east }, func(p, q Point) Point { return atX(p, q, b.east) }},
		{func(p Point) bool { return p.Y >= b.north }, func(p, q Point) Point { return atY(p, q, b.north) }},
		{func(p Point) bool { return p.Y <= b.south }, func(p, q Point) Point { return atY(p, q, b.south) }},
	}
	d.cut = append(d.cut[:0], ring...)
	for _, e := range edges {
		out := d.spare[:0]
		if len(d.cut) == 0 {
			break
		}
		last := d.cut[len(d.cut)-1]
		for _, p := range d.cut {
			if e.in(p) != e.in(last) {
				out = put(out, e.cut(last, p))
			}
			if e.in(p) {
				out = put(out, p)
			}
			last = p
		}
		d.cut, d.spare = open(out), d.cut
	}
	return d.cut
}

func put(ring []Point, p Point) []Point {
	if n := len(ring); n > 0 && ring[n-1] == p {
		return ring
	}
	return append(ring, p)
}

// atX is where a segment crosses a meridian, from its end with the smaller x,
// so that both directions give the same point.
func atX(p, q Point, x int32) Point {
	if p.X > q.X {
		p, q = q, p
	}
	return Point{x, p.Y + rounded(int64(q.Y-p.Y)*int64(x-p.X), int64(q.X-p.X))}
}

func atY(p, q Point, y int32) Point {
	if p.Y > q.Y {
		p, q = q, p
	}
	return Point{p.X + rounded(int64(q.X-p.X)*int64(y-p.Y), int64(q.Y-p.Y)), y}
}

// rounded divides to the nearest whole number, halves up.
func rounded(n, d int64) int32 {
	v := 2*n + d
	q := v / (2 * d)
	if v%(2*d) < 0 {
		q--
	}
	return int32(q)
}
