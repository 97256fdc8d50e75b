package crop

import (
	"math"
	"slices"
)

// probabilities is a row-major table of class probabilities.
type probabilities struct {
	classes int
	p       []float64
}

func (p probabilities) row(i int) []float64 { return p.p[i*p.classes : (i+1)*p.classes] }

func (p probabilities) rows() int { return len(p.p) / p.classes }

const tinyP = 1e-6

// logLoss is the mean −log p of the true class over some rows.
func (p probabilities) logLoss(labels []int32, rows []int) float64 {
	sum := 0.0
	for _, i := range rows {
		sum -= math.Log(max(p.row(i)[labels[i]], tinyP))
	}
	return sum / float64(max(1, len(rows)))
}

// minimise finds the x in [a, b] where f is least, by golden section.
func minimise(f func(float64) float64, a, b float64, rounds int) float64 {
	inv := (math.Sqrt(5) - 1) / 2
	c, d := b-inv*(b-a), a+inv*(b-a)
	fc, fd := f(c), f(d)
	for range rounds {
		if fc <= fd {
			b, d, fd = d, c, fc
			c = b - inv*(b-a)
			fc = f(c)
		} else {
			a, c, fc = c, d, fd
			d = a + inv*(b-a)
			fd = f(d)
		}
	}
	return (a + b) / 2
}

// bestOf returns the most probable class of a row.
func bestOf(p []float64) int {
	best := 0
	for c, v := range p {
		if v > p[best] {
			best = c
		}
	}
	return best
}

// calibrationBins is the number of equal-width bins of the calibration error.
const calibrationBins = 15

// CalibrationError is the expected calibration error: over 15 bins of equal
// width of the best class' probability, the mean |accuracy − probability|
// weighted by the bins' counts (Naeini, Cooper and Hauskrecht 2015).
func CalibrationError(probability []float64, right []bool) float64 {
	var n, sum, hit [calibrationBins]float64
	for i, p := range probability {
		b := max(0, min(calibrationBins-1, int(p*calibrationBins)))
		n[b]++
		sum[b] += p
		if right[i] {
			hit[b]++
		}
	}
	e := 0.0
	for b := range n {
		e += math.Abs(hit[b] - sum[b])
	}
	return e / float64(max(1, len(probability)))
}

// abstention is the least probability at which a model speaks, so that among
// held-out samples that it speaks on, (errors + 1) / (count + 1) stays within
// the target: the finite-sample bound of conformal risk control (Angelopoulos
// et al. 2024). Where nothing meets it, reached is false and only certainty
// (p = 1) speaks.
func abstention(probability []float64, right []bool, target float64) (least float64, reached bool) {
	order := make([]int, len(probability))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case probability[a] > probability[b]:
			return -1
		case probability[a] < probability[b]:
			return 1
		}
		return 0
	})
	least = 1
	errs := 0.0
	for n, i := range order {
		if !right[i] {
			errs++
		}
		last := n == len(order)-1
		if !last && probability[order[n+1]] == probability[i] {
			continue // a threshold cannot part equals
		}
		if (errs+1)/float64(n+2) <= target {
			least, reached = probability[i], true
			if last {
				least = 0
			}
		}
	}
	return least, reached
}

// conformal is the probability that a class needs to be in the set that holds
// the true one with the given confidence (split conformal; Sadinle, Lei and
// Wasserman 2019): the ⌈(n+1)·confidence⌉-th largest probability of the truth.
func conformal(truth []float64, confidence float64) float64 {
	sorted := slices.Clone(truth)
	slices.Sort(sorted)
	n := len(sorted)
	k := int(math.Ceil(float64(n+1) * confidence))
	if n == 0 || k > n {
		return 0
	}
	return sorted[n-k]
}
