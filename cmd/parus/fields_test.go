package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"

	"parus/fields/delineate"
	"parus/imagery/gdal"
)

// drawRaster writes one band of 48 × 24 pixels of 10 m in UTM.
func drawRaster(t *testing.T, path string, value func(x, y int) uint16) {
	t.Helper()
	gdal.Register()
	ds, err := godal.Create(godal.GTiff, path, 1, godal.UInt16, 48, 24)
	if err != nil {
		t.Fatal(err)
	}
	sr, err := godal.NewSpatialRefFromEPSG(32650)
	if err != nil {
		t.Fatal(err)
	}
	pixels := make([]uint16, 48*24)
	for i := range pixels {
		pixels[i] = value(i%48, i/48)
	}
	for _, err := range []error{
		ds.SetSpatialRef(sr), ds.SetGeoTransform([6]float64{500000, 10, 0, 4000000, 0, -10}),
		ds.Bands()[0].Write(0, 0, pixels, 48, 24), ds.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fieldRows reads area and opinion of each field, in the file's order.
func fieldRows(t *testing.T, path string) (out []string) {
	t.Helper()
	ds, err := godal.Open(path, godal.VectorOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ds.Close() }()
	layer := ds.Layers()[0]
	for f := layer.NextFeature(); f != nil; f = layer.NextFeature() {
		at := f.Fields()
		out = append(out, fmt.Sprintf("%.2f %s %s", at["area_ha"].Float(), at["opinion_id"].String(), at["opinion"].String()))
		f.Close()
	}
	return out
}

func TestFieldsAreDrawnMaskedAndCompared(t *testing.T) {
	dir := t.TempDir()
	stack, mask := filepath.Join(dir, "stack.tif"), filepath.Join(dir, "mask.tif")
	// Two fields of 24 × 24 pixels with a little grain; a mask hides the last eight columns.
	r := rand.New(rand.NewPCG(1, 2))
	drawRaster(t, stack, func(x, _ int) uint16 { return uint16(1000 + 3000*(x/24) + r.IntN(100)) })
	drawRaster(t, mask, func(x, _ int) uint16 { return uint16(x / 40) })
	other := filepath.Join(dir, "other.geojson")
	square := func(id string, x0, x1 int) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"id":%q},"geometry":{"type":"Polygon","coordinates":[[[%d,3999760],[%d,3999760],[%d,4000000],[%d,4000000],[%d,3999760]]]}}`, id, x0, x1, x1, x0, x0)
	}
	writeFile(t, other, []byte(`{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32650"}},"features":[`+
		square("west", 500000, 500240)+`,`+square("all", 500000, 500480)+`]}`))
	out := filepath.Join(dir, "fields.gpkg")
	code, _, stderr := parus("fields", "delineate", "--stack", stack, "--mask", mask, "--second-opinion", other, "-o", out)
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	// 24 × 24 pixels of .01 ha; 16 × 24 of the other, of which "all" has three times as many.
	want := []string{"5.76 west agrees", "3.84 all joins"}
	if got := fieldRows(t, out); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("fields %q, want %q", got, want)
	}
}

func TestFieldsRefuseAMaskOfAnotherGrid(t *testing.T) {
	dir := t.TempDir()
	stack := filepath.Join(dir, "stack.tif")
	drawRaster(t, stack, func(x, _ int) uint16 { return uint16(x) })
	mask, _, _ := zonalFiles(t)
	out := filepath.Join(dir, "fields.gpkg")
	code, _, stderr := parus("fields", "delineate", "--stack", stack, "--mask", mask, "-o", out)
	if code != exitFail || !strings.Contains(stderr, "another grid") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestFieldsDelineateStartsFromTheDefaults(t *testing.T) {
	p := delineate.Defaults()
	_, help, _ := parus("fields", "delineate", "--help")
	for _, want := range []string{fmt.Sprintf("--contrast=%g", p.Contrast), fmt.Sprintf("--max-ha=%g", float64(p.MaxArea)), fmt.Sprintf("--min-ha=%g", float64(p.MinArea))} {
		if !strings.Contains(help, want) {
			t.Errorf("help does not say %s", want)
		}
	}
}
