package gdal_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

func writeText(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const parcels = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"id":7,"name":"甲"},"geometry":{"type":"Polygon","coordinates":[[[117,36],[118,36],[118,37],[117,36]]]}},
{"type":"Feature","properties":{"id":null,"name":"x"},"geometry":{"type":"Polygon","coordinates":[[[117,36],[118,36],[118,37],[117,36]]]}},
{"type":"Feature","properties":{"id":8,"name":"b"},"geometry":null},
{"type":"Feature","properties":{"id":9,"name":"c"},"geometry":{"type":"Point","coordinates":[117,36]}},
{"type":"Feature","properties":{"id":10,"name":"d"},"geometry":{"type":"MultiPolygon","coordinates":[[[[1,2,5],[3,2,5],[3,4,5],[1,2,5]]]]}}
]}`

func TestReadParcels(t *testing.T) {
	t.Parallel()
	got, err := gdal.ReadParcels(context.Background(), writeText(t, "p.geojson", parcels), "", "id")
	if err != nil {
		t.Fatal(err)
	}
	want := gdal.Parcels{
		CRS: "EPSG:4326",
		Shapes: []zonal.Shape{
			{ID: "7", Polygon: orb.MultiPolygon{{{{117, 36}, {118, 36}, {118, 37}, {117, 36}}}}},
			{ID: "10", Polygon: orb.MultiPolygon{{{{1, 2}, {3, 2}, {3, 4}, {1, 2}}}}},
		},
		Refused: []zonal.Refusal{
			{ID: "feature 2", Reason: "the ID is empty"}, {ID: "8", Reason: "no geometry"}, {ID: "9", Reason: "the geometry is no polygon (type 1)"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	text, err := gdal.ReadParcels(context.Background(), writeText(t, "p.geojson", parcels), "", "name")
	if err != nil || text.Shapes[0].ID != "甲" {
		t.Errorf("text IDs: %+v %v", text, err)
	}
}

func TestReadParcelsErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	good := writeText(t, "p.geojson", parcels)
	for name, c := range map[string]struct{ path, layer, field, want string }{
		"missing":     {filepath.Join(t.TempDir(), "none.gpkg"), "", "id", "none.gpkg"},
		"no vector":   {writeText(t, "x.geojson", "hello"), "", "id", "x.geojson"},
		"no field":    {good, "", "key", "the layer has id, name"},
		"no layer":    {good, "other", "id", "the file has p"},
		"no features": {writeText(t, "e.geojson", `{"type":"FeatureCollection","features":[]}`), "", "id", "e.geojson"},
	} {
		_, err := gdal.ReadParcels(context.Background(), c.path, c.layer, c.field)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestProjectionKeepsXBeforeY(t *testing.T) {
	t.Parallel()
	p, err := gdal.NewProjection("EPSG:4326", "EPSG:32650")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	// The central meridian of zone 50 is 117° E and has easting 500000; 36° N
	// lies 3,985,542.67 m of WGS 84's meridian from the equator, × 0.9996.
	got, err := p.Point(orb.Point{117, 36})
	if err != nil || math.Abs(got[0]-500000) > .01 || math.Abs(got[1]-3983948.45) > .01 {
		t.Error(got, err)
	}
	if _, err := p.Point(orb.Point{500, 3e8}); err == nil {
		t.Error("a point off the earth is projected")
	}
	if _, err := gdal.NewProjection("EPSG:4326", "nonsense"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Error(err)
	}
}

func FuzzParseWKB(f *testing.F) {
	polygon, _ := hex.DecodeString("0103000000010000000400000000000000000000000000000000000000000000000000f03f0000000000000000000000000000f03f000000000000f03f00000000000000000000000000000000")
	f.Add(polygon)
	f.Add([]byte{1, 6, 0, 0, 0, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		mp, err := gdal.ParseWKB(data)
		if err == nil && len(mp) > len(data) {
			t.Fatal("more polygons than bytes")
		}
	})
}

func TestHeadsOfPackageGeometriesByHand(t *testing.T) {
	t.Parallel()
	head := func(flags byte, numbers int) []byte {
		return append([]byte{'G', 'P', 0, flags, 0xfa, 0x7f, 0, 0}, make([]byte, 8*numbers)...)
	}
	body := []byte{1, 3, 0, 0, 0}
	for name, c := range map[string]struct {
		data []byte
		want []byte
		ok   bool
	}{
		"no envelope":           {append(head(1, 0), body...), body, true},
		"envelope of x and y":   {append(head(1|1<<1, 4), body...), body, true},
		"of x, y and z":         {append(head(1|2<<1, 6), body...), body, true},
		"of x, y, z and m":      {append(head(1|4<<1, 8), body...), body, true},
		"empty":                 {append(head(1|1<<4, 0), body...), nil, true},
		"NULL":                  {nil, nil, true},
		"unknown envelope":      {append(head(1|5<<1, 8), body...), nil, false},
		"cut in its envelope":   {head(1|1<<1, 3), nil, false},
		"of an extension":       {append(head(1|1<<5, 0), body...), nil, false},
		"another kind of bytes": {[]byte("hello, world"), nil, false},
	} {
		got, err := gdal.PackageGeometry(c.data)
		if diff := cmp.Diff(c.want, got); diff != "" || (err == nil) != c.ok {
			t.Errorf("%s: %s %v", name, diff, err)
		}
	}
}

func FuzzPackageGeometry(f *testing.F) {
	f.Add([]byte{'G', 'P', 0, 3, 0, 0, 0, 0})
	f.Add([]byte{'G', 'P', 0, 1, 0, 0, 0, 0, 1, 3, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if body, err := gdal.PackageGeometry(data); err == nil && len(body) > max(0, len(data)-8) {
			t.Fatal("more geometry than bytes")
		}
	})
}

func TestPackagesWhoseFieldsHideRowNumbersAreReadAllTheSame(t *testing.T) {
	t.Parallel()
	const n = 20_000
	path := manyBoxes(t, n)
	src, err := godal.Open(path, godal.VectorOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	for name, columns := range map[string]string{
		"one name is taken":   `1 AS "rowid"`,
		"all names are taken": `1 AS "rowid", 2 AS "oid", 3 AS "_rowid_"`,
	} {
		other := filepath.Join(t.TempDir(), "other.gpkg")
		out, err := src.VectorTranslate(other, []string{"-f", "GPKG", "-nln", "parcels", "-sql", `SELECT geom, "my ""id""" AS id, ` + columns + ` FROM parcels`})
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := gdal.ReadParcels(context.Background(), other, "", "id")
		if err != nil || len(got.Shapes) != n-1 || len(got.Refused) != 1 || got.Shapes[n-2].ID != fmt.Sprint(n-2) {
			t.Errorf("%s: %d shapes, %d refused, %v", name, len(got.Shapes), len(got.Refused), err)
		}
	}
}

// manyBoxes writes a GeoPackage of n boxes with a real ID, 12.5 for the first,
// its position for the others, NULL for the last.
func manyBoxes(t *testing.T, n int) string {
	t.Helper()
	gdal.Register()
	path := filepath.Join(t.TempDir(), "many.gpkg")
	var b strings.Builder
	b.WriteString(`{"type":"FeatureCollection","features":[`)
	for i := range n {
		id := fmt.Sprint(i, ".0")
		switch i {
		case 0:
			id = "12.5"
		case n - 1:
			id = "null"
		}
		x, y := 100+float64(i%100)/10, 30+float64(i/100)/1000
		fmt.Fprintf(&b, `%s{"type":"Feature","properties":{"my \"id\"":%s},"geometry":{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}}`,
			map[bool]string{true: ",", false: ""}[i > 0], id, x, y, x+.01, y, x+.01, y+.01, x, y)
	}
	b.WriteString("]}")
	src, err := godal.Open(writeText(t, "many.geojson", b.String()), godal.VectorOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	out, err := src.VectorTranslate(path, []string{"-f", "GPKG", "-nln", "parcels", "-lco", "SPATIAL_INDEX=NO"})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLargePackagesAreReadInPartsAndInOrder(t *testing.T) {
	t.Parallel()
	const n = 20_001
	got, err := gdal.ReadParcels(context.Background(), manyBoxes(t, n), "", `my "id"`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Shapes) != n-1 || got.CRS != "EPSG:4326" {
		t.Fatalf("%d shapes, CRS %q", len(got.Shapes), got.CRS)
	}
	for i, s := range got.Shapes {
		want := fmt.Sprint(i)
		if i == 0 {
			want = "12.5"
		}
		if s.ID != want || math.Abs(s.Polygon[0][0][0][0]-(100+float64(i%100)/10)) > 1e-9 {
			t.Fatalf("shape %d: ID %q at %v", i, s.ID, s.Polygon[0][0][0])
		}
	}
	want := []zonal.Refusal{{ID: fmt.Sprint("feature ", n), Reason: "the ID is empty"}}
	if diff := cmp.Diff(want, got.Refused); diff != "" {
		t.Error(diff)
	}
}
