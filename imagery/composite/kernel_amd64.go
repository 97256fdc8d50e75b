package composite

import "golang.org/x/sys/cpu"

// wide is how many pixels normaliseWide takes at a time, narrow how many
// multiplyWide does.
const (
	wide   = 8
	narrow = 4
)

// normaliseWide is normaliseEach for n pixels, a multiple of wide, with AVX2.
//
//go:noescape
func normaliseWide(dst *float32, masks *uint64, a, b *uint16, clear *bool, n int, p *pair)

// multiplyWide is multiplyEach for n pixels, a multiple of narrow, with AVX2:
// the eight layers of a pixel lie side by side in a register. Rows of values
// and out are chunkPixels long.
//
//go:noescape
func multiplyWide(out *int16, values *float32, rows *[]float32, n, dates int)

func normalise(dst []float32, masks []uint64, a, b []uint16, clear []bool, p *pair) {
	n := 0
	if cpu.X86.HasAVX2 && len(a) >= wide {
		n = len(a) &^ (wide - 1)
		_, _, _, _ = dst[n-1], masks[n-1], b[n-1], clear[n-1]
		normaliseWide(&dst[0], &masks[0], &a[0], &b[0], &clear[0], n, p)
	}
	normaliseEach(dst[n:], masks[n:], a[n:], b[n:], clear[n:], p)
}

func multiply(c *chunk, n, dates int) {
	done := 0
	if cpu.X86.HasAVX2 && n >= narrow {
		done = n &^ (narrow - 1)
		multiplyWide(&c.out[0], &c.values[0], &c.rows[0], done, dates)
	}
	multiplyEach(c, done, n, dates)
}
