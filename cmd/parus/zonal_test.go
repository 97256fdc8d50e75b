package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parus/imagery/gdal"

	"github.com/airbusgeo/godal"
)

// zonalFiles writes a raster of 2 × 2 pixels and one parcel over all of it.
func zonalFiles(t *testing.T) (raster, parcels, dir string) {
	t.Helper()
	gdal.Register()
	dir = t.TempDir()
	raster, parcels = filepath.Join(dir, "r.tif"), filepath.Join(dir, "p.geojson")
	ds, err := godal.Create(godal.GTiff, raster, 1, godal.UInt16, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	sr, err := godal.NewSpatialRefFromEPSG(4326)
	if err != nil {
		t.Fatal(err)
	}
	if err := ds.SetSpatialRef(sr); err != nil {
		t.Fatal(err)
	}
	if err := ds.SetGeoTransform([6]float64{117, 1, 0, 37, 0, -1}); err != nil {
		t.Fatal(err)
	}
	if err := ds.Bands()[0].Write(0, 0, []uint16{1, 2, 3, 4}, 2, 2); err != nil {
		t.Fatal(err)
	}
	if err := ds.Close(); err != nil {
		t.Fatal(err)
	}
	text := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"p"},"geometry":{"type":"Polygon","coordinates":[[[117,35],[119,35],[119,37],[117,37],[117,35]]]}}]}`
	if err := os.WriteFile(parcels, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return raster, parcels, dir
}

func TestZonalWritesAWholeFileOrNone(t *testing.T) {
	raster, parcels, dir := zonalFiles(t)
	out := filepath.Join(dir, "out.csv")
	code, stdout, stderr := parus("zonal", "--raster", raster, "--parcels", parcels, "--id", "id", "--stats", "mean,max", "-o", out)
	if code != exitOK || stdout != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	got, err := os.ReadFile(out)
	if want := "id,raster,band,count,mean,max\np," + raster + ",1,4,2.5,4\n"; err != nil || string(got) != want {
		t.Errorf("%s, want %s (%v)", got, want, err)
	}
	if !strings.Contains(stderr, "1 parcels: 1 measured") {
		t.Errorf("stderr %q", stderr)
	}
	code, stdout, _ = parus("zonal", "--raster", raster, "--raster", raster, "--parcels", parcels, "--id", "id", "--stats", "mean")
	if code != exitOK || strings.Count(stdout, "\n") != 3 {
		t.Errorf("to stdout, two rasters: exit %d %q", code, stdout)
	}
	broken := filepath.Join(dir, "broken.tif")
	if err := os.WriteFile(broken, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	rest := filepath.Join(dir, "rest.csv")
	code, _, stderr = parus("zonal", "--raster", broken, "--raster", raster, "--parcels", parcels, "--id", "id", "--stats", "mean,max", "-o", rest)
	if code != exitFail || !strings.Contains(stderr, "raster failed: ") || !strings.Contains(stderr, "broken.tif") || !strings.Contains(stderr, "1 of 2 rasters failed") {
		t.Errorf("one of two rasters broken: exit %d %q", code, stderr)
	}
	if others, err := os.ReadFile(rest); err != nil || string(others) != string(got) {
		t.Errorf("the rows of the other raster are %q (%v), want %q", others, err, got)
	}
	none := filepath.Join(dir, "none.csv")
	code, _, stderr = parus("zonal", "--raster", broken, "--parcels", parcels, "--id", "id", "-o", none)
	if code != exitFail || !strings.Contains(stderr, "broken.tif") {
		t.Errorf("exit %d %q", code, stderr)
	}
	code, _, stderr = parus("zonal", "--raster", raster, "--parcels", parcels, "--id", "id", "--memory", "1M", "-o", none)
	if code != exitFail || !strings.Contains(stderr, "may use 1 MiB") {
		t.Errorf("one megabyte: exit %d %q", code, stderr)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*none.csv*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left)+len(hidden) > 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
}

func TestMemoryIsReadWithItsUnit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]byteSize{"0": 0, "4096": 4096, "600M": 600 << 20, "1.5g": 3 << 29, "4GiB": 4 << 30, " 2 KB ": 2048} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "much", "-1G", "4T", "NaN", "1e30"} {
		if err := new(byteSize).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for an amount", text)
		}
	}
	if n, ok := availableMemory("MemTotal: 9 kB\nMemAvailable:    1024 kB\n"); n != 1<<20 || !ok {
		t.Errorf("available %d, %v", n, ok)
	}
	if _, ok := availableMemory("MemTotal: 9 kB\n"); ok {
		t.Error("memory is available where the system says nothing")
	}
}

func TestZonalExitsWithTwoOnWrongUsage(t *testing.T) {
	raster, parcels, _ := zonalFiles(t)
	for name, args := range map[string][]string{
		"no raster":         {"zonal", "--parcels", parcels, "--id", "id"},
		"unknown statistic": {"zonal", "--raster", raster, "--parcels", parcels, "--id", "id", "--stats", "mode"},
		"unknown amount":    {"zonal", "--raster", raster, "--parcels", parcels, "--id", "id", "--memory", "much"},
		"negative threads":  {"zonal", "--raster", raster, "--parcels", parcels, "--id", "id", "--threads=-1"},
	} {
		if code, _, stderr := parus(args...); code != exitUsage || stderr == "" {
			t.Errorf("%s: exit %d %q", name, code, stderr)
		}
	}
}

func TestProgressSpeaksEveryTwoSecondsAndEstimates(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	at := time.Unix(0, 0)
	tell := newProgress(&b, "verb", "things", func() time.Time { return at })
	for done := 1; done <= 4; done++ {
		at = at.Add(1500 * time.Millisecond)
		tell(done, 4)
	}
	// Told at 3 s (two of four done, 3 s left), not at 4.5 s, and at the end.
	if want := "verb: 2 of 4 things, 3s left\nverb: 4 of 4 things, 0s left\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	b.Reset()
	newProgress(&b, "verb", "things", func() time.Time { return at })(4, 4)
	if b.Len() > 0 {
		t.Errorf("short work says %q", b.String())
	}
}
