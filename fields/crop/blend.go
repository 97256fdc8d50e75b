package crop

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// blend is how the learners' probabilities become the model's, a logarithmic
// opinion pool (Genest and Zidek 1986) with an offset a class:
//
//	p ∝ exp(Σ Weights · ln max(p_learner, floor) + Offset of the class)
//
// One weight alone is a temperature (Guo et al. 2017). Offsets right classes
// that the learners, trained on what is common, give too rarely.
type blend struct {
	Weights []float64 `json:"weights"` // per learner, 0 or more
	Offsets []float64 `json:"offsets"` // per class
}

const (
	// blendFloor keeps a learner that never saw a class in some leaf from
	// ruling it out alone.
	blendFloor = 1e-4
	// blendRidge draws weights to the plain geometric mean and offsets to none,
	// as a normal prior of standard deviation ½ would: x²/2σ² against the sum
	// of log losses. From a fifth of it to five times it, held-out samples of
	// five sets show no difference.
	blendRidge = 2.
	// blendSteps bounds the Newton steps; ten are the rule.
	blendSteps = 40
)

// mix writes the calibrated probabilities into out.
func (b blend) mix(out []float64, parts ...[]float64) {
	for c := range out {
		out[c] = b.Offsets[c]
		for l, w := range b.Weights {
			out[c] += w * math.Log(max(parts[l][c], blendFloor))
		}
	}
	softmaxScaled(out, 1, out)
}

func (b blend) all(parts []probabilities, rows []int, into probabilities) {
	at := make([][]float64, len(parts))
	for _, i := range rows {
		for l := range parts {
			at[l] = parts[l].row(i)
		}
		b.mix(into.row(i), at...)
	}
}

// fitBlend finds the weights and offsets of least log loss over some held-out
// rows. A learner whose weight would be negative is left out, the worst first.
func fitBlend(parts []probabilities, labels []int32, rows []int) blend {
	f := &pooling{labels: labels, rows: rows, classes: parts[0].classes, logs: make([][]float64, len(parts))}
	for l, p := range parts {
		f.logs[l] = make([]float64, len(p.p))
		for i, v := range p.p {
			f.logs[l][i] = math.Log(max(v, blendFloor))
		}
		f.used = append(f.used, l)
	}
	for {
		x := f.minimum()
		worst := 0
		for j := range f.used {
			if x[j] < x[worst] {
				worst = j
			}
		}
		if x[worst] >= 0 || len(f.used) == 1 {
			b := blend{Weights: make([]float64, len(parts)), Offsets: x[len(f.used):]}
			for j, l := range f.used {
				b.Weights[l] = max(0, x[j])
			}
			return b
		}
		f.used = append(f.used[:worst:worst], f.used[worst+1:]...)
	}
}

// pooling is the convex problem of [fitBlend]: multinomial logistic regression
// whose features are the learners' log probabilities of the class at hand.
// Unknowns are the weights of the learners used, then the classes' offsets.
type pooling struct {
	labels  []int32
	rows    []int
	classes int
	logs    [][]float64 // per learner, [row][class]
	used    []int
}

// minimum walks by Newton's steps, halved while they do not lower the loss.
func (f *pooling) minimum() []float64 {
	m := len(f.used)
	n := m + f.classes
	x := make([]float64, n)
	for j := range m {
		x[j] = 1 / float64(m)
	}
	loss, g, h := f.derivatives(x)
	for range blendSteps {
		var chol mat.Cholesky
		var step mat.VecDense
		if !chol.Factorize(h) || chol.SolveVecTo(&step, mat.NewVecDense(n, g)) != nil {
			return x
		}
		better := false
		for size := 1.; size > 1e-4 && !better; size /= 2 {
			y := make([]float64, n)
			for j := range y {
				y[j] = x[j] - size*step.AtVec(j)
			}
			if l, gy, hy := f.derivatives(y); l < loss-1e-10 {
				x, loss, g, h, better = y, l, gy, hy, true
			}
		}
		if !better {
			return x
		}
	}
	return x
}

// derivatives returns the mean log loss with its ridge, its slope and its
// second derivatives.
func (f *pooling) derivatives(x []float64) (loss float64, slope []float64, curve *mat.SymDense) {
	m, k := len(f.used), f.classes
	n := m + k
	slope = make([]float64, n)
	h := make([]float64, n*n)
	p, mean := make([]float64, k), make([]float64, m)
	for _, i := range f.rows {
		for c := range p {
			p[c] = x[m+c]
			for j, l := range f.used {
				p[c] += x[j] * f.logs[l][i*k+c]
			}
		}
		softmaxScaled(p, 1, p)
		loss -= math.Log(max(p[f.labels[i]], tinyP))
		f.accumulate(i, p, mean, slope, h)
	}
	scale := 1 / float64(max(1, len(f.rows)))
	ridge := blendRidge * scale
	curve = mat.NewSymDense(n, nil)
	loss *= scale
	for a := range n {
		at := x[a]
		if a < m {
			at -= 1 / float64(m)
		}
		loss += ridge * at * at
		slope[a] = slope[a]*scale + 2*ridge*at
		for b := a; b < n; b++ {
			curve.SetSym(a, b, h[a*n+b]*scale)
		}
		curve.SetSym(a, a, curve.At(a, a)+2*ridge)
	}
	return loss, slope, curve
}

// accumulate adds one row's part of slope and second derivatives (upper half).
func (f *pooling) accumulate(i int, p, mean, slope, h []float64) {
	m, k := len(f.used), f.classes
	n, y := m+k, int(f.labels[i])
	for j, l := range f.used {
		logs := f.logs[l][i*k : (i+1)*k]
		mean[j] = 0
		for c, v := range logs {
			mean[j] += p[c] * v
		}
		slope[j] += mean[j] - logs[y]
	}
	for c, v := range p {
		slope[m+c] += v
		for j, l := range f.used {
			away := f.logs[l][i*k+c] - mean[j]
			h[j*n+m+c] += v * away
			for o, q := range f.used[j:] {
				h[j*n+j+o] += v * away * f.logs[q][i*k+c]
			}
		}
		h[(m+c)*n+m+c] += v
		for d := c; d < k; d++ {
			h[(m+c)*n+m+d] -= v * p[d]
		}
	}
	slope[m+y]--
}
