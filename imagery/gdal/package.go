package gdal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
)

// manyParcels is from how many features on a GeoPackage is read by several
// goroutines at once.
const manyParcels = 20_000

// packageLayer is a layer of a GeoPackage.
type packageLayer struct {
	path, layer, idField string
	geometry             string // column
	rowid                string // a name that SQLite knows a row's number by
	count                int
	largest              int // bytes of a geometry
}

// packagePart is a run of features: those after a rowid.
type packagePart struct {
	after  string // rowid
	before int    // features before
	count  int    // −1 for all that are left
}

// readPackage reads a large layer of a GeoPackage in parts side by side, each
// through a connection of its own, by SQLite's own SQL. The parts follow one
// another as features do when read at once.
func (p *Parcels) readPackage(ctx context.Context, ds *godal.Dataset, l packageLayer) error {
	var err error
	if l.geometry, err = geometryColumn(ds, l.layer); err != nil || l.rowid == "" {
		return p.read(ctx, ds, l.layer, l.idField)
	}
	if l.largest, err = largestGeometry(ds, l); err != nil {
		return p.read(ctx, ds, l.layer, l.idField)
	}
	cut, err := packageParts(ds, l, runtime.GOMAXPROCS(0))
	if err != nil { // a view has no row numbers
		return p.read(ctx, ds, l.layer, l.idField)
	}
	parts := make([]Parcels, len(cut))
	errs := make([]error, len(cut))
	var wg sync.WaitGroup
	for k := range parts {
		wg.Go(func() { errs[k] = parts[k].readPart(ctx, l, cut[k]) })
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	n := 0
	for _, part := range parts {
		n += len(part.Shapes) + len(part.Refused)
	}
	if errors.Join(errs...) != nil || n != l.count { // OGR is slower and reads what no query of ours does
		return p.read(ctx, ds, l.layer, l.idField)
	}
	for _, part := range parts {
		p.Shapes = append(p.Shapes, part.Shapes...)
		p.Refused = append(p.Refused, part.Refused...)
	}
	return nil
}

// pageRows is how many features one row of a query brings, where their
// geometries are small: a feature's way through OGR costs several times what its
// bytes do. pageBytes bounds the geometries of a page, in hexadecimal.
const (
	pageRows  = 1000
	pageBytes = 16 << 20
)

// readPart reads features of rowid above after, as many as limit says (−1 for
// all), page by page. IDs and geometries of a page come as two texts in
// hexadecimal, one item after the other; the package's own bytes are read here.
func (p *Parcels) readPart(ctx context.Context, l packageLayer, part packagePart) error {
	ds, err := godal.Open(l.path, godal.VectorOnly(), quiet)
	if err != nil {
		return fmt.Errorf("open %s: %w", l.path, err)
	}
	defer func() { _ = ds.Close(quiet) }()
	var slab []orb.Point
	after, number := part.after, part.before
	for left := part.count; left != 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := max(1, min(pageRows, pageBytes/2/(l.largest+1)))
		if left > 0 {
			rows = min(left, rows)
		}
		page, err := readPage(ds, l, after, rows)
		if err != nil {
			return fmt.Errorf("layer %s: %w", l.layer, err)
		}
		if page.rows == 0 {
			return nil
		}
		if err := p.takePage(page, number, &slab); err != nil {
			return fmt.Errorf("layer %s after row %s: %w", l.layer, after, err)
		}
		after, number, left = page.last, number+page.rows, max(left-page.rows, -1)
		if page.rows < rows {
			return nil
		}
	}
	return nil
}

// page is what one query brings: how many features, the last rowid, and the
// features' IDs and geometries in hexadecimal.
type page struct {
	rows            int
	last            string
	ids, geometries []byte
}

func readPage(ds *godal.Dataset, l packageLayer, after string, rows int) (page, error) {
	id := quoteSQLite(l.idField)
	// Real numbers are written as OGR writes them, 12 and not 12.0.
	text := fmt.Sprintf("CASE typeof(%s) WHEN 'null' THEN '' WHEN 'real' THEN printf('%%.15g', %s) ELSE CAST(%s AS TEXT) END", id, id, id)
	rs, err := ds.ExecuteSQL(fmt.Sprintf("SELECT count(*) AS n, max(k) AS k, group_concat(hex(i)) AS i, group_concat(ifnull(hex(g), '')) AS g FROM "+
		"(SELECT %[1]s AS k, %[2]s AS i, %[3]s AS g FROM %[4]s WHERE %[1]s > %[5]s ORDER BY %[1]s LIMIT %[6]d)",
		l.rowid, text, quoteSQLite(l.geometry), quoteSQLite(l.layer), after, rows), quiet)
	if err != nil {
		return page{}, err
	}
	defer func() { _ = rs.Close(quiet) }()
	f := rs.NextFeature()
	if f == nil {
		return page{}, nil
	}
	defer f.Close()
	fields := f.Fields()
	return page{
		rows: int(fields["n"].Int()), last: fields["k"].String(),
		ids: []byte(fields["i"].String()), geometries: []byte(fields["g"].String()),
	}, nil
}

