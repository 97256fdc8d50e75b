package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"

	"parus/imagery/extract"
)

// change opens a raster to change it before it is measured.
func change(t *testing.T, path string, do func(*godal.Dataset) error) string {
	t.Helper()
	ds, err := godal.Open(path, godal.Update())
	if err != nil {
		t.Fatal(err)
	}
	if err := do(ds); err != nil {
		t.Fatal(err)
	}
	if err := ds.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// rowsOf returns the lines of one raster without ID and name.
func rowsOf(csv, name string) []string {
	var out []string
	for line := range strings.Lines(csv) {
		if _, rest, ok := strings.Cut(line, ","+name+","); ok {
			out = append(out, strings.TrimSpace(rest))
		}
	}
	return out
}

func nine[T any](v ...T) []T { return v }

func TestMasksAndAlphaBandsSayWhereThereAreData(t *testing.T) {
	t.Parallel()
	values := nine[uint16](1, 2, 3, 4, 5, 6, 7, 8, 9)
	mask := nine[uint8](255, 0, 255, 255, 255, 255, 255, 255, 0) // without 2 and 9: 34 of 45, 7 pixels
	beside := change(t, raster(t, "beside.tif", 3, godal.UInt16, nil, values), func(ds *godal.Dataset) error {
		b, err := ds.CreateMaskBand(2, godal.ConfigOption("GDAL_TIFF_INTERNAL_MASK=NO"))
		if err != nil {
			return err
		}
		return b.Write(0, 0, mask, 3, 3)
	})
	inside := change(t, raster(t, "inside.tif", 3, godal.Float64, nil, nine(1., 2, 3, 4, 5, 6, 7, 8, 9)), func(ds *godal.Dataset) error {
		b, err := ds.CreateMaskBand(2, godal.ConfigOption("GDAL_TIFF_INTERNAL_MASK=YES"))
		if err != nil {
			return err
		}
		return b.Write(0, 0, mask, 3, 3)
	})
	alpha := change(t, raster(t, "alpha.tif", 3, godal.Byte, nil, nine[uint8](1, 2, 3, 4, 5, 6, 7, 8, 9), mask), func(ds *godal.Dataset) error {
		return ds.Bands()[1].SetColorInterp(godal.CIAlpha)
	})
	got, _ := run(t, extract.Job{
		Rasters: []string{beside, inside, alpha}, Parcels: vector(t, feature("1", 0, 0, 3, 3)), IDField: "id", Threads: 2,
		Stats: []extract.Stat{extract.Sum, extract.Min, extract.Max, extract.Median, extract.Valid},
	})
	// Sorted 1 3 4 5 6 7 8: median 5.
	want := "1,7,34,1,8,5,0.777777777778"
	for _, c := range []struct {
		name string
		want []string
	}{
		{beside, []string{want}},
		{inside, []string{want}},
		{alpha, []string{want, "2,9,1785,0,255,255,1"}}, // the alpha band itself has no mask: 7 · 255
	} {
		if diff := cmp.Diff(c.want, rowsOf(got, c.name)); diff != "" {
			t.Errorf("%s: %s", filepath.Base(c.name), diff)
		}
	}
}

func TestRastersInAnyDirectionAndUnitGiveTheSameNumbers(t *testing.T) {
	t.Parallel()
	// The same land: north-up; south-up with its rows turned; rows running
	// east, columns south; and scaled, whose numbers stay as they are stored.
	north := raster(t, "north.tif", 3, godal.UInt16, nil, nine[uint16](1, 2, 3, 4, 5, 6, 7, 8, 9))
	south := change(t, raster(t, "south.tif", 3, godal.UInt16, nil, nine[uint16](7, 8, 9, 4, 5, 6, 1, 2, 3)), func(ds *godal.Dataset) error {
		return ds.SetGeoTransform([6]float64{500000, 10, 0, 3999970, 0, 10})
	})
	turned := change(t, raster(t, "turned.tif", 3, godal.UInt16, nil, nine[uint16](1, 4, 7, 2, 5, 8, 3, 6, 9)), func(ds *godal.Dataset) error {
		return ds.SetGeoTransform([6]float64{500000, 0, 10, 4000000, -10, 0})
	})
	scaled := change(t, raster(t, "scaled.tif", 3, godal.UInt16, nil, nine[uint16](1, 2, 3, 4, 5, 6, 7, 8, 9)), func(ds *godal.Dataset) error {
		return ds.Bands()[0].SetScaleOffset(.1, -5)
	})
	got, _ := run(t, extract.Job{
		Rasters: []string{north, south, turned, scaled}, Parcels: vector(t, feature("1", .5, 0, 2.25, 1)), IDField: "id",
		Stats: []extract.Stat{extract.Sum, extract.Max},
	})
	for _, name := range []string{north, south, turned, scaled} {
		// .5·1 + 2 + .25·3
		if diff := cmp.Diff([]string{"1,1.75,3.25,3"}, rowsOf(got, name)); diff != "" {
			t.Errorf("%s: %s", filepath.Base(name), diff)
		}
	}
}

func TestARasterThatFailsCostsNoOtherItsRows(t *testing.T) {
	t.Parallel()
	good, features := mosaic(t, 40)
	last, _ := mosaic(t, 1)
	broken := filepath.Join(t.TempDir(), "broken.tif")
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	half := append([]byte(nil), data...)
	clear(half[len(half)/2 : len(half)/2+20_000]) // uncompressed pixels stay readable, so cut as well
	cut := filepath.Join(t.TempDir(), "cut.tif")
	for path, content := range map[string][]byte{broken: []byte("hello"), cut: half[:len(half)*2/3]} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plain := filepath.Join(t.TempDir(), "plain.tif")
	ds, err := godal.Create(godal.GTiff, plain, 1, godal.Byte, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := ds.Close(); err != nil {
		t.Fatal(err)
	}
	job := extract.Job{Parcels: vector(t, features...), IDField: "id", Stats: everything, Threads: 3}
	job.Rasters = []string{good, last}
	want, _ := run(t, job)
	job.Rasters = []string{broken, good, cut, plain, last}
	var dones []int
	job.Progress = func(done, total int) { dones = append(dones, done*100+total) }
	got, report := run(t, job)
	if got != want {
		t.Error("the rows of the good rasters are not those without the bad ones")
	}
	var failed []string
	for _, f := range report.Failed {
		failed = append(failed, filepath.Base(f.Raster))
		if !strings.Contains(f.String(), f.Raster) {
			t.Errorf("%q does not name %s", f, f.Raster)
		}
	}
	if diff := cmp.Diff([]string{"broken.tif", "cut.tif", "plain.tif"}, failed); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{105, 205, 305, 405, 505}, dones); diff != "" {
		t.Error("progress: ", diff)
	}
}

func TestManyGridsAreMeasuredEachOnItsOwn(t *testing.T) {
	t.Parallel()
	values := make([]uint16, 60*60)
	for i := range values {
		values[i] = uint16(i % 60)
	}
	var names []string
	for k := range 6 { // the same land, its columns further east
		names = append(names, change(t, raster(t, fmt.Sprintf("g%d.tif", k), 60, godal.UInt16, nil, values), func(ds *godal.Dataset) error {
			return ds.SetGeoTransform([6]float64{500000 + 10*float64(k), 10, 0, 4000000, 0, -10})
		}))
	}
	got, report := run(t, extract.Job{Rasters: append(names, names[0]), Parcels: vector(t, feature("1", 20, 0, 21, 1)), IDField: "id", Stats: []extract.Stat{extract.Mean}, Threads: 2})
	if report.Measured != 1 || report.Rows != 7 {
		t.Errorf("%+v", report)
	}
	for k, name := range names {
		want := []string{fmt.Sprintf("1,1,%d", 20-k)}
		if k == 0 {
			want = append(want, want[0])
		}
		if diff := cmp.Diff(want, rowsOf(got, name)); diff != "" {
			t.Errorf("%s: %s", filepath.Base(name), diff)
		}
	}
}

func TestMemoryChangesNoByteUntilItIsTooLittle(t *testing.T) {
	t.Parallel()
	path, features := mosaic(t, 500)
	job := extract.Job{Rasters: []string{path, path}, Parcels: vector(t, features...), IDField: "id", Stats: everything, Threads: 2}
	want, report := run(t, job)
	smaller := 0
	for memory := report.Memory; ; memory -= 64 << 10 {
		job.Memory = memory
		var b bytes.Buffer
		less, err := extract.Run(context.Background(), job, &b)
		if err != nil {
			if !strings.Contains(err.Error(), "may use") || !strings.Contains(err.Error(), "--memory") {
				t.Error(err)
			}
			break
		}
		if b.String() != want || less.Memory > memory {
			t.Fatalf("%d bytes may be used, %d are needed; same rows: %v", memory, less.Memory, b.String() == want)
		}
		if less.Memory < report.Memory {
			smaller++
		}
	}
	if smaller == 0 {
		t.Error("no amount of memory made the job use less")
	}
}
