package coldstart

// Distance gives tests the warping distance of two tracks of one layer.
func Distance(w Weight, daysA, a, daysB, b []float64) float64 {
	row := func(v []float64) (out [][]float64) {
		for _, x := range v {
			out = append(out, []float64{x})
		}
		return out
	}
	return newWarper(w).distance(track{daysA, row(a)}, track{daysB, row(b)}, []float64{1})
}
