package gdal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"

	"parus/imagery/zonal"
)

// Parcels is what a vector file holds: shapes in its CRS, in its order.
type Parcels struct {
	CRS     string // "" where the file states none
	Shapes  []zonal.Shape
	Refused []zonal.Refusal // features without an ID or a polygon
}

// ReadParcels reads polygons of any vector source that GDAL knows. The layer
// may be "" where the source has one; idField may hold any type. It fails where
// the source cannot be read or has no such field; single features are refused.
func ReadParcels(ctx context.Context, path, layer, idField string) (Parcels, error) {
	v, err := begin(0)
	if err != nil {
		return Parcels{}, err
	}
	defer v.end()
	at, href := v.locate(path), path
	path = nameOf(path)
	ds, err := godal.Open(at, godal.VectorOnly(), quiet, godal.SiblingFiles())
	if err != nil {
		return Parcels{}, fmt.Errorf("open %s: %w", path, v.explain(href, err))
	}
	defer func() { _ = ds.Close(quiet) }()
	ly, err := pickLayer(ds, layer)
	if err != nil {
		return Parcels{}, fmt.Errorf("%s: %w", path, err)
	}
	fields, err := fieldsOf(ly)
	if err == nil && !slices.Contains(fields, idField) {
		err = fmt.Errorf("no field %q: the layer has %s", idField, strings.Join(fields, ", "))
	}
	if err != nil {
		return Parcels{}, fmt.Errorf("%s: %w", path, err)
	}
	var out Parcels
	if sr := ly.SpatialRef(); sr != nil {
		if wkt, err := sr.WKT(quiet); err == nil {
			out.CRS = crsName(wkt)
		}
	}
	read := out.read
	if n, err := ly.FeatureCount(quiet); err == nil && n >= manyParcels && ds.Driver().ShortName() == "GPKG" {
		read = func(ctx context.Context, ds *godal.Dataset, layer, idField string) error {
			return out.readPackage(ctx, ds, packageLayer{path: at, layer: layer, idField: idField, rowid: rowidOf(fields), count: n})
		}
	}
	if err := read(ctx, ds, ly.Name(), idField); err != nil {
		return Parcels{}, fmt.Errorf("%s: %w", path, err)
	}
	if len(out.Shapes) == 0 {
		return Parcels{}, fmt.Errorf("%s: no feature of layer %s is a polygon with an ID", path, ly.Name())
	}
	return out, nil
}

func pickLayer(ds *godal.Dataset, name string) (godal.Layer, error) {
	all := ds.Layers()
	if name == "" && len(all) == 1 {
		return all[0], nil
	}
	var names []string
	for _, l := range all {
		if l.Name() == name {
			return l, nil
		}
		names = append(names, l.Name())
	}
	if len(all) == 0 {
		return godal.Layer{}, errors.New("the file has no layer")
	}
	if name == "" {
		return godal.Layer{}, fmt.Errorf("the file has the layers %s: name one", strings.Join(names, ", "))
	}
	return godal.Layer{}, fmt.Errorf("no layer %q: the file has %s", name, strings.Join(names, ", "))
}

// fieldsOf names the fields of the first feature, which has all of the layer's.
func fieldsOf(ly godal.Layer) ([]string, error) {
	ly.ResetReading()
	f := ly.NextFeature()
	if f == nil {
		return nil, fmt.Errorf("layer %s has no features", ly.Name())
	}
	defer f.Close()
	return slices.Sorted(maps.Keys(f.Fields())), nil
}

// read takes all features of a layer, with the ID as text: SQL turns any type
// into text, keeps NULL apart from 0 and spares the other fields.
func (p *Parcels) read(ctx context.Context, ds *godal.Dataset, layer, idField string) error {
	sql := fmt.Sprintf("SELECT CAST(%s AS character(255)) AS parcel_id FROM %s", quoteName(idField), quoteName(layer))
	rs, err := ds.ExecuteSQL(sql, godal.OGRSQLDialect(), quiet)
	if err != nil {
		return fmt.Errorf("layer %s: %w", layer, err)
	}
	defer func() { _ = rs.Close(quiet) }()
	return p.take(ctx, rs, 1)
}

// take adds the features of a result, counted from first.
func (p *Parcels) take(ctx context.Context, rs *godal.ResultSet, first int) error {
	var slab []orb.Point
	for n := first; ; n++ {
		f := rs.NextFeature()
		if f == nil {
			return nil
		}
		id := f.Fields()["parcel_id"].String()
		data, err := f.Geometry().WKB(quiet)
		f.Close()
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil { // which is how OGR says that there is none
			data = nil
		}
		p.add(n, id, wkb{data, nil, &slab})
	}
}

// quoteName quotes a name for OGR's SQL.
func quoteName(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// wkb is a geometry as it was read, and where its points are to go.
type wkb struct {
	data []byte
	err  error
	slab *[]orb.Point
}

// add adds one feature, or refuses it.
func (p *Parcels) add(n int, id string, g wkb) {
	refuse := func(id, reason string) { p.Refused = append(p.Refused, zonal.Refusal{ID: id, Reason: reason}) }
	if id == "" {
		refuse(fmt.Sprintf("feature %d", n), "the ID is empty")
		return
	}
	if g.err != nil {
		refuse(id, g.err.Error())
		return
	}
	if len(g.data) == 0 {
		refuse(id, "no geometry")
		return
	}
	mp, err := parseWKB(g.data, g.slab)
	if err != nil {
		refuse(id, err.Error())
		return
	}
	p.Shapes = append(p.Shapes, zonal.Shape{ID: id, Polygon: mp})
}
