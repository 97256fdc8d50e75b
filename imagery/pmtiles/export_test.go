package pmtiles

// ID is the number of a tile.
func ID(z, x, y int) uint64 { return id(z, x, y) }
