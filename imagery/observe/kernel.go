package observe

import (
	"fmt"
	"math"
	"slices"
)

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

// kernel computes the layers of many pixels at a time.
type kernel struct {
	layer       []int // per band of the plan, its layer, −1 where it is none
	reflectance [][]float64
	args        [][][]float64 // per index, its bands among reflectance
	out         []float64
}

func newKernel(p *plan) kernel {
	k := kernel{layer: make([]int, len(p.bands)), reflectance: make([][]float64, len(p.bands)), out: make([]float64, chunk)}
	for at := range k.layer {
		k.layer[at] = slices.Index(p.asked, at)
		k.reflectance[at] = make([]float64, chunk)
	}
	for _, x := range p.indices {
		args := make([][]float64, len(x.bands))
		for i, at := range x.bands {
			args[i] = k.reflectance[at]
		}
		k.args = append(k.args, args)
	}
	return k
}

// compute fills in the values of the pixels from..to−1, at most a chunk.
func (k *kernel) compute(b *block, from, to int) error {
	layers := len(b.obs.Layers)
	values := b.values[from*layers : to*layers]
	for at := range b.bands {
		odd := k.band(values, b, at, from, to)
		if !odd {
			b.seen = true
			continue
		}
		if err := b.blank(at, from, to); err != nil {
			return err
		}
	}
	for x := range b.plan.indices {
		out := k.out[:to-from]
		b.plan.indices[x].rows(out, k.args[x])
		quantise(values[len(b.plan.asked)+x:], layers, out, b.valid[from:to])
	}
	return nil
}

// band puts a band's DN among the values and computes its reflectance.
// Reflectances below zero, which atmospheric correction leaves on dark targets,
// count as zero. It tells whether some DN is none or out of range.
func (k *kernel) band(values []int32, b *block, at, from, to int) (odd bool) {
	scale, offset, layer, layers := b.plan.bands[at].Scale, b.plan.bands[at].Offset, k.layer[at], len(b.obs.Layers)
	out := k.reflectance[at][:to-from]
	for i, dn := range b.bands[at][from:to] {
		if uint32(dn+maxDN) > 2*maxDN {
			odd = true
		}
		r := float64(dn)*scale + offset
		if r < 0 {
			r = 0
		}
		out[i] = r
		if layer >= 0 {
			values[i*layers+layer] = dn
		}
	}
	return odd
}

// blank drops the pixels from..to−1 in which a band has no data.
func (b *block) blank(at, from, to int) error {
	for i, dn := range b.bands[at][from:to] {
		switch {
		case dn == NoData:
			b.valid[from+i] = false
		case !b.valid[from+i]:
		case dn > maxDN || dn < -maxDN:
			return fmt.Errorf("%s: pixel value %d needs more than 16 bits", b.plan.bands[at].Name, dn)
		default:
			b.seen = true
		}
	}
	return nil
}

// quantise writes index values in steps, stride apart, and drops the pixels in
// which the index is undefined.
func quantise(dst []int32, stride int, values []float64, valid []bool) {
	const shift = 1 << 15 // makes cutting off the fraction round down
	at := 0
	for i, v := range values {
		v *= stepsPer1
		switch {
		case v >= -indexLimit && v <= indexLimit:
			dst[at] = int32(v+(shift+.5)) - shift
		case math.IsNaN(v) || math.IsInf(v, 0):
			valid[i] = false
		case v > 0:
			dst[at] = indexLimit
		default:
			dst[at] = -indexLimit
		}
		at += stride
	}
}
