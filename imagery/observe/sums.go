package observe

import "parus/imagery/zonal"

// sums adds the pixels of one parcel in one strip: pixels that lie wholly in
// it plainly, so that their weight is multiplied once, and the others by theirs.
type sums struct {
	layers, ndvi int // ndvi: its layer, −1 where there is none

	count        uint64 // whole pixels
	whole1       []int64
	wholeSquares uint64 // Σ NDVI², at most 2^29 · 2^22
	valid, inner uint64 // of the others
	part1        []int64
	inner1       []int64
	partSquares  Wide
}

func newSums(layers, ndvi int) sums {
	return sums{layers: layers, ndvi: ndvi, whole1: make([]int64, layers), part1: make([]int64, layers), inner1: make([]int64, layers)}
}

func (s *sums) reset() {
	s.count, s.wholeSquares, s.valid, s.inner, s.partSquares = 0, 0, 0, 0, Wide{}
	clear(s.whole1)
	clear(s.part1)
	clear(s.inner1)
}

// whole adds a pixel that lies wholly in the parcel.
func (s *sums) whole(values []int32) {
	s.count++
	acc := s.whole1[:len(values)]
	for k, v := range values {
		acc[k] += int64(v)
	}
	if s.ndvi >= 0 {
		v := int64(values[s.ndvi])
		s.wholeSquares += uint64(v * v)
	}
}

// part adds a pixel that lies in the parcel by a fraction.
func (s *sums) part(values []int32, fraction uint32) {
	w, in := int64(fraction), int64(innerWeight(fraction))
	s.valid += uint64(fraction)
	s.inner += uint64(in)
	acc, inner := s.part1[:len(values)], s.inner1[:len(values)]
	for k, v := range values {
		acc[k] += int64(v) * w
		inner[k] += int64(v) * in
	}
	if s.ndvi >= 0 {
		v := int64(values[s.ndvi])
		s.partSquares = s.partSquares.Add(Wide{Lo: uint64(v*v) * uint64(fraction)}) // at most 29 + 24 bits
	}
}

// addTo adds the sums to the parcel's.
func (s *sums) addTo(p *Parcel) {
	p.Valid += s.count*zonal.One + s.valid
	p.Inner += s.count*InnerOne + s.inner
	for k := range s.whole1 {
		p.Sums[k] += s.whole1[k]*zonal.One + s.part1[k]
		p.InnerSums[k] += s.whole1[k]*InnerOne + s.inner1[k]
	}
	const shift = 24 // of zonal.One
	p.NDVI2 = p.NDVI2.Add(Wide{Hi: s.wholeSquares >> (64 - shift), Lo: s.wholeSquares << shift}).Add(s.partSquares)
}
