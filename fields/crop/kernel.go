package crop

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"parus/fields/crop/trees"
)

// kernelModel is regularised least-squares classification with a Gaussian
// kernel (Rifkin, Yeo and Poggio 2003) on the smooth features: a learner whose
// mistakes differ from the trees'. Features are standardised, gaps filled with
// the mean, and projected onto their main directions; large sets use a random
// choice of landmarks (Nyström; Williams and Seeger 2001).
type kernelModel struct {
	Mean, Inverse []float32 // per feature: mean and 1 / standard deviation
	Directions    []float32 // [feature][direction]
	Rank          int
	Gamma         float64 // exp(−Gamma · squared distance)
	Landmarks     []float32
	Weights       []float32 // [landmark][class]
	Classes       int
	Sharpness     float64 // scores × Sharpness → softmax
}

// Sizes of the kernel learner: all samples are landmarks up to kernelExact,
// else kernelLandmarks of them; projections keep kernelRank directions.
const (
	kernelExact     = 1500
	kernelLandmarks = 700
	kernelRank      = 72
	kernelRidge     = .1 // per sample, cross-validated on satellite series: flat between .03 and .3
	kernelWidth     = 2. // Gamma in units of 1 / total variance, flat between 1 and 3
)

// fitKernel learns from some rows of the smooth features.
func fitKernel(t trees.Table, labels []int32, classes int, train []int32, seed uint64) (*kernelModel, error) {
	m := &kernelModel{Classes: classes, Sharpness: 4}
	m.standardise(t, train)
	rng := rand.New(rand.NewPCG(seed, 0x6b65726e))
	x := mat.NewDense(len(train), t.Cols, nil)
	for i, r := range train {
		m.scaled(t.Row(int(r)), x.RawRowView(i))
	}
	z := m.project(x, rng)
	total := 0.0
	for _, v := range z.RawMatrix().Data {
		total += v * v
	}
	m.Gamma = kernelWidth * float64(len(train)) / max(total, 1e-12)
	chosen := rng.Perm(len(train))
	n := len(train)
	if n > kernelExact {
		n = kernelLandmarks
	}
	chosen = chosen[:n]
	land := mat.NewDense(n, m.Rank, nil)
	for i, c := range chosen {
		land.SetRow(i, z.RawRowView(c))
	}
	m.Landmarks = floats32(land.RawMatrix().Data)
	target := mat.NewDense(len(train), classes, nil)
	for i, r := range train {
		target.Set(i, int(labels[r]), 1)
	}
	return m, m.solve(z, land, target, chosen)
}

