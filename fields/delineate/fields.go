package delineate

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

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
	Contrast float64 // strength of its border, in standard deviations of a band; low means doubtful
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

// division is an image divided into regions.
type division struct {
	*stack
	label   []int32
	regions int
	graph   *graph
}

// divide does all of the work on pixels.
func divide(m Image, seeds Seeds, p Params) (*division, error) {
	if err := errors.Join(m.check(), p.Check()); err != nil {
		return nil, err
	}
	if seeds != nil && len(seeds) != m.Grid.Width*m.Grid.Height {
		return nil, fmt.Errorf("%w: %d seeds for %d×%d pixels", ErrShape, len(seeds), m.Grid.Width, m.Grid.Height)
	}
	s, err := newStack(m, p.Threads)
	if err != nil {
		return nil, err
	}
	d := &division{stack: s}
	d.label, d.regions = s.basins(seeds)
	noise := s.noise()
	d.graph = s.newGraph(d.label, d.regions, seeds)
	newMerger(d.graph, p, m.pixelM2(), noise).merge()
	d.relabel(seeds)
	s.refine(d.label, d.graph, seeds)
	d.graph = s.newGraph(d.label, d.regions, seeds)
	newMerger(d.graph, p, m.pixelM2(), noise).absorb(int32(math.Ceil(float64(p.MinArea)*1e4/m.pixelM2() - 1e-9)))
	d.relabel(seeds)
	return d, nil
}

// relabel numbers the regions that merging left and measures them.
func (d *division) relabel(seeds Seeds) {
	d.label, d.regions = d.graph.labels(d.label)
	d.graph = d.newGraph(d.label, d.regions, seeds)
}

// Segment divides the image and returns a label for each pixel, from 0 in the
// order of first pixels, or -1 where there is no data. Regions are 4-connected.
func Segment(m Image, seeds Seeds, p Params) (label []int32, regions int, err error) {
	d, err := divide(m, seeds, p)
	if err != nil {
		return nil, 0, err
	}
	return d.label, d.regions, nil
}

// Fields divides the image and returns its regions as polygons, in the order
// of their first pixels. seeds may be nil.
func Fields(m Image, seeds Seeds, p Params) ([]Field, error) {
	d, err := divide(m, seeds, p)
	if err != nil {
		return nil, err
	}
	g := d.graph
	shapes := polygons(m.Grid, d.label, d.regions)
	out := make([]Field, d.regions)
	for r := range out {
		var strength, length float64
		for _, e := range g.edges[r] {
			strength += float64(g.border[e].strength)
			length += float64(g.border[e].length)
		}
		out[r] = Field{Polygon: shapes[r], Pixels: int(g.pixels[r]), Seed: int(g.owner[r])}
		out[r].Area = Hectares(float64(g.pixels[r]) * m.pixelM2() / 1e4)
		if length > 0 {
			out[r].Contrast = strength / length / math.Sqrt(float64(d.bands))
		}
	}
	return out, nil
}
