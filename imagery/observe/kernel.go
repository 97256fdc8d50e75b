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

// maxDN keeps sums inside 64 bits: 2^16 · 2^24 · 2^22 pixels.
const maxDN = 1 << 16

// kernel computes the indices of many pixels at a time.
type kernel struct {
	reflectance [][]float64   // per band of the plan, nil where no index needs it
	args        [][][]float64 // per index, its bands among reflectance
	out         []float64
}

func newKernel(p *plan) kernel {
	k := kernel{reflectance: make([][]float64, len(p.bands)), out: make([]float64, chunk)}
	for _, x := range p.indices {
		args := make([][]float64, len(x.bands))
		for i, at := range x.bands {
			if k.reflectance[at] == nil {
				k.reflectance[at] = make([]float64, chunk)
			}
			args[i] = k.reflectance[at]
		}
		k.args = append(k.args, args)
	}
	return k
}

// compute makes the layers of the strip, which sum adds, and finds the pixels
// without data.
func (b *block) compute() error {
	n := b.need.n
	for x := range b.index {
		b.index[x] = resize(b.index[x], n)
	}
	b.valid = resize(b.valid, n)
	for i := range b.valid {
		b.valid[i] = true
	}
	for from := 0; from < n; from += chunk {
		if err := b.rows.compute(b, from, min(from+chunk, n)); err != nil {
			return err
		}
	}
	b.gaps = slices.Contains(b.valid, false)
	b.layers = b.layers[:0]
	for _, at := range b.plan.asked {
		b.layers = append(b.layers, b.bands[at])
	}
	b.layers = append(b.layers, b.index...)
	return nil
}

// compute fills in the indices of the pixels from..to−1, at most a chunk.
func (k *kernel) compute(b *block, from, to int) error {
	for at, band := range b.bands {
		dn := band[from:to]
		if odd(dn) {
			if err := b.blank(at, from, to); err != nil {
				return err
			}
		} else {
			b.seen = true
		}
		if k.reflectance[at] != nil {
			reflect(k.reflectance[at], dn, b.plan.bands[at].Scale, b.plan.bands[at].Offset)
		}
	}
	for x := range b.plan.indices {
		out := k.out[:to-from]
		b.plan.indices[x].rows(out, k.args[x])
		quantise(b.index[x][from:to], out, b.valid[from:to])
	}
	return nil
}

// odd tells whether some DN is none or out of range.
func odd(dn []int32) bool {
	var most uint32
	for _, v := range dn {
		most = max(most, uint32(v+maxDN))
	}
	return most > 2*maxDN
}

// reflect computes reflectances. Those below zero, which atmospheric correction
// leaves on dark targets, count as zero.
func reflect(dst []float64, dn []int32, scale, offset float64) {
	dst = dst[:len(dn)]
	for i, v := range dn {
		r := float64(v)*scale + offset
		if r < 0 {
			r = 0
		}
		dst[i] = r
	}
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

// quantise writes index values in steps and drops the pixels in which the index
// is undefined.
func quantise(dst []int32, values []float64, valid []bool) {
	const shift = 1 << 15 // makes cutting off the fraction round down
	dst = dst[:len(values)]
	for i, v := range values {
		v *= stepsPer1
		switch {
		case v >= -indexLimit && v <= indexLimit:
			dst[i] = int32(v+(shift+.5)) - shift
		case math.IsNaN(v) || math.IsInf(v, 0):
			valid[i] = false
		case v > 0:
			dst[i] = indexLimit
		default:
			dst[i] = -indexLimit
		}
	}
}
