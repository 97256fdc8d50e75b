package composite

import "math"

// The layers' numbers: index · Scale⁻¹ as 16-bit integers.
const (
	Scale  = 1e-4
	NoData = math.MinInt16
	limit  = 32000 // of an index of ±3.2; indices are within ±2
)

// chunkPixels is how many pixels are smoothed while their values are in the
// processor's nearest cache.
const chunkPixels = 512

// chunk holds the values of some pixels, pixel by pixel: value k of pixel i is
// values[i·dates+k]. What lies at masked dates means nothing.
type chunk struct {
	values []float32
	masks  []uint64
}

func newChunk(dates int) *chunk {
	return &chunk{values: make([]float32, chunkPixels*dates), masks: make([]uint64, chunkPixels)}
}

// applier applies a smoother to chunks; it belongs to one goroutine.
type applier struct {
	*Smoother
	known map[uint64]*Matrix // where the smoother keeps no table
	mask  uint64
	last  *Matrix // of mask
}

// maxKnown bounds an applier's own matrices. Neighbours share their clouds, so
// few are needed at a time.
const maxKnown = 2048

func newApplier(s *Smoother) *applier {
	return &applier{Smoother: s, known: map[uint64]*Matrix{}, last: s.Matrix(0)}
}

func (a *applier) of(mask uint64) *Matrix {
	if mask == a.mask {
		return a.last
	}
	m := a.known[mask]
	switch {
	case m != nil:
	case a.table != nil:
		m = a.Matrix(mask)
	default:
		if len(a.known) >= maxKnown {
			clear(a.known)
		}
		m = a.Matrix(mask)
		a.known[mask] = m
	}
	a.mask, a.last = mask, m
	return m
}

// apply smooths n pixels of a chunk; layers[j][at+i] receives layer j of pixel i.
func (a *applier) apply(c *chunk, n int, layers [][]int16, at int) {
	for from := 0; from < len(layers); from += rowLanes {
		a.block(c, n, layers[from:min(from+rowLanes, len(layers))], at, from)
	}
}

// block makes up to rowLanes layers, the first of which is layer from. Products
// are rounded before they are added, so that processors with and without fused
// multiplication agree.
func (a *applier) block(c *chunk, n int, layers [][]int16, at, from int) {
	dates := a.dates
	skip := from * dates
	for i, mask := range c.masks[:n] {
		m := a.last
		if mask != a.mask {
			m = a.of(mask)
		}
		weights, values := m.weights[skip:skip+dates*rowLanes], c.values[i*dates:(i+1)*dates]
		var v [rowLanes]float32
		var v0, v1, v2, v3, v4, v5 float32
		for k, y := range values {
			if mask>>k&1 == 0 {
				continue
			}
			w := (*[rowLanes]float32)(weights[k*rowLanes:])
			v0 += float32(w[0] * y)
			v1 += float32(w[1] * y)
			v2 += float32(w[2] * y)
			v3 += float32(w[3] * y)
			v4 += float32(w[4] * y)
			v5 += float32(w[5] * y)
		}
		v = [rowLanes]float32{v0, v1, v2, v3, v4, v5}
		none := m.none >> from
		for j, layer := range layers {
			layer[at+i] = quantise(v[j], none>>j&1 == 1)
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
