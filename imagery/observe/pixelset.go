package observe

import (
	"math/bits"

	"parus/imagery"
)

// pixelSet is a set of pixels of a few rows of a grid, as bits, that numbers
// its pixels row by row.
type pixelSet struct {
	row0, rows, width int
	stride            int // words a row
	words             []uint64
	before            []uint32 // per word, pixels of the set before it
	n                 int      // pixels in the set
}

// reset empties the set and moves it to the rows r0..r1−1 of a grid.
func (s *pixelSet) reset(r0, r1, width int) {
	s.row0, s.rows, s.width, s.stride, s.n = r0, r1-r0, width, (width+63)/64, 0
	s.words = resize(s.words, s.stride*s.rows)
	s.before = resize(s.before, len(s.words))
	clear(s.words)
}

// word returns the word and the bit of a pixel, by its row-major place in the grid.
func (s *pixelSet) word(at int) (word, bit int) {
	y, x := at/s.width, at%s.width
	return (y-s.row0)*s.stride + x>>6, x & 63
}

// add puts n pixels of one row into the set.
func (s *pixelSet) add(at, n int) {
	w, b := s.word(at)
	for n > 0 {
		k := min(n, 64-b)
		s.words[w] |= (^uint64(0) >> (64 - k)) << b
		n -= k
		w, b = w+1, 0
	}
}

// number counts the pixels; place and gather work from then on.
func (s *pixelSet) number() {
	s.n = 0
	for i, w := range s.words {
		s.before[i] = uint32(s.n)
		s.n += bits.OnesCount64(w)
	}
}

// place is how many pixels of the set lie before a pixel, and has tells whether
// that is its number: whether it is in the set.
func (s *pixelSet) place(at int) (number int, has bool) {
	w, b := s.word(at)
	bit := uint64(1) << b
	return int(s.before[w]) + bits.OnesCount64(s.words[w]&(bit-1)), s.words[w]&bit != 0
}

// between numbers the pixels of the set among n pixels of one row.
func (s *pixelSet) between(at, n int) (from, to int) {
	from, _ = s.place(at)
	to, has := s.place(at + n - 1)
	if has {
		to++
	}
	return from, to
}

// keep drops the pixels for which a plane that holds all of the set is false.
func (s *pixelSet) keep(p plane[bool]) {
	for y := range s.rows {
		row := (s.row0+y-p.y)*p.width - p.x
		words := s.words[y*s.stride : (y+1)*s.stride]
		for i, w := range words {
			for rest := w; rest != 0; rest &= rest - 1 {
				b := bits.TrailingZeros64(rest)
				if !p.values[row+i*64+b] {
					w &^= 1 << b
				}
			}
			words[i] = w
		}
	}
	s.number()
}

// bounds is the smallest window around the set.
func (s *pixelSet) bounds() imagery.Window {
	if s.n == 0 {
		return imagery.Window{}
	}
	x0, x1, y0, y1 := s.width, -1, s.rows, -1
	for y := range s.rows {
		row := s.words[y*s.stride : (y+1)*s.stride]
		for i, w := range row {
			if w == 0 {
				continue
			}
			x0, x1 = min(x0, i*64+bits.TrailingZeros64(w)), max(x1, i*64+63-bits.LeadingZeros64(w))
			y0, y1 = min(y0, y), max(y1, y)
		}
	}
	return imagery.Window{X: x0, Y: s.row0 + y0, Width: x1 - x0 + 1, Height: y1 - y0 + 1}
}

// plane is a window of numbers whose upper left pixel is (x, y) of the grid.
type plane[T any] struct {
	values      []T
	x, y, width int
}

// runs calls do for each stretch of pixels of the set within a word, with its
// place in the plane; the plane holds all of the set. Stretches come in order.
func runs[T any](s *pixelSet, p plane[T], do func(values []T)) {
	for y := range s.rows {
		row := (s.row0 + y - p.y) * p.width
		for i, w := range s.words[y*s.stride : (y+1)*s.stride] {
			for w != 0 {
				first := bits.TrailingZeros64(w)
				n := bits.TrailingZeros64(^(w >> first))
				at := row + i*64 + first - p.x
				do(p.values[at : at+n])
				w &^= (^uint64(0) >> (64 - n)) << first
			}
		}
	}
}

// gather copies the pixels of the set from a plane that holds all of it.
func gather[T any](dst []T, s *pixelSet, p plane[T]) {
	runs(s, p, func(values []T) {
		if len(values) >= 8 {
			copy(dst, values)
		} else {
			for i, v := range values { //nolint:staticcheck // S1001: a call of copy takes longer
				dst[i] = v
			}
		}
		dst = dst[len(values):]
	})
}

// any tells whether some pixel of the set has data.
func (s *pixelSet) any(p plane[int32]) bool {
	found := false
	runs(s, p, func(values []int32) {
		for _, v := range values {
			found = found || v != NoData
		}
	})
	return found
}
