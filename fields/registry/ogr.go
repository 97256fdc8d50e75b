package registry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"

	"parus/imagery/gdal"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

// openVector opens a file of any vector format for reading.
func openVector(path, name string, more ...godal.OpenOption) (*godal.Dataset, error) {
	gdal.Register()
	ds, err := godal.Open(path, append(more, godal.VectorOnly(), quiet())...)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return ds, nil
}

// quiet turns GDAL's warnings into nothing and its failures into errors.
func quiet() interface {
	godal.OpenOption
	godal.GeometryWKBOption
	godal.BufferOption
	godal.IntersectionOption
} {
	return godal.ErrLogger(func(ec godal.ErrorCategory, code int, msg string) error {
		if ec < godal.CE_Failure {
			return nil
		}
		return fmt.Errorf("GDAL error %d: %s", code, msg)
	})
}

// openOGRTables opens the tables of a SQLite file or GeoPackage.
func openOGRTables(_ context.Context, f bundleFile, _ Options) ([]*table, func(), error) {
	// Tables without shapes are listed only on demand.
	ds, err := openVector(f.path, f.name, godal.DriverOpenOption("LIST_ALL_TABLES=YES"))
	if err != nil {
		return nil, nil, err
	}
	var out []*table
	for _, l := range ds.Layers() {
		if canonicalTable(l.Name()) == "" {
			continue
		}
		out = append(out, layerTable(l, f.name))
	}
	return out, func() { _ = ds.Close() }, nil
}

func layerTable(l godal.Layer, file string) *table {
	t := &table{name: l.Name(), where: file + ":" + l.Name(), charset: string(charsetUTF8)}
	l.ResetReading()
	if f := l.NextFeature(); f != nil {
		for n := range f.Fields() {
			t.columns = append(t.columns, n)
		}
		f.Close()
	}
	sort.Strings(t.columns)
	t.each = func(ctx context.Context, fn func(int, []string) error) error {
		l.ResetReading()
		cells := make([]string, len(t.columns))
		for n := 1; ; n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			f := l.NextFeature()
			if f == nil {
				return nil
			}
			m := f.Fields()
			f.Close()
			for i, c := range t.columns {
				cells[i] = fieldText(m[c])
			}
			if err := fn(n, cells); err != nil {
				return err
			}
		}
	}
	return t
}

// fieldText writes a field as a CSV would hold it.
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
		if d := f.DateTime(); d != nil {
			return d.Format("2006-01-02")
		}
		return ""
	default:
		return f.String()
	}
}

// feature is one feature of a plain file.
type feature struct {
	fid     int
	cells   []string // as the file's columns
	shape   orb.MultiPolygon
	reason  string // why there is no shape, "" where there is one
	deleted bool   // marked so in its table
}

// vectorLayer is a layer read whole.
type vectorLayer struct {
	name     string
	wkt      string // "" where the file names no system
	columns  []string
	features []feature
}

// readVector reads the layer with polygons, or the one named.
func readVector(ctx context.Context, path, name, layer string) (*vectorLayer, error) {
	ds, err := openVector(path, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = ds.Close() }()
	var names []string
	for _, l := range ds.Layers() {
		names = append(names, l.Name())
		if layer != "" && l.Name() != layer {
			continue
		}
		v, err := readLayer(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("read layer %s of %s: %w", l.Name(), name, err)
		}
		if layer != "" || v.hasPolygon() || len(ds.Layers()) == 1 {
			return v, nil
		}
	}
	return nil, fmt.Errorf("read %s: no layer of polygons among %q: name one with --layer", name, names)
}

func (v *vectorLayer) hasPolygon() bool {
	for _, f := range v.features {
		if f.shape != nil {
			return true
		}
	}
	return false
}

