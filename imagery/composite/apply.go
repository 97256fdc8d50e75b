package composite

import "math/bits"

// chunkPixels is how many pixels are smoothed while their values are in the
// processor's nearest cache.
const chunkPixels = 512

// chunk holds the values of some pixels, date by date: value k of pixel i is
// values[k·chunkPixels+i]. What lies at masked dates is finite and means
// nothing.
type chunk struct {
	values []float32
	masks  []uint64
	rows   [][]float32 // per pixel, the block of its matrix that is applied
	out    []int16     // layer by layer: layer j of pixel i is out[j·chunkPixels+i]
}

func newChunk(dates int) *chunk {
	return &chunk{
		values: make([]float32, chunkPixels*dates), masks: make([]uint64, chunkPixels),
		rows: make([][]float32, chunkPixels), out: make([]int16, chunkPixels*rowLanes),
	}
}

// applier applies a smoother to chunks; it belongs to one goroutine.
type applier struct {
	*Smoother
	known  map[uint64]*Matrix // where the smoother keeps no table
	mask   uint64
	last   *Matrix // of mask
	values []int   // per layer, pixels that got a value
}

// maxKnown bounds an applier's own matrices. Neighbours share their clouds, so
// few are needed at a time.
const maxKnown = 2048

func newApplier(s *Smoother) *applier {
	return &applier{Smoother: s, known: map[uint64]*Matrix{}, last: s.Matrix(0), values: make([]int, s.Layers())}
}

func (a *applier) of(mask uint64) *Matrix {
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
		skip, end := from*(a.dates+1), (from+rowLanes)*(a.dates+1)
		for i, mask := range c.masks[:n] {
			m := a.last
			if mask != a.mask {
				m = a.of(mask)
			}
			c.rows[i] = m.weights[skip:end]
			if from == 0 && m.none != 0 {
				for none := m.none; none != 0; none &= none - 1 {
					a.values[bits.TrailingZeros64(none)]--
				}
			}
		}
		multiply(c, n, a.dates)
		for j, layer := range layers[from:min(from+rowLanes, len(layers))] {
			copy(layer[at:at+n], c.out[j*chunkPixels:])
		}
	}
	for j := range a.values {
		a.values[j] += n
	}
}
