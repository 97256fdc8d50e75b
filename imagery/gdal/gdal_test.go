package gdal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
)

const nd = observe.NoData

// tiff describes a small GeoTIFF for a test.
type tiff struct {
	epsg      int // 0 for none
	transform imagery.GeoTransform
	width     int
	bands     [][]uint16
	nodata    *float64
	scale     float64
	offset    float64
}

// write stores the file in a new folder and returns its path.
func (f tiff) write(t *testing.T) string {
	t.Helper()
	gdal.Register()
	path := filepath.Join(t.TempDir(), "test.tif")
	ds, err := godal.Create(godal.GTiff, path, len(f.bands), godal.UInt16, f.width, len(f.bands[0])/f.width)
	if err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(ds.SetGeoTransform(f.transform))
	if f.epsg != 0 {
		sr, err := godal.NewSpatialRefFromEPSG(f.epsg)
		check(err)
		check(ds.SetSpatialRef(sr))
		sr.Close()
	}
	for i, b := range ds.Bands() {
		check(b.Write(0, 0, f.bands[i], f.width, len(f.bands[i])/f.width))
		if f.nodata != nil {
			check(b.SetNoData(*f.nodata))
		}
		if f.scale != 0 {
			check(b.SetScaleOffset(f.scale, f.offset))
		}
	}
	check(ds.Close())
	return path
}

func counting(n int) []uint16 {
	out := make([]uint16, n)
	for i := range out {
		out[i] = uint16(i + 1)
	}
	return out
}

// grid10 is a grid of 4 × 4 pixels of 10 m whose corner is (500000, 4000040).
func grid10() imagery.Grid {
	return imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{500000, 10, 0, 4000040, 0, -10}, Width: 4, Height: 4}
}

func read(t *testing.T, path string, index int, g imagery.Grid, w imagery.Window) []int32 {
	t.Helper()
	r := gdal.NewReader()
	defer r.Close()
	dst := make([]int32, w.Width*w.Height)
	if err := r.Read(context.Background(), imagery.Band{Name: "B", Href: path, Index: index}, g, w, dst); err != nil {
		t.Fatal(err)
	}
	return dst
}

var whole = imagery.Window{Width: 4, Height: 4}

