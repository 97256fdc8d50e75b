package gdal_test

import (
	"fmt"
	"math"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
	"parus/imagery/zonal"
)

// BenchmarkObserving measures a block of 2048 × 2048 pixels, a quarter of it in
// parcels of .23 ha, in files of seven bands of 10 m and a mask of 20 m. ratio
// is the processor time of that over reading the same files whole, turn by turn.
func BenchmarkObserving(b *testing.B) {
	const px = 2048
	grid := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{399360, 10, 0, 4096000, 0, -10}, Width: px, Height: px}
	scene := imagery.Scene{ID: "S", Sensor: "sentinel-2-l2a", Datetime: time.Date(2024, 10, 3, 3, 0, 0, 0, time.UTC)}
	for k, name := range []string{"B02", "B03", "B04", "B08", "B05", "B8A", "B11", "SCL"} {
		band := imagery.Band{Name: name, Href: filepath.Join(b.TempDir(), name+".tif"), Index: 1, Scale: 1e-4}
		writeBand(b, band.Href, grid, uint64(k), name == "SCL")
		scene.Bands = append(scene.Bands, band)
	}
	cover := lattice(grid, 195)
	params := observe.Params{Bands: []string{"B02", "B03", "B04", "B08", "B05", "B8A", "B11"}, Indices: []string{"ndvi", "evi", "ndwi", "ndmi", "ndre"}, MarginPx: 2}
	var observing, decoding time.Duration
	var buf []uint16
	for b.Loop() {
		at := processorTime()
		r := gdal.NewReader()
		if _, err := observe.Block(b.Context(), r, scene, cover, params); err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
		between := processorTime()
		for _, band := range scene.Bands {
			readWhole(b, band.Href, &buf)
		}
		observing, decoding = observing+between-at, decoding+processorTime()-between
	}
	b.ReportMetric(float64(observing)/float64(decoding), "ratio")
	b.ReportMetric(float64(observing-decoding)/float64(b.N)/px/px, "ns/pixel-beside-decoding")
}

// processorTime is what this process has taken so far.
func processorTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // cannot fail with these arguments
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// writeBand makes a file of fields with noise, or of classes with clouds at the
// half of the resolution.
func writeBand(b *testing.B, path string, g imagery.Grid, seed uint64, class bool) {
	b.Helper()
	spec := gdal.RasterSpec{Grid: g, Bits: 16, Bands: []string{"b"}, BlockPx: 512}
	if class {
		spec.Bits, spec.Grid.Width, spec.Grid.Height = 8, g.Width/2, g.Height/2
		spec.Grid.Transform[1], spec.Grid.Transform[5] = 2*g.Transform[1], 2*g.Transform[5]
	}
	w, err := gdal.CreateGeoTIFF(path, spec)
	if err != nil {
		b.Fatal(err)
	}
	state, width := seed+0x9e3779b97f4a7c15, spec.Grid.Width
	for y := 0; y < spec.Grid.Height; y += spec.BlockPx {
		rows := make([]uint16, width*spec.BlockPx)
		for i := range rows {
			x, r := i%width, y+i/width
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			switch field := uint64(x/11)*7919 + uint64(r/11)*104729 + seed; {
			case !class:
				rows[i] = uint16(500 + field*field%2500 + state%256 + state>>8%256)
			case math.Hypot(float64(x%400-200), float64(r%400-200)) < 100:
				rows[i] = 9
			default:
				rows[i] = 4
			}
		}
		if err := w.WriteRows(1, y, rows); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

// lattice covers n × n tilted squares of .23 ha.
func lattice(g imagery.Grid, n int) *zonal.Coverage {
	var shapes []zonal.Shape
	step := float64(g.Width) * g.Transform[1] / float64(n)
	for i := range n * n {
		x, y := g.Transform[0]+(float64(i%n)+.5)*step, g.Transform[3]-(float64(i/n)+.5)*step
		var ring orb.Ring
		for k := range 5 {
			a := float64(i%90)*math.Pi/180 + float64(k%4)*math.Pi/2
			ring = append(ring, orb.Point{x + 33.9*math.Cos(a), y + 33.9*math.Sin(a)})
		}
		shapes = append(shapes, zonal.Shape{ID: fmt.Sprint(i), Polygon: orb.MultiPolygon{{ring}}})
	}
	c, _ := zonal.Cover(g, shapes)
	return c
}

func readWhole(b *testing.B, path string, buf *[]uint16) {
	b.Helper()
	r, err := gdal.OpenRaster(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	w, h := r.Blocks[0], r.Blocks[1]
	*buf = make([]uint16, w*h)
	for y := 0; y < r.Grid.Height; y += h {
		for x := 0; x < r.Grid.Width; x += w {
			win := imagery.Window{X: x, Y: y, Width: min(w, r.Grid.Width-x), Height: min(h, r.Grid.Height-y)}
			if err := gdal.ReadPixels(r, 1, win, (*buf)[:win.Width*win.Height]); err != nil {
				b.Fatal(err)
			}
		}
	}
}
