package registry

import (
	"context"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// plane is the metric plane that shapes are checked in, and the way back.
type plane struct {
	system system
	proj   *mercator
	fit    *similarity // from an old datum; works without zone prefix
	onEll  bool        // areas are taken on the ellipsoid, since the source isn't metric
}

// planeAround is a plane for lon/lat coordinates: Gauss-Krüger about the
// 3-degree meridian nearest to lon.
func planeAround(lon float64) *plane {
	s := system{datum: datumCGCS2000, lon0: 3 * math.Round(lon/3)}
	return &plane{system: s, proj: s.projection(), onEll: true}
}

// lonLat turns a point of the plane into WGS 84 lon/lat.
func (p *plane) lonLat(q orb.Point) orb.Point {
	if p.fit != nil {
		q[0] -= float64(p.system.prefix) * 1e6
		q = p.fit.apply(q)
	}
	return p.proj.inverse(q)
}

// depthM is how deep an overlap must be to count: beyond a buffer of −1 mm on
// each side in the source's own plane; beyond 5 cm where lon/lat were brought into a plane,
// since sides that are straight in one are bent in the other.
func (p *plane) depthM() float64 {
	if p.onEll {
		return closeM
	}
	return 2 * bufferM
}

// project turns shapes and the places of defects into lon/lat, in place.
func (p *plane) project(ctx context.Context, rows []row, defects []Defect, threads int) error {
	for i := range defects {
		defects[i].Geometry = p.geometry(defects[i].Geometry)
	}
	const chunk = 8192
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads)
	for at := 0; at < len(rows); at += chunk {
		g.Go(func() error {
			l := newLattice(p.lonLat)
			for i := at; i < min(at+chunk, len(rows)); i++ {
				each(rows[i].plane, l.lonLat)
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("transform to lon/lat: %w", err)
	}
	return nil
}

// geometry copies a geometry of the plane into lon/lat.
func (p *plane) geometry(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Point:
		return p.lonLat(g)
	case orb.MultiPolygon:
		m := g.Clone()
		each(m, p.lonLat)
		return m
	}
	return nil
}
