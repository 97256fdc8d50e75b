package extract

import (
	"context"
	"maps"
	"sync"

	"parus/imagery/zonal"
)

// unit is a run of bands of one raster whose values are in memory at once.
type unit struct {
	raster   *raster
	from, to int             // bands, from 0
	values   [][]float64     // per band, parcel by parcel: count and the statistics
	parts    [][]zonal.Tally // per band, of parcels that lie in several tiles

	err     error
	chunk   int  // next to be read
	pending int  // chunks that are not read yet
	started bool // its values are in memory
	ended   bool // read, or failed
	piece   int  // next to be written
	pieces  int
	written int
}

// task is what a worker does next.
type task struct {
	kind  taskKind
	plan  *plan
	unit  *unit
	index int // of the chunk or the piece
	turn  int // of a piece among all that are written
}

type taskKind int

const (
	makePlan taskKind = iota
	readChunk
	writePiece
)

// schedule hands out tasks in the order of the output. Pieces of text come
// first, so that values are let go soon; chunks are read ahead as far as memory
// was set aside. Each worker writes its piece when its turn comes, so text
// takes one buffer a worker whatever the rasters hold.
type schedule struct {
	*runner
	ctx context.Context

	mu      sync.Mutex
	changed *sync.Cond
	err     error // ends the run
	reading int   // unit whose chunks are handed out
	writing int   // unit whose pieces are handed out
	held    int   // units whose values are in memory
	turns   int   // given to pieces
	turn    int   // whose piece is written next
	rows    int
	done    int // rasters
	unmade  int // plans
	free    [][]float64
}

func newSchedule(ctx context.Context, r *runner) *schedule {
	s := &schedule{runner: r, ctx: ctx, unmade: len(r.plans)}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// wake makes waiting workers look at the context.
func (s *schedule) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}

// next waits for a task; false where there are no more.
func (s *schedule) next() (task, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.err == nil {
			s.err = s.ctx.Err()
		}
		if s.err != nil {
			return task{}, false
		}
		s.passFailed()
		if t, ok := s.pieceTask(); ok {
			return t, true
		}
		before := s.reading
		if t, ok := s.readTask(); ok {
			return t, true
		}
		switch {
		case s.writing == len(s.units):
			return task{}, false
		case s.reading == before:
			s.changed.Wait()
		}
	}
}

// passFailed steps over units that have no rows.
func (s *schedule) passFailed() {
	for s.reading < len(s.units) && !s.units[s.reading].started && s.units[s.reading].raster.err != nil {
		u := s.units[s.reading]
		u.err, u.ended = u.raster.err, true
		s.reading++
	}
	for s.writing < len(s.units) && s.units[s.writing].ended && s.units[s.writing].err != nil {
		s.letGo(s.units[s.writing])
		s.writing++
	}
}

// pieceTask hands out the next piece of text, where it can be made already.
func (s *schedule) pieceTask() (task, bool) {
	if s.writing == len(s.units) || !s.units[s.writing].ended {
		return task{}, false
	}
	u := s.units[s.writing]
	t := task{kind: writePiece, unit: u, index: u.piece, turn: s.turns}
	s.turns++
	if u.piece++; u.piece == u.pieces {
		s.writing++
	}
	return t, true
}

// readTask hands out the next plan to make or chunk to read.
func (s *schedule) readTask() (task, bool) {
	if s.reading == len(s.units) {
		return task{}, false
	}
	u := s.units[s.reading]
	p := u.raster.plan
	switch {
	case p.state == planned:
		p.state = making
		return task{kind: makePlan, plan: p}, true
	case p.state == making, !u.started && s.held >= s.ahead:
		return task{}, false
	case !u.started:
		s.start(u)
	}
	if len(p.chunks) == 0 { // no parcel lies on it
		u.ended = true
		s.reading++
		return task{}, false
	}
	t := task{kind: readChunk, unit: u, index: u.chunk}
	if u.chunk++; u.chunk == len(p.chunks) {
		s.reading++
	}
	return t, true
}

// start sets memory aside for a unit.
func (s *schedule) start(u *unit) {
	u.started, u.pending = true, len(u.raster.plan.chunks)
	s.held++
	perBand := (len(s.ids) + pieceRows - 1) / pieceRows
	u.pieces = perBand * (u.to - u.from)
	u.values, u.parts = make([][]float64, u.to-u.from), make([][]zonal.Tally, u.to-u.from)
	for b := range u.values {
		if n := len(s.free); n > 0 {
			u.values[b], s.free = s.free[n-1], s.free[:n-1]
			clear(u.values[b])
		} else {
			u.values[b] = make([]float64, len(s.ids)*s.columns())
		}
		u.parts[b] = make([]zonal.Tally, u.raster.plan.parts)
	}
}

// planMade notes what a plan refuses and touches, or why there is none.
func (s *schedule) planMade(p *plan, bad map[int]string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed.Broadcast()
	p.state = made
	if s.unmade--; s.unmade == 0 {
		s.stripShapes()
	}
	if err != nil {
		for _, ra := range s.rasters {
			if ra.plan == p && ra.err == nil {
				ra.err = err
			}
		}
		return
	}
	maps.Copy(s.bad, bad)
	for _, tiles := range p.chunks {
		for _, t := range tiles {
			for _, c := range t.covers {
				for _, n := range c.number {
					s.touched[n] = true
				}
			}
		}
	}
}

// stripShapes keeps the IDs and lets go of the polygons.
func (s *schedule) stripShapes() {
	out := make([]zonal.Shape, len(s.parcels.Shapes))
	for i := range out {
		out[i].ID = s.parcels.Shapes[i].ID
	}
	s.parcels.Shapes = out
}

// failed tells whether a unit has failed, so that its other chunks need not be
// read.
func (s *schedule) failed(u *unit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return u.err != nil
}

// chunkRead notes the end of a chunk. It returns true to the worker that read
// the last one of a unit whose parts are now to be merged.
func (s *schedule) chunkRead(u *unit, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && u.err == nil {
		u.err, u.raster.err, u.raster.from = err, err, u.from
	}
	u.pending--
	if u.pending > 0 || u.err == nil {
		return u.pending == 0
	}
	u.ended = true
	s.changed.Broadcast()
	return false
}

// unitRead opens a unit for writing.
func (s *schedule) unitRead(u *unit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.ended = true
	s.changed.Broadcast()
}

// write writes a piece when its turn has come.
func (s *schedule) write(t task, text []byte, rows int) {
	s.mu.Lock()
	for s.turn != t.turn && s.err == nil {
		s.changed.Wait()
	}
	err := s.err
	s.mu.Unlock()
	if err == nil {
		_, err = s.out.Write(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed.Broadcast()
	if s.err == nil {
		s.err = err
	}
	s.turn++
	s.rows += rows
	u := t.unit
	u.raster.rows = true
	if u.written++; u.written == u.pieces {
		s.letGo(u)
	}
}

// letGo frees what a unit held, and its plan where it was the last to need it.
func (s *schedule) letGo(u *unit) {
	if u.started {
		s.held--
		s.free = append(s.free, u.values...)
	}
	u.values, u.parts = nil, nil
	if p := u.raster.plan; p != nil {
		if p.uses--; p.uses == 0 {
			if p.state == planned {
				if s.unmade--; s.unmade == 0 {
					s.stripShapes()
				}
			}
			*p = plan{info: p.info, state: made}
		}
	}
	if u.to == len(u.raster.info.Bands) {
		s.done++
		if s.job.Progress != nil {
			s.job.Progress(s.done, len(s.rasters))
		}
	}
	s.changed.Broadcast()
}
