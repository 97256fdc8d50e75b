package composite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"parus/imagery"
)

// Job says what to make of which scenes.
type Job struct {
	Scenes   []imagery.Scene // in the order of the smoother's dates, with scales (see imagery/gdal.Probe)
	Grid     imagery.Grid    // north-up; scenes on other pixels are resampled by nearest neighbour
	Index    string          // of imagery/spectral
	MarginPx int             // around what spoils its surroundings, pixels of the grid
	Smoother *Smoother
	TilePx   int // side of a tile; a multiple of the files' blocks decodes each block once; default 512
	Threads  int // 0 for all processors; changes no result
	Open     func() (Pixels, error)
	Progress func(done, total int) // tiles; called from one goroutine
}

// Sink keeps the layers.
type Sink interface {
	// Encoder returns a function for one goroutine that appends to dst one
	// packed layer of a tile, row-major, TilePx wide and high; what lies beyond
	// the grid is NoData.
	Encoder() (func(dst []byte, layer []int16) ([]byte, error), error)
	// Put receives the packed layers of each tile, row by row of tiles, from
	// one goroutine; they are its own until it returns.
	Put(tile int, layers [][]byte) error
}

// Report says what came of a job.
type Report struct {
	Pixels int   // of the grid
	Values []int // per layer, pixels that have a value
}

// tile is one square of work and the scratch of a mask.
type tile struct {
	grid    imagery.Grid
	window  imagery.Window // within the grid
	margin  int
	side    int
	classes []uint16
	dn      []int32
	near    []uint8  // per pixel of the mask, 1 near what spreads along its row
	spoilt  []uint16 // per column of the mask, pixels of near around a row
}

// packed is a finished tile.
type packed struct {
	tile   int
	layers [][]byte
	values []int
	err    error
}

