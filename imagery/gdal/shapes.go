package gdal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/airbusgeo/godal"

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
	register()
	ds, err := godal.Open(virtualPath(path), godal.VectorOnly(), quiet, network, godal.SiblingFiles())
	if err != nil {
		return Parcels{}, fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { _ = ds.Close(quiet) }()
	ly, err := pickLayer(ds, layer)
	if err != nil {
		return Parcels{}, fmt.Errorf("%s: %w", path, err)
	}
	var out Parcels
	if sr := ly.SpatialRef(); sr != nil {
		if wkt, err := sr.WKT(quiet); err == nil {
			out.CRS = crsName(wkt)
		}
	}
	if err := out.read(ctx, ly, idField); err != nil {
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

func (p *Parcels) read(ctx context.Context, ly godal.Layer, idField string) error {
	ly.ResetReading()
	for n := 0; ; n++ {
		f := ly.NextFeature()
		if f == nil {
			return nil
		}
		err := p.feature(f, n, idField)
		f.Close()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// feature adds one feature, or refuses it; the error is for all of them.
func (p *Parcels) feature(f *godal.Feature, n int, idField string) error {
	fields := f.Fields()
	field, ok := fields[idField]
	if !ok {
		return fmt.Errorf("no field %q: the layer has %s", idField, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
	}
	id := fieldText(field)
	if id == "" {
		p.Refused = append(p.Refused, zonal.Refusal{ID: fmt.Sprintf("feature %d", n+1), Reason: "field " + idField + " is empty"})
		return nil
	}
	g := f.Geometry()
	if g == nil {
		p.Refused = append(p.Refused, zonal.Refusal{ID: id, Reason: "no geometry"})
		return nil
	}
	data, err := g.WKB(quiet)
	if err != nil || len(data) == 0 {
		p.Refused = append(p.Refused, zonal.Refusal{ID: id, Reason: "no geometry"})
		return nil
	}
	mp, err := parseWKB(data)
	if err != nil {
		p.Refused = append(p.Refused, zonal.Refusal{ID: id, Reason: err.Error()})
		return nil
	}
	p.Shapes = append(p.Shapes, zonal.Shape{ID: id, Polygon: mp})
	return nil
}

// fieldText writes an ID of any type; "" where it is not set.
func fieldText(f godal.Field) string {
	if !f.IsSet() {
		return ""
	}
	switch f.Type() {
	case godal.FTInt, godal.FTInt64:
		return strconv.FormatInt(f.Int(), 10)
	case godal.FTReal:
		return strconv.FormatFloat(f.Float(), 'f', -1, 64)
	case godal.FTDate, godal.FTDateTime:
		if t := f.DateTime(); t != nil {
			return t.Format("2006-01-02T15:04:05Z07:00")
		}
		return ""
	}
	return f.String()
}
