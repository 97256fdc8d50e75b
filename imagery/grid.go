package imagery

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// GeoTransform maps pixel corners to CRS coordinates in GDAL's order:
//
//	x = T[0] + col·T[1] + row·T[2]
//	y = T[3] + col·T[4] + row·T[5]
//
// Source: GDAL raster data model, "Affine GeoTransform".
type GeoTransform [6]float64

// Apply returns the CRS coordinates of the pixel corner (col, row), both in
// pixels from the upper left corner and possibly fractional.
func (t GeoTransform) Apply(col, row float64) orb.Point {
	return orb.Point{t[0] + col*t[1] + row*t[2], t[3] + col*t[4] + row*t[5]}
}

// NorthUp tells whether rows run south and columns east without rotation.
func (t GeoTransform) NorthUp() bool {
	return t[2] == 0 && t[4] == 0 && t[1] > 0 && t[5] < 0
}

// Grid places a raster of Width × Height pixels in a CRS.
type Grid struct {
	CRS           string // "EPSG:32650" or WKT
	Transform     GeoTransform
	Width, Height int // pixels
}

// Bound returns the grid's extent in its CRS. The grid must be north-up.
func (g Grid) Bound() orb.Bound {
	a := g.Transform.Apply(0, float64(g.Height))
	b := g.Transform.Apply(float64(g.Width), 0)
	return orb.Bound{Min: a, Max: b}
}

// Window is a rectangle of pixels: the upper left pixel and the size.
type Window struct {
	X, Y, Width, Height int // pixels
}

// Empty tells whether the window holds no pixel.
func (w Window) Empty() bool { return w.Width <= 0 || w.Height <= 0 }

// Lattice divides the whole plane of one CRS into square blocks that are
// anchored at the CRS origin, so that a block keeps its name and its pixels
// whatever parcels or scenes a county adds.
type Lattice struct {
	CRS        string  `json:"crs"`
	PixelSizeM float64 `json:"pixel_size_m"` // CRS units per pixel side
	BlockPx    int     `json:"block_px"`     // pixels per block side
}

// Block names one square of a lattice. Col grows east, Row grows north.
type Block struct {
	Col int `json:"col"`
	Row int `json:"row"`
}

func (b Block) String() string { return fmt.Sprintf("%d_%d", b.Col, b.Row) }

// Grid returns the pixels of block b, north-up.
func (l Lattice) Grid(b Block) Grid {
	side := l.PixelSizeM * float64(l.BlockPx)
	return Grid{
		CRS: l.CRS,
		Transform: GeoTransform{
			float64(b.Col) * side, l.PixelSizeM, 0,
			float64(b.Row+1) * side, 0, -l.PixelSizeM,
		},
		Width:  l.BlockPx,
		Height: l.BlockPx,
	}
}

// BlocksOver lists the blocks that a bound in the lattice's CRS touches, west
// to east and, within, south to north.
func (l Lattice) BlocksOver(bound orb.Bound) []Block {
	side := l.PixelSizeM * float64(l.BlockPx)
	c0, c1 := int(math.Floor(bound.Min[0]/side)), int(math.Floor(bound.Max[0]/side))
	r0, r1 := int(math.Floor(bound.Min[1]/side)), int(math.Floor(bound.Max[1]/side))
	var out []Block
	for c := c0; c <= c1; c++ {
		for r := r0; r <= r1; r++ {
			out = append(out, Block{Col: c, Row: r})
		}
	}
	return out
}
