package scorecard

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Limits of PSI and CSI: above the first a shift is worth a look, above the
// second the population is another one (Lewis 1994; Siddiqi 2017, chapter 14,
// gives 0.25).
const (
	ShiftWarns = 0.10
	ShiftStops = 0.25
)

// leastShare stands in for an empty bin in the logarithm of [PSI], so that a
// bin which empties or fills counts much but not without end.
const leastShare = 1e-4

// PSI is the population stability index Σ (a − e) ln(a/e) over the shares of
// bins, expected e and actual a, each summing to one. The same over the bins
// of one characteristic is its CSI. Shares below 0.0001 count as that.
func PSI(expected, actual []float64) (float64, error) {
	if len(expected) != len(actual) || len(expected) == 0 {
		return 0, fmt.Errorf("PSI: %d expected and %d actual bins: give the same bins, one at least", len(expected), len(actual))
	}
	for what, v := range map[string][]float64{"expected": expected, "actual": actual} {
		if err := wholeShares(v); err != nil {
			return 0, fmt.Errorf("PSI: %s shares: %w", what, err)
		}
	}
	var psi float64
	for i := range expected {
		e, a := max(expected[i], leastShare), max(actual[i], leastShare)
		psi += (a - e) * math.Log(a/e)
	}
	return psi, nil
}

// MeanShift is Σ (a − e) p: by how many points the mean score moves because of
// one characteristic whose bins are worth points p (Siddiqi 2017, chapter 14,
// characteristic analysis).
func MeanShift(expected, actual, points []float64) (float64, error) {
	if len(expected) != len(actual) || len(expected) != len(points) {
		return 0, fmt.Errorf("mean shift: %d expected, %d actual shares and %d points: give the same bins", len(expected), len(actual), len(points))
	}
	var shift float64
	for i := range points {
		shift += (actual[i] - expected[i]) * points[i]
	}
	return shift, nil
}

func wholeShares(v []float64) error {
	var sum float64
	for i, x := range v {
		if math.IsNaN(x) || x < 0 {
			return fmt.Errorf("bin %d has the share %g: shares are 0 or more", i, x)
		}
		sum += x
	}
	if math.Abs(sum-1) > 1e-6 {
		return fmt.Errorf("they sum to %g, not to 1: divide counts by their total", sum)
	}
	return nil
}

// Bins lists the inner edges that cut reference into n bins of about equal
// count: the quantiles k/n, equal ones once, so there may be fewer. NaN is left
// out; nothing to cut gives no edge. Bin i holds values above edge i−1, up to
// and with edge i.
func Bins(reference []float64, n int) []float64 {
	v := slices.DeleteFunc(slices.Clone(reference), math.IsNaN)
	if len(v) == 0 {
		return nil
	}
	slices.Sort(v)
	return quantiles(v, n)
}

// quantiles is [Bins] of sorted values.
func quantiles(v []float64, n int) (edges []float64) {
	for k := 1; k < n; k++ {
		e := v[(k*len(v)+n-1)/n-1] // the least value with k/n of all at or below it
		if e == v[len(v)-1] {
			break // nothing would lie above
		}
		if len(edges) == 0 || e > edges[len(edges)-1] {
			edges = append(edges, e)
		}
	}
	return edges
}

// Shares counts v into the bins of [Bins], as shares that sum to one: one more
// than edges. NaN is left out: count it apart where it may drift. Without any
// value all shares are 0, which [PSI] refuses.
func Shares(edges, v []float64) []float64 {
	out := make([]float64, len(edges)+1)
	var n float64
	for _, x := range v {
		if !math.IsNaN(x) {
			out[sort.SearchFloat64s(edges, x)]++
			n++
		}
	}
	for i := range out {
		if n > 0 {
			out[i] /= n
		}
	}
	return out
}
