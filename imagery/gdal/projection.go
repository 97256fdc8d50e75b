package gdal

import (
	"fmt"
	"math"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
)

// Projection turns coordinates of one CRS into another, x before y (longitude
// before latitude) on both sides. It belongs to one goroutine.
type Projection struct {
	from, to string
	trn      *godal.Transform
	same     bool
	x, y     []float64
}

// NewProjection makes a projection between two CRS ("EPSG:4326" or WKT).
func NewProjection(from, to string) (*Projection, error) {
	Register()
	p := &Projection{from: from, to: to}
	if from == to {
		p.same = true
		return p, nil
	}
	a, err := godal.NewSpatialRef(from, quiet)
	if err != nil {
		return nil, fmt.Errorf("CRS %.60q: %w", from, err)
	}
	defer a.Close()
	b, err := godal.NewSpatialRef(to, quiet)
	if err != nil {
		return nil, fmt.Errorf("CRS %.60q: %w", to, err)
	}
	defer b.Close()
	if p.same = a.IsSame(b); p.same {
		return p, nil
	}
	if p.trn, err = godal.NewTransform(a, b, quiet); err != nil {
		return nil, fmt.Errorf("from CRS %.40q to %.40q: %w", from, to, err)
	}
	return p, nil
}

// Close releases the projection.
func (p *Projection) Close() {
	if p.trn != nil {
		p.trn.Close()
	}
}

// MultiPolygon returns the polygon's vertices in the other CRS. Edges stay
// straight between vertices, which is exact enough for parcels (an edge of
// 1 km bends by about 1 cm between WGS 84 and UTM).
func (p *Projection) MultiPolygon(mp orb.MultiPolygon) (orb.MultiPolygon, error) {
	if p.same {
		return mp, nil
	}
	p.x, p.y = p.x[:0], p.y[:0]
	for _, poly := range mp {
		for _, ring := range poly {
			for _, pt := range ring {
				p.x, p.y = append(p.x, pt[0]), append(p.y, pt[1])
			}
		}
	}
	if len(p.x) == 0 {
		return mp, nil
	}
	if err := p.transform(); err != nil {
		return nil, err
	}
	out, at := make(orb.MultiPolygon, len(mp)), 0
	for i, poly := range mp {
		out[i] = make(orb.Polygon, len(poly))
		for j, ring := range poly {
			out[i][j] = make(orb.Ring, len(ring))
			for k := range ring {
				out[i][j][k] = orb.Point{p.x[at], p.y[at]}
				at++
			}
		}
	}
	return out, nil
}

// Point returns one point in the other CRS.
func (p *Projection) Point(pt orb.Point) (orb.Point, error) {
	if p.same {
		return pt, nil
	}
	p.x, p.y = append(p.x[:0], pt[0]), append(p.y[:0], pt[1])
	if err := p.transform(); err != nil {
		return orb.Point{}, err
	}
	return orb.Point{p.x[0], p.y[0]}, nil
}

func (p *Projection) transform() error {
	if err := p.trn.TransformEx(p.x, p.y, nil, nil); err != nil {
		return fmt.Errorf("coordinates cannot be turned from CRS %.40q to %.40q: %w", p.from, p.to, err)
	}
	for i := range p.x {
		if math.IsInf(p.x[i]+p.y[i], 0) || math.IsNaN(p.x[i]+p.y[i]) {
			return fmt.Errorf("coordinates lie outside CRS %.40q", p.to)
		}
	}
	return nil
}
