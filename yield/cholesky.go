package yield

import "math"

// square is a dense matrix, row-major.
type square struct {
	n    int
	v    []float64
	from []int // of a lower half: the first column of each row that holds anything; nil: 0
}

func newSquare(n int) square { return square{n: n, v: make([]float64, n*n)} }

func (s square) row(i int) []float64 { return s.v[i*s.n : (i+1)*s.n] }

// first is the first column of row i that holds anything.
func (s square) first(i int) int {
	if s.from == nil {
		return 0
	}
	return s.from[i]
}

// factor replaces the lower half of a symmetric positive definite matrix by its
// Cholesky factor, which holds nothing where a row held nothing before its
// first column (George and Liu 1981), and the upper half by zeros. Pivots that
// rounding made negative are lifted to a floor.
func (s square) factor() {
	const floor = 1e-12
	for i := range s.n {
		ri, fi := s.row(i), s.first(i)
		for j := fi; j < i; j++ {
			k := max(fi, s.first(j))
			ri[j] = (ri[j] - dot(ri[k:j], s.row(j)[k:j])) / s.v[j*s.n+j]
		}
		ri[i] = math.Sqrt(math.Max(floor, ri[i]-dot(ri[fi:i], ri[fi:i])))
		clear(ri[i+1:])
	}
}

// down solves L·x = b in place, with L the factor.
func (s square) down(b []float64) {
	for i := range s.n {
		f := s.first(i)
		b[i] = (b[i] - dot(s.row(i)[f:i], b[f:i])) / s.v[i*s.n+i]
	}
}

// up solves Lᵀ·x = b in place.
func (s square) up(b []float64) {
	for i := s.n - 1; i >= 0; i-- {
		b[i] /= s.v[i*s.n+i]
		f := s.first(i)
		axpy(b[f:i], -b[i], s.row(i)[f:i])
	}
}

// invert fills inverse with that of the matrix that was factored; root takes
// the transposed inverse of the factor.
func (s square) invert(inverse, root square) {
	for j := range s.n {
		r := root.row(j)
		r[j] = 1 / s.v[j*s.n+j]
		for i := j + 1; i < s.n; i++ {
			r[i] = -dot(s.row(i)[j:i], r[j:i]) / s.v[i*s.n+i]
		}
	}
	for i := range s.n {
		for j := range i + 1 {
			x := dot(root.row(i)[i:], root.row(j)[i:])
			inverse.row(i)[j], inverse.row(j)[i] = x, x
		}
	}
}

// mirror copies the lower half to the upper.
func (s square) mirror() {
	for i := range s.n {
		for j, x := range s.row(i)[:i] {
			s.row(j)[i] = x
		}
	}
}

// timesLower is s·L, with L a lower half.
func (s square) timesLower(l square) square {
	out := newSquare(s.n)
	for i := range s.n {
		for k, f := range s.row(i) {
			axpy(out.row(i)[:k+1], f, l.row(k)[:k+1])
		}
	}
	return out
}

// addTransposedTimes adds Lᵀ·m, with L the lower half s, to the part of out
// that begins at a row and a column.
func (s square) addTransposedTimes(m, out square, row, column int) {
	for k := range s.n {
		for i, f := range s.row(k)[:k+1] {
			axpy(out.row(row + i)[column:column+s.n], f, m.row(k))
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

// axpy adds f·x to y.
func axpy(y []float64, f float64, x []float64) {
	for i, v := range x {
		y[i] += f * v
	}
}