// Run makes the layers. It fails, naming the scene, where a scene cannot be
// read, and where no pixel has a value; what the sink has got by then is to be
// thrown away.
func Run(ctx context.Context, job Job, sink Sink) (Report, error) {
	if job.TilePx == 0 {
		job.TilePx = 512
	}
	if job.Threads <= 0 {
		job.Threads = runtime.GOMAXPROCS(0)
	}
	sources, err := job.sources()
	if err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	across := (job.Grid.Width + job.TilePx - 1) / job.TilePx
	total := across * ((job.Grid.Height + job.TilePx - 1) / job.TilePx)
	queue, done := make(chan int), make(chan packed)
	spare := make(chan [][]byte, 2*job.Threads)
	var wg sync.WaitGroup
	for range job.Threads {
		wg.Go(func() {
			if err := job.work(ctx, sources, sink, lanes{queue, done, spare}); err != nil {
				done <- packed{err: err}
			}
		})
	}
	go func() {
		defer close(done)
		defer wg.Wait()
		defer close(queue)
		for i := range total {
			select {
			case queue <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	return job.collect(cancel, sink, lanes{queue, done, spare}, total)
}

// lanes is how tiles travel: numbers out, packed tiles back, and their buffers
// round again.
type lanes struct {
	queue chan int
	done  chan packed
	spare chan [][]byte
}

func (job *Job) sources() ([]source, error) {
	switch {
	case job.Smoother == nil || len(job.Scenes) != job.Smoother.dates:
		return nil, fmt.Errorf("composite: %d scenes and a smoother of other dates", len(job.Scenes))
	case !job.Grid.Transform.NorthUp() || job.Grid.Width < 1 || job.Grid.Height < 1:
		return nil, errors.New("composite: the grid is empty or not north-up")
	}
	var out []source
	for _, s := range job.Scenes {
		src, err := newSource(s, job.Index)
		if err != nil {
			return nil, fmt.Errorf("composite: %w", err)
		}
		out = append(out, src)
	}
	return out, nil
}

// collect hands tiles to the sink in order. Few wait: workers are at most
// Threads tiles ahead of the slowest.
func (job *Job) collect(cancel func(), sink Sink, l lanes, total int) (Report, error) {
	report := Report{Pixels: job.Grid.Width * job.Grid.Height, Values: make([]int, job.Smoother.Layers())}
	waiting := map[int]packed{}
	next, all := 0, 0
	var failed error
	for p := range l.done {
		if failed == nil && p.err != nil {
			failed = p.err
		}
		if failed != nil {
			cancel()
			continue
		}
		for waiting[p.tile] = p; failed == nil; next++ {
			t, ok := waiting[next]
			if !ok {
				break
			}
			delete(waiting, next)
			failed = sink.Put(next, t.layers)
			select {
			case l.spare <- t.layers:
			default:
			}
			for j, n := range t.values {
				report.Values[j] += n
				all += n
			}
			if job.Progress != nil {
				job.Progress(next+1, total)
			}
		}
	}
	switch {
	case failed != nil:
		return report, fmt.Errorf("composite: %w", failed)
	case next < total:
		return report, fmt.Errorf("composite: stopped after %d of %d tiles: %w", next, total, context.Canceled)
	case all == 0:
		return report, errors.New("composite: no pixel has enough clear dates: take more scenes or lower the least number of dates")
	}
	return report, nil
}

// work makes tiles until there are no more.
func (job *Job) work(ctx context.Context, sources []source, sink Sink, l lanes) error {
	pixels, err := job.Open()
	if err != nil {
		return err
	}
	defer func() { _ = pixels.Close() }() // nothing was written
	encode, err := sink.Encoder()
	if err != nil {
		return err
	}
	w := &worker{
		Job: job, sources: sources, pixels: pixels, encode: encode, planes: make([]planes, len(sources)),
		chunk: newChunk(len(sources)), applier: newApplier(job.Smoother), layers: make([][]int16, job.Smoother.Layers()),
	}
	for j := range w.layers {
		w.layers[j] = make([]int16, job.TilePx*job.TilePx)
	}
	w.tile = tile{grid: job.Grid, margin: max(0, job.MarginPx), side: job.TilePx}
	for i := range l.queue {
		var buffers [][]byte
		select {
		case buffers = <-l.spare:
		default:
			buffers = make([][]byte, len(w.layers))
		}
		p := w.make(ctx, i, buffers)
		l.done <- p
		if p.err != nil {
			return nil
		}
	}
	return nil
}

// worker is one goroutine's scratch.
type worker struct {
	*Job
	sources []source
	pixels  Pixels
	encode  func([]byte, []int16) ([]byte, error)
	tile    tile
	planes  []planes
	chunk   *chunk
	applier *applier
	layers  [][]int16
}

// make makes tile i, packed into the buffers.
func (w *worker) make(ctx context.Context, i int, buffers [][]byte) packed {
	across := (w.Grid.Width + w.TilePx - 1) / w.TilePx
	x, y := i%across*w.TilePx, i/across*w.TilePx
	w.tile.window = imagery.Window{X: x, Y: y, Width: min(w.TilePx, w.Grid.Width-x), Height: min(w.TilePx, w.Grid.Height-y)}
	for k := range w.sources {
		if err := ctx.Err(); err != nil {
			return packed{err: err}
		}
		if err := w.sources[k].read(ctx, w.pixels, &w.tile, &w.planes[k]); err != nil {
			return packed{err: err}
		}
	}
	clear(w.applier.values)
	w.smooth()
	out := packed{tile: i, layers: buffers, values: slices.Clone(w.applier.values)}
	for j, layer := range w.layers {
		var err error
		if out.layers[j], err = w.encode(out.layers[j][:0], layer); err != nil {
			return packed{err: err}
		}
	}
	return out
}

// smooth fills the layers from the planes, row by row in chunks.
func (w *worker) smooth() {
	win := w.tile.window
	if win.Width < w.TilePx || win.Height < w.TilePx {
		for _, layer := range w.layers {
			for i := range layer {
				layer[i] = NoData
			}
		}
	}
	for y := range win.Height {
		for x := 0; x < win.Width; x += chunkPixels {
			n := min(chunkPixels, win.Width-x)
			clear(w.chunk.masks[:n])
			for k := range w.sources {
				w.sources[k].put(&w.planes[k], y*win.Width+x, n, k, w.chunk)
			}
			w.applier.apply(w.chunk, n, w.layers, y*w.TilePx+x)
		}
	}
}
