package observe

import "math"

// chunk is how many pixels are computed at a time: few enough for the nearest
// cache.
const chunk = 512

// indexStep is the resolution of indices, and indexLimit their bound in steps:
// ±2 holds every index at any credible reflectance.
const (
	indexStep  = 1e-4
	stepsPer1  = 1e4
	indexLimit = 20000
)

// kernel computes indices of many pixels at a time.
type kernel struct {
	used        []bool // per band of the plan, whether an index needs it
	reflectance [][]float64
	args        [][][]float64 // per index, its bands among reflectance
	out         []float64
}

func newKernel(p *plan) kernel {
	k := kernel{used: make([]bool, len(p.bands)), reflectance: make([][]float64, len(p.bands)), out: make([]float64, chunk)}
	for i := range k.reflectance {
		k.reflectance[i] = make([]float64, chunk)
	}
	for _, x := range p.indices {
		args := make([][]float64, len(x.bands))
		for i, at := range x.bands {
			args[i], k.used[at] = k.reflectance[at], true
		}
		k.args = append(k.args, args)
	}
	return k
}

// indices computes the indices of the pixels from..to−1, at most a chunk, and
// drops those of which one is undefined. Reflectances below zero, which
// atmospheric correction leaves on dark targets, count as zero.
func (k *kernel) indices(b *block, from, to int) {
	n := to - from
	for at, used := range k.used {
		if !used {
			continue
		}
		scale, offset := b.plan.bands[at].Scale, b.plan.bands[at].Offset
		out := k.reflectance[at][:n]
		for i, dn := range b.bands[at][from:to] {
			out[i] = max(0, float64(dn)*scale+offset)
		}
	}
	layers := len(b.obs.Layers)
	for x := range b.plan.indices {
		out := k.out[:n]
		b.plan.indices[x].rows(out, k.args[x])
		quantise(b.values[from*layers+len(b.plan.asked)+x:], layers, out, b.valid[from:to])
	}
}

// quantise writes index values in steps, stride apart, and drops the pixels in
// which the index is undefined.
func quantise(dst []int32, stride int, values []float64, valid []bool) {
	for i, v := range values {
		v *= stepsPer1
		switch {
		case v >= -indexLimit && v <= indexLimit:
			dst[i*stride] = int32(math.Floor(v + .5))
		case math.IsNaN(v) || math.IsInf(v, 0):
			valid[i] = false
		case v > 0:
			dst[i*stride] = indexLimit
		default:
			dst[i*stride] = -indexLimit
		}
	}
}
