package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// cellUnits is the side of a cell in tenths of a pixel.
const cellUnits = 40.0

// cells lays the parcels on a grid and returns one path per class, of
// horizontal runs of cells whose largest area is of that class. A parcel's
// area is spread over the cells whose middle it holds; one that holds no
// middle counts in the cell of its own middle.
func cells(f frame, parcels []Parcel, of []int, classes int) []string {
	cols := int(math.Ceil(f.Width / cellUnits))
	rows := int(math.Ceil((f.Height - mapFoot) / cellUnits))
	area := make([]float64, cols*rows*classes)
	for _, i := range f.Drawn {
		hit := f.cellsOf(parcels[i].Shape, cols, rows)
		// A parcel of unknown area still shows where no other is.
		share := math.Max(orZero(parcels[i].AreaHa), 1e-9) / float64(len(hit))
		for _, c := range hit {
			area[c*classes+of[i]] += share
		}
	}
	paths := make([]strings.Builder, classes)
	for row := range rows {
		for col := 0; col < cols; {
			class := largest(area[(row*cols+col)*classes:][:classes])
			from := col
			for col++; col < cols && largest(area[(row*cols+col)*classes:][:classes]) == class; col++ {
			}
			if class >= 0 {
				n := (col - from) * cellUnits
				fmt.Fprintf(&paths[class], "M%d %dh%dv%dh-%dz", from*cellUnits, row*cellUnits, n, int(cellUnits), n)
			}
		}
	}
	out := make([]string, classes)
	for i := range paths {
		out[i] = paths[i].String()
	}
	return out
}

// largest is the index of the greatest positive area, the first of equals, or
// −1 where there is none.
func largest(areas []float64) int {
	best := -1
	for i, a := range areas {
		if a > 0 && (best < 0 || a > areas[best]) {
			best = i
		}
	}
	return best
}

// cellsOf lists the cells whose middle a shape holds, at least one.
func (f frame) cellsOf(shape orb.MultiPolygon, cols, rows int) []int {
	b := shape.Bound()
	a, z := f.project(orb.Point{b.Min[0], b.Max[1]}), f.project(orb.Point{b.Max[0], b.Min[1]})
	at := func(v float64, n int) int { return min(max(int(math.Floor(v/cellUnits)), 0), n-1) }
	c0, c1, r0, r1 := at(a[0], cols), at(z[0], cols), at(a[1], rows), at(z[1], rows)
	var out []int
	if c1 > c0 || r1 > r0 {
		for r := r0; r <= r1; r++ {
			for c := c0; c <= c1; c++ {
				if planar.MultiPolygonContains(shape, f.unproject((float64(c)+.5)*cellUnits, (float64(r)+.5)*cellUnits)) {
					out = append(out, r*cols+c)
				}
			}
		}
	}
	if len(out) == 0 {
		m := f.project(b.Center())
		out = append(out, at(m[1], rows)*cols+at(m[0], cols))
	}
	return out
}

// unproject turns tenths of a pixel into lon, lat.
func (f frame) unproject(x, y float64) orb.Point {
	return orb.Point{x/f.scale/f.squeeze + f.lon0, f.lat0 - y/f.scale}
}
