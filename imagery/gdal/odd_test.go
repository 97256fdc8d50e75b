package gdal_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
)

// odd is a raster of the conformance set, what is said of it, and what becomes
// of it as blue, green and red of a scene: the reason for which it is refused,
// or how its numbers are taken, how much of the grid has data and the median
// reflectance there.
type odd struct {
	file  string
	scale float64       // 0 for nothing said
	grid  *imagery.Grid // nil for the file's own
	want  string
}

func oddRasters() []odd {
	degrees := func(west, north, step float64, n int) *imagery.Grid {
		return &imagery.Grid{CRS: "EPSG:4326", Transform: imagery.GeoTransform{west, step, 0, north, 0, -step}, Width: n, Height: n}
	}
	utm := func(epsg int, x, y, step float64, n int) *imagery.Grid {
		return &imagery.Grid{CRS: fmt.Sprint("EPSG:", epsg), Transform: imagery.GeoTransform{x, step, 0, y, 0, -step}, Width: n, Height: n}
	}
	return []odd{
		{"RGBA.uint16.tif", 0, nil, "taken by the sensor: 48.9 % has data, median 1.000"},
		{"SCF_pixel_shift.tif", 0, nil, "refused: scale 1 and offset 0 (of the values) make the median 98.04 of its pixels a reflectance of 98: state the scale of these numbers in the item or sidecar"},
		{"SCF_pixel_shift.tif", .01, nil, "taken by the item: 92.8 % has data, median 0.980"},
		{"all-nodata.tif", 0, nil, "taken by the sensor: no pixel has data"},
		{"blue.tif", 0, nil, "taken by the sensor: 69.8 % has data, median 1.044"},
		{"byte.tif", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"byte.tif", 1.0 / 255, nil, "taken by the item: 100.0 % has data, median 0.482"},
		{"cog_dateline.tif", 0, nil, "refused: scale 0.0001 and offset 0 (of the sensor) make the median 2.195e+04 of its pixels a reflectance of 2.2: state the scale of these numbers in the item or sidecar"},
		{"cog_dateline.tif", 2e-5, nil, "taken by the item: 100.0 % has data, median 0.439"},
		{"cog_dateline.tif", 2e-5, degrees(-180, 52.5, .02, 80), "taken by the item: 86.7 % has data, median 0.439"},
		{"cog_dateline.tif", 2e-5, degrees(178, 52.5, .02, 80), "taken by the item: 98.6 % has data, median 0.439"},
		{"cog_dateline.tif", 2e-5, utm(32601, 300000, 5800000, 500, 80), "taken by the item: 100.0 % has data, median 0.439"},
		{"cog_gcps_ovr.tif", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"cog_gcps_ovr.tif", 1.0 / 255, degrees(76, 11.5, .02, 80), "taken by the item: 69.8 % has data, median 0.012"},
		{"cog_int16.tif", 0, nil, "taken by the sensor: 51.8 % has data, median 0.009"},
		{"cog_nodata.tif", 0, nil, "taken by the sensor: 51.8 % has data, median 0.374"},
		{"cog_scale.tif", 0, nil, "refused: scale 0.0001 and offset 1000 (of the file) give no reflectance: state them in the item or sidecar"},
		{"cog_scale.tif", 1e-4, nil, "taken by the item: 100.0 % has data, median 0.518"},
		{"cog_uint8_rgb_nodata.tif", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"cog_uint8_rgb_nodata.tif", 1.0 / 255, nil, "taken by the item: 75.0 % has data, median 0.004"},
		{"float_nan.tif", 0, nil, "refused: the file has no coordinate reference system: set one, for example with gdal_edit.py -a_srs"},
		{"float_raster_with_nodata.tif", 0, nil, "taken by the values: 62.8 % has data, median 0.000"},
		{"float_raster_with_nodata.tif", 1, degrees(38, 49.5, .005, 40), "taken by the item: 7.6 % has data, median 0.000"},
		{"inverted_lat.tif", 0, nil, "taken by the values: no pixel has data"},
		{"jp2/img-15bit.jp2", 0, nil, "taken by the sensor: 4.8 % has data, median 0.001"},
		{"jp2/img-16bit.jp2", 0, nil, "refused: the file has no coordinate reference system: set one, for example with gdal_edit.py -a_srs"},
		{"jp2/img-8bit.jp2", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"landsat5_LT52240631988227CUB02/LT52240631988227CUB02_B1.TIF", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"landsat5_LT52240631988227CUB02/LT52240631988227CUB02_B2.TIF", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"landsat5_LT52240631988227CUB02/LT52240631988227CUB02_B3.TIF", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"landsat5_LT52240631988227CUB02/LT52240631988227CUB02_B4.TIF", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"landsat5_LT52240631988227CUB02/LT52240631988227CUB02_B5.TIF", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"landsat5_LT52240631988227CUB02/LT52240631988227CUB02_B6.TIF", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"landsat5_LT52240631988227CUB02/LT52240631988227CUB02_B7.TIF", 0, nil, "refused: numbers of 8 bits, but the sensor's scale 0.0001 is for 16: state the scale of these in the item or sidecar"},
		{"landsat8_LC08_L2SR_099120_20191129/LC08_L2SR_099120_20191129_20201016_02_T2_QA_PIXEL.TIF", 0, nil, "taken by the sensor: 100.0 % has data, median 0.000"},
		{"landsat8_LC08_L2SR_099120_20191129/LC08_L2SR_099120_20191129_20201016_02_T2_SR_B4.TIF", 0, nil, "refused: scale 0.0001 and offset 0 (of the sensor) make the median 4.122e+04 of its pixels a reflectance of 4.12: state the scale of these numbers in the item or sidecar"},
		{"landsat8_LC08_L2SR_099120_20191129/LC08_L2SR_099120_20191129_20201016_02_T2_SR_B4.TIF", 2.75e-5, nil, "taken by the item: 48.9 % has data, median 1.134"},
		{"landsat8_LC08_L2SR_099120_20191129/LC08_L2SR_099120_20191129_20201016_02_T2_SR_B5.TIF", 0, nil, "refused: scale 0.0001 and offset 0 (of the sensor) make the median 3.854e+04 of its pixels a reflectance of 3.85: state the scale of these numbers in the item or sidecar"},
		{"landsat8_LC08_L2SR_099120_20191129/LC08_L2SR_099120_20191129_20201016_02_T2_SR_B5.TIF", 2.75e-5, nil, "taken by the item: 48.9 % has data, median 1.060"},
		{"nocog.tif", 0, nil, "taken by the sensor: 100.0 % has data, median 0.280"},
		{"red.tif", 0, nil, "taken by the sensor: 69.8 % has data, median 0.824"},
		{"rotated.tif", 0, nil, "refused: the file has no coordinate reference system: set one, for example with gdal_edit.py -a_srs"},
		{"sen2r/S2A1C_20170703_022_Barbellino_TOA_10.tif", 0, nil, "taken by the sensor: 100.0 % has data, median 0.152"},
		{"sen2r/S2A1C_20190723_022_Barbellino_TOA_10.tif", 0, nil, "taken by the sensor: 100.0 % has data, median 0.142"},
		{"sen2r/S2A2A_20170703_022_Barbellino_BOA_10.tif", 0, nil, "taken by the sensor: 100.0 % has data, median 0.072"},
		{"sen2r/S2A2A_20190723_022_Barbellino_BOA_10.tif", 0, nil, "taken by the sensor: 100.0 % has data, median 0.071"},
		{"test_esri_wkt.tif", 0, nil, "taken by the sensor: 100.0 % has data, median 0.000"},
		{"test_esri_wkt.tif", 1e-4, degrees(-96.177, 44.307, .00005, 10), "taken by the item: 15.0 % has data, median 0.000"},
	}
}

