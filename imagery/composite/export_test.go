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
				out[j] += v * float64(m.weights[(j/rowLanes*s.dates+k)*rowLanes+j%rowLanes])
			}
		}
		if m.none>>j&1 == 1 {
			out[j] = math.NaN()
		}
	}
	return out
}
