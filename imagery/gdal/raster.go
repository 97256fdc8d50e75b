package gdal

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/airbusgeo/godal"

	"parus/imagery"
	"parus/imagery/remote"
)

// Raster is an open file whose pixels are read as they are stored, window by
// window. It belongs to one goroutine.
type Raster struct {
	Info
	name  string // in words
	href  string
	visit *visit
	ds    *godal.Dataset
	bands []godal.Band
}

// OpenRaster opens a raster: a file, a VRT, a URL or a GDAL virtual path.
func OpenRaster(href string) (*Raster, error) {
	r, err := openAny(href)
	if err != nil {
		return nil, err
	}
	if r.Info, err = info(r.ds); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	for i, b := range r.bands {
		r.Bands[i].Masked = isMasked(b.MaskFlags())
	}
	return r, nil
}

// Flags of GDAL's masks (GDALGetMaskFlags): none, of all bands at once, and of
// the band's nodata alone.
const (
	maskAllValid   = 1
	maskPerDataset = 2
	maskNoData     = 8
)

// isMasked tells whether a mask says more than nodata: an alpha band, one
// stored in or beside the file, or several bands' nodata together.
func isMasked(flags int) bool {
	return flags&maskAllValid == 0 && (flags&maskNoData == 0 || flags&maskPerDataset != 0)
}

// ReadMask fills dst, row-major, with the mask of a band (from 1): 0 where it
// says that there are no data.
func (r *Raster) ReadMask(band int, w imagery.Window, dst []uint8) error {
	if err := r.bands[band-1].MaskBand().Read(w.X, w.Y, dst, w.Width, w.Height, quiet); err != nil {
		return fmt.Errorf("read %s mask of band %d window (%d,%d) %d×%d: %w", r.name, band, w.X, w.Y, w.Width, w.Height, r.visit.explain(r.href, err))
	}
	return nil
}

// ReopenRaster opens a raster whose Info is known from OpenRaster, for another
// goroutine: asking a file for its CRS costs about as much as decoding a block.
func ReopenRaster(href string, in Info) (*Raster, error) {
	r, err := openAny(href)
	if err != nil {
		return nil, err
	}
	if st := r.ds.Structure(); st.NBands != len(in.Bands) || st.SizeX != in.Grid.Width || st.SizeY != in.Grid.Height {
		return nil, errors.Join(fmt.Errorf("open %s: the file has changed meanwhile", r.name), r.Close())
	}
	r.Info = in
	return r, nil
}

func openAny(href string) (*Raster, error) {
	v, err := begin(0)
	if err != nil {
		return nil, err
	}
	ds, err := openRaster(href, v, besides(href)...)
	if err != nil {
		v.end()
		return nil, err
	}
	return &Raster{name: nameOf(href), href: href, visit: v, ds: ds, bands: ds.Bands()}, nil
}

// besides lets GDAL look for the masks and tags beside a local file, each by its
// name; beside a remote one every look would be a request.
func besides(href string) []godal.OpenOption {
	if remote.IsRemote(href) || strings.HasPrefix(href, "/vsi") {
		return nil
	}
	return []godal.OpenOption{godal.SiblingFiles(), godal.ConfigOption("GDAL_DISABLE_READDIR_ON_OPEN=TRUE")}
}

// Close closes the file.
func (r *Raster) Close() error {
	defer r.visit.end()
	return r.ds.Close(quiet)
}

// Georeferenced tells whether the file has a geotransform of its own.
func (r *Raster) Georeferenced() bool {
	_, err := r.ds.GeoTransform(quiet)
	return err == nil && len(r.ds.GCPs()) == 0
}

// Pixel is a type that pixels can be read as.
type Pixel interface {
	uint8 | uint16 | int16 | uint32 | int32 | float32 | float64
}

// ReadPixels fills dst, row-major, with window w of a band (from 1). GDAL
// converts where dst's type is not the band's. The window lies in the file.
func ReadPixels[T Pixel](r *Raster, band int, w imagery.Window, dst []T) error {
	if err := r.bands[band-1].Read(w.X, w.Y, dst, w.Width, w.Height, quiet); err != nil {
		return fmt.Errorf("read %s band %d window (%d,%d) %d×%d: %w", r.name, band, w.X, w.Y, w.Width, w.Height, r.visit.explain(r.href, err))
	}
	return nil
}

// Bounds of GDAL's block cache, in bytes.
const (
	minCache = 4 << 20
	maxCache = 512 << 20
)

// LimitCache sets the size of GDAL's block cache, between 4 and 512 MB, for a
// process that reads in blocks. It has an effect until the first pixel is read,
// and none where GDAL_CACHEMAX is set.
func LimitCache(bytes int) {
	if os.Getenv("GDAL_CACHEMAX") != "" {
		return
	}
	mb := min(max(bytes, minCache), maxCache) >> 20
	_ = os.Setenv("GDAL_CACHEMAX", strconv.Itoa(mb)) // fails on malformed names only
}
