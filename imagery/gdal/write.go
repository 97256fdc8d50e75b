package gdal

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/airbusgeo/godal"

	"parus/imagery"
)

// RasterSpec says what a raster to be written is.
type RasterSpec struct {
	Grid    imagery.Grid // projected CRS as "EPSG:n", north-up
	Bits    int          // 8 or 16, unsigned
	Bands   []string     // descriptions, one band each
	NoData  *float64     // DN, nil for none
	BlockPx int          // side of the internal tiles, a multiple of 16; default 256
}

// Writer writes one GeoTIFF: tiled, bands one after the other, DEFLATE with
// horizontal differencing (predictor 2). The same rows in the same order give
// the same bytes on any machine and whatever else goes on; nothing of the time
// or the machine is stored. One goroutine at a time may use it.
//
// It encodes the file itself: GDAL keeps written tiles in a cache that all
// files share and lets them out in an order that depends on memory and on the
// other threads.
type Writer struct {
	file *os.File
	path string
	spec RasterSpec
	epsg uint16
	tiff tiffTiles
}

// ErrRows is wrapped where rows do not fit into the raster.
var ErrRows = errors.New("rows outside the raster or not in whole blocks")

// maxTIFF is what the 32-bit offsets of a TIFF reach, less room for its directory.
const maxTIFF = 1<<32 - 1<<24

// CreateGeoTIFF opens path for writing; an existing file is replaced.
func CreateGeoTIFF(path string, s RasterSpec) (*Writer, error) {
	if s.BlockPx == 0 {
		s.BlockPx = 256
	}
	g := s.Grid
	switch {
	case s.Bits != 8 && s.Bits != 16, len(s.Bands) == 0, s.BlockPx < 16, s.BlockPx%16 != 0, g.Width < 1, g.Height < 1:
		return nil, fmt.Errorf("create %s: %d×%d pixels of %d bits, %d bands, blocks of %d: want 8 or 16 bits, a band or more, blocks of a multiple of 16",
			path, g.Width, g.Height, s.Bits, len(s.Bands), s.BlockPx)
	case !g.Transform.NorthUp():
		return nil, fmt.Errorf("create %s: geotransform %v is not north-up", path, g.Transform)
	case float64(g.Width+s.BlockPx)*float64(g.Height+s.BlockPx)*float64(s.Bits/8*len(s.Bands)) > maxTIFF:
		return nil, fmt.Errorf("create %s: %d×%d pixels in %d bands do not fit into a TIFF of 4 GB: write one band a file", path, g.Width, g.Height, len(s.Bands))
	}
	epsg, err := projectedEPSG(g.CRS)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create raster: %w", err)
	}
	w := &Writer{file: file, path: path, spec: s, epsg: epsg, tiff: newTIFFTiles(s)}
	if _, err := file.Write(make([]byte, tiffHeader)); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, errors.Join(err, file.Close()))
	}
	return w, nil
}

// projectedEPSG reads "EPSG:n" and asks PROJ whether it is a projected CRS.
func projectedEPSG(crs string) (uint16, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(crs, "EPSG:"), 10, 16)
	if err != nil || !strings.HasPrefix(crs, "EPSG:") {
		return 0, fmt.Errorf("CRS %.40q: want a projected one as EPSG:n", crs)
	}
	sr, err := godal.NewSpatialRef(crs, quiet)
	if err != nil {
		return 0, fmt.Errorf("CRS %s: %w", crs, err)
	}
	defer sr.Close()
	if sr.Geographic() {
		return 0, fmt.Errorf("CRS %s is in degrees: want a projected one", crs)
	}
	return uint16(n), nil
}

// WriteRows writes whole rows of a band (from 1), starting at row y; dn is
// row-major and as wide as the raster. y is the first row of a block and the
// rows fill blocks, or reach the raster's end. Values of an 8-bit raster must
// not exceed 255.
func (w *Writer) WriteRows(band, y int, dn []uint16) error {
	g, block := w.spec.Grid, w.spec.BlockPx
	rows := len(dn) / g.Width
	whole := rows > 0 && rows*g.Width == len(dn) && y%block == 0 && (rows%block == 0 || y+rows == g.Height)
	if band < 1 || band > len(w.spec.Bands) || y < 0 || !whole || y+rows > g.Height {
		return fmt.Errorf("write %s band %d row %d: %d values for %d×%d: %w", w.path, band, y, len(dn), g.Width, g.Height, ErrRows)
	}
	defer w.tiff.rest()
	for top := 0; top < rows; top += block {
		for left := 0; left < g.Width; left += block {
			tile, err := w.tiff.encode(dn, g.Width, left, top, min(block, rows-top))
			if err != nil {
				return fmt.Errorf("write %s band %d row %d: %w", w.path, band, y+top, err)
			}
			w.tiff.place(band, left/block, (y+top)/block, len(tile))
			if _, err := w.file.Write(tile); err != nil {
				return fmt.Errorf("write %s band %d row %d: %w", w.path, band, y+top, err)
			}
		}
	}
	return nil
}

// Close writes the directory; only then is the file whole. It fails where rows
// are missing.
func (w *Writer) Close() error {
	err := w.finish()
	if e := w.file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("close %s: %w", w.path, err)
	}
	return nil
}

func (w *Writer) finish() error {
	if n := w.tiff.missing(); n > 0 {
		return fmt.Errorf("%d of %d tiles were never written", n, len(w.tiff.offsets))
	}
	if w.tiff.size%2 == 1 { // a directory begins on a word boundary
		if _, err := w.file.Write([]byte{0}); err != nil {
			return err
		}
		w.tiff.size++
	}
	if _, err := w.file.Write(w.directory()); err != nil {
		return err
	}
	_, err := w.file.WriteAt(w.tiff.header(), 0)
	return err
}
