package delineate

import (
	"errors"
	"fmt"
	"math"

	"parus/imagery"
)

// MaxPixels bounds an image: it is worked on in one piece. An image of 2048² and
// six bands, with its polygons and their file, took 1.0 GB.
const MaxPixels = 4096 * 4096

// Errors of an image that cannot be worked on.
var (
	ErrTooLarge = errors.New("image too large")
	ErrNoData   = errors.New("no pixel with data")
	ErrShape    = errors.New("planes and grid do not fit")
	ErrUnits    = errors.New("grid is not in metres")
)

// Image is a stack of planes over one grid: bands, dates or both, in any unit,
// since each plane is ranked by itself.
type Image struct {
	Grid  imagery.Grid // north-up, in metres
	Bands [][]float32  // [band][row·Width+col]; NaN where a pixel is hidden
}

// CheckGrid tells whether an image of this grid can be worked on, before its
// pixels are read.
func CheckGrid(g imagery.Grid) error {
	switch {
	case g.Width <= 0 || g.Height <= 0:
		return fmt.Errorf("%w: %d×%d pixels", ErrShape, g.Width, g.Height)
	case g.Width > MaxPixels/g.Height:
		return fmt.Errorf("%w: %d×%d pixels, at most %d (4096×4096): cut the stack along rivers or township borders, or coarsen it",
			ErrTooLarge, g.Width, g.Height, MaxPixels)
	case !g.Transform.NorthUp():
		return fmt.Errorf("%w: geotransform %v is not north-up: warp the stack first", ErrShape, g.Transform)
	case g.Transform[1] < minPixelM:
		return fmt.Errorf("%w: pixels of %g units: warp the stack to a projected CRS such as UTM first", ErrUnits, g.Transform[1])
	}
	return nil
}

func (m Image) check() error {
	if err := CheckGrid(m.Grid); err != nil {
		return err
	}
	if len(m.Bands) == 0 {
		return fmt.Errorf("%w: no bands", ErrShape)
	}
	for i, b := range m.Bands {
		if len(b) != m.Grid.Width*m.Grid.Height {
			return fmt.Errorf("%w: band %d has %d pixels for %d×%d", ErrShape, i+1, len(b), m.Grid.Width, m.Grid.Height)
		}
	}
	return nil
}

// minPixelM tells metres from degrees: no satellite has pixels of a
// centimetre, and a degree holds 100 km.
const minPixelM = .01

// pixelM2 is the area of a pixel in m².
func (m Image) pixelM2() float64 {
	return math.Abs(m.Grid.Transform[1] * m.Grid.Transform[5])
}
