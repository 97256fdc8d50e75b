package scorecard

import "math"

// lower is the lower triangle L of a matrix A = LLᵀ.
type lower [][]float64

// choleskyOf factors a symmetric matrix of which the lower triangle is given.
// It is not ok where the matrix is singular to within rounding: a pivot lost
// all but 10⁻¹² of its diagonal.
func choleskyOf(a [][]float64) (lower, bool) {
	l := make(lower, len(a))
	for j := range a {
		l[j] = make([]float64, j+1)
		for k := 0; k <= j; k++ {
			v := a[j][k]
			for m := 0; m < k; m++ {
				v -= l[j][m] * l[k][m]
			}
			if k < j {
				l[j][k] = v / l[k][k]
				continue
			}
			if !(v > 1e-12*a[j][j]) {
				return nil, false
			}
			l[j][j] = math.Sqrt(v)
		}
	}
	return l, true
}

// solve gives A⁻¹b.
func (l lower) solve(b []float64) []float64 {
	x := make([]float64, len(b))
	for j := range l {
		v := b[j]
		for k := 0; k < j; k++ {
			v -= l[j][k] * x[k]
		}
		x[j] = v / l[j][j]
	}
	for j := len(l) - 1; j >= 0; j-- {
		v := x[j]
		for k := j + 1; k < len(l); k++ {
			v -= l[k][j] * x[k]
		}
		x[j] = v / l[j][j]
	}
	return x
}

// inverse is A⁻¹, whole.
func (l lower) inverse() [][]float64 {
	out := make([][]float64, len(l))
	for j := range l {
		unit := make([]float64, len(l))
		unit[j] = 1
		out[j] = l.solve(unit) // A⁻¹ is symmetric: its columns are its rows
	}
	return out
}