func readLayer(ctx context.Context, l godal.Layer) (*vectorLayer, error) {
	v := &vectorLayer{name: l.Name()}
	if sr := l.SpatialRef(); sr != nil {
		if wkt, err := sr.WKT(); err == nil {
			v.wkt = wkt
		}
	}
	l.ResetReading()
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f := l.NextFeature()
		if f == nil {
			return v, nil
		}
		m := f.Fields()
		if v.columns == nil {
			for c := range m {
				v.columns = append(v.columns, c)
			}
			sort.Strings(v.columns)
		}
		out := feature{fid: n, cells: make([]string, len(v.columns))}
		for i, c := range v.columns {
			out.cells[i] = fieldText(m[c])
		}
		out.shape, out.reason = featureShape(f)
		f.Close()
		v.features = append(v.features, out)
	}
}

func featureShape(f *godal.Feature) (orb.MultiPolygon, string) {
	g := f.Geometry()
	if g == nil || g.Empty() {
		return nil, "没有图形 / the row has no shape"
	}
	b, err := g.WKB(quiet())
	if err != nil {
		return nil, fmt.Sprintf("图形不可读 / shape cannot be read: %v", err)
	}
	o, err := wkb.Unmarshal(flatten(b))
	if err != nil {
		return nil, fmt.Sprintf("图形不可读 / shape cannot be read: %v", err)
	}
	return polygons(o)
}

// polygons takes the areas out of a geometry.
func polygons(o orb.Geometry) (orb.MultiPolygon, string) {
	switch g := o.(type) {
	case orb.Polygon:
		return orb.MultiPolygon{g}, ""
	case orb.MultiPolygon:
		return g, ""
	case orb.Collection:
		var out orb.MultiPolygon
		for _, c := range g {
			if m, why := polygons(c); why == "" {
				out = append(out, m...)
			}
		}
		if out != nil {
			return out, ""
		}
	}
	return nil, fmt.Sprintf("图形是 %s，不是面 / shape is no polygon", o.GeoJSONType())
}

// transformer turns coordinates of any system into lon/lat through PROJ,
// axes in the order east, north.
type transformer struct {
	src, dst *godal.SpatialRef
	t        *godal.Transform
}

func newTransformer(crs string) (*transformer, error) {
	gdal.Register()
	src, err := godal.NewSpatialRef(crs)
	if err != nil {
		return nil, fmt.Errorf("coordinate system %.80q: %w", crs, err)
	}
	dst, err := godal.NewSpatialRefFromEPSG(4326)
	if err != nil {
		src.Close()
		return nil, fmt.Errorf("coordinate system EPSG:4326: %w", err)
	}
	t, err := godal.NewTransform(src, dst)
	if err != nil {
		src.Close()
		dst.Close()
		return nil, fmt.Errorf("transform to lon/lat: %w", err)
	}
	return &transformer{src, dst, t}, nil
}

func (t *transformer) close() {
	t.t.Close()
	t.src.Close()
	t.dst.Close()
}

var errTransform = errors.New("some coordinates lie outside of the system")

// shape returns a copy of m in lon/lat.
func (t *transformer) shape(m orb.MultiPolygon) (orb.MultiPolygon, error) {
	var xs, ys []float64
	for _, p := range m {
		for _, r := range p {
			for _, q := range r {
				xs, ys = append(xs, q[0]), append(ys, q[1])
			}
		}
	}
	if len(xs) == 0 {
		return nil, nil
	}
	ok := make([]bool, len(xs))
	if err := t.t.TransformEx(xs, ys, nil, ok); err != nil {
		return nil, fmt.Errorf("transform to lon/lat: %w", err)
	}
	out := m.Clone()
	k := 0
	for _, p := range out {
		for _, r := range p {
			for i := range r {
				if !ok[k] || math.IsInf(xs[k], 0) || math.IsNaN(xs[k]) {
					return nil, errTransform
				}
				r[i] = orb.Point{xs[k], ys[k]}
				k++
			}
		}
	}
	return out, nil
}
