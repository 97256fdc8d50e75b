package extract

import (
	"bytes"
	"context"
	"math"
	"sync"
	"sync/atomic"

	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// task is one chunk of one raster.
type task struct {
	raster, chunk int
}

// result gathers the values of one raster while its chunks are read.
type result struct {
	values  [][]float64             // per band, parcel by parcel: count and the statistics
	parts   []map[int][]zonal.Tally // per chunk: of parcels that lie in several, a tally per band
	pending atomic.Int32
	once    sync.Once // makes values
}

// finished is the text of one raster, or why there is none.
type finished struct {
	raster int
	text   []byte
	err    error
}

// run reads all chunks of all rasters and writes the rows in order.
func (r *runner) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.ids = quoteIDs(r.parcels.Shapes, r.bad)
	r.free = make(chan []byte, r.job.Threads)
	var tasks []task
	results := make([]result, len(r.rasters))
	for i, ra := range r.rasters {
		results[i].pending.Store(int32(len(ra.plan.chunks)))
		results[i].parts = make([]map[int][]zonal.Tally, len(ra.plan.chunks))
		for c := range ra.plan.chunks {
			tasks = append(tasks, task{i, c})
		}
	}
	queue := make(chan task)
	texts := make(chan finished, r.job.Threads)
	var wg sync.WaitGroup
	for range r.job.Threads {
		wg.Go(func() { r.work(ctx, queue, results, texts) })
	}
	go func() {
		defer close(queue)
		for _, t := range tasks {
			select {
			case queue <- t:
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		wg.Wait()
		close(texts)
	}()
	return r.collect(ctx, cancel, texts)
}

// collect writes the rasters' rows in the order of the job.
func (r *runner) collect(ctx context.Context, cancel func(), texts <-chan finished) error {
	_, err := r.out.Write(header(r.job.Stats))
	waiting := map[int][]byte{}
	next := 0
	flush := func() { // rasters that no parcel touches come from no task
		for err == nil && next < len(r.rasters) {
			text, ok := waiting[next]
			if !ok && len(r.rasters[next].plan.chunks) > 0 {
				return
			}
			if !ok {
				text = r.rowsOf(next, nil)
			}
			delete(waiting, next)
			_, err = r.out.Write(text)
			r.rows += bytes.Count(text, []byte{'\n'})
			select {
			case r.free <- text:
			default:
			}
			next++
			if r.job.Progress != nil {
				r.job.Progress(next, len(r.rasters))
			}
		}
	}
	flush()
	for f := range texts {
		if err == nil && f.err != nil {
			err = f.err
		}
		if err != nil {
			cancel()
			continue
		}
		waiting[f.raster] = f.text
		flush()
	}
	if err == nil && next < len(r.rasters) {
		err = context.Cause(ctx)
	}
	return err
}

// work reads chunks until there are no more. It keeps one raster open.
func (r *runner) work(ctx context.Context, queue <-chan task, results []result, texts chan<- finished) {
	w := &worker{runner: r}
	defer w.close()
	for t := range queue {
		if ctx.Err() != nil {
			return
		}
		if err := w.chunk(t, &results[t.raster]); err != nil {
			texts <- finished{raster: t.raster, err: err}
			return
		}
		if results[t.raster].pending.Add(-1) == 0 {
			r.merge(t.raster, &results[t.raster])
			texts <- finished{raster: t.raster, text: r.rowsOf(t.raster, results[t.raster].values)}
			results[t.raster].values = nil
		}
	}
}

// worker is one goroutine's open file and scratch.
type worker struct {
	*runner
	open    *gdal.Raster
	name    string
	buffer  buffers
	tallies [][]zonal.Tally // per band, per slot
}

func (w *worker) close() {
	if w.open != nil {
		_ = w.open.Close()
	}
}

// chunk reads the tiles of one chunk, all bands of a tile in turn, so that a
// file that stores bands together is decoded once.
func (w *worker) chunk(t task, res *result) error {
	ra := w.rasters[t.raster]
	if w.name != ra.name {
		w.close()
		var err error
		if w.open, err = gdal.ReopenRaster(ra.name, ra.info); err != nil {
			w.open, w.name = nil, ""
			return err
		}
		w.name = ra.name
	}
	c := &ra.plan.chunks[t.chunk]
	w.reset(len(ra.info.Bands), len(c.number))
	for i := range c.tiles {
		for b, bi := range ra.info.Bands {
			read, _ := reader(bi.Type)
			if err := read(w, b, bi, &c.tiles[i]); err != nil {
				return err
			}
		}
	}
	w.store(t, ra, c, res)
	return nil
}

func (w *worker) reset(bands, slots int) {
	for len(w.tallies) < bands {
		w.tallies = append(w.tallies, nil)
	}
	w.tallies = w.tallies[:bands]
	for b := range w.tallies {
		if cap(w.tallies[b]) < slots {
			w.tallies[b] = make([]zonal.Tally, slots)
		}
		w.tallies[b] = w.tallies[b][:slots]
		clear(w.tallies[b])
	}
}

// store turns tallies into values; those of parcels in several chunks wait.
func (w *worker) store(t task, ra *raster, c *chunk, res *result) {
	res.once.Do(func() {
		res.values = make([][]float64, len(ra.info.Bands))
		for b := range res.values {
			res.values[b] = make([]float64, len(w.parcels.Shapes)*(1+len(w.job.Stats)))
		}
	})
	for slot, n := range c.number {
		if ra.plan.shared[n] {
			part := make([]zonal.Tally, len(w.tallies))
			for b := range w.tallies {
				part[b] = w.tallies[b][slot]
			}
			if res.parts[t.chunk] == nil {
				res.parts[t.chunk] = map[int][]zonal.Tally{}
			}
			res.parts[t.chunk][n] = part
			continue
		}
		for b := range w.tallies {
			w.put(res.values[b], n, &w.tallies[b][slot])
		}
	}
}

// put writes the values of one parcel. Parcels of different chunks lie in
// different places, so workers need no lock.
func (r *runner) put(values []float64, n int, t *zonal.Tally) {
	k := 1 + len(r.job.Stats)
	row := values[n*k : (n+1)*k]
	row[0] = t.Count
	for i, s := range r.job.Stats {
		row[1+i] = s.value(t)
	}
}

// merge adds the parts of parcels that lie in several chunks, in the order of
// the chunks.
func (r *runner) merge(i int, res *result) {
	ra := r.rasters[i]
	for n, shared := range ra.plan.shared {
		if !shared {
			continue
		}
		for b := range ra.info.Bands {
			var sum zonal.Tally
			for _, parts := range res.parts {
				if p, ok := parts[n]; ok {
					sum.Merge(&p[b])
				}
			}
			r.put(res.values[b], n, &sum)
		}
	}
	res.parts = nil
}

// buffers holds a tile of each pixel type.
type buffers struct {
	u8  []uint8
	u16 []uint16
	i16 []int16
	u32 []uint32
	i32 []int32
	f32 []float32
	f64 []float64
}

// readTile reads one tile of a band and adds it to the tallies.
type readTile func(w *worker, band int, in gdal.BandInfo, t *tile) error

// reader returns how to read a GDAL pixel type.
func reader(dataType string) (readTile, bool) {
	switch dataType {
	case "Byte":
		return typed(func(b *buffers) *[]uint8 { return &b.u8 }), true
	case "UInt16":
		return typed(func(b *buffers) *[]uint16 { return &b.u16 }), true
	case "Int16", "Int8":
		return typed(func(b *buffers) *[]int16 { return &b.i16 }), true
	case "UInt32":
		return typed(func(b *buffers) *[]uint32 { return &b.u32 }), true
	case "Int32":
		return typed(func(b *buffers) *[]int32 { return &b.i32 }), true
	case "Float32":
		return typed(func(b *buffers) *[]float32 { return &b.f32 }), true
	case "Float64":
		return typed(func(b *buffers) *[]float64 { return &b.f64 }), true
	}
	return nil, false
}

func typed[T gdal.Pixel](pick func(*buffers) *[]T) readTile {
	return func(w *worker, band int, in gdal.BandInfo, t *tile) error {
		buf := pick(&w.buffer)
		if n := t.window.Width * t.window.Height; cap(*buf) < n {
			*buf = make([]T, n)
		}
		pixels := (*buf)[:t.window.Width*t.window.Height]
		if err := gdal.ReadPixels(w.open, band+1, t.window, pixels); err != nil {
			return err
		}
		nodata, want := noData[T](in.NoData), want(w.job.Stats)
		tallies := w.tallies[band]
		for i, slot := range t.slot {
			zonal.Add(&tallies[slot], t.cover, i, pixels, nodata, want)
		}
		return nil
	}
}

// noData turns a file's nodata into the pixel type; one that the type cannot
// hold matches no pixel.
func noData[T gdal.Pixel](v *float64) zonal.NoData[T] {
	if v == nil || math.IsNaN(*v) {
		return zonal.NoData[T]{}
	}
	var zero T
	switch any(zero).(type) {
	case float32, float64:
		return zonal.NoData[T]{Value: T(*v), Set: true}
	}
	if *v != math.Trunc(*v) || math.Abs(*v) > 1<<40 || float64(T(int64(*v))) != *v {
		return zonal.NoData[T]{}
	}
	return zonal.NoData[T]{Value: T(int64(*v)), Set: true}
}
