package composite

// The layers' numbers: index · Scale⁻¹ as 16-bit integers.
const (
	Scale  = 1e-4
	NoData = -32768
	limit  = 32000 // of an index of ±3.2; indices are within ±2
)

// pair is two bands of one scene as numbers of a file, and what they mean.
type pair struct {
	offset   int32 // added to every number; what is negative then counts as 0
	noA, noB int32 // numbers that mean no data; −1 for none
	bit      uint64
}

// normaliseEach sets dst to (a−b)/(a+b) and the pixels' mask bit, where both
// have data, their sum is not 0, and the pixel is clear; elsewhere dst is
// finite. It is what the processor's wide instructions do eight pixels at a
// time where there are some.
func normaliseEach(dst []float32, masks []uint64, a, b []uint16, clear []bool, p *pair) {
	b, clear, dst, masks = b[:len(a)], clear[:len(a)], dst[:len(a)], masks[:len(a)]
	for i, first := range a {
		v, w := max(int32(first)+p.offset, 0), max(int32(b[i])+p.offset, 0)
		if int32(first) == p.noA || int32(b[i]) == p.noB || v+w == 0 {
			dst[i] = 0
			continue
		}
		dst[i] = float32(v-w) / float32(v+w)
		if clear[i] {
			masks[i] |= p.bit
		}
	}
}

// multiplyEach applies their matrices to the pixels from first to n. Products
// are rounded before they are added, and in the order of dates, so that all
// processors agree.
func multiplyEach(c *chunk, first, n, dates int) {
	for i := first; i < n; i++ {
		rows := c.rows[i][:(dates+1)*rowLanes]
		var v [rowLanes]float32
		for k := range dates {
			y, w := c.values[k*chunkPixels+i], (*[rowLanes]float32)(rows[k*rowLanes:])
			for j := range v {
				v[j] += float32(w[j] * y)
			}
		}
		for j, none := range rows[dates*rowLanes:] {
			c.out[j*chunkPixels+i] = quantise(v[j], none != 0)
		}
	}
}

// quantise rounds to the nearest number, halves away from zero.
func quantise(v float32, none bool) int16 {
	if none {
		return NoData
	}
	v *= 1 / Scale
	switch {
	case v >= limit:
		return limit
	case v <= -limit:
		return -limit
	case v < 0:
		return int16(v - .5)
	}
	return int16(v + .5)
}
