package overlay

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"parus/imagery"
)

// The zooms of overlays. A pixel of zoom 14 is 9.6 m wide on the equator, the
// nearest to a pixel of 10 m; viewers enlarge from there. A cell, the unit of
// drawing, is one tile of CellZoom with all that lies in it.
const (
	MinZoom  = 10
	MaxZoom  = 14
	CellZoom = MinZoom
	TilePx   = 256
)

// halfWorldM is half the circumference of the sphere of EPSG:3857, metres.
const halfWorldM = 20037508.342789244

// maxLatitude is where the web's square world ends.
const maxLatitude = 85.0511

// Tile is one square of the web's tile pyramid.
type Tile struct {
	Z int `json:"z"`
	X int `json:"x"`
	Y int `json:"y"`
}

func (t Tile) String() string { return fmt.Sprintf("%d/%d/%d", t.Z, t.X, t.Y) }

// grid is the tile as side pixels of EPSG:3857.
func (t Tile) grid(side int) imagery.Grid {
	width := 2 * halfWorldM / float64(int(1)<<t.Z)
	px := width / float64(side)
	return imagery.Grid{CRS: "EPSG:3857", Width: side, Height: side,
		Transform: imagery.GeoTransform{-halfWorldM + float64(t.X)*width, px, 0, halfWorldM - float64(t.Y)*width, 0, -px}}
}

// child is one of the four tiles below: 0 to 3 row by row.
func (t Tile) child(k int) Tile { return Tile{t.Z + 1, 2*t.X + k%2, 2*t.Y + k/2} }

// at returns the tile of a zoom that a point lies in.
func at(p orb.Point, z int) Tile {
	n := float64(int(1) << z)
	lat := min(max(p[1], -maxLatitude), maxLatitude) * math.Pi / 180
	x := (p[0] + 180) / 360 * n
	y := (1 - math.Asinh(math.Tan(lat))/math.Pi) / 2 * n
	clamp := func(v float64) int { return int(min(max(math.Floor(v), 0), n-1)) }
	return Tile{z, clamp(x), clamp(y)}
}

// Area is a rectangle of tiles of MaxZoom, both ends included: what is drawn.
type Area struct {
	X0 int `json:"x0"`
	Y0 int `json:"y0"`
	X1 int `json:"x1"`
	Y1 int `json:"y1"`
}

// AreaOf is the least area that holds a bound of lon and lat.
func AreaOf(b orb.Bound) Area {
	nw, se := at(orb.Point{b.Min[0], b.Max[1]}, MaxZoom), at(orb.Point{b.Max[0], b.Min[1]}, MaxZoom)
	return Area{nw.X, nw.Y, se.X, se.Y}
}

// Clip is the part of the area in a tile.
func (a Area) Clip(t Tile) Area {
	s := MaxZoom - t.Z
	return Area{max(a.X0, t.X<<s), max(a.Y0, t.Y<<s), min(a.X1, (t.X+1)<<s-1), min(a.Y1, (t.Y+1)<<s-1)}
}

// Empty tells whether the area holds no tile.
func (a Area) Empty() bool { return a.X0 > a.X1 || a.Y0 > a.Y1 }

// Cells lists the cells that the area touches, row by row.
func (a Area) Cells() []Tile {
	s := MaxZoom - CellZoom
	var out []Tile
	for y := a.Y0 >> s; y <= a.Y1>>s; y++ {
		for x := a.X0 >> s; x <= a.X1>>s; x++ {
			out = append(out, Tile{CellZoom, x, y})
		}
	}
	return out
}

// Bound is the tile's extent in lon and lat.
func (t Tile) Bound() orb.Bound {
	n := float64(int(1) << t.Z)
	lon := func(x int) float64 { return float64(x)/n*360 - 180 }
	lat := func(y int) float64 { return math.Atan(math.Sinh(math.Pi*(1-2*float64(y)/n))) * 180 / math.Pi }
	return orb.Bound{Min: orb.Point{lon(t.X), lat(t.Y + 1)}, Max: orb.Point{lon(t.X + 1), lat(t.Y)}}
}
