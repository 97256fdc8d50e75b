package observe

import (
	"context"
	"fmt"

	"parus/imagery"
	"parus/imagery/cloud"
)

// NoData is the number that a Reader gives pixels without data.
const NoData int32 = cloud.NoData

// Reader reads pixels. It need not be safe for concurrent use.
type Reader interface {
	// Read fills dst, row-major, with the DN of band b in window w of grid g.
	// The window may reach beyond the grid; the file may have another
	// resolution, CRS or extent: the reader resamples by nearest neighbour.
	// Pixels that the file does not have, or that hold its or the band's
	// nodata, become NoData. len(dst) is w.Width·w.Height. A failed read may
	// be tried again; dst is then undefined.
	Read(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error
}

// Gatherer is a Reader that can give chosen pixels alone, without converting
// all those between them.
type Gatherer interface {
	Reader
	// Gather fills dst with the pixels of runs, one run after the other: what
	// Read gives them. Runs lie in window w of grid g, row after row and within
	// a row from left to right, and their lengths add to len(dst). It returns
	// false, and has read nothing, where only Read can serve.
	Gather(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, runs []Run, dst []int32) (bool, error)
}

// Run is N pixels of a row of a grid from (X, Y) on.
type Run struct{ X, Y, N int32 }

// readBand reads the chosen pixels of one band of the plan.
func (b *block) readBand(ctx context.Context, k int, band imagery.Band) error {
	w := b.window
	b.bands[k] = resize(b.bands[k], b.need.n)
	done, err := false, error(nil)
	if g, ok := b.reader.(Gatherer); ok {
		done, err = g.Gather(ctx, band, b.cover.Grid, w, b.runs, b.bands[k])
	}
	if !done && err == nil {
		b.plane = resize(b.plane, w.Width*w.Height)
		err = b.reader.Read(ctx, band, b.cover.Grid, w, b.plane)
	}
	if err != nil {
		return fmt.Errorf("read %s window (%d,%d): %w", band.Name, w.X, w.Y, err)
	}
	if !done {
		gather(b.bands[k], b.runs, plane{b.plane, w.X, w.Y, w.Width})
	}
	return nil
}

// plane is a window of DN whose upper left pixel is (x, y) of the grid.
type plane struct {
	values      []int32
	x, y, width int
}

// gather copies the pixels of runs from a plane that holds all of them.
func gather(dst []int32, runs []Run, p plane) {
	for _, r := range runs {
		at := (int(r.Y)-p.y)*p.width + int(r.X) - p.x
		n := copy(dst, p.values[at:at+int(r.N)])
		dst = dst[n:]
	}
}
