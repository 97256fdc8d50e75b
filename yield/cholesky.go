package yield

import "math"

// square is a dense matrix, row-major.
type square struct {
	n int
	v []float64
}

func newSquare(n int) square { return square{n, make([]float64, n*n)} }

func (s square) row(i int) []float64 { return s.v[i*s.n : (i+1)*s.n] }

// factor replaces the lower half of a symmetric positive definite matrix by its
// Cholesky factor and the upper half by zeros. Pivots that rounding made
// negative are lifted to a floor.
func (s square) factor() {
	const floor = 1e-12
	for i := range s.n {
		ri := s.row(i)
		for j := range i {
			ri[j] = (ri[j] - dot(ri[:j], s.row(j)[:j])) / s.v[j*s.n+j]
		}
		ri[i] = math.Sqrt(math.Max(floor, ri[i]-dot(ri[:i], ri[:i])))
		clear(ri[i+1:])
	}
}

// down solves L·x = b in place, with L the factor.
func (s square) down(b []float64) {
	for i := range s.n {
		b[i] = (b[i] - dot(s.row(i)[:i], b[:i])) / s.v[i*s.n+i]
	}
}

// up solves Lᵀ·x = b in place.
func (s square) up(b []float64) {
	for i := s.n - 1; i >= 0; i-- {
		b[i] /= s.v[i*s.n+i]
		for j, l := range s.row(i)[:i] {
			b[j] -= l * b[i]
		}
	}
}

// logDet is the logarithm of the determinant of the matrix that was factored.
func (s square) logDet() float64 {
	var d float64
	for i := range s.n {
		d += 2 * math.Log(s.v[i*s.n+i])
	}
	return d
}

func dot(a, b []float64) float64 {
	var s float64
	for i, x := range a {
		s += x * b[i]
	}
	return s
}
