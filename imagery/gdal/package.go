package gdal

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/airbusgeo/godal"
)

// manyParcels is from how many features on a GeoPackage is read by several
// goroutines at once.
const manyParcels = 20_000

// packageLayer is a layer of a GeoPackage.
type packageLayer struct {
	path, layer, idField string
	count                int
}

// readPackage reads a large layer of a GeoPackage in parts side by side, each
// through a connection of its own, by SQLite's own SQL. The parts follow one
// another as features do when read at once.
func (p *Parcels) readPackage(ctx context.Context, ds *godal.Dataset, l packageLayer) error {
	geometry, err := geometryColumn(ds, l.layer)
	if err != nil {
		return p.read(ctx, ds, l.layer, l.idField)
	}
	parts := make([]Parcels, runtime.GOMAXPROCS(0))
	errs := make([]error, len(parts))
	size := (l.count + len(parts) - 1) / len(parts)
	var wg sync.WaitGroup
	for k := range parts {
		wg.Go(func() {
			limit := size
			if k == len(parts)-1 {
				limit = -1 // whatever is left
			}
			errs[k] = parts[k].readPart(ctx, l, geometry, limit, k*size)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, part := range parts {
		p.Shapes = append(p.Shapes, part.Shapes...)
		p.Refused = append(p.Refused, part.Refused...)
	}
	return nil
}

func (p *Parcels) readPart(ctx context.Context, l packageLayer, geometry string, limit, offset int) error {
	ds, err := godal.Open(virtualPath(l.path), godal.VectorOnly(), quiet)
	if err != nil {
		return fmt.Errorf("open %s: %w", l.path, err)
	}
	defer func() { _ = ds.Close(quiet) }()
	id := quoteSQLite(l.idField)
	// Real numbers are written as OGR writes them, 12 and not 12.0.
	text := fmt.Sprintf("CASE typeof(%s) WHEN 'null' THEN '' WHEN 'real' THEN printf('%%.15g', %s) ELSE CAST(%s AS TEXT) END", id, id, id)
	sql := fmt.Sprintf("SELECT %s AS parcel_id, %s FROM %s LIMIT %d OFFSET %d", text, quoteSQLite(geometry), quoteSQLite(l.layer), limit, offset)
	rs, err := ds.ExecuteSQL(sql, quiet)
	if err != nil {
		return fmt.Errorf("layer %s: %w", l.layer, err)
	}
	defer func() { _ = rs.Close(quiet) }()
	return p.take(ctx, rs, offset+1)
}

// geometryColumn asks the package for the name of a layer's geometry column.
func geometryColumn(ds *godal.Dataset, layer string) (string, error) {
	name := strings.ReplaceAll(layer, "'", "''")
	rs, err := ds.ExecuteSQL("SELECT column_name FROM gpkg_geometry_columns WHERE table_name = '"+name+"'", quiet)
	if err != nil {
		return "", err
	}
	defer func() { _ = rs.Close(quiet) }()
	f := rs.NextFeature()
	if f == nil {
		return "", fmt.Errorf("layer %s has no geometry column", layer)
	}
	defer f.Close()
	return f.Fields()["column_name"].String(), nil
}

func quoteSQLite(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
