package registry_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"parus/fields"
	"parus/fields/registry"
)

func someParcels() []fields.Parcel {
	sq := func(x, y float64) orb.Polygon {
		return orb.Polygon{{{x, y}, {x + .01, y}, {x + .01, y + .01}, {x, y + .01}, {x, y}}}
	}
	return []fields.Parcel{
		{ID: dkbm(1), HouseholdID: cbfbm(1), Village: "370199101001", Name: "东地", AreaM2: 600.123, ContractM2: 590, Shape: orb.MultiPolygon{sq(117, 36)}, Certified: true},
		{ID: dkbm(2), HouseholdID: cbfbm(2), AreaM2: 700, Shape: orb.MultiPolygon{sq(117.1, 36), sq(117.2, 36)}, LeasedIn: true},
	}
}

func TestFiboaGeoJSONHoldsWhatItsSchemaAsksFor(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := registry.WriteFiboaGeoJSON(&b, someParcels(), registry.ExportInfo{Collection: "c"}); err != nil {
		t.Fatal(err)
	}
	var fc struct {
		Schemas  map[string][]string
		Features []struct {
			ID         string
			Geometry   struct{ Type string }
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &fc); err != nil {
		t.Fatal(err)
	}
	f := fc.Features[0]
	if len(fc.Schemas["c"]) != 3 || f.ID != dkbm(1) || f.Geometry.Type != "Polygon" || fc.Features[1].Geometry.Type != "MultiPolygon" ||
		f.Properties["collection"] != "c" || f.Properties["metrics:area"] != 600.12 || f.Properties["determination:method"] != "surveyed" {
		t.Errorf("%s", b.Bytes())
	}
	if bytes.Contains(b.Bytes(), []byte(cbfbm(1)+`"`)) {
		t.Error("the household is in a public format")
	}
}

func TestFiboaGeoParquetReadsBack(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	want := someParcels()
	if err := registry.WriteFiboaParquet(&b, want, registry.ExportInfo{Collection: "c", Determination: registry.AutoImagery}); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	geo, _ := f.Lookup("geo")
	coll, _ := f.Lookup("collection")
	var g struct {
		Version string
		Columns map[string]struct {
			Encoding string
			BBox     []float64
		}
	}
	if err := json.Unmarshal([]byte(geo), &g); err != nil || g.Version != "1.1.0" || g.Columns["geometry"].Encoding != "WKB" || g.Columns["geometry"].BBox[3] != 36.01 {
		t.Errorf("geo %s: %v", geo, err)
	}
	if !json.Valid([]byte(coll)) {
		t.Errorf("collection %s", coll)
	}
	type row struct {
		ID       string   `parquet:"id"`
		Geometry []byte   `parquet:"geometry"`
		Area     *float32 `parquet:"metrics:area,optional"`
		Method   string   `parquet:"determination:method"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	shape, err := wkb.Unmarshal(rows[0].Geometry)
	if err != nil || !orb.Equal(shape, want[0].Shape[0]) || rows[1].ID != dkbm(2) || rows[0].Method != "auto-imagery" || *rows[1].Area != 700 {
		t.Errorf("%+v %v", rows, err)
	}
}

func TestExportsAreWholeAndTheSameBytesTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, name string }{{"gpkg", "a.gpkg"}, {"fiboa", "a.parquet"}, {"fiboa", "a.geojson"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got [2][]byte
			for i := range got {
				dir := t.TempDir()
				f := filepath.Join(dir, c.name)
				if err := registry.Export(context.Background(), f, c.format, someParcels(), registry.ExportInfo{}); err != nil {
					t.Fatal(err)
				}
				var err error
				if got[i], err = os.ReadFile(f); err != nil {
					t.Fatal(err)
				}
				left, err := os.ReadDir(dir)
				if err != nil || len(left) != 1 {
					t.Errorf("left behind: %v %v", left, err)
				}
			}
			if !bytes.Equal(got[0], got[1]) {
				t.Error("two exports differ")
			}
			if c.format == "gpkg" && (binary.BigEndian.Uint32(got[0][24:]) != 1 || binary.BigEndian.Uint32(got[0][92:]) != 1) {
				t.Error("the file counts the transactions that made it, and GDAL does not always need as many")
			}
		})
	}
	if err := registry.Export(context.Background(), filepath.Join(t.TempDir(), "x.gpkg"), "gpkg", nil, registry.ExportInfo{}); !errors.Is(err, registry.ErrNothingToExport) {
		t.Errorf("empty export: %v", err)
	}
}

func TestAnExportReadsBackAsItWas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, name, household string }{
		{"gpkg", "a.gpkg", cbfbm(1)}, {"fiboa", "a.parquet", dkbm(1)}, {"fiboa", "a.geojson", dkbm(1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := filepath.Join(t.TempDir(), c.name)
			want := someParcels()
			if err := registry.Export(context.Background(), f, c.format, want, registry.ExportInfo{}); err != nil {
				t.Fatal(err)
			}
			p := open(t, f, registry.Options{})
			if len(p.Parcels) != 2 || p.Parcels[0].ID != dkbm(1) || p.Parcels[0].HouseholdID != c.household {
				t.Fatalf("%+v", p.Parcels)
			}
			for i := range want {
				a, b := want[i].Shape.Bound(), p.Parcels[i].Shape.Bound()
				for k := range 2 {
					if d := a.Min[k] - b.Min[k]; d > 1e-10 || d < -1e-10 {
						t.Errorf("parcel %d moved by %g°", i, d)
					}
				}
			}
		})
	}
}

func TestAPlainShapefileInGBKReadsWithItsFieldNames(t *testing.T) {
	t.Parallel()
	ps := six()
	var rows [][]string
	for i := range ps {
		rows = append(rows, []string{dkbm(i + 1), gbk(t, "东地")})
	}
	dir := t.TempDir()
	for n, b := range map[string][]byte{"a.shp": shpBytes(ps), "a.prj": []byte(prj4527),
		"a.dbf": dbfBytes([]column{{gbk(t, "地块编码"), 'C', 19, 0}, {gbk(t, "地块名称"), 'C', 20, 0}}, rows)} {
		if err := os.WriteFile(filepath.Join(dir, n), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := open(t, filepath.Join(dir, "a.shp"), registry.Options{})
	if len(p.Parcels) != 6 || p.Parcels[0].ID != dkbm(1) || p.Parcels[0].Name != "东地" || p.Report.Encoding["a.shp"] != "GB18030" {
		t.Errorf("%+v %v", p.Parcels, p.Report.Encoding)
	}
	// On the ellipsoid 20 km east of the central meridian: 600 m²/k² with
	// k = 1 + x²/2R² ≈ 1 + 4.9e-6.
	if a := p.Parcels[0].AreaM2; a < 599.99 || a > 600 {
		t.Errorf("area %v", a)
	}
}

func TestWhatIsNoFileIsNotReplaced(t *testing.T) {
	t.Parallel()
	folder := t.TempDir() // stands for a device: neither is a file
	parcels := []fields.Parcel{{ID: "1", Shape: orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}}}}
	err := registry.Export(t.Context(), folder, "gpkg", parcels, registry.ExportInfo{Collection: "x", Determination: registry.Surveyed})
	if err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Fatalf("export over what is no file gives %v", err)
	}
}
