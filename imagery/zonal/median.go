package zonal

import (
	"math"
	"slices"
)

// sample keeps the pixels of one shape for its median: integers as keys, which
// sort several times faster, other numbers as pairs.
type sample struct {
	keys  []uint64
	pairs []weighted
}

type weighted struct{ v, w float64 }

// A key holds a value and its fraction in one number whose order is by value,
// then by fraction: (v + 2^31)·2^25 + fraction. Values of 32 bits, signed or
// not, take 33 bits, fractions up to One 25.
const (
	fractionBits = 25
	keyBias      = 1 << 31
)

func key(v int64, fraction uint32) uint64 {
	return uint64(v+keyBias)<<fractionBits | uint64(fraction)
}

func unkey(k uint64) weighted {
	return weighted{float64(int64(k>>fractionBits) - keyBias), float64(k&(1<<fractionBits-1)) / One}
}

// keep adds the pixels of one shape that have data.
func keep[T Number](s *sample, spans []Span, cells []Cell, pixels []T, nodata NoData[T]) {
	n := len(cells)
	for _, sp := range spans {
		n += int(sp.N)
	}
	if one := T(1); one/2 == 0 {
		s.keys = keepKeys(slices.Grow(s.keys, n), spans, cells, pixels, nodata)
		return
	}
	s.pairs = keepPairs(slices.Grow(s.pairs, n), spans, cells, pixels, nodata)
}

func keepKeys[T Number](keys []uint64, spans []Span, cells []Cell, pixels []T, nodata NoData[T]) []uint64 {
	for _, s := range spans {
		for _, v := range pixels[s.Index : s.Index+s.N] {
			if !nodata.Set || v != nodata.Value {
				keys = append(keys, key(int64(v), One))
			}
		}
	}
	for _, c := range cells {
		if v := pixels[c.Index]; !nodata.Set || v != nodata.Value {
			keys = append(keys, key(int64(v), c.Fraction))
		}
	}
	return keys
}

func keepPairs[T Number](pairs []weighted, spans []Span, cells []Cell, pixels []T, nodata NoData[T]) []weighted {
	add := func(v T, w float64) {
		if v == v && (!nodata.Set || v != nodata.Value) {
			pairs = append(pairs, weighted{float64(v), w})
		}
	}
	for _, s := range spans {
		for _, v := range pixels[s.Index : s.Index+s.N] {
			add(v, 1)
		}
	}
	for _, c := range cells {
		add(pixels[c.Index], float64(c.Fraction)/One)
	}
	return pairs
}

// merge adds another part of the same shape in the same band; either may be
// nil. It leaves both as they are.
func (s *sample) merge(o *sample) *sample {
	if s == nil {
		return o
	}
	if o == nil {
		return s
	}
	return &sample{slices.Concat(s.keys, o.keys), slices.Concat(s.pairs, o.pairs)}
}

// Median returns the weighted median; asked for by [Want].Median. With values
// sorted, weights w and places
//
//	s_k = (k−1)·w_k + (n−1)·Σ_{j<k} w_j,   k = 1…n
//
// it is the value at place s = (n−1)·Σw / 2, linear between neighbours, which
// gives the ordinary median for equal weights (the definition exactextract
// uses). Equal values are taken by growing weight.
func (t *Tally) Median() float64 {
	if t.sample == nil {
		return math.NaN()
	}
	if keys := t.sample.keys; len(keys) > 0 {
		slices.Sort(keys)
		return medianAt(len(keys), func(k int) weighted { return unkey(keys[k]) })
	}
	slices.SortFunc(t.sample.pairs, func(a, b weighted) int {
		switch {
		case a.v < b.v || a.v == b.v && a.w < b.w:
			return -1
		case a.v > b.v || a.w > b.w:
			return 1
		}
		return 0
	})
	return medianAt(len(t.sample.pairs), func(k int) weighted { return t.sample.pairs[k] })
}

// medianAt finds the median of n sorted pairs.
func medianAt(n int, at func(k int) weighted) float64 {
	if n == 0 {
		return math.NaN()
	}
	var total float64
	for k := range n {
		total += at(k).w
	}
	target := total * float64(n-1) / 2
	var before, lastS, lastV float64
	for k := range n {
		e := at(k)
		s := float64(k)*e.w + float64(n-1)*before
		if s > target {
			return lastV + (target-lastS)*(e.v-lastV)/(s-lastS)
		}
		before, lastS, lastV = before+e.w, s, e.v
	}
	return lastV
}
