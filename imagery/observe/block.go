package observe

import (
	"context"
	"fmt"
	"math"

	"parus/imagery"
	"parus/imagery/cloud"
	"parus/imagery/zonal"
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


// Block measures all parcels of a coverage in one scene. Bands are read once,
// in strips of rows and only where parcels lie. Errors name the scene and the
// band. The scene's bands must have a scale (see imagery/gdal.Probe).
func Block(ctx context.Context, r Reader, s imagery.Scene, c *zonal.Coverage, p Params) (*Observation, error) {
	plan, err := newPlan(s, p)
	if err != nil {
		return nil, fmt.Errorf("scene %s: %w", s.ID, err)
	}
	if c.Len() == 0 {
		return nil, fmt.Errorf("scene %s: no parcels in the block: %w", s.ID, ErrNoOverlap)
	}
	obs := &Observation{Scene: s.ID, Datetime: s.Datetime.UTC(), Grid: c.Grid, Layers: plan.layers()}
	obs.Parcels = make([]Parcel, c.Len())
	for i := range obs.Parcels {
		obs.Parcels[i] = Parcel{ID: c.IDs[i], Covered: c.Weight(i), Sums: make([]int64, len(obs.Layers))}
	}
	b := &block{plan: plan, reader: r, cover: c, obs: obs, spanAt: make([]int, c.Len()), cellAt: make([]int, c.Len())}
	for row := 0; row < c.Grid.Height; row += stripRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := b.strip(ctx, min(row+stripRows, c.Grid.Height)); err != nil {
			return nil, fmt.Errorf("scene %s: %w", s.ID, err)
		}
	}
	if !b.seen {
		return nil, fmt.Errorf("scene %s: no data under any parcel of the block: %w", s.ID, ErrNoOverlap)
	}
	return obs, nil
}

// block is the state of one call of Block.
type block struct {
	plan   *plan
	reader Reader
	cover  *zonal.Coverage
	obs    *Observation
	seen   bool // some parcel pixel has data

	spanAt, cellAt []int // per parcel, how far its spans and cells are done

	window imagery.Window // of the strip
	mask   []int32        // mask band, window plus margin
	bands  [][]int32      // DN per band of the plan, window
	index  [][]int32      // index·1e4 per index of the plan, window
	need   []bool         // pixels that a parcel covers
	valid  []bool
	px     []pixel // clear pixels of the parcel at hand
}

// pixel is a clear pixel: where it is in the window, and its weight.
type pixel struct {
	at     int
	weight uint32
}

// strip measures the rows up to r1 that are not done yet.
func (b *block) strip(ctx context.Context, r1 int) error {
	if !b.frame(r1) {
		return nil
	}
	if err := b.read(ctx); err != nil {
		return err
	}
	if err := b.compute(); err != nil {
		return err
	}
	for i := range b.obs.Parcels {
		b.sum(i, uint32(r1*b.cover.Grid.Width))
	}
	return nil
}

// frame sets the window of the strip that ends before row r1 to the smallest
// one around its parcels' pixels, and marks these pixels. It tells whether there are any.
func (b *block) frame(r1 int) bool {
	width := b.cover.Grid.Width
	end := uint32(r1 * width)
	minC, maxC, minR, maxR := width, -1, r1, -1
	b.eachPixel(end, func(at, n int) {
		c, r := at%width, at/width
		minC, maxC = min(minC, c), max(maxC, c+n-1)
		minR, maxR = min(minR, r), max(maxR, r)
	})
	if maxC < 0 {
		return false
	}
	b.window = imagery.Window{X: minC, Y: minR, Width: maxC - minC + 1, Height: maxR - minR + 1}
	b.need = resize(b.need, b.window.Width*b.window.Height)
	clear(b.need)
	b.eachPixel(end, func(at, n int) {
		from := b.place(at)
		for k := range n {
			b.need[from+k] = true
		}
	})
	return true
}

// place turns an index of the block's grid into one of the window.
func (b *block) place(at int) int {
	width := b.cover.Grid.Width
	return (at/width-b.window.Y)*b.window.Width + at%width - b.window.X
}

// eachPixel visits the spans and cells of the strip that ends before end.
func (b *block) eachPixel(end uint32, visit func(at, n int)) {
	for i := range b.spanAt {
		for _, s := range b.cover.Spans(i)[b.spanAt[i]:] {
			if s.Index >= end {
				break
			}
			visit(int(s.Index), int(s.N))
		}
		for _, c := range b.cover.Cells(i)[b.cellAt[i]:] {
			if c.Index >= end {
				break
			}
			visit(int(c.Index), 1)
		}
	}
}

