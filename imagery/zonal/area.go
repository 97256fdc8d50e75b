package zonal

import "math"

// One is a coverage fraction of 1 in fixed point.
const One = 1 << 24

// bufferCells bounds the scratch of one strip of rows (8 bytes a cell).
const bufferCells = 1 << 20

// run is a stretch of pixels of one row, in pixels from the outline's corner:
// fully covered ones where fraction is One, else a single pixel.
type run struct {
	row, col, n int
	fraction    uint32
}

// scanner computes coverage fractions of outlines row by row. It holds the
// scratch, so one goroutine uses one scanner.
type scanner struct {
	acc   []float64
	spans []Span
	cells []Cell
}

// scan calls emit for the covered pixels of rows [r0, r1) of an outline, row
// by row from the left, columns below c1 only.
//
// Method: signed area accumulation, exact for polygons. A piece of an edge
// within pixel c of a row that rises by dy and whose middle lies at distance m
// from the pixel's left side adds dy·(1−m) to c and dy to all pixels right of
// it; summed over a closed ring, that is the ring's share of each pixel
// (shoelace formula per pixel, as in scan converters of fonts).
func (s *scanner) scan(o *outline, r0, r1, c1 int, emit func(run)) {
	width := o.w + 2
	c1 = min(c1, o.w)
	r0, r1 = max(r0, 0), min(r1, o.h)
	strip := max(1, bufferCells/width)
	for ; r0 < r1; r0 += strip {
		end := min(r0+strip, r1)
		need := width * (end - r0)
		if cap(s.acc) < need {
			s.acc = make([]float64, need)
		}
		s.acc = s.acc[:need]
		clear(s.acc)
		for _, ring := range o.rings {
			for i := range ring {
				s.edge(ring[i], ring[(i+1)%len(ring)], r0, end, width)
			}
		}
		for r := r0; r < end; r++ {
			emitRow(s.acc[(r-r0)*width:(r-r0)*width+c1], r, emit)
		}
	}
}

// edge adds one edge to the rows [r0, r1). Where it enters and leaves a row is
// computed from its own ends, so a row's sums do not depend on the strip.
func (s *scanner) edge(a, b point, r0, r1, width int) {
	if a.y == b.y {
		return
	}
	sign := 1.0
	if a.y > b.y {
		a, b, sign = b, a, -1
	}
	first, last := max(int(a.y), r0), min(int(math.Ceil(b.y)), r1)
	slope := (b.x - a.x) / (b.y - a.y)
	lo, hi := min(a.x, b.x), max(a.x, b.x)
	for r := first; r < last; r++ {
		y0, y1 := max(a.y, float64(r)), min(b.y, float64(r+1))
		x0, x1 := a.x, b.x
		if y0 > a.y {
			x0 = min(max(a.x+(y0-a.y)*slope, lo), hi)
		}
		if y1 < b.y {
			x1 = min(max(a.x+(y1-a.y)*slope, lo), hi)
		}
		row := s.acc[(r-r0)*width : (r-r0+1)*width]
		piece(row, x0, x1, sign*(y1-y0))
	}
}

// piece adds the part of an edge inside one row, from x0 to x1, rising by dy.
func piece(row []float64, x0, x1, dy float64) {
	if x0 > x1 {
		x0, x1 = x1, x0
	}
	c := int(x0)
	if x1 <= float64(c+1) {
		m := (x0+x1)/2 - float64(c)
		row[c] += dy * (1 - m)
		row[c+1] += dy * m
		return
	}
	rise := dy / (x1 - x0)
	for x := x0; x < x1; c++ {
		next := min(x1, float64(c+1))
		d, m := rise*(next-x), (x+next)/2-float64(c)
		row[c] += d * (1 - m)
		row[c+1] += d * m
		x = next
	}
}

// emitRow sums a row from the left and emits what is covered. Fractions are
// rounded half to even, so that two shapes that share a pixel exactly make up
// One.
func emitRow(row []float64, r int, emit func(run)) {
	var sum float64
	full := 0
	for c := range row {
		sum += row[c]
		f := fixed(sum)
		if f == One {
			full++
			continue
		}
		if full > 0 {
			emit(run{r, c - full, full, One})
			full = 0
		}
		if f > 0 {
			emit(run{r, c, 1, f})
		}
	}
	if full > 0 {
		emit(run{r, len(row) - full, full, One})
	}
}

func fixed(sum float64) uint32 {
	// Orientation makes sums positive where shells run with their area; pixel
	// rows grow downwards, which turns the sign.
	v := math.RoundToEven(math.Abs(sum) * One)
	return uint32(min(v, One))
}
