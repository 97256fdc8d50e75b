package crop

import (
	"math"
	"slices"
)

// Confusion counts samples by true and predicted class.
type Confusion struct {
	Classes []string // sorted
	N       [][]int  // [truth][predicted]
	total   int
}

// NewConfusion counts two lists of the same length, pair by pair.
func NewConfusion(truth, predicted []string) Confusion {
	c := Confusion{Classes: append(slices.Clone(truth), predicted...), total: len(truth)}
	slices.Sort(c.Classes)
	c.Classes = slices.Compact(c.Classes)
	at := map[string]int{}
	for i, n := range c.Classes {
		at[n] = i
		c.N = append(c.N, make([]int, len(c.Classes)))
	}
	for i, t := range truth {
		c.N[at[t]][at[predicted[i]]]++
	}
	return c
}

// Right is the number of samples on the diagonal.
func (c Confusion) Right() int {
	n := 0
	for i := range c.N {
		n += c.N[i][i]
	}
	return n
}

// Accuracy is the share of samples given their true class; 0 for none.
func (c Confusion) Accuracy() float64 {
	return float64(c.Right()) / float64(max(1, c.total))
}

func (c Confusion) sums(i int) (truth, predicted int) {
	for j := range c.N {
		truth += c.N[i][j]
		predicted += c.N[j][i]
	}
	return truth, predicted
}

// Kappa is Cohen's kappa (1960): agreement beyond chance.
func (c Confusion) Kappa() float64 {
	chance := 0.0
	n := float64(max(1, c.total))
	for i := range c.N {
		t, p := c.sums(i)
		chance += float64(t) / n * float64(p) / n
	}
	if chance >= 1 {
		return 0
	}
	return (c.Accuracy() - chance) / (1 - chance)
}

// PerClass returns precision, recall and F1 of each class; a figure whose
// denominator is 0 is 0.
func (c Confusion) PerClass() []PRF {
	var out []PRF
	for i, name := range c.Classes {
		t, p := c.sums(i)
		r := PRF{Class: name, Truth: t, Predicted: p}
		hit := float64(c.N[i][i])
		if p > 0 {
			r.Precision = hit / float64(p)
		}
		if t > 0 {
			r.Recall = hit / float64(t)
		}
		if t+p > 0 {
			r.F1 = 2 * hit / float64(t+p)
		}
		out = append(out, r)
	}
	return out
}

// MacroF1 is the mean F1 over the classes that occur in the truth.
func (c Confusion) MacroF1() float64 {
	sum, n := 0.0, 0
	for _, r := range c.PerClass() {
		if r.Truth > 0 {
			sum += r.F1
			n++
		}
	}
	return sum / float64(max(1, n))
}

// Wilson returns the 95 % interval of a share of right among n (Wilson 1927).
func Wilson(right, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.959963984540054 // 97.5 % quantile of the normal distribution
	p, m := float64(right)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, mid-half), min(1, mid+half)
}