// solve finds the weights: (KᵀK + λ·L)W = KᵀY, where L is the kernel among the
// landmarks; with every sample a landmark that is (L + λ)W = Y.
func (m *kernelModel) solve(z, land, target *mat.Dense, chosen []int) error {
	n := len(chosen)
	a := mat.NewSymDense(n, nil)
	l := m.kernel(land, land)
	var right mat.Dense
	if n == z.RawMatrix().Rows {
		right.CloneFrom(target)
		for i, c := range chosen {
			right.SetRow(i, target.RawRowView(c))
		}
		for i := range n {
			for j := i; j < n; j++ {
				a.SetSym(i, j, l.At(i, j))
			}
			a.SetSym(i, i, l.At(i, i)+kernelRidge)
		}
	} else {
		k := m.kernel(z, land)
		var kk mat.Dense
		kk.Mul(k.T(), k)
		right.Mul(k.T(), target)
		for i := range n {
			for j := i; j < n; j++ {
				a.SetSym(i, j, kk.At(i, j)+kernelRidge*l.At(i, j))
			}
			a.SetSym(i, i, a.At(i, i)+1e-6*float64(n))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(a) {
		return fmt.Errorf("fit kernel: %d landmarks: the kernel is not positive definite", n)
	}
	var w mat.Dense
	if err := chol.SolveTo(&w, &right); err != nil {
		return fmt.Errorf("fit kernel: %w", err)
	}
	m.Weights = floats32(w.RawMatrix().Data)
	return nil
}

func (m *kernelModel) standardise(t trees.Table, train []int32) {
	m.Mean, m.Inverse = make([]float32, t.Cols), make([]float32, t.Cols)
	for c := range t.Cols {
		sum, sq, n := 0.0, 0.0, 0.0
		for _, r := range train {
			if v := float64(t.Values[int(r)*t.Cols+c]); v == v {
				sum, sq, n = sum+v, sq+v*v, n+1
			}
		}
		if n < 2 {
			continue
		}
		mean := sum / n
		m.Mean[c] = float32(mean)
		if sd := math.Sqrt(max(0, sq/n-mean*mean)); sd > 1e-6*math.Abs(mean) && sd > 0 {
			m.Inverse[c] = float32(1 / sd)
		}
	}
}

// scaled writes a standardised row; gaps become 0 and outliers stop at ±5
// standard deviations, so that one wild value cannot decide alone.
func (m *kernelModel) scaled(row []float32, out []float64) {
	for c, v := range row {
		s := (v - m.Mean[c]) * m.Inverse[c]
		if s != s {
			s = 0
		}
		out[c] = float64(max(-5, min(5, s)))
	}
}

// project finds the main directions of x by randomised subspace iteration
// (Halko, Martinsson and Tropp 2011, algorithm 4.4) and returns x along them.
func (m *kernelModel) project(x *mat.Dense, rng *rand.Rand) *mat.Dense {
	n, p := x.Dims()
	m.Rank = min(kernelRank, n, p)
	q := mat.NewDense(p, m.Rank, nil)
	for i := range p {
		for j := range m.Rank {
			q.Set(i, j, rng.NormFloat64())
		}
	}
	var y, back mat.Dense
	for range 3 {
		y.Mul(x, q)
		back.Mul(x.T(), &y)
		orthonormal(&back)
		q.Copy(&back)
	}
	m.Directions = floats32(q.RawMatrix().Data)
	z := mat.NewDense(n, m.Rank, nil)
	z.Mul(x, mat.NewDense(p, m.Rank, floats64(m.Directions)))
	return z
}

// orthonormal replaces the columns of a by an orthonormal basis of their span:
// modified Gram-Schmidt, done twice for accuracy; dependent columns become 0.
func orthonormal(a *mat.Dense) {
	n, k := a.Dims()
	t := mat.DenseCopyOf(a.T())
	for j := range k {
		v := t.RawRowView(j)
		for range 2 {
			for i := range j {
				u := t.RawRowView(i)
				dot := 0.0
				for r := range n {
					dot += u[r] * v[r]
				}
				for r := range n {
					v[r] -= dot * u[r]
				}
			}
		}
		norm := 0.0
		for _, s := range v {
			norm += s * s
		}
		norm = math.Sqrt(norm)
		for r := range v {
			if norm < 1e-9 {
				v[r] = 0
			} else {
				v[r] /= norm
			}
		}
	}
	a.Copy(t.T())
}

// kernel returns exp(−γ‖a_i − b_j‖²).
func (m *kernelModel) kernel(a, b *mat.Dense) *mat.Dense {
	var k mat.Dense
	k.Mul(a, b.T())
	na, nb := squares(a), squares(b)
	for i := range na {
		row := k.RawRowView(i)
		for j := range row {
			row[j] = math.Exp(-m.Gamma * max(0, na[i]+nb[j]-2*row[j]))
		}
	}
	return &k
}

func squares(a *mat.Dense) []float64 {
	n, _ := a.Dims()
	out := make([]float64, n)
	for i := range out {
		for _, v := range a.RawRowView(i) {
			out[i] += v * v
		}
	}
	return out
}

// kernelScorer holds a model's matrices in the form that scoring wants.
type kernelScorer struct {
	m                 *kernelModel
	dirs, land, coefs *mat.Dense
}

func (m *kernelModel) scorer() *kernelScorer {
	n := len(m.Weights) / m.Classes
	return &kernelScorer{
		m:     m,
		dirs:  mat.NewDense(len(m.Mean), m.Rank, floats64(m.Directions)),
		land:  mat.NewDense(n, m.Rank, floats64(m.Landmarks)),
		coefs: mat.NewDense(n, m.Classes, floats64(m.Weights)),
	}
}

// score returns the raw scores of rows (smooth features), one row each.
func (s *kernelScorer) score(t trees.Table) *mat.Dense {
	x := mat.NewDense(t.Rows, t.Cols, nil)
	for r := range t.Rows {
		s.m.scaled(t.Row(r), x.RawRowView(r))
	}
	var z, out mat.Dense
	z.Mul(x, s.dirs)
	out.Mul(s.m.kernel(&z, s.land), s.coefs)
	return &out
}

func floats32(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

func floats64(v []float32) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}
