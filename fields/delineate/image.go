package delineate

import (
	"errors"
	"fmt"
	"math"

	"parus/imagery"
)

// MaxPixels bounds an image, which is worked on in one piece so that nothing
// is cut where blocks would meet: 11,585², more than a Sentinel-2 tile of
// 10,980². docs/results.md has the memory by pixel.
const MaxPixels = 1 << 27

// Errors of an image that cannot be worked on.
var (
	ErrTooLarge = errors.New("image too large")
	ErrNoData   = errors.New("no pixel with data")
	ErrShape    = errors.New("planes and grid do not fit")
	ErrUnits    = errors.New("grid is not in metres")
)

// Source hands out the planes of a stack: bands, dates or both over one grid,
// each in any unit, since each plane is ranked by itself. Planes are read one
// at a time, and twice where there are more than [MaxAxes], so that memory does
// not grow with their number.
type Source interface {
	// Shape returns the grid, north-up and in metres, and the number of planes.
	Shape() (imagery.Grid, int)
	// Plane fills dst, row-major over the grid, with plane number band from 0;
	// NaN where a pixel is hidden. It gives the same values each time.
	Plane(band int, dst []float32) error
}

// Image is a stack in memory.
type Image struct {
	Grid  imagery.Grid // north-up, in metres
	Bands [][]float32  // [band][row·Width+col]; NaN where a pixel is hidden
}

// Shape returns the grid and the number of planes.
func (m Image) Shape() (imagery.Grid, int) { return m.Grid, len(m.Bands) }

// Plane copies a plane.
func (m Image) Plane(band int, dst []float32) error {
	if len(m.Bands[band]) != len(dst) {
		return fmt.Errorf("%w: band %d has %d pixels for %d", ErrShape, band+1, len(m.Bands[band]), len(dst))
	}
	copy(dst, m.Bands[band])
	return nil
}

// CheckGrid tells whether an image of this grid can be worked on, before its
// pixels are read.
func CheckGrid(g imagery.Grid) error {
	switch {
	case g.Width <= 0 || g.Height <= 0:
		return fmt.Errorf("%w: %d×%d pixels", ErrShape, g.Width, g.Height)
	case g.Width > MaxPixels/g.Height:
		return fmt.Errorf("%w: %d×%d pixels, at most %d (11585×11585): cut the stack along rivers or township borders, or coarsen it",
			ErrTooLarge, g.Width, g.Height, MaxPixels)
	case !g.Transform.NorthUp():
		return fmt.Errorf("%w: geotransform %v is not north-up: warp the stack first", ErrShape, g.Transform)
	case g.Transform[1] < minPixelM:
		return fmt.Errorf("%w: pixels of %g units: warp the stack to a projected CRS such as UTM first", ErrUnits, g.Transform[1])
	}
	return nil
}

// minPixelM tells metres from degrees: no satellite has pixels of a
// centimetre, and a degree holds 100 km.
const minPixelM = .01

// pixelM2 is the area of a pixel in m².
func pixelM2(g imagery.Grid) float64 {
	return math.Abs(g.Transform[1] * g.Transform[5])
}
