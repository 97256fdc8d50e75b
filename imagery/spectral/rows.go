package spectral

// Rows computes the index of many pixels at a time: r holds one slice of
// reflectances per role, each at least as long as dst. It gives the same
// numbers as Value, several times as fast.
func (x Index) Rows(dst []float64, r [][]float64) {
	switch x.Name {
	case "ndvi", "ndre":
		differences(dst, r[1], r[0])
	case "ndwi", "ndmi":
		differences(dst, r[0], r[1])
	case "evi":
		blue, red, nir := r[0][:len(dst)], r[1][:len(dst)], r[2][:len(dst)]
		for i := range dst {
			dst[i] = 2.5 * (nir[i] - red[i]) / (nir[i] + 6*red[i] - 7.5*blue[i] + 1)
		}
	case "psri":
		blue, red, edge := r[0][:len(dst)], r[1][:len(dst)], r[2][:len(dst)]
		for i := range dst {
			dst[i] = (red[i] - blue[i]) / edge[i]
		}
	default:
		one := make([]float64, len(r))
		for i := range dst {
			for k := range r {
				one[k] = r[k][i]
			}
			dst[i] = x.Value(one)
		}
	}
}

func differences(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = (a[i] - b[i]) / (a[i] + b[i])
	}
}
