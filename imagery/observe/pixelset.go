package observe

import (
	"math/bits"

	"parus/imagery"
	"parus/imagery/cloud"
)

// pixelSet is a set of pixels of a few rows of a grid, as bits, that numbers
// its pixels row by row.
type pixelSet struct {
	row0, rows, width int
	perWidth          uint64 // 2^64 / width, for dividing by it
	stride            int    // words a row
	words             []uint64
	before            []uint32 // per word, pixels of the set before it
	n                 int      // pixels in the set
}

// reset empties the set and moves it to the rows r0..r1−1 of a grid.
func (s *pixelSet) reset(r0, r1, width int) {
	s.row0, s.rows, s.width, s.stride, s.n = r0, r1-r0, width, (width+63)/64, 0
	s.perWidth = ^uint64(0) / uint64(width)
	s.words = resize(s.words, s.stride*s.rows)
	s.before = resize(s.before, len(s.words))
	clear(s.words)
}

// word returns the word and the bit of a pixel, by its row-major place in the
// grid. The quotient (at+1)·⌊(2^64−1)/width⌋ / 2^64 is exact below 2^32, and a
// division would take longer than all else that is done with most pixels.
func (s *pixelSet) word(at uint32) (word, bit int) {
	row, _ := bits.Mul64(uint64(at)+1, s.perWidth)
	y, x := int(row), int(at)-int(row)*s.width
	return (y-s.row0)*s.stride + x>>6, x & 63
}

// add puts n pixels of one row into the set.
func (s *pixelSet) add(at uint32, n int) {
	w, b := s.word(at)
	for n > 0 {
		k := min(n, 64-b)
		s.words[w] |= (^uint64(0) >> (64 - k)) << b
		n -= k
		w, b = w+1, 0
	}
}

// add1 puts one pixel into the set.
func (s *pixelSet) add1(at uint32) {
	w, b := s.word(at)
	s.words[w] |= 1 << b
}

// number counts the pixels; place and runs work from then on.
func (s *pixelSet) number() {
	s.n = 0
	for i, w := range s.words {
		s.before[i] = uint32(s.n)
		s.n += bits.OnesCount64(w)
	}
}

// place is how many pixels of the set lie before a pixel, and has tells whether
// that is its number: whether it is in the set.
func (s *pixelSet) place(at uint32) (number int, has bool) {
	w, b := s.word(at)
	bit := uint64(1) << b
	return int(s.before[w]) + bits.OnesCount64(s.words[w]&(bit-1)), s.words[w]&bit != 0
}

// between numbers the pixels of the set among n pixels of one row.
func (s *pixelSet) between(at uint32, n int) (from, to int) {
	from, _ = s.place(at)
	to, has := s.place(at + uint32(n) - 1)
	if has {
		to++
	}
	return from, to
}

// keep drops the pixels that are not clear. The flags' upper left pixel is
// (x0, y0) of the grid.
func (s *pixelSet) keep(clear cloud.Bits, x0, y0 int) {
	for y := range s.rows {
		words := s.words[y*s.stride : (y+1)*s.stride]
		for i, w := range words {
			if w != 0 { // the flags have all rows of the set, but no others
				words[i] = w & clear.From(i*64-x0, s.row0+y-y0)
			}
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

// appendRuns appends the set's stretches of rows, cut at words, in the order of
// their numbers.
func (s *pixelSet) appendRuns(runs []Run) []Run {
	for i, w := range s.words {
		y, x := s.row0+i/s.stride, i%s.stride*64
		for w != 0 {
			first := bits.TrailingZeros64(w)
			n := bits.TrailingZeros64(^(w >> first))
			runs = append(runs, Run{X: int32(x + first), Y: int32(y), N: int32(n)})
			w &^= (^uint64(0) >> (64 - n)) << first
		}
	}
	return runs
}

// any tells whether some pixel of the set has data in a plane that holds all of
// it.
func (s *pixelSet) any(p plane) bool {
	for i, w := range s.words {
		row := (s.row0+i/s.stride-p.y)*p.width + i%s.stride*64 - p.x
		for ; w != 0; w &= w - 1 {
			if p.values[row+bits.TrailingZeros64(w)] != NoData {
				return true
			}
		}
	}
	return false
}
