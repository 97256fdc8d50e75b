package gdal

import (
	"context"
	"fmt"
	"slices"

	"parus/imagery"
	"parus/imagery/observe"
)

// Gather implements observe.Gatherer for bands that are stored as DN in the
// grid's CRS and upright, in windows that lie in the file. It converts the
// chosen pixels straight from the tiles.
func (r *Reader) Gather(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, runs []observe.Run, dst []int32) (bool, error) {
	if b.Decode != nil || len(b.Of) > 0 {
		return false, nil
	}
	f, err := r.find(ctx, b, g, w)
	if err != nil {
		return false, err
	}
	s := f.source
	if !f.same || !s.upright() || s.hides(b.Index) || s.info.Grid.Transform[5]*g.Transform[5] < 0 {
		return false, nil
	}
	cols, rows := s.picks(g, w)
	if slices.Contains(cols, -1) || slices.Contains(rows, -1) {
		return false, nil
	}
	if err := r.gather(f, b, runs, dst, cols, rows); err != nil {
		return false, fmt.Errorf("read %s band %d: %w", nameOf(b.Href), b.Index, r.visit.explain(b.Href, err))
	}
	return true, nil
}

// gather goes through the runs, one row of tiles after the other.
func (r *Reader) gather(f frame, b imagery.Band, runs []observe.Run, dst []int32, cols, rows []int) error {
	tw, th := f.source.tileSize()
	across := stretches(cols, tw)
	for len(runs) > 0 {
		ty := rows[int(runs[0].Y)-f.window.Y] / th
		n, pixels := 0, 0
		for n < len(runs) && rows[int(runs[n].Y)-f.window.Y]/th == ty {
			pixels += int(runs[n].N)
			n++
		}
		tiles, err := r.rowOfTiles(f.source, b.Index, ty, across)
		if err != nil {
			return err
		}
		r.remember(f.source, f.grid, tiles)
		p := picker{window: f.window, cols: cols, rows: rows, across: across, tiles: tiles, blanks: f.source.blanks(b)}
		p.pick(dst[:pixels], runs[:n])
		r.cache.release(tiles)
		runs, dst = runs[n:], dst[pixels:]
	}
	return nil
}

// picker takes runs of pixels out of one row of tiles.
type picker struct {
	window     imagery.Window // of the grid
	cols, rows []int          // the file's, per column and row of the window
	across     []stretch
	tiles      []*tile // of each stretch
	blanks     blanks
}

func (p picker) pick(dst []int32, runs []observe.Run) {
	switch p.tiles[0].pixels.(type) {
	case []uint8:
		pickRuns[uint8](p, dst, runs)
	case []uint16:
		pickRuns[uint16](p, dst, runs)
	case []int16:
		pickRuns[int16](p, dst, runs)
	case []int32:
		pickRuns[int32](p, dst, runs)
	}
}

func pickRuns[T uint8 | uint16 | int16 | int32](p picker, dst []int32, runs []observe.Run) {
	k := 0
	for _, run := range runs {
		x, row := int(run.X)-p.window.X, p.rows[int(run.Y)-p.window.Y]
		for end := x + int(run.N); x < end; {
			for x < p.across[k].x0 { // a new row
				k = 0
			}
			for x >= p.across[k].x1 {
				k++
			}
			a, t := p.across[k], p.tiles[k]
			n := min(end, a.x1) - x
			from := (row - t.window.Y) * t.window.Width
			line := t.pixels.([]T)[from : from+t.window.Width]
			if a.plain {
				at := p.cols[x] - t.window.X
				pickRow(dst[:n], line[at:at+n], p.blanks)
			} else {
				for i, col := range p.cols[x : x+n] {
					pickRow(dst[i:i+1], line[col-t.window.X:][:1], p.blanks)
				}
			}
			dst, x = dst[n:], x+n
		}
	}
}

// pickRow converts few pixels, one to one; see follow for many.
func pickRow[T uint8 | uint16 | int16 | int32](dst []int32, row []T, no blanks) {
	dst = dst[:len(row)]
	for i, v := range row {
		n := int32(v)
		if n == no[0] || n == no[1] {
			n = observe.NoData
		}
		dst[i] = n
	}
}
