package gdal_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
)

// plainReader hides that a reader can gather.
type plainReader struct{ observe.Reader }

// Files of random numbers with holes, beside the grid, around it or on it, in
// tiles of 128: gathered pixels give the bytes that whole windows give.
func TestGatheredPixelsGiveTheSameObservation(t *testing.T) {
	t.Parallel()
	grid := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{399360, 10, 0, 4096000, 0, -10}, Width: 300, Height: 280}
	cover := lattice(grid, 29)
	for trial := range 4 {
		t.Run(fmt.Sprintf("files moved by %d m", 100*(trial-1)), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(trial), 9))
			s := imagery.Scene{ID: "S", Sensor: "sentinel-2-l2a", Datetime: time.Date(2024, 10, 3, 3, 0, 0, 0, time.UTC)}
			for k, name := range []string{"B02", "B04", "B08", "B05", "B8A", "SCL"} {
				nodata := 0.0
				band := imagery.Band{Name: name, Href: filepath.Join(t.TempDir(), name+".tif"), Index: 1, Scale: 1e-4, Offset: -.1 * float64(trial%2), NoData: &nodata}
				g := grid
				g.Transform[0] += float64(100 * (trial - 1))
				if k >= 3 {
					g.Transform[1], g.Transform[5], g.Width, g.Height = 20, -20, 150, 140
				}
				writeRandom(t, band.Href, g, r, name == "SCL")
				s.Bands = append(s.Bands, band)
			}
			p := observe.Params{Bands: []string{"B02", "B04", "B08", "B05", "B8A"}[:5-trial%2], Indices: []string{"ndvi", "evi", "ndre"}, MarginPx: trial}
			var seen [][]byte
			reader := gdal.NewReader()
			defer reader.Close()
			for _, r := range []observe.Reader{reader, plainReader{reader}} {
				obs, err := observe.Block(t.Context(), r, s, cover, p)
				if err != nil {
					t.Fatal(err)
				}
				data, err := obs.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				seen = append(seen, data)
			}
			if !bytes.Equal(seen[0], seen[1]) {
				t.Error("gathered pixels and whole windows differ")
			}
			t.Logf("%d bytes, %x", len(seen[0]), sha256.Sum256(seen[0]))
		})
	}
}

// writeRandom makes a file of numbers of all sizes, or of classes, with holes.
func writeRandom(t *testing.T, path string, g imagery.Grid, r *rand.Rand, class bool) {
	t.Helper()
	spec := gdal.RasterSpec{Grid: g, Bits: 16, Bands: []string{"b"}, BlockPx: 128}
	if class {
		spec.Bits = 8
	}
	w, err := gdal.CreateGeoTIFF(path, spec)
	if err != nil {
		t.Fatal(err)
	}
	for y := 0; y < g.Height; y += spec.BlockPx {
		rows := make([]uint16, g.Width*min(spec.BlockPx, g.Height-y))
		for i := range rows {
			switch {
			case r.IntN(300) == 0:
				rows[i] = uint16(r.IntN(12)) * uint16(r.IntN(2))
			case class:
				rows[i] = 4
			default:
				rows[i] = uint16(r.IntN(65536) >> r.IntN(8))
			}
		}
		if err := w.WriteRows(1, y, rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
