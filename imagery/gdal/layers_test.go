package gdal_test

import (
	"path/filepath"
	"slices"
	"testing"

	"parus/imagery"
	"parus/imagery/gdal"
)

func TestLayersComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	// 40 × 20 pixels in tiles of 16: three across, two down, the last ones partly outside.
	const width, height, side = 40, 20, 16
	g := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{4e5, 10, 0, 4.1e6, 0, -10}, Width: width, Height: height}
	value := func(band, x, y int) int16 { return int16(band*20000 - 32768 + 700*x - 311*y) }
	write := func(path string) {
		w, err := gdal.CreateLayers(path, gdal.LayersSpec{Grid: g, Names: []string{"ndvi 2024-03-16", "b c"}, NoData: -32768, Scale: 1e-4, TilePx: side})
		if err != nil {
			t.Fatal(err)
		}
		encode, err := w.Encoder()
		if err != nil {
			t.Fatal(err)
		}
		for tile := range 6 {
			var layers [][]byte
			for band := range 2 {
				px := make([]int16, side*side)
				for i := range px {
					px[i] = value(band, tile%3*side+i%side, tile/3*side+i/side)
				}
				data, err := encode(nil, px)
				if err != nil {
					t.Fatal(err)
				}
				layers = append(layers, data)
			}
			if err := w.Put(tile+1, layers); err == nil {
				t.Fatal("tiles out of order are taken")
			}
			if err := w.Put(tile, layers); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "layers.tif")
	write(path)
	cog := filepath.Join(t.TempDir(), "cog.tif")
	if err := gdal.CopyToCOG(path, cog); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, cog} {
		r, err := gdal.OpenRaster(file)
		if err != nil {
			t.Fatal(err)
		}
		if r.Grid != g || len(r.Bands) != 2 || r.Bands[0].Type != "Int16" || r.Bands[0].Scale != 1e-4 ||
			r.Bands[1].Description != "b c" || r.Bands[0].NoData == nil || *r.Bands[0].NoData != -32768 {
			t.Errorf("%s says of itself %+v", file, r.Info)
		}
		for band := range 2 {
			got, want := make([]int16, width*height), make([]int16, width*height)
			if err := gdal.ReadPixels(r, band+1, imagery.Window{Width: width, Height: height}, got); err != nil {
				t.Fatal(err)
			}
			for i := range want {
				want[i] = value(band, i%width, i/width)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: band %d has come back as something else", file, band+1)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLayersRefuseHalfAFile(t *testing.T) {
	t.Parallel()
	g := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{0, 10, 0, 0, 0, -10}, Width: 16, Height: 16}
	path := filepath.Join(t.TempDir(), "x.tif")
	w, err := gdal.CreateLayers(path, gdal.LayersSpec{Grid: g, Names: []string{"a"}, TilePx: 16})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("a file without its tiles is closed as whole")
	}
	g.CRS = "EPSG:4326"
	if _, err := gdal.CreateLayers(path, gdal.LayersSpec{Grid: g, Names: []string{"a"}, TilePx: 16}); err == nil {
		t.Error("degrees are taken for metres")
	}
}

func TestNativeReadsAreThoseOfRead(t *testing.T) {
	t.Parallel()
	g := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{4e5, 10, 0, 4.1e6, 0, -10}, Width: 32, Height: 32}
	path := filepath.Join(t.TempDir(), "b.tif")
	w, err := gdal.CreateGeoTIFF(path, gdal.RasterSpec{Grid: g, Bits: 16, Bands: []string{"B04"}, BlockPx: 16})
	if err != nil {
		t.Fatal(err)
	}
	dn := make([]uint16, 32*32)
	for i := range dn {
		dn[i] = uint16(i * 61)
	}
	if err := w.WriteRows(1, 0, dn); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := gdal.NewReaderOf(1)
	defer r.Close()
	b := imagery.Band{Name: "B04", Href: path, Index: 1}
	moved := g // five columns west and three rows north of the file
	moved.Transform[0], moved.Transform[3] = moved.Transform[0]-50, moved.Transform[3]+30
	win := imagery.Window{X: 5, Y: 3, Width: 20, Height: 10}
	native, read := make([]uint16, 200), make([]int32, 200)
	ok, err := r.ReadNative(t.Context(), b, moved, win, native)
	if err != nil || !ok {
		t.Fatalf("%t, %v", ok, err)
	}
	if err := r.Read(t.Context(), b, moved, win, read); err != nil {
		t.Fatal(err)
	}
	for i := range native {
		if int32(native[i]) != read[i] {
			t.Fatalf("pixel %d is %d and %d", i, native[i], read[i])
		}
	}
	coarse := g
	coarse.Transform[1], coarse.Transform[5] = 20, -20
	other := g
	other.CRS = "EPSG:32649"
	half := g
	half.Transform[0] += 5
	for name, c := range map[string]struct {
		g imagery.Grid
		w imagery.Window
	}{"another resolution": {coarse, win}, "another CRS": {other, win}, "half a pixel off": {half, win}, "beyond the file": {g, imagery.Window{X: 20, Width: 20, Height: 10}}} {
		if ok, err := r.ReadNative(t.Context(), b, c.g, c.w, native); ok || err != nil {
			t.Errorf("%s is read natively, %v", name, err)
		}
	}
}
