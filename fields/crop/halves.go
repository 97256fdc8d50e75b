package crop

// halves holds a row's values in ascending order within each of its halves,
// quarters and so on: the finest parts are sorted, the others merged from two.
type halves struct {
	values [][]float32 // per level, part by part
	bounds [][]int     // per level, where parts begin, and the end of the last
}

// sort fills in depth levels; NaN is left out.
func (h *halves) sort(row []float32, depth int) {
	for len(h.values) < depth {
		h.values, h.bounds = append(h.values, nil), append(h.bounds, nil)
	}
	for d := depth - 1; d >= 0; d-- {
		parts, out := 1<<d, h.values[d][:0]
		bounds := append(h.bounds[d][:0], 0)
		for p := range parts {
			if d == depth-1 {
				out = insertSorted(out, row[p*len(row)/parts:(p+1)*len(row)/parts])
			} else {
				out = merge(out, h.of(d+1, 2*p), h.of(d+1, 2*p+1))
			}
			bounds = append(bounds, len(out))
		}
		h.values[d], h.bounds[d] = out, bounds
	}
}

// of returns the sorted values of one part of a level.
func (h *halves) of(level, place int) []float32 {
	return h.values[level][h.bounds[level][place]:h.bounds[level][place+1]]
}

// insertSorted appends a few values in ascending order; the finest parts are
// short enough for insertion sort.
func insertSorted(out, values []float32) []float32 {
	first := len(out)
	for _, v := range values {
		if v != v {
			continue
		}
		out = append(out, v)
		i := len(out) - 1
		for ; i > first && out[i-1] > v; i-- {
			out[i] = out[i-1]
		}
		out[i] = v
	}
	return out
}

// merge appends two ascending lists in ascending order.
func merge(out, a, b []float32) []float32 {
	for len(a) > 0 && len(b) > 0 {
		if b[0] < a[0] {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}
