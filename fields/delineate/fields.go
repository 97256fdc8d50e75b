package delineate

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/zonal"
)

// Seeds says which pixels lie well inside a parcel of the registry: the index
// of the parcel, row-major over the grid, or -1. Regions of two parcels never
// become one; one parcel may still come out as several fields.
type Seeds []int32

// Field is one region of the image.
type Field struct {
	Polygon  orb.Polygon // in the grid's CRS, along pixel edges
	Area     Hectares
	Pixels   int
	Seed     int     // parcel that seeded it, -1 for none
	Contrast float64 // usual step across its border in units of the noise of an axis; low means doubtful
}

// Result is an image divided into fields.
type Result struct {
	Grid    imagery.Grid
	Label   []int32 // row-major over the grid: index into Fields, or -1 where there is no data; regions are 4-connected
	Fields  []Field // in the order of their first pixels
	Texture Texture // what the contrast was measured by
}

// SeedsOf takes the pixels that a parcel covers whole. Where parcels overlap,
// the later one in the coverage has the pixel.
func SeedsOf(c *zonal.Coverage) Seeds {
	out := make(Seeds, c.Grid.Width*c.Grid.Height)
	for i := range out {
		out[i] = none
	}
	for i := range c.Len() {
		for _, s := range c.Spans(i) {
			for k := range s.N {
				out[s.Index+k] = int32(i)
			}
		}
	}
	return out
}

// Delineate divides an image into fields. seeds may be nil. Errors: [ErrShape],
// [ErrUnits], [ErrTooLarge], [ErrNoData], those of the source and the context.
func Delineate(ctx context.Context, src Source, seeds Seeds, p Params) (*Result, error) {
	grid, bands := src.Shape()
	if err := errors.Join(CheckGrid(grid), p.Check()); err != nil {
		return nil, err
	}
	if bands == 0 {
		return nil, fmt.Errorf("%w: no bands", ErrShape)
	}
	if seeds != nil && len(seeds) != grid.Width*grid.Height {
		return nil, fmt.Errorf("%w: %d seeds for %d×%d pixels", ErrShape, len(seeds), grid.Width, grid.Height)
	}
	s, err := newStack(ctx, src, p.Threads)
	if err != nil {
		return nil, err
	}
	s.smooth()
	s.still()
	label, g, err := s.divide(ctx, seeds, p, pixelM2(grid))
	if err != nil {
		return nil, err
	}
	return &Result{Grid: grid, Label: label, Fields: s.fields(grid, label, g), Texture: s.texture}, nil
}

// divide labels the pixels and measures the regions.
func (s *stack) divide(ctx context.Context, seeds Seeds, p Params, pixelM2 float64) ([]int32, *graph, error) {
	label, middle, err := s.grow(ctx, seeds, p, pixelM2)
	if err != nil {
		return nil, nil, err
	}
	s.refine(label, middle, seeds)
	g := s.newGraph(label, len(middle.v)/s.axes, seeds)
	s.newMerger(g, p, pixelM2).absorb(int32(math.Ceil(float64(p.MinArea)*1e4/pixelM2 - 1e-9)))
	return label, s.newGraph(label, len(g.rename(label)), seeds), nil
}

// grow finds basins and joins them. The graph of basins, as large as all else
// together, ends with it.
func (s *stack) grow(ctx context.Context, seeds Seeds, p Params, pixelM2 float64) ([]int32, *means, error) {
	label, regions := s.basins(seeds)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	g := s.newGraph(label, regions, seeds)
	s.newMerger(g, p, pixelM2).merge()
	return label, g.meansOf(g.rename(label)), ctx.Err()
}

// fields draws and measures the regions.
func (s *stack) fields(grid imagery.Grid, label []int32, g *graph) []Field {
	shapes := polygons(grid, label, len(g.pixels))
	out := make([]Field, len(g.pixels))
	for r := range out {
		f := Field{Polygon: shapes[r], Pixels: int(g.pixels[r]), Seed: int(none)}
		f.Area = Hectares(float64(f.Pixels) * pixelM2(grid) / 1e4)
		if g.owner != nil {
			f.Seed = int(g.owner[r])
		}
		all := border{}
		g.neighbours(int32(r), func(e, _ int32) {
			all.length += g.border[e].length
			all.step += g.border[e].step
		})
		if all.length > 0 {
			f.Contrast = float64(all.strength()) / math.Sqrt(s.texture.Noise*float64(s.axes))
		}
		out[r] = f
	}
	return out
}
