package reconcile

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/zonal"
)

// MarginPx is how far an image should reach beyond the parcels that matter:
// the search for a better place of a boundary and the neighbours need it.
const MarginPx = 64

// ErrShape is wrapped where planes and grid of an image do not fit.
var ErrShape = errors.New("planes and grid do not fit")

// Image is NDVI on some dates of a season, all over one grid.
type Image struct {
	Grid imagery.Grid // north-up, in metres
	NDVI [][]float32  // [date][row·Width+col]; NaN where a pixel is hidden
}

// Finding is what the picture says of one registered parcel. NaN stands for
// what it cannot say: too few dates, too few pixels.
type Finding struct {
	ID     string
	Pixels int     // that it covers by more than half
	Dates  int     // dates on which most of the parcel was clear
	Edge   float64 // how far the outline follows edges of the picture, in standard deviations over places around it
	Fit    Fit     // all places tried; zeros where Edge is NaN
	Shift  Shift   // of this parcel alone
	Split  Split
	Joined []string // IDs of neighbours that look like one field with it
}

// Examine holds each shape against the image; findings come in the order of the
// shapes that touch it. Shapes are in the grid's CRS, those around the ones of
// interest included; what cannot be measured is refused with its reason.
func Examine(m Image, shapes []zonal.Shape) ([]Finding, []zonal.Refusal, error) {
	n := m.Grid.Width * m.Grid.Height
	if !m.Grid.Transform.NorthUp() || n <= 0 {
		return nil, nil, fmt.Errorf("%w: %d×%d pixels, geotransform %v", ErrShape, m.Grid.Width, m.Grid.Height, m.Grid.Transform)
	}
	for i, plane := range m.NDVI {
		if len(plane) != n {
			return nil, nil, fmt.Errorf("%w: date %d has %d pixels for %d×%d", ErrShape, i+1, len(plane), m.Grid.Width, m.Grid.Height)
		}
	}
	cover, refused := zonal.Cover(m.Grid, shapes)
	polygon := make(map[string]orb.MultiPolygon, len(shapes))
	for _, s := range shapes {
		polygon[s.ID] = s.Polygon
	}
	scene := newScene(m, cover)
	out := make([]Finding, cover.Len())
	for i, id := range cover.IDs {
		f := Finding{ID: id, Pixels: len(scene.pixels[i]), Dates: scene.dates(i), Edge: math.NaN()}
		if f.Dates >= minDates {
			b := boundaryOf(m.Grid, polygon[id])
			if fit, ok := scene.try(b); ok {
				f.Fit, f.Edge, f.Shift = fit, float64(fit[middle])/1000, fit.shift(m.Grid.Transform[1])
			}
			f.Split = scene.split(i)
			f.Joined = scene.joined(i)
		}
		out[i] = f
	}
	return out, refused, nil
}

// minDates is the least number of clear dates that say anything: one date
// can't tell a crop's border from the shadow of a cloud.
const minDates = 2

// scene is an image with what is computed once for all parcels.
type scene struct {
	Image
	cover    *zonal.Coverage
	energy   []float32 // of edges, per pixel; NaN where unknown
	owner    []int32   // shape that covers most of a pixel, at least half; −1
	pixels   [][]int32 // per shape, the pixels that it owns, ascending
	profiles []profile
}

func newScene(m Image, c *zonal.Coverage) *scene {
	s := &scene{Image: m, cover: c, energy: energy(m), owner: make([]int32, m.Grid.Width*m.Grid.Height),
		pixels: make([][]int32, c.Len()), profiles: make([]profile, c.Len())}
	for i := range s.owner {
		s.owner[i] = -1
	}
	for i := range c.Len() {
		for _, span := range c.Spans(i) {
			for k := range span.N {
				s.owner[span.Index+k] = int32(i)
			}
		}
		for _, cell := range c.Cells(i) {
			if 2*cell.Fraction > zonal.One {
				s.owner[cell.Index] = int32(i)
			}
		}
	}
	for at, i := range s.owner {
		if i >= 0 {
			s.pixels[i] = append(s.pixels[i], int32(at))
		}
	}
	for i := range s.profiles {
		s.profiles[i] = s.profile(i)
	}
	return s
}

// profile is a parcel's mean NDVI per date and what its pixels differ by.
type profile struct {
	mean []float64 // per date, NaN where most pixels are hidden
	sd   float64   // pooled over those dates
}

// clearShare of a parcel's pixels must be seen for a date to count.
const clearShare = 0.8

func (s *scene) profile(i int) profile {
	p := profile{mean: make([]float64, len(s.NDVI))}
	var squares float64
	degrees := 0
	for t, plane := range s.NDVI {
		var sum, sum2 float64
		n := 0
		for _, at := range s.pixels[i] {
			if v := float64(plane[at]); v == v {
				n++
				sum += v
				sum2 += v * v
			}
		}
		p.mean[t] = math.NaN()
		if n == 0 || float64(n) < clearShare*float64(len(s.pixels[i])) {
			continue
		}
		p.mean[t] = sum / float64(n)
		squares += max(0, sum2-sum*sum/float64(n))
		degrees += n - 1
	}
	if degrees > 0 {
		p.sd = math.Sqrt(squares / float64(degrees))
	}
	return p
}

// dates counts the dates on which parcel i is clear.
func (s *scene) dates(i int) int {
	n := 0
	for _, v := range s.profiles[i].mean {
		if v == v {
			n++
		}
	}
	return n
}
