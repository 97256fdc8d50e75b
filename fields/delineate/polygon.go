package delineate

import (
	"github.com/paulmach/orb"

	"parus/imagery"
)

// outline turns a label image into polygons along pixel edges, one for each
// label, whose regions are 4-connected. Vertices stand at corners and where
// three or more regions meet, so that two neighbours have the same vertices
// along what they share: in any CRS the polygons meet without gap or overlap.
//
// Where two pixels of a region touch by a corner alone, the line goes on along
// the other pixel: such a place becomes a hole that touches the rim in a point,
// which is valid, and not a rim that touches itself, which is not (OGC 06-103r4,
// 6.1.11).
type outline struct {
	grid  imagery.Grid
	label []int32
	seen  []bool // top edges of pixels that a ring has passed, eastwards
}

// Directions of a walk along pixel edges, clockwise.
const (
	east = iota
	south
	west
	north
)

var stepX, stepY = [4]int{1, 0, -1, 0}, [4]int{0, 1, 0, -1}

func polygons(grid imagery.Grid, label []int32, regions int) []orb.Polygon {
	o := outline{grid: grid, label: label, seen: make([]bool, len(label))}
	out := make([]orb.Polygon, regions)
	for i, l := range label {
		x, y := i%grid.Width, i/grid.Width
		if l == none || o.seen[i] || o.at(x, y-1) == l {
			continue
		}
		// The first ring of a region, met in the order of rows, is its rim.
		out[l] = append(out[l], o.ring(x, y, l))
	}
	return out
}

func (o *outline) at(x, y int) int32 {
	if x < 0 || y < 0 || x >= o.grid.Width || y >= o.grid.Height {
		return none
	}
	return o.label[y*o.grid.Width+x]
}

// ring walks from the upper left corner of pixel (x, y) eastwards with region l
// on the right. Rims come out clockwise on the map and holes the other way, so
// the ring is turned round for rims that run counter-clockwise (RFC 7946).
func (o *outline) ring(x, y int, l int32) orb.Ring {
	x0, y0 := x, y
	var ring orb.Ring
	for d := east; ; {
		if d == east {
			o.seen[y*o.grid.Width+x] = true
		}
		x, y = x+stepX[d], y+stepY[d]
		turned := o.turn(x, y, d, l)
		if turned != d || o.meeting(x, y) {
			ring = append(ring, o.grid.Transform.Apply(float64(x), float64(y)))
		}
		d = turned
		if x == x0 && y == y0 && d == east {
			break
		}
	}
	ring = append(ring, ring[0])
	ring.Reverse()
	return ring
}

// turn chooses the way on at corner (x, y): left where region l lies ahead on
// the left, straight where it lies ahead on the right, right otherwise.
func (o *outline) turn(x, y, d int, l int32) int {
	left, right := o.ahead(x, y, d)
	switch {
	case left == l:
		return (d + 3) % 4
	case right == l:
		return d
	}
	return (d + 1) % 4
}

// ahead returns the labels of the pixels ahead of a corner, left and right.
func (o *outline) ahead(x, y, d int) (left, right int32) {
	nw, ne, sw, se := o.at(x-1, y-1), o.at(x, y-1), o.at(x-1, y), o.at(x, y)
	switch d {
	case east:
		return ne, se
	case south:
		return se, sw
	case west:
		return sw, nw
	}
	return nw, ne
}

// meeting tells whether three or more regions meet at a corner.
func (o *outline) meeting(x, y int) bool {
	nw, ne, sw, se := o.at(x-1, y-1), o.at(x, y-1), o.at(x-1, y), o.at(x, y)
	kinds := 1
	if ne != nw {
		kinds++
	}
	if sw != nw && sw != ne {
		kinds++
	}
	if se != nw && se != ne && se != sw {
		kinds++
	}
	return kinds > 2
}
