package registry

import (
	"math"

	"github.com/paulmach/orb"
)

// lattice is the way from a plane to lon/lat through cells of the plane in
// which it is a polynomial: a tenth of the time of the projection itself. A
// cell is a fixed square of the plane, so that a vertex goes to the same place
// whichever parcel asks, and neighbours stay neighbours to the last bit.
//
// The polynomial is the cubic through 4 × 4 points of the cell. Its error is
// (side/2)⁴/(4!·8·R³) at most, with R the radius of the earth 10⁻¹¹ m for
// cells of a kilometre: below the last bit of a degree.
type lattice struct {
	exact func(orb.Point) orb.Point
	cells map[[2]int32]*[32]float64
	last  [2]int32
	poly  *[32]float64
}

// latticeM is the side of a cell, metres.
const latticeM = 1024.0

func newLattice(exact func(orb.Point) orb.Point) *lattice {
	return &lattice{exact: exact, cells: map[[2]int32]*[32]float64{}}
}

// lonLat turns a point of the plane into degrees.
func (l *lattice) lonLat(p orb.Point) orb.Point {
	cx, cy := math.Floor(p[0]/latticeM), math.Floor(p[1]/latticeM)
	if math.Abs(cx) > 1<<30 || math.Abs(cy) > 1<<30 {
		return l.exact(p)
	}
	if k := [2]int32{int32(cx), int32(cy)}; l.poly == nil || k != l.last {
		l.last, l.poly = k, l.cells[k]
		if l.poly == nil {
			l.poly = l.fit(cx, cy)
			l.cells[k] = l.poly
		}
	}
	// −1..1 in the cell.
	x, y := 2*(p[0]/latticeM-cx)-1, 2*(p[1]/latticeM-cy)-1
	var out orb.Point
	for k := range out {
		c := l.poly[16*k : 16*k+16]
		r0 := c[0] + x*(c[1]+x*(c[2]+x*c[3]))
		r1 := c[4] + x*(c[5]+x*(c[6]+x*c[7]))
		r2 := c[8] + x*(c[9]+x*(c[10]+x*c[11]))
		r3 := c[12] + x*(c[13]+x*(c[14]+x*c[15]))
		out[k] = r0 + y*(r1+y*(r2+y*r3))
	}
	return out
}

// chebyshev are the four points of −1..1 at which a cubic errs least.
var chebyshev = [4]float64{-0.9238795325112867, -0.3826834323650898, 0.3826834323650898, 0.9238795325112867}

// fit gives the coefficients of x^i·y^j at 4j+i, of lon and then of lat.
func (l *lattice) fit(cx, cy float64) *[32]float64 {
	var at [2][4][4]float64 // by coordinate, y, x
	for j, y := range chebyshev {
		for i, x := range chebyshev {
			g := l.exact(orb.Point{(cx + (x+1)/2) * latticeM, (cy + (y+1)/2) * latticeM})
			at[0][j][i], at[1][j][i] = g[0], g[1]
		}
	}
	out := &[32]float64{}
	for k := range at {
		var rows [4][4]float64 // by y, power of x
		for j := range at[k] {
			rows[j] = cubic(at[k][j])
		}
		for i := range 4 {
			c := cubic([4]float64{rows[0][i], rows[1][i], rows[2][i], rows[3][i]})
			for j := range c {
				out[16*k+4*j+i] = c[j]
			}
		}
	}
	return out
}

// cubic gives the coefficients of the cubic through values at the four points:
// Newton's divided differences, expanded.
func cubic(v [4]float64) [4]float64 {
	x := chebyshev
	d := v
	for n := 1; n < 4; n++ {
		for i := 3; i >= n; i-- {
			d[i] = (d[i] - d[i-1]) / (x[i] - x[i-n])
		}
	}
	// d0 + (t−x0)(d1 + (t−x1)(d2 + (t−x2) d3))
	c := [4]float64{d[3]}
	for n := 2; n >= 0; n-- {
		for i := 3; i > 0; i-- {
			c[i] = c[i-1] - x[n]*c[i]
		}
		c[0] = d[n] - x[n]*c[0]
	}
	return c
}
