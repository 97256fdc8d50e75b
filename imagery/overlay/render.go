package overlay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parus/imagery"
	"parus/imagery/observe"
)

// Job says what to draw: the part of an area in one cell.
type Job struct {
	Scene imagery.Scene // with scales, see imagery/gdal.Probe
	Cell  Tile          // of CellZoom
	Area  Area
	Kinds []Kind // to keep; empty for all that the scene's bands allow
}

// wants tells whether tiles of a kind are kept.
func (j Job) wants(k Kind) bool { return len(j.Kinds) == 0 || slices.Contains(j.Kinds, k) }

// Drawn is one tile as it is kept. Its bytes are JPEG or PNG.
type Drawn struct {
	Tile Tile
	Kind Kind
	Data []byte
}

// Report counts the pixels of MaxZoom that were drawn.
type Report struct {
	Seen  int    // with data
	Clear int    // of them, not masked
	Kinds []Kind // that were drawn
}

// ErrNothing is wrapped where a scene shows nothing in the cell, or has not the
// bands for any kind.
var ErrNothing = errors.New("nothing to draw")

// readZoom is the zoom whose tiles are read at once, at the pixels of MaxZoom:
// 1024 × 1024 pixels a band.
const readZoom = 12

// Render draws one cell and hands every tile that shows something to keep, from
// MaxZoom up to the cell itself. Errors name the scene.
func Render(ctx context.Context, r observe.Reader, job Job, keep func(Drawn) error) (Report, error) {
	b, err := bandsOf(job.Scene)
	if err != nil {
		return Report{}, err
	}
	d := drawer{bands: b, reader: r, area: job.Area.Clip(job.Cell), keep: keep}
	for _, k := range b.kinds() {
		if job.wants(k) {
			d.report.Kinds = append(d.report.Kinds, k)
		}
	}
	if len(d.report.Kinds) == 0 {
		return Report{}, fmt.Errorf("scene %s: its bands allow %v, not %v: %w", job.Scene.ID, b.kinds(), job.Kinds, ErrNothing)
	}
	if d.area.Empty() {
		return Report{}, fmt.Errorf("scene %s: cell %s lies outside of the area: %w", job.Scene.ID, job.Cell, ErrNothing)
	}
	if _, err := d.draw(ctx, job.Cell); err != nil {
		return Report{}, fmt.Errorf("scene %s: cell %s: %w", job.Scene.ID, job.Cell, err)
	}
	if d.report.Seen == 0 {
		return d.report, fmt.Errorf("scene %s: no data in cell %s: %w", job.Scene.ID, job.Cell, ErrNothing)
	}
	return d.report, nil
}

type drawer struct {
	bands  *bands
	reader observe.Reader
	area   Area
	keep   func(Drawn) error
	report Report
}

// draw keeps a tile and all below it, and returns it, nil where it shows
// nothing.
func (d *drawer) draw(ctx context.Context, t Tile) (*pixels, error) {
	if d.area.Clip(t).Empty() {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.Z == readZoom {
		a, first := d.area.Clip(t), t.X<<(MaxZoom-readZoom)
		top := t.Y << (MaxZoom - readZoom)
		w := imagery.Window{X: (a.X0 - first) * TilePx, Y: (a.Y0 - top) * TilePx, Width: (a.X1 - a.X0 + 1) * TilePx, Height: (a.Y1 - a.Y0 + 1) * TilePx}
		whole, err := d.bands.read(ctx, d.reader, t.grid(TilePx<<(MaxZoom-readZoom)), w)
		if err != nil {
			return nil, err
		}
		return d.shrink(whole, t)
	}
	return d.join(t, func(k int) (*pixels, error) { return d.draw(ctx, t.child(k)) })
}

// shrink keeps the tiles of a square that was read, from MaxZoom up to t.
func (d *drawer) shrink(square *pixels, t Tile) (*pixels, error) {
	if d.area.Clip(t).Empty() || !square.any() {
		return nil, nil
	}
	if t.Z == MaxZoom {
		d.count(square)
		return square, d.put(square, t)
	}
	side := square.side / 2
	return d.join(t, func(k int) (*pixels, error) {
		return d.shrink(square.cut(k%2*side, k/2*side, side), t.child(k))
	})
}

// join makes a tile of its four children and keeps it.
func (d *drawer) join(t Tile, child func(k int) (*pixels, error)) (*pixels, error) {
	four := newPixels(2*TilePx, d.bands.colour(), d.bands.ndvi())
	any := false
	for k := range 4 {
		p, err := child(k)
		if err != nil {
			return nil, err
		}
		if p != nil {
			four.paste(p, k%2*TilePx, k/2*TilePx)
			any = true
		}
	}
	if !any {
		return nil, nil
	}
	p := four.half()
	return p, d.put(p, t)
}

func (d *drawer) count(p *pixels) {
	for _, s := range p.state {
		if s != noData {
			d.report.Seen++
		}
		if s == clear {
			d.report.Clear++
		}
	}
}

func (d *drawer) put(p *pixels, t Tile) error {
	for _, k := range d.report.Kinds {
		encode := trueColour
		if k == Vegetation {
			encode = vegetation
		}
		data, err := encode(p)
		if err != nil {
			return fmt.Errorf("%s %s: %w", k, t, err)
		}
		if err := d.keep(Drawn{t, k, data}); err != nil {
			return err
		}
	}
	return nil
}
