package gdal_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/imagery"
	"parus/imagery/gdal"
)

// stored is a file of side² pixels of 10 m in tiles of 256, whose corner lies
// 70 pixels east and 30 south of (400000, 4000000).
func stored(t *testing.T, path string, side int, dn func(at int) uint16) {
	t.Helper()
	spec := gdal.RasterSpec{Bits: 16, Bands: []string{"B04"}, Grid: imagery.Grid{CRS: "EPSG:32650",
		Transform: imagery.GeoTransform{400700, 10, 0, 3999700, 0, -10}, Width: side, Height: side}}
	w, err := gdal.CreateGeoTIFF(path, spec)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]uint16, side*side)
	for i := range rows {
		rows[i] = dn(i)
	}
	if err := w.WriteRows(1, 0, rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// readBlock reads a block of 200 × 200 pixels in strips of 64 rows, as a unit
// of work does.
func readBlock(t *testing.T, r *gdal.Reader, path string, b imagery.Block) []int32 {
	t.Helper()
	defer r.Close()
	g := imagery.Lattice{CRS: "EPSG:32650", PixelSizeM: 10, BlockPx: 200}.Grid(b)
	out := make([]int32, g.Width*g.Height)
	for y := 0; y < g.Height; y += 64 {
		w := imagery.Window{Y: y, Width: g.Width, Height: min(64, g.Height-y)}
		if err := r.Read(t.Context(), imagery.Band{Name: "B04", Href: path, Index: 1}, g, w, out[y*g.Width:(y+w.Height)*g.Width]); err != nil {
			t.Error(err)
		}
	}
	return out
}

// blocksOf lists the blocks of 200 pixels that a stored file touches.
func blocksOf(side int) []imagery.Block {
	var out []imagery.Block
	for row := 1999; row*2000 > 3999700-side*10-2000; row-- {
		for col := 200; col*2000 < 400700+side*10; col++ {
			out = append(out, imagery.Block{Col: col, Row: row})
		}
	}
	return out
}

func TestBlocksThatCutThroughTilesDecodeEachOnce(t *testing.T) {
	t.Parallel()
	const side = 1000
	path := t.TempDir() + "/b.tif"
	stored(t, path, side, func(at int) uint16 { return uint16(at*7919 + at/side) })
	blocks := blocksOf(side)
	cache := gdal.NewCache(64 << 20)
	got := make([][]int32, len(blocks))
	var readers sync.WaitGroup
	next := make(chan int)
	for range 3 {
		readers.Go(func() {
			for i := range next {
				got[i] = readBlock(t, cache.Reader(), path, blocks[i])
			}
		})
	}
	for i := range blocks {
		next <- i
	}
	close(next)
	readers.Wait()
	seen := 0
	for i, b := range blocks {
		if !slices.Equal(readBlock(t, gdal.NewReader(), path, b), got[i]) {
			t.Fatalf("block %s differs from what a reader of its own reads", b)
		}
		for _, v := range got[i] {
			if v != nd {
				seen++
			}
		}
	}
	if held, decoded := cache.Held(); decoded != side*side || held != 0 || seen != side*side {
		t.Errorf("%d pixels decoded, %d bytes still held, %d pixels seen; want each of %d once and none held", decoded, held, seen, side*side)
	}
}

func TestACacheStaysWithinItsBytes(t *testing.T) {
	t.Parallel()
	const side, limit = 1000, 5 * 256 * 256 * 2
	path := t.TempDir() + "/b.tif"
	stored(t, path, side, func(at int) uint16 { return uint16(at) })
	cache := gdal.NewCache(limit)
	for _, b := range blocksOf(side) {
		if !slices.Equal(readBlock(t, gdal.NewReader(), path, b), readBlock(t, cache.Reader(), path, b)) {
			t.Fatalf("block %s differs from what a reader of its own reads", b)
		}
		if held, _ := cache.Held(); held > limit {
			t.Fatalf("%d bytes held", held)
		}
	}
}

func TestAFileThatHasChangedIsReadAnew(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/b.tif"
	cache := gdal.NewCache(1 << 20)
	for _, v := range []uint16{5, 6} {
		stored(t, path, 400, func(int) uint16 { return v })
		made := time.Date(2024, 5, int(v), 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(path, made, made); err != nil {
			t.Fatal(err)
		}
		for i, got := range readBlock(t, cache.Reader(), path, imagery.Block{Col: 201, Row: 1998}) {
			if got != int32(v) {
				t.Fatalf("pixel %d is %d, want %d", i, got, v)
			}
		}
	}
}

func TestACorruptTileFailsEveryReaderByName(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/b.tif"
	stored(t, path, 600, func(at int) uint16 { return uint16(at * 31) })
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) / 3; i < len(data)/2; i++ {
		data[i] = 0xff
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	cache := gdal.NewCache(1 << 20)
	g := imagery.Lattice{CRS: "EPSG:32650", PixelSizeM: 10, BlockPx: 1000}.Grid(imagery.Block{Col: 40, Row: 399})
	errs := make(chan error)
	for range 4 {
		go func() {
			r := cache.Reader()
			defer r.Close()
			errs <- r.Read(t.Context(), imagery.Band{Name: "B04", Href: path, Index: 1}, g, imagery.Window{Width: 1000, Height: 1000}, make([]int32, 1e6))
		}()
	}
	for range 4 {
		if err := <-errs; err == nil || !strings.Contains(err.Error(), path+" band 1: window (") {
			t.Errorf("%v", err)
		}
	}
}
