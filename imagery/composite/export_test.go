package composite

import "math"

// CurveOf reads the layers of one pixel; NaN is a masked date, or no value.
func CurveOf(s *Smoother, values []float64) []float64 {
	var mask uint64
	for k, v := range values {
		if !math.IsNaN(v) {
			mask |= 1 << k
		}
	}
	m := s.Matrix(mask)
	out := make([]float64, len(s.layers))
	for j := range out {
		for k, v := range values {
			if mask>>k&1 == 1 {
				out[j] += v * float64(m.weights[(j/rowLanes*(s.dates+1)+k)*rowLanes+j%rowLanes])
			}
		}
		if m.none>>j&1 == 1 {
			out[j] = math.NaN()
		}
	}
	return out
}

// Normalised is what normalise and normaliseEach make of two bands.
func Normalised(a, b []uint16, clear []bool, offset, noA, noB int32) (values [2][]float32, masks [2][]uint64) {
	p := pair{offset: offset, noA: noA, noB: noB, bit: 1 << 40}
	for k, f := range []func([]float32, []uint64, []uint16, []uint16, []bool, *pair){normalise, normaliseEach} {
		values[k], masks[k] = make([]float32, len(a)), make([]uint64, len(a))
		f(values[k], masks[k], a, b, clear, &p)
	}
	return values, masks
}

// Multiplied is what multiply and multiplyEach make of n pixels whose mask and
// values are told.
func Multiplied(s *Smoother, n int, mask func(i int) uint64, value func(k, i int) float32) (out [2][]int16) {
	for k := range out {
		c := newChunk(s.dates)
		for i := range n {
			c.rows[i] = s.Matrix(mask(i)).weights
			for d := range s.dates {
				c.values[d*chunkPixels+i] = value(d, i)
			}
		}
		if k == 0 {
			multiply(c, n, s.dates)
		} else {
			multiplyEach(c, 0, n, s.dates)
		}
		out[k] = c.out
	}
	return out
}
