package registry

import "github.com/paulmach/orb"

// manySides is how many pairs of sides commonArea multiplies out; beyond, GEOS
// with its index is faster.
const manySides = 1 << 18

// commonArea is the area that two valid shapes share, m². A shape is the sum of
// the strips between its sides and a line below, counted with the sign of the
// way that each side runs (the trapezoid formula for areas); so the area of what
// two shapes share is the sum over pairs of sides of what their strips share,
// with both signs. Sides are held to the box that both shapes share, so that no
// large terms cancel. Outer rings and holes have to run opposite ways; which way
// round is the same for both.
func commonArea(a, b orb.MultiPolygon) float64 {
	box := a.Bound()
	other := b.Bound()
	box.Min = orb.Point{max(box.Min[0], other.Min[0]), max(box.Min[1], other.Min[1])}
	box.Max = orb.Point{min(box.Max[0], other.Max[0]), min(box.Max[1], other.Max[1])}
	if box.Min[0] >= box.Max[0] || box.Min[1] >= box.Max[1] {
		return 0
	}
	sa, sb := stripsIn(nil, a, box), stripsIn(nil, b, box)
	if len(sa)*len(sb) > manySides {
		return measureShape(intersection(a, b)).areaM2
	}
	sum := 0.0
	for i := range sa {
		s := &sa[i]
		for j := range sb {
			t := &sb[j]
			if from, to := max(s.from, t.from), min(s.to, t.to); from < to {
				sum += s.sign * t.sign * lower(s, t, from, to)
			}
		}
	}
	return max(0, sum)
}

// strip lies between a piece of a side and the lower edge of a box, from and to
// along it: its height runs from at by slope.
type strip struct{ from, to, at, slope, sign float64 }

func (s *strip) height(x float64) float64 { return s.at + s.slope*(x-s.from) }

// lower is the area under both strips between from and to.
func lower(s, t *strip, from, to float64) float64 {
	s0, s1, t0, t1 := s.height(from), s.height(to), t.height(from), t.height(to)
	d0, d1 := s0-t0, s1-t1
	if d0*d1 >= 0 { // one is the lower all along
		return (to - from) * (min(s0, t0) + min(s1, t1)) / 2
	}
	f := d0 / (d0 - d1) // where they cross
	h := s0 + f*(s1-s0)
	return (to - from) * (f*(min(s0, t0)+h) + (1-f)*(h+min(s1, t1))) / 2
}

// stripsIn lists the strips under a shape's sides, held to a box and relative to
// its lower corner. What rises over the box is cut level with its top.
func stripsIn(out []strip, m orb.MultiPolygon, box orb.Bound) []strip {
	width, top := box.Max[0]-box.Min[0], box.Max[1]-box.Min[1]
	for _, poly := range m {
		for _, ring := range poly {
			for i := 1; i < len(ring); i++ {
				p, q, sign := ring[i-1], ring[i], 1.0
				if p[0] > q[0] {
					p, q, sign = q, p, -1
				}
				x0, y0, x1, y1 := p[0]-box.Min[0], p[1]-box.Min[1], q[0]-box.Min[0], q[1]-box.Min[1]
				if x0 == x1 || x1 <= 0 || x0 >= width || y0 <= 0 && y1 <= 0 {
					continue
				}
				slope := (y1 - y0) / (x1 - x0)
				out = heldTo(out, strip{from: x0, to: x1, at: y0, slope: slope, sign: sign}, width, top)
			}
		}
	}
	return out
}

// heldTo cuts a strip at the sides of the box and where it crosses its bottom
// and top.
func heldTo(out []strip, s strip, width, top float64) []strip {
	from, to := max(0, s.from), min(width, s.to)
	cuts := [4]float64{from, to, to, to}
	n := 1
	if s.slope != 0 {
		low, high := s.from-s.at/s.slope, s.from+(top-s.at)/s.slope
		if low > high {
			low, high = high, low
		}
		for _, x := range [2]float64{low, high} {
			if x > cuts[n-1] && x < to {
				cuts[n] = x
				n++
			}
		}
	}
	cuts[n] = to
	for i := range n {
		piece := strip{from: cuts[i], to: cuts[i+1], at: s.height(cuts[i]), slope: s.slope, sign: s.sign}
		middle := s.height((piece.from + piece.to) / 2)
		switch {
		case piece.from >= piece.to || middle <= 0:
			continue
		case middle >= top:
			piece.at, piece.slope = top, 0
		}
		out = append(out, piece)
	}
	return out
}
