package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"

	"parus/imagery/extract"
	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// raster writes a GeoTIFF of EPSG:32650 with 10 m pixels whose corner is
// (500000, 4000000), with 64 × 64 blocks, and returns its path.
func raster[T any](t *testing.T, name string, width int, dtype godal.DataType, nodata *float64, bands ...[]T) string {
	t.Helper()
	gdal.Register()
	path := filepath.Join(t.TempDir(), name)
	ds, err := godal.Create(godal.GTiff, path, len(bands), dtype, width, len(bands[0])/width, godal.CreationOption("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(ds.SetGeoTransform([6]float64{500000, 10, 0, 4000000, 0, -10}))
	sr, err := godal.NewSpatialRefFromEPSG(32650)
	check(err)
	check(ds.SetSpatialRef(sr))
	sr.Close()
	for i, b := range ds.Bands() {
		check(b.Write(0, 0, bands[i], width, len(bands[i])/width))
		if nodata != nil {
			check(b.SetNoData(*nodata))
		}
	}
	check(ds.Close())
	return path
}

// feature is a box in EPSG:32650, in pixels from the raster's corner.
func feature(id string, x0, y0, x1, y1 float64) string {
	p := func(x, y float64) string { return fmt.Sprintf("[%.3f,%.3f]", 500000+10*x, 4000000-10*y) }
	return fmt.Sprintf(`{"type":"Feature","properties":{"id":%s},"geometry":{"type":"Polygon","coordinates":[[%s,%s,%s,%s,%s]]}}`,
		id, p(x0, y0), p(x1, y0), p(x1, y1), p(x0, y1), p(x0, y0))
}

func vector(t *testing.T, features ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "parcels.geojson")
	text := `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32650"}},"features":[` + strings.Join(features, ",\n") + `]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, job extract.Job) (string, extract.Report) {
	t.Helper()
	var b bytes.Buffer
	report, err := extract.Run(context.Background(), job, &b)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), report
}

func TestStatisticsOfFilesByHand(t *testing.T) {
	t.Parallel()
	zero := 0.0
	a := raster(t, "a.tif", 3, godal.UInt16, &zero, []uint16{1, 2, 3, 0, 5, 6, 7, 8, 9}, []uint16{10, 20, 30, 40, 50, 60, 70, 80, 90})
	f := raster(t, "f.tif", 3, godal.Float32, nil, []float32{.5, .5, .5, .25, .25, .25, 0, 0, 0})
	parcels := vector(t,
		feature(`"b,1"`, .5, 0, 2.25, 1), // .5, 1 and .25 of the first row
		feature(`"whole"`, 0, 0, 3, 3),   // all nine, one without data in band 1
		feature(`"out"`, 10, 10, 12, 12), // off the rasters
		feature(`"hidden"`, 0, 1, 1, 2),  // only the pixel without data
		strings.Replace(feature(`"bow"`, 0, 0, 2, 2), "[500020.000,4000000.000],[500020.000,3999980.000]", "[500020.000,3999980.000],[500020.000,4000000.000]", 1),
	)
	got, report := run(t, extract.Job{Rasters: []string{a, f}, Parcels: parcels, IDField: "id", Threads: 2,
		Stats: []extract.Stat{extract.Sum, extract.Mean, extract.Min, extract.Max, extract.Median, extract.Valid}})
	// "b,1" in band 1: sum .5·1+2+.25·3 = 3.25, mean 3.25/1.75 = 1.85714286, median 1.875 (see zonal).
	want := strings.NewReplacer("A", a, "F", f).Replace(`id,raster,band,count,sum,mean,min,max,median,valid_fraction
"b,1",A,1,1.75,3.25,1.85714286,1,3,1.875,1
whole,A,1,8,41,5.125,1,9,5.5,0.888888888889
out,A,1,0,0,,,,,0
hidden,A,1,0,0,,,,,0
"b,1",A,2,1.75,32.5,18.57142857,10,30,18.75,1
whole,A,2,9,450,50,10,90,50,1
out,A,2,0,0,,,,,0
hidden,A,2,1,40,40,40,40,40,1
"b,1",F,1,1.75,0.875,0.5,0.5,0.5,0.5,1
whole,F,1,9,2.25,0.25,0,0.5,0.25,1
out,F,1,0,0,,,,,0
hidden,F,1,1,0.25,0.25,0.25,0.25,0.25,1
`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	report.Memory = 0 // an estimate
	wantReport := extract.Report{Parcels: 5, Measured: 3, Outside: 1, Rows: 12, Refused: []zonal.Refusal{{ID: "bow", Reason: report.Refused[0].Reason}}}
	if diff := cmp.Diff(wantReport, report); diff != "" || report.Refused[0].Reason == "" {
		t.Error(diff)
	}
}

// mosaic makes n boxes of random size and a raster of noise of 300 × 300
// pixels in three bands.
func mosaic(t *testing.T, n int) (rasterPath string, features []string) {
	r := rand.New(rand.NewPCG(1, 2))
	var bands [][]uint16
	for range 3 {
		b := make([]uint16, 300*300)
		for i := range b {
			b[i] = uint16(r.IntN(4000))
		}
		bands = append(bands, b)
	}
	for i := range n {
		x, y := 290*r.Float64()-3, 290*r.Float64()-3
		features = append(features, feature(fmt.Sprint(i), x, y, x+40*r.Float64()+.1, y+40*r.Float64()+.1))
	}
	zero := 0.0
	return raster(t, "m.tif", 300, godal.UInt16, &zero, bands...), features
}

var everything = []extract.Stat{extract.Sum, extract.Mean, extract.Stdev, extract.Min, extract.Max, extract.Median, extract.Valid, extract.Interior}

func TestThreadsAndOrderOfParcelsChangeNothing(t *testing.T) {
	t.Parallel()
	path, features := mosaic(t, 60)
	job := extract.Job{Rasters: []string{path}, Parcels: vector(t, features...), IDField: "id", Stats: everything, Threads: 1}
	want, _ := run(t, job)
	job.Threads = 4
	if got, _ := run(t, job); got != want {
		t.Error("four threads write other bytes than one")
	}
	shuffled := append([]string(nil), features...)
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	job.Parcels = vector(t, shuffled...)
	got, _ := run(t, job)
	if diff := cmp.Diff(sortedLines(want), sortedLines(got)); diff != "" {
		t.Error(diff)
	}
}

func sortedLines(s string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(s) {
		out[line] = true
	}
	return out
}

func TestParcelsOfAnotherCRSAreReprojected(t *testing.T) {
	t.Parallel()
	b := make([]uint16, 100)
	for i := range b {
		b[i] = uint16(i + 1)
	}
	path := raster(t, "r.tif", 10, godal.UInt16, nil, b)
	// The raster's corner lies on 117° E; in degrees the whole raster lies
	// within this box.
	deg := filepath.Join(t.TempDir(), "deg.geojson")
	text := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":1.5},"geometry":{"type":"Polygon","coordinates":[[[116.9,36.1],[117.1,36.1],[117.1,36.2],[116.9,36.2],[116.9,36.1]]]}}]}`
	if err := os.WriteFile(deg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, _ := run(t, extract.Job{Rasters: []string{path}, Parcels: deg, IDField: "id", Stats: []extract.Stat{extract.Sum}})
	if want := "1.5," + path + ",1,100,5050\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunFailsWhereNothingCanBeMeasured(t *testing.T) {
	t.Parallel()
	good := raster(t, "r.tif", 2, godal.UInt16, nil, []uint16{1, 2, 3, 4})
	complexes := raster(t, "c.tif", 1, godal.CFloat32, nil, []complex64{1})
	text := filepath.Join(t.TempDir(), "no.tif")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	box := vector(t, feature("1", 0, 0, 1, 1))
	for name, c := range map[string]struct {
		job  extract.Job
		want string
	}{
		"no raster":      {extract.Job{Parcels: box, IDField: "id"}, "no raster"},
		"missing raster": {extract.Job{Rasters: []string{"/nowhere/x.tif"}, Parcels: box, IDField: "id"}, "x.tif"},
		"broken raster":  {extract.Job{Rasters: []string{text}, Parcels: box, IDField: "id"}, "no.tif"},
		"little memory":  {extract.Job{Rasters: []string{good}, Parcels: box, IDField: "id", Memory: 1 << 20}, "needs about"},
		"complex":        {extract.Job{Rasters: []string{complexes}, Parcels: box, IDField: "id"}, "CFloat32"},
		"no field":       {extract.Job{Rasters: []string{good}, Parcels: box, IDField: "key"}, "key"},
		"all outside":    {extract.Job{Rasters: []string{good}, Parcels: vector(t, feature("1", 50, 50, 60, 60)), IDField: "id"}, "1 lie outside"},
		"all refused":    {extract.Job{Rasters: []string{good}, Parcels: vector(t, feature("1", 0, 0, 0, 1)), IDField: "id"}, "1 are refused"},
	} {
		var b bytes.Buffer
		if _, err := extract.Run(context.Background(), c.job, &b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestRunStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	path, features := mosaic(t, 5)
	parcels := vector(t, features...)
	ctx, cancel := context.WithCancel(context.Background())
	job := extract.Job{Rasters: slices.Repeat([]string{path}, 30), Parcels: parcels, IDField: "id", Threads: 1, Progress: func(int, int) { cancel() }}
	if _, err := extract.Run(ctx, job, &bytes.Buffer{}); err == nil {
		t.Error("a cancelled run ends well")
	}
}

func TestParseStats(t *testing.T) {
	t.Parallel()
	got, err := extract.ParseStats([]string{"count", " Mean", "median", "mean"})
	if diff := cmp.Diff([]extract.Stat{extract.Mean, extract.Median}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := extract.ParseStats([]string{"mode"}); err == nil || !strings.Contains(err.Error(), "median") {
		t.Errorf("an unknown statistic: %v", err)
	}
}
