package delineate

import (
	"math"
	"slices"
)

func finite(x float32) bool { return !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0) }

// ranks turns values into ranks with a standard deviation of one: any unit will
// do, roofs and clouds cannot drown the fields, and dark fields are told apart as
// well as bright ones. Where many pixels have nearly one value, as on a lake, the
// curve rises no steeper than steepest, so that their noise is not blown up
// (contrast-limited equalisation, Pizer et al. 1987, "Adaptive histogram
// equalization and its variations").
type ranks struct {
	at    []float32 // values, a piece of the curve between each and the next
	level []float32 // what they become
	first []uint16  // piece that holds the lower end of each of even steps between at[1] and at[rankSteps-1]
	per   float32   // steps a unit
}

const (
	rankSteps  = 256     // straight pieces of the curve from value to rank
	rankSample = 1 << 16 // pixels that ranks are read from, at most
	rankFinder = 1 << 12 // steps of the table that finds a piece
	steepest   = 5       // slope of the curve, in units of a straight line from the darkest usual value to the brightest
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
	r.climb()
	r.index()
	return r, true
}

// climb makes the levels from the values.
func (r *ranks) climb() {
	r.level = make([]float32, rankSteps+1)
	per := float32(steepest*rankSteps) / (r.at[rankSteps-1] - r.at[1])
	var sum, squares float64
	for k := 1; k <= rankSteps; k++ {
		rise := float32(1)
		if width := r.at[k] - r.at[k-1]; width*per < 1 {
			rise = width * per
		}
		r.level[k] = r.level[k-1] + rise
		mid := float64(r.level[k] - rise/2)
		sum += mid
		squares += mid*mid + float64(rise*rise)/12
	}
	mean := sum / rankSteps
	deviation := math.Sqrt(squares/rankSteps - mean*mean)
	if !(deviation > 0) {
		return // one value everywhere
	}
	for k := range r.level {
		r.level[k] /= float32(deviation)
	}
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
		return r.level[rankSteps]
	}
	lo, hi := r.at[k-1], r.at[k]
	return r.level[k-1] + (x-lo)/(hi-lo)*(r.level[k]-r.level[k-1])
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
