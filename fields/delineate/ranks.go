package delineate

import (
	"math"
	"slices"
)

func finite(x float32) bool { return !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0) }

// ranks turns values into ranks, spread evenly with a standard deviation of
// one: any unit will do, roofs and clouds cannot drown the fields, and dark
// fields are told apart as well as bright ones.
type ranks struct {
	at    []float32
	first []uint16 // piece that holds the lower end of each of even steps between at[1] and at[rankSteps-1]
	per   float32  // steps a unit
}

const (
	rankSteps   = 256     // straight pieces of the curve from value to rank
	rankSample  = 1 << 18 // pixels that ranks are read from, at most
	rankFinder  = 1 << 12 // steps of the table that finds a piece
	uniformWide = 3.4641  // width of a uniform distribution of unit deviation, √12
)

// newRanks reads the curve from the pixels that are not hidden; ok is false
// where all are.
func newRanks(plane []float32) (r ranks, ok bool) {
	step := len(plane)/rankSample + 1
	sample := make([]float32, 0, len(plane)/step+1)
	for from := range step { // all of a plane before it counts as hidden
		for i := from; i < len(plane); i += step {
			if finite(plane[i]) {
				sample = append(sample, plane[i])
			}
		}
		if len(sample) > 0 {
			break
		}
	}
	if len(sample) == 0 {
		return r, false
	}
	slices.Sort(sample)
	r.at = make([]float32, rankSteps+1)
	for k := range r.at {
		r.at[k] = sample[k*(len(sample)-1)/rankSteps]
	}
	r.index()
	return r, true
}

// index makes the table that finds the piece of a value in one look.
func (r *ranks) index() {
	lo, hi := r.at[1], r.at[rankSteps-1]
	if !(hi > lo) {
		return
	}
	r.per = rankFinder / (hi - lo)
	r.first = make([]uint16, rankFinder+1)
	k := 1
	for i := range r.first {
		for k < rankSteps && (r.at[k]-lo)*r.per < float32(i) {
			k++
		}
		r.first[i] = uint16(k)
	}
}

func (r *ranks) of(x float32) float32 {
	k := r.piece(x)
	switch {
	case k == 0:
		return 0
	case k > rankSteps:
		return uniformWide
	}
	lo, hi := r.at[k-1], r.at[k]
	return (float32(k-1) + (x-lo)/(hi-lo)) * uniformWide / rankSteps
}

// piece returns the first entry of the curve that is not below x.
func (r *ranks) piece(x float32) int {
	if r.first == nil || !(x > r.at[1] && x < r.at[rankSteps-1]) {
		k, _ := slices.BinarySearch(r.at, x)
		return k
	}
	k := int(r.first[int((x-r.at[1])*r.per)])
	for k > 1 && r.at[k-1] >= x {
		k--
	}
	for r.at[k] < x {
		k++
	}
	return k
}

// apply ranks a plane in place; hidden pixels stay NaN.
func (r *ranks) apply(plane []float32) {
	for i, x := range plane {
		if finite(x) {
			plane[i] = r.of(x)
		} else {
			plane[i] = float32(math.NaN())
		}
	}
}
