package reconcile

import (
	"math"

	"github.com/paulmach/orb"

	"parus/imagery"
)

// stillNDVI is the gradient, per pixel, that noise alone makes: it bounds the
// logarithm from below.
const stillNDVI = 0.005

// energy is the logarithm of the root mean square over dates of the gradient of
// NDVI, per pixel of side length: a road is not worth more than the border
// between two crops. The gradient is Scharr's 3×3 operator, whose direction errs least among
// operators of that size (Jähne, Scharr and Körkel, "Principles of filter
// design", Handbook of Computer Vision and Applications, 1999). A date counts
// where all nine pixels are seen; NaN where none does.
func energy(m Image) []float32 {
	w, h := m.Grid.Width, m.Grid.Height
	out := make([]float32, w*h)
	count := make([]uint16, w*h)
	for _, v := range m.NDVI {
		for y := 1; y < h-1; y++ {
			for x := 1; x < w-1; x++ {
				i := y*w + x
				nw, no, ne := v[i-w-1], v[i-w], v[i-w+1]
				we, ea := v[i-1], v[i+1]
				sw, so, se := v[i+w-1], v[i+w], v[i+w+1]
				gx := (3*(ne-nw+se-sw) + 10*(ea-we)) / 32
				gy := (3*(sw-nw+se-ne) + 10*(so-no)) / 32
				if g := gx*gx + gy*gy; g == g && v[i] == v[i] {
					out[i] += g
					count[i]++
				}
			}
		}
	}
	for i, n := range count {
		if n == 0 {
			out[i] = float32(math.NaN())
			continue
		}
		out[i] = float32(math.Log(math.Sqrt(float64(out[i])/float64(n)) + stillNDVI))
	}
	return out
}

// point is a place in pixels from the grid's upper left corner.
type point struct{ x, y float64 }

// boundary is a parcel's outline as places along it.
type boundary []point

// Places lie half a pixel apart, the finest that pixels can tell, and fewer
// on outlines so long that more would say nothing new.
const (
	placeStepPx = 0.5
	maxPlaces   = 240
)

func boundaryOf(g imagery.Grid, mp orb.MultiPolygon) boundary {
	t := g.Transform
	var length float64
	walk(t, mp, func(a, b point) { length += math.Hypot(b.x-a.x, b.y-a.y) })
	step := max(placeStepPx, length/maxPlaces)
	var out boundary
	rest := step / 2
	walk(t, mp, func(a, b point) {
		d := math.Hypot(b.x-a.x, b.y-a.y)
		for rest < d {
			u := rest / d
			out = append(out, point{a.x + u*(b.x-a.x), a.y + u*(b.y-a.y)})
			rest += step
		}
		rest -= d
	})
	return out
}

func walk(t imagery.GeoTransform, mp orb.MultiPolygon, side func(a, b point)) {
	at := func(p orb.Point) point { return point{(p[0] - t[0]) / t[1], (p[1] - t[3]) / t[5]} }
	for _, poly := range mp {
		for _, ring := range poly {
			for i := 1; i < len(ring); i++ {
				side(at(ring[i-1]), at(ring[i]))
			}
		}
	}
}

// patch is the energy around a boundary at every half pixel, so that the
// boundary moved by half pixels is a matter of looking up.
type patch struct {
	x, y, w, h int // corner and size, in half pixels of the grid
	energy     []float32
	at         []int32 // places of the boundary, indices of energy
}

// halves counts half pixels; what rounding leaves of a half counts as whole.
func halves(v float64) int { return int(math.Floor(2*v + 0.5 + 1e-6)) }

func (s *scene) patchOf(b boundary) patch {
	const reach = 2*searchPx + 1
	p := patch{x: math.MaxInt, y: math.MaxInt}
	x1, y1 := math.MinInt, math.MinInt
	for _, q := range b {
		p.x, p.y = min(p.x, halves(q.x)), min(p.y, halves(q.y))
		x1, y1 = max(x1, halves(q.x)), max(y1, halves(q.y))
	}
	if len(b) == 0 {
		return patch{}
	}
	p.x, p.y = p.x-reach, p.y-reach
	p.w, p.h = x1+reach-p.x+1, y1+reach-p.y+1
	p.energy = make([]float32, p.w*p.h)
	for r := range p.h {
		for c := range p.w {
			p.energy[r*p.w+c] = s.energyAt(p.x+c, p.y+r)
		}
	}
	p.at = make([]int32, len(b))
	for i, q := range b {
		p.at[i] = int32((halves(q.y)-p.y)*p.w + halves(q.x) - p.x)
	}
	return p
}

// along is the mean energy along the boundary moved by (dx, dy) half pixels,
// and whether enough of it was seen.
func (p *patch) along(dx, dy int) (float64, bool) {
	var sum float64
	n := 0
	move := int32(dy*p.w + dx)
	for _, at := range p.at {
		if e := p.energy[at+move]; e == e {
			sum += float64(e)
			n++
		}
	}
	if n == 0 || float64(n) < clearShare*float64(len(p.at)) {
		return 0, false
	}
	return sum / float64(n), true
}

// energyAt is the energy at a place given in half pixels: of the pixel at
// whose middle it lies, or the mean of the two or four around it.
func (s *scene) energyAt(x, y int) float32 {
	c0, c1 := (x-1)>>1, x>>1
	r0, r1 := (y-1)>>1, y>>1
	if c0 < 0 || r0 < 0 || c1 >= s.Grid.Width || r1 >= s.Grid.Height {
		return float32(math.NaN())
	}
	w := s.Grid.Width
	return (s.energy[r0*w+c0] + s.energy[r0*w+c1] + s.energy[r1*w+c0] + s.energy[r1*w+c1]) / 4
}
