//go:build !amd64

package composite

func normalise(dst []float32, masks []uint64, a, b []uint16, clear []bool, p *pair) {
	normaliseEach(dst, masks, a, b, clear, p)
}

func multiply(c *chunk, n, dates int) { multiplyEach(c, 0, n, dates) }
