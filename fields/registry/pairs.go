package registry

import (
	"context"
	"fmt"

	"parus/imagery/gdal"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"golang.org/x/sync/errgroup"
)

// checkPairs reports overlaps and unsnapped neighbours, each pair once.
func checkPairs(ctx context.Context, layer string, rows []row, pl *plane, threads int) ([]Defect, error) {
	pairs, crowded, err := findPairs(ctx, rows, pl.depthM(), threads)
	if err != nil {
		return nil, err
	}
	areas, err := overlapAreas(ctx, rows, pairs, threads)
	if err != nil {
		return nil, err
	}
	var out []Defect
	if crowded > 0 {
		out = append(out, Defect{Code: Overlap, Layer: layer, Key: layer, Severity: SeverityWarning,
			Message: fmt.Sprintf("同一处有 %d 个以上地块，%d 次未再比较 / more than %d parcels lie on one spot; %d were not compared", crowd, crowded, crowd, crowded)})
	}
	for i, p := range pairs {
		a, b := &rows[p.a], &rows[p.b]
		if p.overlap {
			d := Defect{Code: Overlap, Layer: layer, Key: pairKey(a, b), Row: int(a.number), Severity: SeverityWarning, Geometry: p.at}
			smaller := min(a.areaM2, b.areaM2)
			if areas[i] > overlapBadShare*smaller {
				d.Severity = SeverityError
				a.raise(quarantined)
				b.raise(quarantined)
			}
			d.Message = fmt.Sprintf("两地块重叠 %.3f m² / parcels overlap", areas[i])
			out = append(out, d)
		}
		if p.gapM > 0 {
			out = append(out, Defect{Code: NotSnapped, Layer: layer, Key: pairKey(a, b), Row: int(a.number), Severity: SeverityWarning, Geometry: p.gapAt,
				Message: fmt.Sprintf("相邻地块节点相距 %.4f m，未捕捉 / neighbours' vertices are %.4f m apart", p.gapM, p.gapM)})
		}
	}
	return out, nil
}

// pairKey names both rows, the smaller code first.
func pairKey(a, b *row) string {
	if a.code > b.code {
		a, b = b, a
	}
	return a.code + "|" + b.code
}

// overlapAreas measures the common ground of the pairs that overlap.
func overlapAreas(ctx context.Context, rows []row, pairs []pair, threads int) ([]float64, error) {
	areas := make([]float64, len(pairs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, threads))
	const chunk = 1024
	for from := 0; from < len(pairs); from += chunk {
		g.Go(func() error {
			for i := from; i < min(from+chunk, len(pairs)); i++ {
				if p := &pairs[i]; p.overlap {
					areas[i] = commonArea(rows[p.a].plane, rows[p.b].plane)
				}
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("measure overlaps: %w", err)
	}
	return areas, nil
}

// intersection is the ground that two valid shapes share, nil where GEOS
// refuses.
func intersection(a, b orb.MultiPolygon) orb.MultiPolygon {
	// Relative to a corner of the first, so that large eastings cost no digits.
	o := a[0][0][0]
	ga, err := geosShape(a, o)
	if err != nil {
		return nil
	}
	defer ga.Close()
	gb, err := geosShape(b, o)
	if err != nil {
		return nil
	}
	defer gb.Close()
	c, err := ga.Intersection(gb, quiet())
	if err != nil {
		return nil
	}
	defer c.Close()
	raw, err := c.WKB(quiet())
	if err != nil {
		return nil
	}
	g, err := wkb.Unmarshal(raw)
	if err != nil {
		return nil
	}
	m, _ := polygons(g)
	each(m, func(p orb.Point) orb.Point { return orb.Point{p[0] + o[0], p[1] + o[1]} })
	return m
}

func geosShape(m orb.MultiPolygon, origin orb.Point) (*godal.Geometry, error) {
	gdal.Register()
	c := m.Clone()
	each(c, func(p orb.Point) orb.Point { return orb.Point{p[0] - origin[0], p[1] - origin[1]} })
	b, err := wkb.Marshal(c)
	if err != nil {
		return nil, err
	}
	return godal.NewGeometryFromWKB(b, nil)
}
