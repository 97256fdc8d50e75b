package zonal

import (
	"errors"
	"math"

	"github.com/paulmach/orb"

	"parus/imagery"
)

// snap is the resolution that vertices are rounded to: 2^24 steps a pixel
// (0.6 µm on a 10 m grid). Rounding happens in coordinates that count pixels
// from an anchor shared by all windows and blocks of a lattice, so a vertex
// lands on the same spot whichever block asks.
const snap = 1 << 24

// frame turns CRS coordinates into pixel coordinates of a grid (col right, row
// down, fractional, rounded to 1/snap).
type frame struct {
	ax, ay     float64    // CRS coordinates of the anchor
	inv        [4]float64 // inverse of the linear part, for rotated grids
	rotated    bool
	px, py     float64 // CRS units a pixel, signed
	col0, row0 float64 // whole pixels from the anchor to the grid's corner
	w, h       int
}

var errGrid = errors.New("grid has no size or a singular geotransform")

func newFrame(g imagery.Grid) (frame, error) {
	t := g.Transform
	det := t[1]*t[5] - t[2]*t[4]
	if g.Width <= 0 || g.Height <= 0 || det == 0 || math.IsNaN(det) || math.IsInf(det, 0) {
		return frame{}, errGrid
	}
	if uint64(g.Width)*uint64(g.Height) > math.MaxUint32 {
		return frame{}, errors.New("grid has more than 2^32 pixels: cut it into windows")
	}
	f := frame{px: t[1], py: t[5], w: g.Width, h: g.Height}
	if t[2] != 0 || t[4] != 0 {
		f.rotated, f.ax, f.ay = true, t[0], t[3]
		f.inv = [4]float64{t[5] / det, -t[2] / det, -t[4] / det, t[1] / det}
		return f, nil
	}
	f.ax, f.col0 = anchor(t[0], t[1])
	f.ay, f.row0 = anchor(t[3], t[5])
	return f, nil
}

// anchor splits an origin into whole pixels and the rest; a rest that is only
// rounding noise (below 1e-6 pixel) counts as zero.
func anchor(origin, size float64) (rest, pixels float64) {
	pixels = math.Round(origin / size)
	rest = origin - pixels*size
	if math.Abs(rest) < 1e-6*math.Abs(size) {
		rest = 0
	}
	return rest, pixels
}

// pixel returns the rounded pixel coordinates of p from the grid's corner.
func (f frame) pixel(p orb.Point) point {
	dx, dy := p[0]-f.ax, p[1]-f.ay
	if f.rotated {
		return point{round(dx*f.inv[0] + dy*f.inv[1]), round(dx*f.inv[2] + dy*f.inv[3])}
	}
	return point{round(dx/f.px) - f.col0, round(dy/f.py) - f.row0}
}

func round(v float64) float64 { return math.Round(v*snap) / snap }

// point is a place in pixel coordinates.
type point struct{ x, y float64 }