// read fetches the mask with its margin and every band of the plan.
func (b *block) read(ctx context.Context) error {
	w := b.window
	n := w.Width * w.Height
	b.valid = resize(b.valid, n)
	for i := range b.valid {
		b.valid[i] = true
	}
	if b.plan.mask != nil {
		if err := b.readMask(ctx); err != nil {
			return err
		}
	}
	if b.bands == nil {
		b.bands = make([][]int32, len(b.plan.bands))
	}
	for k, band := range b.plan.bands {
		b.bands[k] = resize(b.bands[k], n)
		if err := b.reader.Read(ctx, band, b.cover.Grid, w, b.bands[k]); err != nil {
			return fmt.Errorf("read %s window (%d,%d): %w", band.Name, w.X, w.Y, err)
		}
	}
	return nil
}

func (b *block) readMask(ctx context.Context) error {
	w, m := b.window, b.plan.margin
	wide := imagery.Window{X: w.X - m, Y: w.Y - m, Width: w.Width + 2*m, Height: w.Height + 2*m}
	b.mask = resize(b.mask, wide.Width*wide.Height)
	if err := b.reader.Read(ctx, b.plan.maskBand, b.cover.Grid, wide, b.mask); err != nil {
		return fmt.Errorf("read %s window (%d,%d): %w", b.plan.maskBand.Name, wide.X, wide.Y, err)
	}
	ok := cloud.Clear(*b.plan.mask, cloud.Plane{DN: b.mask, Width: wide.Width, Height: wide.Height}, m)
	for y := range w.Height {
		from := (y+m)*wide.Width + m
		copy(b.valid[y*w.Width:(y+1)*w.Width], ok[from:from+w.Width])
		for x := range w.Width {
			b.seen = b.seen || b.need[y*w.Width+x] && b.mask[from+x] != NoData
		}
	}
	return nil
}

// maxDN keeps sums inside 64 bits: 2^16 · 2^24 · 2^22 pixels.
const maxDN = 1 << 16

// compute drops pixels without data and fills the indices of the others.
func (b *block) compute() error {
	if b.index == nil {
		b.index = make([][]int32, len(b.plan.indices))
	}
	for k := range b.index {
		b.index[k] = resize(b.index[k], len(b.valid))
	}
	reflectance := make([]float64, 0, 8)
	for i, ok := range b.valid {
		if !ok || !b.need[i] {
			continue
		}
		for k := range b.bands {
			dn := b.bands[k][i]
			if dn == NoData {
				b.valid[i] = false
			} else if dn > maxDN || dn < -maxDN {
				return fmt.Errorf("%s: pixel value %d needs more than 16 bits", b.plan.bands[k].Name, dn)
			} else {
				b.seen = true
			}
		}
		for k := range b.plan.indices {
			if !b.valid[i] {
				break
			}
			b.index[k][i], b.valid[i] = b.quantise(k, i, reflectance)
		}
	}
	return nil
}

// indexStep is the resolution of indices, and indexLimit their bound in steps:
// ±2 holds every index at any credible reflectance.
const (
	indexStep  = 1e-4
	indexLimit = 20000
)

// quantise computes index k of pixel i in steps of 1e-4; not ok where it is
// undefined. Reflectances below zero, which atmospheric correction leaves on
// dark targets, count as zero.
func (b *block) quantise(k, i int, scratch []float64) (q int32, ok bool) {
	x := &b.plan.indices[k]
	for _, j := range x.bands {
		band := &b.plan.bands[j]
		scratch = append(scratch, max(0, float64(b.bands[j][i])*band.Scale+band.Offset))
	}
	v := x.value(scratch)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return int32(math.Round(min(max(v/indexStep, -indexLimit), indexLimit))), true
}

// sum adds the pixels of parcel i up to the end of the strip.
func (b *block) sum(i int, end uint32) {
	p := &b.obs.Parcels[i]
	b.px = b.px[:0]
	spans, cells := b.cover.Spans(i), b.cover.Cells(i)
	for ; b.spanAt[i] < len(spans) && spans[b.spanAt[i]].Index < end; b.spanAt[i]++ {
		s := spans[b.spanAt[i]]
		from := b.place(int(s.Index))
		for k := range int(s.N) {
			b.take(from+k, zonal.One)
		}
	}
	for ; b.cellAt[i] < len(cells) && cells[b.cellAt[i]].Index < end; b.cellAt[i]++ {
		c := cells[b.cellAt[i]]
		b.take(b.place(int(c.Index)), c.Fraction)
	}
	for _, x := range b.px {
		p.Valid += uint64(x.weight)
	}
	for k, values := range b.plan.values(b.bands, b.index) {
		var sum int64
		for _, x := range b.px {
			sum += int64(values[x.at]) * int64(x.weight)
		}
		p.Sums[k] += sum
	}
	if b.plan.ndvi >= 0 {
		p.NDVI2 = p.NDVI2.Add(squares(b.index[b.plan.ndvi], b.px))
	}
}

func (b *block) take(at int, weight uint32) {
	if b.valid[at] {
		b.px = append(b.px, pixel{at, weight})
	}
}

// squares sums weight·v²; a term has at most 29 + 24 bits.
func squares(values []int32, px []pixel) Wide {
	var w Wide
	for _, x := range px {
		v := int64(values[x.at])
		w = w.Add(Wide{Lo: uint64(v*v) * uint64(x.weight)})
	}
	return w
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
