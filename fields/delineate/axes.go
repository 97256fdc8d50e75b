package delineate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// MaxAxes is the number of axes that a stack is reduced to, at most: beyond the
// first few there is little but noise, and time and memory do not grow with
// the number of bands.
const MaxAxes = 6

// Texture is what an image says about itself, and what contrast is measured by.
type Texture struct {
	// Noise is half of the usual squared step between neighbouring pixels, an
	// axis, where axes are scaled so that steps within fields are about one.
	Noise float64
	// Rise is how much larger squared steps are over two pixels than over one,
	// among the smallest tenth, which lie within fields: 1 for noise that knows no
	// neighbours, 2 for patches of soil of all sizes, 4 for a smooth slope.
	Rise float64
}

// Scale is the squared difference to be expected within a field over fieldPx
// pixels: texture grows with distance as a power (a variogram that is a straight
// line in logarithms), whose exponent the first two pixels show:
//
//	Noise · fieldPx^(log₂ Rise) = Noise · Rise^(log₂ fieldPx)
func (t Texture) Scale() float64 { return t.Noise * math.Pow(t.Rise, math.Log2(fieldPx)) }

const (
	fieldPx = 16 // pixels, 160 m: about the width of a field of 2.5 ha
	// leastNoise, in squared ranks, keeps images without noise, which are drawn
	// and not seen, from falling apart at rounding errors.
	leastNoise = 1e-5
)

// axes turns ranks of bands into fewer numbers.
type axes struct {
	bands, n int
	t        []float32 // [axis·bands+band]
}

// newAxes makes noise alike in all directions and takes the directions in
// which most is seen beside it: the minimum noise fraction (Green et al. 1988,
// "A transformation for ordering multispectral data in terms of image quality
// with implications for noise removal"). Noise is read from the calm half of
// the neighbours.
func newAxes(s *sample) axes {
	k := s.bands
	noise := s.covariance(s.calm(), func(i, b int) float64 { return s.step(i, b, 1) })
	white := mat.NewDense(k, k, nil)
	values, vectors := eigen(noise)
	for a := range k {
		for b := range k {
			white.Set(a, b, vectors.At(b, a)/math.Sqrt(max(values[a], 0)+leastNoise))
		}
	}
	mean := s.means()
	all := make([]int, len(s.places))
	for i := range all {
		all[i] = i
	}
	total := s.covariance(all, func(i, b int) float64 { return float64(s.v[i*k+b][0]) - mean[b] })
	var seen mat.Dense
	seen.Product(white, total, white.T())
	_, main := eigen(mat.NewSymDense(k, symmetric(&seen)))
	a := axes{bands: k, n: min(k, MaxAxes)}
	a.t = make([]float32, a.n*k)
	for i := range a.n {
		for b := range k {
			var sum float64
			for c := range k {
				sum += main.At(c, k-1-i) * white.At(c, b)
			}
			a.t[i*k+b] = float32(sum)
		}
	}
	return a
}

func (s *sample) means() []float64 {
	mean := make([]float64, s.bands)
	for b := range mean {
		var sum, n float64
		for i := range s.places {
			if v := s.v[i*s.bands+b][0]; finite(v) {
				sum += float64(v)
				n++
			}
		}
		mean[b] = sum / max(n, 1)
	}
	return mean
}

// eigen returns eigenvalues, ascending, and eigenvectors in columns.
func eigen(m mat.Symmetric) ([]float64, *mat.Dense) {
	var e mat.EigenSym
	e.Factorize(m, true) // a symmetric matrix of finite numbers has eigenvalues
	var v mat.Dense
	e.VectorsTo(&v)
	return e.Values(nil), &v
}

func symmetric(m *mat.Dense) []float64 {
	k, _ := m.Dims()
	out := make([]float64, k*k)
	for a := range k {
		for b := range k {
			out[a*k+b] = (m.At(a, b) + m.At(b, a)) / 2
		}
	}
	return out
}

// texture reads noise and its rise from the sample, on the axes.
func (a axes) texture(s *sample) Texture {
	one, two := a.steps(s, 1), a.steps(s, 2)
	if len(one) == 0 {
		return Texture{Noise: leastNoise, Rise: 1}
	}
	t := Texture{Noise: max(one[len(one)/2]/2/float64(a.n), leastNoise), Rise: 1}
	if low := one[len(one)/10]; low > 0 {
		t.Rise = min(max(two[len(two)/10]/low, 1), 4)
	}
	return t
}

// steps returns the squared differences over lag pixels, ascending. Places with
// hidden bands are left out, unless there are none without.
func (a axes) steps(s *sample, lag int) []float64 {
	var whole, part []float64
	for i := range s.places {
		var d float64
		hidden := false
		for n := range a.n {
			var x float64
			for b := range a.bands {
				if y := s.step(i, b, lag); !math.IsNaN(y) {
					x += float64(a.t[n*a.bands+b]) * y
				} else {
					hidden = true
				}
			}
			d += x * x
		}
		if hidden {
			part = append(part, d)
		} else {
			whole = append(whole, d)
		}
	}
	if len(whole) < len(part)/16 {
		whole = part
	}
	slices.Sort(whole)
	return whole
}
