package extract

import (
	"context"
	"errors"
	"slices"
	"sync"

	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// run works on all units from as many goroutines as the job has threads and
// returns how many rows were written.
func (r *runner) run(ctx context.Context) (rows int, err error) {
	if _, err := r.out.Write(header(r.job.Stats)); err != nil {
		return 0, err
	}
	s := newSchedule(ctx, r)
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	var wg sync.WaitGroup
	for range r.job.Threads {
		wg.Go(func() {
			w := &worker{runner: r}
			defer w.close()
			for {
				t, ok := s.next()
				if !ok {
					return
				}
				w.do(s, t)
			}
		})
	}
	wg.Wait()
	return s.rows, s.err
}

// worker is one goroutine's open file and scratch.
type worker struct {
	*runner
	open   *gdal.Raster
	name   string
	buffer buffers
	tally  zonal.Tally
	text   []byte
}

func (w *worker) close() {
	if w.open != nil {
		_ = w.open.Close()
		w.open, w.name = nil, ""
	}
}

func (w *worker) do(s *schedule, t task) {
	switch t.kind {
	case makePlan:
		bad, err := w.cover(t.plan)
		s.planMade(t.plan, bad, err)
	case readChunk:
		var err error
		if !s.failed(t.unit) {
			err = w.chunk(t.unit, t.unit.raster.plan.chunks[t.index])
		}
		if s.chunkRead(t.unit, err) {
			w.merge(t.unit)
			s.unitRead(t.unit)
		}
	case writePiece:
		var rows int
		w.text, rows = w.rowsOf(w.text[:0], t.unit, t.index)
		s.write(t, w.text, rows)
	}
}

// cover makes a plan: the parcels in the grid's CRS and their coverage. It
// returns the parcels that cannot be measured.
func (r *runner) cover(p *plan) (bad map[int]string, err error) {
	shapes, bad, err := r.project(p.info.Grid.CRS)
	if err != nil {
		return nil, err
	}
	p.make(shapes, r.job.Threads)
	for n, reason := range bad { // rather than that they have no geometry
		p.refused[n] = reason
	}
	return p.refused, nil
}

// project returns the parcels in a raster's CRS.
func (r *runner) project(crs string) ([]zonal.Shape, map[int]string, error) {
	if crs == r.parcels.CRS {
		return r.parcels.Shapes, nil, nil
	}
	p, err := gdal.NewProjection(r.parcels.CRS, crs)
	if err != nil {
		return nil, nil, err
	}
	defer p.Close()
	out := slices.Clone(r.parcels.Shapes)
	refused := map[int]string{}
	for i := range out {
		mp, err := p.MultiPolygon(out[i].Polygon)
		if err != nil {
			refused[i] = err.Error()
		}
		out[i].Polygon = mp // nil where it failed, which is refused
	}
	return out, refused, nil
}

// chunk reads the tiles of one chunk, all bands of a tile in turn, so that a
// file that stores bands together is decoded once.
func (w *worker) chunk(u *unit, tiles []tile) error {
	ra := u.raster
	if w.name != ra.name {
		w.close()
		f, err := gdal.ReopenRaster(ra.name, ra.info)
		if err != nil {
			return err
		}
		w.open, w.name = f, ra.name
	}
	for i := range tiles {
		for b := u.from; b < u.to; b++ {
			read, ok := reader(ra.info.Bands[b])
			if !ok {
				return errors.New("a band has no statistics")
			}
			if err := read(w, u, b, &tiles[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// merge adds the parts of parcels that lie in several tiles, in the order of
// the tiles.
func (w *worker) merge(u *unit) {
	for b := range u.parts {
		for _, p := range u.raster.plan.shared {
			var sum zonal.Tally
			for i := p.from; i < p.to; i++ {
				sum.Merge(&u.parts[b][i])
			}
			w.put(u.values[b], p.number, &sum)
		}
	}
	u.parts = nil
}

// put writes the values of one parcel. Parcels of different tiles lie in
// different places, so workers need no lock.
func (r *runner) put(values []float64, n int, t *zonal.Tally) {
	k := r.columns()
	row := values[n*k : (n+1)*k]
	row[0] = t.Count
	for i, s := range r.job.Stats {
		row[1+i] = s.value(t)
	}
}

// columns is how many numbers a row holds: count and the statistics.
func (r *runner) columns() int { return 1 + len(r.job.Stats) }
