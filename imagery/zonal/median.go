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
		return medianOfKeys(keys)
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
	return medianOfPairs(t.sample.pairs)
}

// medianOfPairs finds the median of sorted pairs.
func medianOfPairs(pairs []weighted) float64 {
	n := len(pairs)
	if n == 0 {
		return math.NaN()
	}
	var total float64
	for _, e := range pairs {
		total += e.w
	}
	target := total * float64(n-1) / 2
	var before, lastS, lastV float64
	for k, e := range pairs {
		s := float64(k)*e.w + float64(n-1)*before
		if s > target {
			return between(lastS, lastV, s, e.v, target)
		}
		before, lastS, lastV = before+e.w, s, e.v
	}
	return lastV
}

// between is the value at a place between two others.
func between(s0, v0, s1, v1, at float64) float64 { return v0 + (at-s0)*(v1-v0)/(s1-s0) }

// fewKeys is how many keys are sorted rather than divided further, maxRounds
// after how many divisions the rest is sorted in any case.
const (
	fewKeys   = 12
	maxRounds = 64
)

// medianOfKeys finds the median of keys in any order, which it changes. Places
// grow with rank, so it divides as quickselect does (Hoare 1961) and follows
// the side that holds the median's place: n steps instead of n·log n.
func medianOfKeys(keys []uint64) float64 {
	const mask = 1<<fractionBits - 1
	var total uint64
	for _, k := range keys {
		total += k & mask
	}
	last := float64(len(keys) - 1)
	target := float64(total) * last / 2
	// Keys below lo and from hi on are in their places; before is the weight below lo.
	lo, hi := 0, len(keys)
	var before uint64
	place := func(k int, below uint64) float64 { return float64(k)*float64(keys[k]&mask) + last*float64(below) }
	for round := 0; hi-lo > fewKeys && round < maxRounds; round++ {
		p, q, weight := divide(keys[lo:hi])
		p, q, weight = p+lo, q+lo, before+weight
		w := keys[p] & mask
		through := weight + uint64(q-p)*w
		switch {
		case place(p, weight) > target:
			hi = p
		case place(q-1, through-w) > target: // both neighbours are equal
			return unkey(keys[p]).v
		default:
			lo, before = q, through
		}
	}
	slices.Sort(keys[lo:hi])
	for lo < hi && place(lo, before) <= target {
		before += keys[lo] & mask
		lo++
	}
	lower := unkey(keys[lo-1]) // the first place is 0 and never above the target
	if lo == len(keys) {
		return lower.v
	}
	upper := unkey(keys[lo])
	return between(place(lo-1, before-keys[lo-1]&mask), lower.v, place(lo, before), upper.v, target)
}

// divide puts a key and those equal to it into their places [p, q), smaller
// keys before them and greater ones behind, and returns the weight of the
// smaller ones. Where few keys are smaller, all equal ones are gathered, so that
// a shape of one value does not take a round for each pixel; else q is p+1.
func divide(keys []uint64) (p, q int, weight uint64) {
	const mask = 1<<fractionBits - 1
	end := len(keys) - 1
	at := middleOf(keys)
	pivot := keys[at]
	keys[at] = keys[end]
	for i, k := range keys[:end] { // without branches: keys swap places, p and weight grow or not
		less := uint64(0)
		if k < pivot {
			less = 1
		}
		keys[i] = keys[p]
		keys[p] = k
		weight += (k & mask) * less
		p += int(less)
	}
	keys[end] = keys[p]
	keys[p] = pivot
	q = p + 1
	if p > len(keys)/8 {
		return p, q, weight
	}
	for i := q; i < len(keys); i++ {
		if keys[i] == pivot {
			keys[i], keys[q] = keys[q], keys[i]
			q++
		}
	}
	return p, q, weight
}

// middleOf returns which of the first, middle and last key is between the others.
func middleOf(keys []uint64) int {
	mid, end := len(keys)/2, len(keys)-1
	a, b, c := keys[0], keys[mid], keys[end]
	switch {
	case (a < b) != (a < c):
		return 0
	case (c < a) != (c < b):
		return end
	}
	return mid
}