// takePage adds the features of a page; before is how many came before it.
func (p *Parcels) takePage(pg page, before int, slab *[]orb.Point) error {
	comma := []byte{','}
	var text, data []byte
	for n := range pg.rows {
		var id, geometry []byte
		id, pg.ids, _ = bytes.Cut(pg.ids, comma)
		geometry, pg.geometries, _ = bytes.Cut(pg.geometries, comma)
		var err error
		if text, err = hex.AppendDecode(text[:0], id); err != nil {
			return err
		}
		if data, err = hex.AppendDecode(data[:0], geometry); err != nil {
			return err
		}
		body, err := packageGeometry(data)
		p.add(before+n+1, string(text), wkb{body, err, slab})
	}
	return nil
}

// packageParts cuts a layer into n runs of about as many features.
func packageParts(ds *godal.Dataset, l packageLayer, n int) ([]packagePart, error) {
	size := (l.count + n - 1) / n
	var out []packagePart
	for k := range n {
		after := "-9223372036854775808" // the least rowid, which no feature has
		if k > 0 {
			at, err := askOne(ds, fmt.Sprintf("SELECT CAST(%[1]s AS TEXT) AS k FROM %[2]s ORDER BY %[1]s LIMIT 1 OFFSET %[3]d", l.rowid, quoteSQLite(l.layer), k*size-1), "k")
			if err != nil {
				return nil, err
			}
			after = at
		}
		out = append(out, packagePart{after: after, before: k * size, count: size})
		if (k+1)*size >= l.count {
			break
		}
	}
	out[len(out)-1].count = -1
	return out, nil
}

// geometryColumn asks the package for the name of a layer's geometry column.
func geometryColumn(ds *godal.Dataset, layer string) (string, error) {
	name := strings.ReplaceAll(layer, "'", "''")
	return askOne(ds, "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = '"+name+"'", "column_name")
}

// largestGeometry returns the bytes of the largest geometry of a layer.
func largestGeometry(ds *godal.Dataset, l packageLayer) (int, error) {
	n, err := askOne(ds, fmt.Sprintf("SELECT CAST(max(length(%s)) AS TEXT) AS n FROM %s", quoteSQLite(l.geometry), quoteSQLite(l.layer)), "n")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(n)
}

// rowidOf returns a name of SQLite's row numbers that no field of a layer has,
// "" where fields have all.
func rowidOf(fields []string) string {
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, name) }) {
			return name
		}
	}
	return ""
}

// askOne returns a field of the first row of a query.
func askOne(ds *godal.Dataset, sql, field string) (string, error) {
	rs, err := ds.ExecuteSQL(sql, quiet)
	if err != nil {
		return "", err
	}
	defer func() { _ = rs.Close(quiet) }()
	f := rs.NextFeature()
	if f == nil {
		return "", fmt.Errorf("no answer to %s", sql)
	}
	defer f.Close()
	return f.Fields()[field].String(), nil
}

// packageGeometry returns the well-known binary in a geometry of a GeoPackage
// (OGC 12-128r18, 2.1.3): "GP", version, flags, SRS, an envelope of 0 to 8
// numbers, then the geometry. Empty ones are nil.
func packageGeometry(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	const head, extended, empty = 8, 1 << 5, 1 << 4
	if len(b) < head || b[0] != 'G' || b[1] != 'P' {
		return nil, errors.New("the geometry is none of a GeoPackage")
	}
	if b[3]&extended != 0 {
		return nil, errors.New("the geometry is of an extension of GeoPackage")
	}
	envelope := [8]int{0, 4, 6, 6, 8, -1, -1, -1}[b[3]>>1&7]
	if envelope < 0 || len(b) < head+8*envelope {
		return nil, errWKB
	}
	if b[3]&empty != 0 {
		return nil, nil
	}
	return b[head+8*envelope:], nil
}

func quoteSQLite(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