func TestReadPutsFilesOnTheGrid(t *testing.T) {
	t.Parallel()
	zero := 0.0
	cases := []struct {
		name string
		file tiff
		w    imagery.Window
		want []int32
	}{
		{"the same grid", tiff{epsg: 32650, transform: grid10().Transform, width: 4, bands: [][]uint16{counting(16)}}, imagery.Window{X: 1, Y: 1, Width: 2, Height: 2},
			[]int32{6, 7, 10, 11}},
		{"20 m pixels are replicated", tiff{epsg: 32650, transform: imagery.GeoTransform{500000, 20, 0, 4000040, 0, -20}, width: 2, bands: [][]uint16{counting(4)}}, whole,
			[]int32{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}},
		{"5 m pixels: the one under the centre's lower right", tiff{epsg: 32650, transform: imagery.GeoTransform{500000, 5, 0, 4000040, 0, -5}, width: 8, bands: [][]uint16{counting(64)}}, imagery.Window{Width: 2, Height: 1},
			[]int32{10, 12}},
		{"outside the file is no data", tiff{epsg: 32650, transform: imagery.GeoTransform{500020, 10, 0, 4000040, 0, -10}, width: 4, bands: [][]uint16{counting(16)}}, imagery.Window{X: 0, Y: -1, Width: 4, Height: 2},
			[]int32{nd, nd, nd, nd, nd, nd, 1, 2}},
		{"nodata of the file", tiff{epsg: 32650, transform: grid10().Transform, width: 4, bands: [][]uint16{append([]uint16{0}, counting(15)...)}, nodata: &zero}, imagery.Window{Width: 3, Height: 1},
			[]int32{nd, 1, 2}},
		{"south-up", tiff{epsg: 32650, transform: imagery.GeoTransform{500000, 10, 0, 4000000, 0, 10}, width: 4, bands: [][]uint16{counting(16)}}, imagery.Window{Width: 4, Height: 2},
			[]int32{13, 14, 15, 16, 9, 10, 11, 12}},
		{"rotated by a quarter turn", tiff{epsg: 32650, transform: imagery.GeoTransform{500000, 0, 10, 4000000, 10, 0}, width: 4, bands: [][]uint16{counting(16)}}, whole,
			[]int32{4, 8, 12, 16, 3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, read(t, c.file.write(t), 1, grid10(), c.w)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadWarpsOtherCRS(t *testing.T) {
	t.Parallel()
	// One value west and another east of a meridian, in degrees; on the UTM grid
	// of zone 50 the central meridian 117° E is x = 500000.
	file := tiff{epsg: 4326, transform: imagery.GeoTransform{116, 1, 0, 37, 0, -1}, width: 2, bands: [][]uint16{{7, 9, 7, 9}}}
	g := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{499980, 10, 0, 4000000, 0, -10}, Width: 4, Height: 1}
	got := read(t, file.write(t), 1, g, imagery.Window{Width: 4, Height: 1})
	if diff := cmp.Diff([]int32{7, 7, 9, 9}, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	good := tiff{epsg: 32650, transform: grid10().Transform, width: 4, bands: [][]uint16{counting(16)}}.write(t)
	noCRS := tiff{transform: grid10().Transform, width: 4, bands: [][]uint16{counting(16)}}.write(t)
	broken := filepath.Join(t.TempDir(), "broken.tif")
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, data[:len(data)/3], 0o600); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text.tif")
	if err := os.WriteFile(text, []byte("not a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		band imagery.Band
		want string
	}{
		"missing":  {imagery.Band{Href: filepath.Join(t.TempDir(), "none.tif"), Index: 1}, "none.tif"},
		"no image": {imagery.Band{Href: text, Index: 1}, "text.tif"},
		"broken":   {imagery.Band{Href: broken, Index: 1}, "broken.tif"},
		"index":    {imagery.Band{Href: good, Index: 2}, "band 2 is asked for, the file has 1"},
		"no CRS":   {imagery.Band{Href: noCRS, Index: 1}, "no coordinate reference system"},
		"inline":   {imagery.Band{Href: "<VRTDataset/>", Index: 1}, "a file name is wanted"},
	} {
		r := gdal.NewReader()
		err := r.Read(context.Background(), c.band, grid10(), whole, make([]int32, 16))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	}
}

func TestReaderKeepsReadingWithManyFiles(t *testing.T) {
	t.Parallel()
	r := gdal.NewReader()
	defer r.Close()
	dst := make([]int32, 16)
	var paths []string
	for range 70 { // more than stay open
		paths = append(paths, tiff{epsg: 32650, transform: grid10().Transform, width: 4, bands: [][]uint16{counting(16)}}.write(t))
	}
	for _, p := range append(paths, paths[0]) {
		if err := r.Read(context.Background(), imagery.Band{Href: p, Index: 1}, grid10(), whole, dst); err != nil || dst[15] != 16 {
			t.Fatal(err, dst[15])
		}
	}
}

// s2scene writes a scene of blue, red and SCL: vegetation whose DN start at
// low, and returns it without scales.
func s2scene(t *testing.T, low uint16, scale, offset float64, baseline string) imagery.Scene {
	t.Helper()
	return s2sceneWith(t, low, 4, scale, offset, baseline)
}

func s2sceneOf(t *testing.T, low, class uint16, baseline string) imagery.Scene {
	t.Helper()
	return s2sceneWith(t, low, class, 0, 0, baseline)
}

func s2sceneWith(t *testing.T, low, kind uint16, scale, offset float64, baseline string) imagery.Scene {
	t.Helper()
	const n = 40
	dn, scl := make([]uint16, n*n), make([]uint16, n*n)
	for i := range dn {
		dn[i], scl[i] = low+uint16(i%200), kind
	}
	gt := imagery.GeoTransform{500000, 10, 0, 4000400, 0, -10}
	data := tiff{epsg: 32650, transform: gt, width: n, bands: [][]uint16{dn, dn}, scale: scale, offset: offset}.write(t)
	class := tiff{epsg: 32650, transform: gt, width: n, bands: [][]uint16{scl}}.write(t)
	return imagery.Scene{ID: "S", Sensor: "sentinel-2-l2a", Baseline: baseline, Bands: []imagery.Band{
		{Name: "B02", Href: data, Index: 1}, {Name: "B04", Href: data, Index: 2}, {Name: "SCL", Href: class, Index: 1}}}
}

func TestProbeSettlesScaleAndOffset(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		scene    imagery.Scene
		item     bool // the item gives scale 1e-4 and offset −0.1
		source   string
		offset   float64
		note     string
		override float64
	}{
		{name: "the file's tags", scene: s2scene(t, 200, 1e-4, 0, ""), source: "file"},
		{name: "the sensor's defaults, old baseline", scene: s2scene(t, 200, 0, 0, "02.14"), source: "sensor"},
		{name: "the sensor's rule since baseline 04.00", scene: s2scene(t, 1200, 0, 0, "04.00"), source: "sensor", offset: -.1},
		{name: "a harmonised product of a new baseline", scene: s2scene(t, 200, 0, 0, "05.09"), source: "sensor", note: "applied already"},
		{name: "an offset that the file's tags forget", scene: s2scene(t, 1200, 1e-4, 0, "05.09"), source: "file", offset: -.1, note: "catalogue gives none"},
		{name: "the item's offset", scene: s2scene(t, 1200, 0, 0, "05.09"), item: true, source: "item", offset: -.1},
		{name: "the item's offset, lost in the pixels", scene: s2scene(t, 200, 0, 0, "05.09"), item: true, source: "item", note: "applied already"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			if c.item {
				for i := range s.Bands[:2] {
					s.Bands[i].Scale, s.Bands[i].Offset, s.Bands[i].ScaleSource = 1e-4, -.1, "item"
				}
			}
			r := gdal.NewReader()
			defer r.Close()
			got, err := r.Probe(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := got.Band("B04")
			if b.Scale != 1e-4 || fmt.Sprintf("%.6f", b.Offset) != fmt.Sprintf("%.6f", c.offset) || b.ScaleSource != c.source {
				t.Errorf("%+v", b)
			}
			notes := strings.Join(got.Notes, "; ")
			if !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
			if len(s.Notes) != 0 {
				t.Error("the scene given was changed")
			}
		})
	}
}

func TestProbeNamesTheBandThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := s2scene(t, 200, 1e-4, 0, "")
	s.Bands[1].Index = 5
	r := gdal.NewReader()
	defer r.Close()
	if _, err := r.Probe(context.Background(), s); err == nil || !strings.Contains(err.Error(), "scene S: B04") {
		t.Error(err)
	}
}

func TestReadInfoTellsCRSBlocksAndTags(t *testing.T) {
	t.Parallel()
	zero := 0.0
	path := tiff{epsg: 32650, transform: grid10().Transform, width: 4, bands: [][]uint16{counting(16)}, nodata: &zero, scale: 1e-4, offset: -.1}.write(t)
	got, err := gdal.ReadInfo(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	want := gdal.Info{Grid: grid10(), Blocks: [2]int{4, 4}, Bands: []gdal.BandInfo{{Type: "UInt16", NoData: &zero, Scale: 1e-4, Offset: -.1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkRead20mOnto10m(b *testing.B) {
	path := filepath.Join(b.TempDir(), "b.tif")
	gdal.Register()
	ds, err := godal.Create(godal.GTiff, path, 1, godal.UInt16, 1024, 1024, godal.CreationOption("TILED=YES", "COMPRESS=DEFLATE", "PREDICTOR=2"))
	if err != nil {
		b.Fatal(err)
	}
	sr, err := godal.NewSpatialRefFromEPSG(32650)
	if err != nil {
		b.Fatal(err)
	}
	_ = ds.SetSpatialRef(sr)
	_ = ds.SetGeoTransform([6]float64{0, 20, 0, 20480, 0, -20})
	if err := ds.Bands()[0].Write(0, 0, counting(1024*1024), 1024, 1024); err != nil {
		b.Fatal(err)
	}
	_ = ds.Close()
	g := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{0, 10, 0, 20480, 0, -10}, Width: 2048, Height: 2048}
	r := gdal.NewReader()
	defer r.Close()
	dst := make([]int32, 2048*256)
	b.SetBytes(int64(len(dst) * 2))
	for i := 0; b.Loop(); i++ {
		w := imagery.Window{Y: i % 8 * 256, Width: 2048, Height: 256}
		if err := r.Read(context.Background(), imagery.Band{Href: path, Index: 1}, g, w, dst); err != nil {
			b.Fatal(err)
		}
	}
}
