package gdal

import (
	"context"
	"fmt"
	"math"

	"parus/imagery"
)

// ReadNative fills dst, row-major, with the file's own numbers in window w of
// grid g, nodata included. It does so only where nothing has to be resampled or
// converted: the band is unsigned of 8 or 16 bits, its pixels are those of the
// grid, and the window lies in the file. Otherwise it returns false and leaves
// dst alone; see [Reader.Read]. It costs a third of Read.
func (r *Reader) ReadNative(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []uint16) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if b.Decode != nil || len(b.Of) > 0 {
		return false, nil
	}
	s, err := r.source(b.Href)
	if err != nil {
		return false, err
	}
	if err := s.check(b); err != nil {
		return false, err
	}
	if t := s.info.Bands[b.Index-1].Type; t != "Byte" && t != "UInt16" {
		return false, nil
	}
	same, err := s.sameCRS(g.CRS)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", nameOf(b.Href), err)
	}
	if s.band(b.Index).MaskFlags()&perDataset != 0 { // pixels are missing beside nodata
		return false, nil
	}
	col, row, aligned := shift(g.Transform, s.info.Grid.Transform)
	if !same || !aligned || !s.upright() || len(dst) != w.Width*w.Height {
		return false, nil
	}
	x, y := w.X+col, w.Y+row
	if x < 0 || y < 0 || x+w.Width > s.info.Grid.Width || y+w.Height > s.info.Grid.Height {
		return false, nil
	}
	if err := s.ds.Bands()[b.Index-1].Read(x, y, dst, w.Width, w.Height, quiet, offline); err != nil {
		return false, fmt.Errorf("read %s band %d window (%d,%d): %w", nameOf(b.Href), b.Index, x, y, r.visit.explain(b.Href, err))
	}
	return true, nil
}

// shift is how many of the file's columns and rows the grid's origin lies
// within it, where both have the same pixels to a thousandth.
func shift(grid, file imagery.GeoTransform) (col, row int, aligned bool) {
	if !grid.NorthUp() || !file.NorthUp() || grid[1] != file[1] || grid[5] != file[5] {
		return 0, 0, false
	}
	c, r := (grid[0]-file[0])/file[1], (grid[3]-file[3])/file[5]
	if math.Abs(c-math.Round(c)) > 1e-3 || math.Abs(r-math.Round(r)) > 1e-3 {
		return 0, 0, false
	}
	return int(math.Round(c)), int(math.Round(r)), true
}