// outcome tells in words what becomes of a file.
func (o odd) outcome(ctx context.Context, path string) string {
	r := gdal.NewReader()
	defer r.Close()
	s := imagery.Scene{ID: "odd", Sensor: "gaofen-wfv"}
	for _, name := range []string{"B1", "B2", "B3"} {
		s.Bands = append(s.Bands, imagery.Band{Name: name, Href: path, Index: 1, Scale: o.scale, ScaleSource: "item"})
	}
	s, err := r.Probe(ctx, s)
	if err != nil {
		_, reason, _ := strings.Cut(err.Error(), path+": ")
		return "refused: " + reason
	}
	red, _ := s.Band("B3")
	in, err := gdal.ReadInfo(ctx, path)
	if err != nil {
		return "refused: " + err.Error()
	}
	grid := in.Grid
	if o.grid != nil {
		grid = *o.grid
	}
	w := imagery.Window{Width: grid.Width, Height: grid.Height}
	dst := make([]int32, w.Width*w.Height)
	if err := r.Read(ctx, red, grid, w, dst); err != nil {
		return "refused: " + err.Error()
	}
	dn := slices.DeleteFunc(slices.Clone(dst), func(v int32) bool { return v == observe.NoData })
	if len(dn) == 0 {
		return "taken by the " + red.ScaleSource + ": no pixel has data"
	}
	slices.Sort(dn)
	return fmt.Sprintf("taken by the %s: %.1f %% has data, median %.3f", red.ScaleSource, 100*float64(len(dn))/float64(len(dst)), float64(dn[len(dn)/2])*red.Scale+red.Offset)
}

func TestEveryOddRasterHasAStatedOutcome(t *testing.T) {
	t.Parallel()
	root := realData(t, "conformance", "raster")
	listed := map[string]bool{}
	for _, o := range oddRasters() {
		listed[o.file] = true
		t.Run(strings.ReplaceAll(o.file, "/", " "), func(t *testing.T) {
			t.Parallel()
			if got := o.outcome(t.Context(), filepath.Join(root, filepath.FromSlash(o.file))); got != o.want {
				t.Errorf("scale %g: %q, want %q", o.scale, got, o.want)
			}
		})
	}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if ext := strings.ToLower(filepath.Ext(path)); err == nil && !d.IsDir() && (ext == ".tif" || ext == ".jp2") && !listed[path] {
			t.Errorf("%s has no stated outcome", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
