package observe

import (
	"parus/imagery"
	"parus/imagery/zonal"
)

// stripRows is how many rows of a block are in memory at a time.
const stripRows = 128

// parcelBytes bounds what one parcel of an observation takes besides its sums.
const parcelBytes = 160

// MemoryBytes bounds what [Block] takes for one unit: a strip of rows of every
// band that p needs, as if parcels covered all of it, and one row of sums per
// parcel, before and after marshalling. Neither the coverage is part of it
// ([CoverageBytes]) nor what the Reader keeps. Where the number of parcels is
// not known (0), one for every sixteen pixels is assumed, more than any county
// has.
func MemoryBytes(g imagery.Grid, p Params, parcels int) int64 {
	const indexBands = 6 // bands that indices may need beyond p.Bands, at most
	pixels, layers := int64(g.Width)*int64(g.Height), int64(len(p.Bands)+len(p.Indices))
	rows := int64(min(stripRows, max(g.Height, 0)))
	margin := 2 * int64(max(p.MarginPx, 0))
	strip := int64(g.Width) * rows
	wide := (int64(g.Width) + margin) * (rows + margin)
	plane := 4*wide + wide/2                            // as read, and bits of the mask
	bands := 4 * strip * int64(len(p.Bands)+indexBands) // of the covered pixels
	values := strip * (4*int64(len(p.Indices)) + 1)     // indices, and whether a pixel counts
	runs := strip / 2 * 12                              // every other pixel, at most
	sums := int64(parcels) * (parcelBytes + 2*2*8*layers + 20*layers/2)
	if parcels <= 0 {
		sums = pixels / 16 * (parcelBytes + 2*2*8*layers + 20*layers/2)
	}
	return plane + bands + values + runs + sums + pixels/4
}

// CoverageBytes is what a coverage takes in memory.
func CoverageBytes(c *zonal.Coverage) int64 {
	var n int64
	for i := range c.Len() {
		n += 8*int64(len(c.Spans(i))+len(c.Cells(i))) + 24 + int64(len(c.IDs[i]))
	}
	return n
}
