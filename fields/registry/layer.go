package registry

import (
	"errors"
	"fmt"
	"os"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"parus/imagery/gdal"
)

// Layer is a table of shapes to write to a vector file.
type Layer struct {
	Name    string
	Columns []Column
	Rows    []LayerRow
	NoIndex bool // leave out the spatial index, which takes as long as all else; maps then read the whole file
}

// Column is a named field of a layer.
type Column struct {
	Name string
	Kind ColumnKind
}

// ColumnKind is the type of a column's values.
type ColumnKind int

// The kinds of columns.
const (
	Text  ColumnKind = iota // string
	Real                    // float64
	Whole                   // int64
)

// LayerRow is a shape, lon and lat on WGS 84, with a value for each column; nil
// is NULL.
type LayerRow struct {
	Shape  orb.MultiPolygon
	Values []any
}

// layerDate stands where GeoPackage demands the time of the last change, so
// that the same rows give the same bytes.
const layerDate = "2000-01-01T00:00:00.000Z"

// WriteGeoPackage writes one layer of multipolygons to a GeoPackage that
// appears whole or not at all. The same layer gives the same bytes.
func WriteGeoPackage(path string, l Layer) (err error) {
	if err := replaceable(path); err != nil {
		return err
	}
	part := path + ".part.gpkg"
	if err := removeIfThere(part); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), removeIfThere(part))
		}
	}()
	if err := writeLayer(part, l); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// replaceable refuses to rename over what is there and no file, such as
// /dev/null, which would be gone afterwards.
func replaceable(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file: name a file to write", path)
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// writeLayer builds the layer in memory and translates it.
func writeLayer(path string, l Layer) (err error) {
	gdal.Register()
	ds, err := godal.CreateVector(godal.Memory, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ds.Close()) }()
	if err := fillLayer(ds, l); err != nil {
		return err
	}
	// The file is renamed into place once it is whole: until then nothing need survive a power cut.
	switches := []string{"-f", "GPKG"}
	if l.NoIndex {
		switches = append(switches, "-lco", "SPATIAL_INDEX=NO")
	}
	out, err := ds.VectorTranslate(path, switches, godal.ConfigOption("OGR_SQLITE_SYNCHRONOUS=OFF", "OGR_SQLITE_JOURNAL=OFF"))
	if err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := fixDate(path); err != nil {
		return err
	}
	return fixCounter(path)
}

// fixDate replaces the time that GDAL writes as it closes a GeoPackage.
func fixDate(path string) error {
	ds, err := godal.Open(path, godal.VectorOnly(), godal.Update())
	if err != nil {
		return err
	}
	rs, err := ds.ExecuteSQL("update gpkg_contents set last_change = '" + layerDate + "'")
	if err != nil {
		return errors.Join(err, ds.Close())
	}
	return errors.Join(rs.Close(), ds.Close())
}

// fixCounter replaces the count of transactions that a closed SQLite file bears
// at 24 and again at 92 (SQLite, Database File Format, section 1.3). GDAL now and
// then needs one more, by the clock.
func fixCounter(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	one := []byte{0, 0, 0, 1}
	for _, at := range []int64{24, 92} {
		if _, err := f.WriteAt(one, at); err != nil {
			return err
		}
	}
	return nil
}

func fillLayer(ds *godal.Dataset, l Layer) error {
	sr, err := godal.NewSpatialRefFromEPSG(4326)
	if err != nil {
		return err
	}
	defer sr.Close()
	options := []godal.CreateLayerOption{}
	for _, c := range l.Columns {
		kind := map[ColumnKind]godal.FieldType{Text: godal.FTString, Real: godal.FTReal, Whole: godal.FTInt64}[c.Kind]
		options = append(options, godal.NewFieldDefinition(c.Name, kind))
	}
	layer, err := ds.CreateLayer(l.Name, sr, godal.GTMultiPolygon, options...)
	if err != nil {
		return err
	}
	var at []godal.Field
	for i, r := range l.Rows {
		if at, err = writeRow(layer, sr, at, l.Columns, r); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return nil
}

// writeRow writes one row and returns where its columns are, which the first
// row finds out for the others.
func writeRow(layer godal.Layer, sr *godal.SpatialRef, at []godal.Field, columns []Column, r LayerRow) ([]godal.Field, error) {
	shape, err := wkb.Marshal(r.Shape)
	if err != nil {
		return nil, err
	}
	g, err := godal.NewGeometryFromWKB(shape, sr)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	f, err := layer.NewFeature(g)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if at == nil {
		named := f.Fields()
		for _, c := range columns {
			at = append(at, named[c.Name])
		}
	}
	for i, c := range columns {
		if r.Values[i] == nil {
			continue
		}
		if err := f.SetFieldValue(at[i], r.Values[i]); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return at, layer.UpdateFeature(f)
}
