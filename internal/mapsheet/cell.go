package mapsheet

import (
	"cmp"
	"math"
)

// Zoom is that of the cells by which parcels are packed. A cell of 2 km at 37°
// holds one or two thousand parcels: small enough to read for one tile of zoom
// 16, large enough that a county is some hundred rows.
const Zoom = 14

// The pyramid's zooms: parcels from ParcelsFromZoom to LastZoom, villages above.
const (
	ParcelsFromZoom = 13
	LastZoom        = 16
)

// Cell is a square of the web's tile pyramid (EPSG:3857). It names a tile, or a
// sheet: Z is [Zoom] for parcels, and the zero value is the sheet of the
// villages, one for the whole publication.
type Cell struct{ Z, X, Y int }

// OfVillages tells whether the sheet is that of the villages.
func (c Cell) OfVillages() bool { return c == Cell{} }

// Compare orders cells by zoom, row and column.
func (c Cell) Compare(d Cell) int {
	return cmp.Or(cmp.Compare(c.Z, d.Z), cmp.Compare(c.Y, d.Y), cmp.Compare(c.X, d.X))
}

// Packed is one sheet as it is kept. Lines are nil for who may not see them.
type Packed struct {
	Cell
	Shapes, Lines []byte
}

// CellsOf lists the sheets from which a tile is drawn.
func CellsOf(t Cell) []Cell {
	if t.Z < ParcelsFromZoom {
		return []Cell{{}}
	}
	if t.Z >= Zoom {
		down := t.Z - Zoom
		return []Cell{{Zoom, t.X >> down, t.Y >> down}}
	}
	up := Zoom - t.Z
	var cells []Cell
	for y := t.Y << up; y < (t.Y+1)<<up; y++ {
		for x := t.X << up; x < (t.X+1)<<up; x++ {
			cells = append(cells, Cell{Zoom, x, y})
		}
	}
	return cells
}

// extent is the side of a tile in its own units, margin how far beyond its
// border shapes are drawn, so that outlines do not break there.
const (
	extent = 4096
	margin = 64
)

// worldBits: places are whole units of the last zoom's tiles, 2^28 to the
// world's girth, which is 0.15 m at the equator.
const worldBits = LastZoom + 12

// earthRadiusM is that of EPSG:3857.
const earthRadiusM = 6378137

// Point is a place in units from the world's north-west corner.
type Point struct{ X, Y int32 }

// PointOf places metres of EPSG:3857.
func PointOf(eastM, northM float64) Point {
	const girth = 2 * math.Pi * earthRadiusM
	unit := func(share float64) int32 {
		return int32(math.Max(0, math.Min(math.Round(share*(1<<worldBits)), 1<<worldBits-1)))
	}
	return Point{unit(eastM/girth + .5), unit(.5 - northM/girth)}
}

// Corner is the north-west corner of the cell.
func (c Cell) Corner() Point {
	down := worldBits - c.Z
	return Point{int32(c.X) << down, int32(c.Y) << down}
}

// LonLat is the place in degrees.
func (p Point) LonLat() (lon, lat float64) {
	lon = (float64(p.X)/(1<<worldBits) - .5) * 360
	north := (.5 - float64(p.Y)/(1<<worldBits)) * 2 * math.Pi
	return lon, math.Atan(math.Sinh(north)) * 180 / math.Pi
}

// box is a rectangle of units, both ends inside.
type box struct{ west, north, east, south int32 }

func boxOf(ring []Point) box {
	b := box{math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32}
	for _, p := range ring {
		b.west, b.east = min(b.west, p.X), max(b.east, p.X)
		b.north, b.south = min(b.north, p.Y), max(b.south, p.Y)
	}
	return b
}

func (b box) with(c box) box {
	return box{min(b.west, c.west), min(b.north, c.north), max(b.east, c.east), max(b.south, c.south)}
}

func (b box) meets(c box) bool {
	return b.west <= c.east && c.west <= b.east && b.north <= c.south && c.north <= b.south
}

func (b box) within(c box) bool {
	return b.west >= c.west && b.east <= c.east && b.north >= c.north && b.south <= c.south
}

// TouchedBy lists the cells in whose tiles a shape may show: those that it
// touches, or nearly. The margin of the first zoom with parcels is the widest.
func TouchedBy(shape [][][]Point) []Cell {
	b, ok := shapeBox(shape)
	if !ok {
		return nil
	}
	const wide = margin << (LastZoom - ParcelsFromZoom)
	const down, last = worldBits - Zoom, 1<<Zoom - 1
	var cells []Cell
	for y := max(b.north-wide, 0) >> down; y <= min((b.south+wide)>>down, last); y++ {
		for x := max(b.west-wide, 0) >> down; x <= min((b.east+wide)>>down, last); x++ {
			cells = append(cells, Cell{Zoom, int(x), int(y)})
		}
	}
	return cells
}

func shapeBox(shape [][][]Point) (b box, ok bool) {
	for _, polygon := range shape {
		if len(polygon) == 0 || len(polygon[0]) == 0 {
			continue
		}
		outer := boxOf(polygon[0])
		if ok {
			outer = outer.with(b)
		}
		b, ok = outer, true
	}
	return b, ok
}

// Bounds are the edges of a cell in metres of EPSG:3857, its margin included:
// west, south, east, north.
func (c Cell) Bounds() [4]float64 {
	const girth = 2 * math.Pi * earthRadiusM
	side := girth / float64(int(1)<<c.Z)
	wide := side * 2 * margin / extent // of the zoom above, whose margin is the widest
	west, north := float64(c.X)*side-girth/2, girth/2-float64(c.Y)*side
	return [4]float64{west - wide, north - side - wide, west + side + wide, north + wide}
}
