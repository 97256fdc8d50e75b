package pmtiles

// maxZoom is the deepest zoom whose ids fit into 63 bits.
const maxZoom = 31

// id is a tile's place in the archive: zooms one after another, each along a
// Hilbert curve (Hilbert 1891; the turn of quadrants as in the format's
// description).
func id(z, x, y int) uint64 {
	first := (uint64(1)<<(2*z) - 1) / 3 // tiles of all zooms above: 1 + 4 + … + 4^(z−1)
	d := uint64(0)
	for s := 1 << z >> 1; s > 0; s >>= 1 {
		rx, ry := 0, 0
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		d += uint64(s) * uint64(s) * uint64(3*rx^ry)
		x, y = x&(s-1), y&(s-1)
		if ry == 0 {
			if rx == 1 {
				x, y = s-1-x, s-1-y
			}
			x, y = y, x
		}
	}
	return first + d
}
