package observe

import (
	"context"
	"fmt"
	"math"

	"parus/imagery"
	"parus/imagery/cloud"
	"parus/imagery/zonal"
)

// Block measures all parcels of a coverage in one scene. Bands are read once,
// in strips of rows and only where parcels lie; [MemoryBytes] bounds what that
// takes. Errors name the scene and the band. The scene's bands must have a
// scale (see imagery/gdal.Probe).
func Block(ctx context.Context, r Reader, s imagery.Scene, c *zonal.Coverage, p Params) (*Observation, error) {
	plan, err := newPlan(s, p)
	if err != nil {
		return nil, fmt.Errorf("scene %s: %w", s.ID, err)
	}
	if c.Len() == 0 {
		return nil, fmt.Errorf("scene %s: no parcels in the block: %w", s.ID, ErrNoOverlap)
	}
	layers := plan.layers()
	obs := &Observation{Scene: s.ID, Sensor: s.Sensor, PixelSizeM: plan.pixelM, Orbit: s.Orbit, Datetime: s.Datetime.UTC(), Grid: c.Grid, Layers: layers, Parcels: parcelsOf(c, 0, c.Len(), len(layers))}
	b := newBlock(plan, r, c, obs)
	for row := 0; row < c.Grid.Height; row += stripRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := b.strip(ctx, row, min(row+stripRows, c.Grid.Height)); err != nil {
			return nil, fmt.Errorf("scene %s: %w", s.ID, err)
		}
	}
	if !b.seen {
		return nil, fmt.Errorf("scene %s: no data under any parcel of the block: %w", s.ID, ErrNoOverlap)
	}
	return obs, nil
}

// block is the state of one call of Block. Of a strip, only the clear pixels
// that parcels cover are kept once a band is read: they are numbered row by row.
type block struct {
	plan   *plan
	reader Reader
	cover  *zonal.Coverage
	obs    *Observation
	seen   bool // some parcel pixel has data

	spanAt, cellAt []uint32 // per parcel, how far its spans and cells are done
	next           []uint64 // per parcel, its first pixel that is not done, noPixel where all are
	here           []int    // parcels with pixels in the strip

	window imagery.Window // of the strip
	need   pixelSet       // pixels of the strip that parcels cover and that are clear
	runs   []Run          // need, as stretches of rows
	plane  []int32        // a band as it is read: the window, for the mask with its margin
	judge  *cloud.Judge   // nil without a mask
	bands  [][]int32      // DN per band of the plan and pixel of need
	index  [][]int32      // steps per index of the plan and pixel of need
	layers [][]int32      // of bands and index, those that are summed
	valid  []bool         // per pixel of need: it has data in all bands and indices
	gaps   bool           // some pixel of need is not valid
	rows   kernel
	picked picked
}

func newBlock(p *plan, r Reader, c *zonal.Coverage, obs *Observation) *block {
	b := &block{plan: p, reader: r, cover: c, obs: obs, spanAt: make([]uint32, c.Len()), cellAt: make([]uint32, c.Len()), next: make([]uint64, c.Len()),
		bands: make([][]int32, len(p.bands)), index: make([][]int32, len(p.indices)), rows: newKernel(p)}
	if p.mask != nil {
		b.judge = cloud.NewJudge(*p.mask, p.margin)
	}
	return b
}

// strip measures the rows r0..r1−1; those before are done. Bands are not read
// where nothing is clear.
func (b *block) strip(ctx context.Context, r0, r1 int) error {
	if !b.frame(r0, r1) {
		return nil
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	for _, i := range b.here {
		b.sum(i, uint64(r1)*uint64(b.cover.Grid.Width))
	}
	return nil
}

// measure reads the mask and the bands and computes the layers of the pixels
// that are needed and clear.
func (b *block) measure(ctx context.Context) error {
	if b.plan.mask != nil {
		if err := b.readMask(ctx); err != nil {
			return err
		}
	}
	if b.need.n > 0 {
		b.window, b.runs = b.need.bounds(), b.need.appendRuns(b.runs[:0])
		for k, band := range b.plan.bands {
			if err := b.readBand(ctx, k, band); err != nil {
				return err
			}
		}
	}
	return b.compute()
}

// noPixel lies behind the last pixel of every grid.
const noPixel = math.MaxUint64

// frame marks the pixels of the rows r0..r1−1 that parcels cover and sets the
// window to the smallest one around them. It tells whether there are any.
func (b *block) frame(r0, r1 int) bool {
	width := b.cover.Grid.Width
	b.need.reset(r0, r1, width)
	b.here = b.here[:0]
	end := uint64(r1) * uint64(width)
	for i, next := range b.next {
		if next >= end {
			continue
		}
		spans, cells := b.left(i, end)
		for _, s := range spans {
			b.need.add(s.Index, int(s.N))
		}
		for _, c := range cells {
			b.need.add1(c.Index)
		}
		if len(spans)+len(cells) > 0 {
			b.here = append(b.here, i)
		}
	}
	b.need.number()
	b.window = b.need.bounds()
	return b.need.n > 0
}

// left returns what is not done of parcel i before the pixel end, and notes the
// first pixel from there on.
func (b *block) left(i int, end uint64) ([]zonal.Span, []zonal.Cell) {
	spans, cells := b.cover.Spans(i)[b.spanAt[i]:], b.cover.Cells(i)[b.cellAt[i]:]
	n, m := 0, 0
	for n < len(spans) && uint64(spans[n].Index) < end {
		n++
	}
	for m < len(cells) && uint64(cells[m].Index) < end {
		m++
	}
	b.next[i] = noPixel
	if n < len(spans) {
		b.next[i] = uint64(spans[n].Index)
	}
	if m < len(cells) {
		b.next[i] = min(b.next[i], uint64(cells[m].Index))
	}
	return spans[:n], cells[:m]
}

// readMask reads the mask with its margin and drops the pixels that are not
// clear.
func (b *block) readMask(ctx context.Context) error {
	w, m := b.window, b.plan.margin
	wide := imagery.Window{X: w.X - m, Y: w.Y - m, Width: w.Width + 2*m, Height: w.Height + 2*m}
	b.plane = resize(b.plane, wide.Width*wide.Height)
	if err := b.reader.Read(ctx, b.plan.maskBand, b.cover.Grid, wide, b.plane); err != nil {
		return fmt.Errorf("read %s window (%d,%d): %w", b.plan.maskBand.Name, wide.X, wide.Y, err)
	}
	b.seen = b.seen || b.need.any(plane{b.plane, wide.X, wide.Y, wide.Width})
	b.need.keep(b.judge.Clear(cloud.Plane{DN: b.plane, Width: wide.Width, Height: wide.Height}), wide.X, wide.Y)
	return nil
}

// sum adds the pixels of parcel i up to the end of the strip.
func (b *block) sum(i int, end uint64) {
	p := &b.picked
	p.reset()
	spans, cells := b.left(i, end)
	b.spanAt[i] += uint32(len(spans))
	b.cellAt[i] += uint32(len(cells))
	for _, x := range spans {
		from, to := b.need.between(x.Index, int(x.N))
		for at := from; at < to; at++ {
			if !b.gaps || b.valid[at] {
				p.whole = append(p.whole, uint32(at))
			}
		}
	}
	for _, x := range cells {
		if at, clear := b.need.place(x.Index); clear && b.valid[at] {
			p.part = append(p.part, share{uint32(at), x.Fraction, innerWeight(x.Fraction)})
		}
	}
	p.addTo(&b.obs.Parcels[i], b.layers, b.plan.ndviLayer())
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
