package observe

import (
	"context"
	"fmt"
	"slices"

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

	spanAt, cellAt []int // per parcel, how far its spans and cells are done

	window imagery.Window // of the strip
	need   pixelSet       // pixels of the strip that parcels cover and that are clear
	plane  []int32        // a band as it is read: the window, for the mask with its margin
	bands  [][]int32      // DN per band of the plan and pixel of need
	values []int32        // per pixel of need, all layers side by side
	valid  []bool         // per pixel of need: it has data in all bands and indices
	gaps   bool           // some pixel of need is not valid
	rows   kernel
	sums   sums
}

func newBlock(p *plan, r Reader, c *zonal.Coverage, obs *Observation) *block {
	return &block{plan: p, reader: r, cover: c, obs: obs, spanAt: make([]int, c.Len()), cellAt: make([]int, c.Len()),
		bands: make([][]int32, len(p.bands)), rows: newKernel(p), sums: newSums(len(obs.Layers), p.ndviLayer())}
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
	for i := range b.obs.Parcels {
		b.sum(i, uint32(r1*b.cover.Grid.Width))
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
		b.window = b.need.bounds()
		for k, band := range b.plan.bands {
			if err := b.readBand(ctx, k, band); err != nil {
				return err
			}
		}
	}
	return b.compute()
}

// frame marks the pixels of the rows r0..r1−1 that parcels cover and sets the
// window to the smallest one around them. It tells whether there are any.
func (b *block) frame(r0, r1 int) bool {
	width := b.cover.Grid.Width
	b.need.reset(r0, r1, width)
	end := uint32(r1 * width)
	for i := range b.spanAt {
		for _, s := range b.cover.Spans(i)[b.spanAt[i]:] {
			if s.Index >= end {
				break
			}
			b.need.add(int(s.Index), int(s.N))
		}
		for _, c := range b.cover.Cells(i)[b.cellAt[i]:] {
			if c.Index >= end {
				break
			}
			b.need.add(int(c.Index), 1)
		}
	}
	b.need.number()
	b.window = b.need.bounds()
	return b.need.n > 0
}

// readBand reads one band of the plan and keeps its covered pixels.
func (b *block) readBand(ctx context.Context, k int, band imagery.Band) error {
	w := b.window
	b.plane = resize(b.plane, w.Width*w.Height)
	if err := b.reader.Read(ctx, band, b.cover.Grid, w, b.plane); err != nil {
		return fmt.Errorf("read %s window (%d,%d): %w", band.Name, w.X, w.Y, err)
	}
	b.bands[k] = resize(b.bands[k], b.need.n)
	gather(b.bands[k], &b.need, plane[int32]{b.plane, w.X, w.Y, w.Width})
	return nil
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
	b.seen = b.seen || b.need.any(plane[int32]{b.plane, wide.X, wide.Y, wide.Width})
	ok := cloud.Clear(*b.plan.mask, cloud.Plane{DN: b.plane, Width: wide.Width, Height: wide.Height}, m)
	b.need.keep(plane[bool]{ok, wide.X, wide.Y, wide.Width})
	return nil
}

// maxDN keeps sums inside 64 bits: 2^16 · 2^24 · 2^22 pixels.
const maxDN = 1 << 16

// compute lays the layers of each pixel side by side and finds the pixels
// without data.
func (b *block) compute() error {
	n := b.need.n
	b.values = resize(b.values, n*len(b.obs.Layers))
	b.valid = resize(b.valid, n)
	for i := range b.valid {
		b.valid[i] = true
	}
	for from := 0; from < n; from += chunk {
		if err := b.rows.compute(b, from, min(from+chunk, n)); err != nil {
			return err
		}
	}
	b.gaps = slices.Contains(b.valid, false)
	return nil
}

// sum adds the pixels of parcel i up to the end of the strip.
func (b *block) sum(i int, end uint32) {
	spans, cells := b.cover.Spans(i)[b.spanAt[i]:], b.cover.Cells(i)[b.cellAt[i]:]
	if (len(spans) == 0 || spans[0].Index >= end) && (len(cells) == 0 || cells[0].Index >= end) {
		return
	}
	s := &b.sums
	s.reset()
	layers := s.layers
	for _, x := range spans {
		if x.Index >= end {
			break
		}
		b.spanAt[i]++
		from, to := b.need.between(int(x.Index), int(x.N))
		for at := from; at < to; at++ {
			if !b.gaps || b.valid[at] {
				s.whole(b.values[at*layers : (at+1)*layers])
			}
		}
	}
	for _, x := range cells {
		if x.Index >= end {
			break
		}
		b.cellAt[i]++
		if at, clear := b.need.place(int(x.Index)); clear && b.valid[at] {
			s.part(b.values[at*layers:(at+1)*layers], x.Fraction)
		}
	}
	s.addTo(&b.obs.Parcels[i])
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
