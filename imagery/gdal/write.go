package gdal

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/airbusgeo/godal"

	"parus/imagery"
)

// RasterSpec says what a raster to be written is.
type RasterSpec struct {
	Grid    imagery.Grid // CRS as "EPSG:n" or WKT
	Bits    int          // 8 or 16, unsigned
	Bands   []string     // descriptions, one band each
	NoData  *float64     // DN, nil for none
	BlockPx int          // side of the internal tiles, a multiple of 16; default 256
}

// Writer writes one GeoTIFF: tiled, DEFLATE with horizontal differencing
// (predictor 2). The same rows in the same order give the same bytes; nothing of
// the time or the machine is stored. One goroutine at a time may use it.
type Writer struct {
	ds    *godal.Dataset
	path  string
	bands []godal.Band
	spec  RasterSpec
	bytes []byte // rows of an 8-bit raster on their way
}

// ErrRows is wrapped where rows do not fit into the raster.
var ErrRows = errors.New("rows outside the raster")

// CreateGeoTIFF opens path for writing; an existing file is replaced. It
// registers GDAL's GeoTIFF driver where nobody has.
func CreateGeoTIFF(path string, s RasterSpec) (*Writer, error) {
	if s.BlockPx == 0 {
		s.BlockPx = 256
	}
	kind, ok := map[int]godal.DataType{8: godal.Byte, 16: godal.UInt16}[s.Bits]
	if !ok || len(s.Bands) == 0 || s.BlockPx%16 != 0 {
		return nil, fmt.Errorf("create %s: %d bits, %d bands, blocks of %d: want 8 or 16 bits, a band or more, blocks of a multiple of 16", path, s.Bits, len(s.Bands), s.BlockPx)
	}
	if err := godal.RegisterRaster(godal.GTiff); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	block := strconv.Itoa(s.BlockPx)
	ds, err := godal.Create(godal.GTiff, path, len(s.Bands), kind, s.Grid.Width, s.Grid.Height, godal.CreationOption(
		"TILED=YES", "BLOCKXSIZE="+block, "BLOCKYSIZE="+block, "COMPRESS=DEFLATE", "PREDICTOR=2", "ZLEVEL=6",
		"INTERLEAVE=BAND", "BIGTIFF=IF_SAFER"))
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	w := &Writer{ds: ds, path: path, bands: ds.Bands(), spec: s}
	if err := w.describe(); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, errors.Join(err, ds.Close()))
	}
	return w, nil
}

func (w *Writer) describe() error {
	sr, err := godal.NewSpatialRef(w.spec.Grid.CRS)
	if err != nil {
		return fmt.Errorf("CRS %q: %w", w.spec.Grid.CRS, err)
	}
	defer sr.Close()
	if err := w.ds.SetSpatialRef(sr); err != nil {
		return fmt.Errorf("set CRS: %w", err)
	}
	if err := w.ds.SetGeoTransform(w.spec.Grid.Transform); err != nil {
		return fmt.Errorf("set geotransform: %w", err)
	}
	if w.spec.NoData != nil {
		if err := w.ds.SetNoData(*w.spec.NoData); err != nil {
			return fmt.Errorf("set nodata: %w", err)
		}
	}
	for i, name := range w.spec.Bands {
		if err := w.bands[i].SetDescription(name); err != nil {
			return fmt.Errorf("describe band %d: %w", i+1, err)
		}
	}
	return nil
}

// WriteRows writes whole rows of a band (from 1), starting at row y; dn is
// row-major and as wide as the raster. Write rows in whole blocks and from the
// top down, so that each tile is compressed once and always lands at the same
// place in the file. Values of an 8-bit raster must not exceed 255.
func (w *Writer) WriteRows(band, y int, dn []uint16) error {
	width, height := w.spec.Grid.Width, w.spec.Grid.Height
	rows := len(dn) / width
	if band < 1 || band > len(w.bands) || y < 0 || rows == 0 || rows*width != len(dn) || y+rows > height {
		return fmt.Errorf("write %s band %d row %d: %d values for %d×%d: %w", w.path, band, y, len(dn), width, height, ErrRows)
	}
	var buffer any = dn
	if w.spec.Bits == 8 {
		w.bytes = w.bytes[:0]
		for _, v := range dn {
			if v > 255 {
				return fmt.Errorf("write %s band %d row %d: value %d does not fit into 8 bits", w.path, band, y, v)
			}
			w.bytes = append(w.bytes, byte(v))
		}
		buffer = w.bytes
	}
	if err := w.bands[band-1].Write(0, y, buffer, width, rows); err != nil {
		return fmt.Errorf("write %s band %d row %d: %w", w.path, band, y, err)
	}
	return nil
}

// Close finishes the file; only then is it whole.
func (w *Writer) Close() error {
	if err := w.ds.Close(); err != nil {
		return fmt.Errorf("close %s: %w", w.path, err)
	}
	return nil
}
