package gdal_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/airbusgeo/godal"

	"parus/imagery"
	"parus/imagery/gdal"
)

func spec(bits int) gdal.RasterSpec {
	nodata := 0.0
	return gdal.RasterSpec{
		Grid: imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{500000, 10, 0, 4100000, 0, -10}, Width: 70, Height: 40},
		Bits: bits, Bands: []string{"B04", "B08"}, NoData: &nodata, BlockPx: 32,
	}
}

// ramp gives every pixel of a band a value of its own, modulo 251.
func ramp(band, y, rows int) []uint16 {
	dn := make([]uint16, 70*rows)
	for i := range dn {
		dn[i] = uint16((y*70+i)*band%251 + 1)
	}
	return dn
}

func write(t *testing.T, path string, s gdal.RasterSpec) {
	t.Helper()
	w, err := gdal.CreateGeoTIFF(path, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, y := range []int{0, 32} {
		rows := min(32, 40-y)
		for band := 1; band <= 2; band++ {
			if err := w.WriteRows(band, y, ramp(band, y, rows)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWrittenRasterReadsBack(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{8, 16} {
		path := filepath.Join(t.TempDir(), "r.tif")
		write(t, path, spec(bits))
		gdal.Register()
		ds, err := godal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		st := ds.Structure()
		if st.SizeX != 70 || st.SizeY != 40 || st.BlockSizeX != 32 || st.BlockSizeY != 32 || st.NBands != 2 {
			t.Errorf("%d bits: structure %+v", bits, st)
		}
		if code := ds.SpatialRef().AuthorityCode(""); code != "32650" {
			t.Errorf("%d bits: EPSG %s", bits, code)
		}
		if gt, err := ds.GeoTransform(); err != nil || gt != spec(bits).Grid.Transform {
			t.Errorf("%d bits: geotransform %v, %v", bits, gt, err)
		}
		for i, b := range ds.Bands() {
			if nd, ok := b.NoData(); !ok || nd != 0 || b.Description() != []string{"B04", "B08"}[i] {
				t.Errorf("%d bits band %d: nodata %g %v, description %q", bits, i+1, nd, ok, b.Description())
			}
			got := make([]uint16, 70*40)
			if err := b.Read(0, 0, got, 70, 40); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, ramp(i+1, 0, 40)) {
				t.Errorf("%d bits band %d: pixels differ", bits, i+1)
			}
		}
		if err := ds.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSameRowsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	a, b := filepath.Join(t.TempDir(), "a.tif"), filepath.Join(t.TempDir(), "b.tif")
	write(t, a, spec(16))
	write(t, b, spec(16))
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x, y) {
		t.Error("two files of the same rows differ")
	}
}

func TestWriterRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	bad := spec(12)
	if _, err := gdal.CreateGeoTIFF(filepath.Join(t.TempDir(), "x.tif"), bad); err == nil {
		t.Error("12 bits were taken")
	}
	if _, err := gdal.CreateGeoTIFF(filepath.Join(t.TempDir(), "no", "x.tif"), spec(16)); err == nil {
		t.Error("a folder that is not there was taken")
	}
	w, err := gdal.CreateGeoTIFF(filepath.Join(t.TempDir(), "y.tif"), spec(8))
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"a band too many": func() error { return w.WriteRows(3, 0, ramp(1, 0, 1)) },
		"half a row":      func() error { return w.WriteRows(1, 0, make([]uint16, 35)) },
		"below the end":   func() error { return w.WriteRows(1, 39, ramp(1, 0, 2)) },
		"nothing":         func() error { return w.WriteRows(1, 0, nil) },
		"half a block":    func() error { return w.WriteRows(1, 0, ramp(1, 0, 7)) },
		"within a block":  func() error { return w.WriteRows(1, 8, ramp(1, 8, 32)) },
	} {
		if err := f(); !errors.Is(err, gdal.ErrRows) {
			t.Errorf("%s: error %v, want ErrRows", name, err)
		}
	}
	if err := w.WriteRows(1, 0, slices.Repeat([]uint16{256}, 70*32)); err == nil {
		t.Error("256 was taken into 8 bits")
	}
	if err := w.Close(); err == nil {
		t.Error("a raster without its rows was closed as if it were whole")
	}
	for _, crs := range []string{"GEOGCS[]", "EPSG:4326", "EPSG:1", ""} {
		s := spec(8)
		s.Grid.CRS = crs
		if _, err := gdal.CreateGeoTIFF(filepath.Join(t.TempDir(), "z.tif"), s); err == nil {
			t.Errorf("CRS %q was taken", crs)
		}
	}
}
