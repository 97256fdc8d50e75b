package gdal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/airbusgeo/godal"

	"parus/imagery"
	"parus/imagery/remote"
)

var register = sync.OnceFunc(godal.RegisterAll) //nolint:forbidigo // the one place

// Register makes GDAL's drivers known, once a process, and returns when they
// are. Whoever uses godal calls it first, and nothing else registers drivers:
// GDALAllRegister has no lock over the whole, and two at once crash or spin in
// its table of drivers.
func Register() { register() }

// quiet drops GDAL's warnings and keeps its errors.
var quiet = godal.ErrLogger(func(ec godal.ErrorCategory, _ int, msg string) error {
	if ec <= godal.CE_Warning {
		return nil
	}
	return errors.New(strings.TrimSpace(msg))
})

// offline keeps files from having GDAL ask servers on its own: remote ones are
// read by imagery/remote. It is for the files of scenes; a VRT that a person
// wrote may name what it likes.
var offline = godal.ConfigOption("CPL_VSIL_CURL_ALLOWED_FILENAME=none")

// lone keeps GDAL from listing the folder of a file.
var lone = godal.ConfigOption("GDAL_DISABLE_READDIR_ON_OPEN=EMPTY_DIR")

// openRaster opens a raster for reading, within a visit where it is remote.
func openRaster(href string, v *visit, more ...godal.OpenOption) (*godal.Dataset, error) {
	Register()
	if strings.HasPrefix(strings.TrimSpace(href), "<") {
		return nil, fmt.Errorf("open %.40q: a file name is wanted, not its content", href)
	}
	at := v.locate(href)
	options := append([]godal.OpenOption{godal.RasterOnly(), quiet, lone}, more...)
	if remote.IsRemote(href) {
		options = append(options, remoteDrivers)
	}
	ds, err := godal.Open(at, options...)
	if err != nil {
		if failed := v.explain(href, err); failed != err { //nolint:errorlint // the very same or another
			return nil, fmt.Errorf("open: %w", failed) // it names the address
		}
		return nil, fmt.Errorf("open %s: %s", nameOf(href), strings.ReplaceAll(err.Error(), at, nameOf(href)))
	}
	if err := credible(ds.Structure()); err != nil {
		_ = ds.Close()
		return nil, fmt.Errorf("open %s: %w", nameOf(href), err)
	}
	return ds, nil
}

// What a file may claim to be. The widest raster in use, a global one of 10 m,
// has 4 million pixels a side; stored blocks of more than 1 GiB are not to be
// decoded on any machine that this runs on, and no sensor has 10,000 bands.
const (
	maxSidePx     = 1 << 23
	maxBands      = 10_000
	maxBlockBytes = 1 << 30
)

// credible refuses files that claim absurd sizes, before anything is allocated
// for them.
func credible(st godal.DatasetStructure) error {
	switch {
	case st.NBands == 0:
		return errors.New("the file holds no raster band")
	case st.NBands > maxBands:
		return fmt.Errorf("the file claims %d bands, and %d are credible: it is damaged", st.NBands, maxBands)
	case st.SizeX > maxSidePx || st.SizeY > maxSidePx:
		return fmt.Errorf("the file claims %d×%d pixels, and %d a side are credible: it is damaged", st.SizeX, st.SizeY, maxSidePx)
	}
	if n := int64(st.BlockSizeX) * int64(st.BlockSizeY) * int64(st.DataType.Size()); n > maxBlockBytes {
		return fmt.Errorf("the file claims stored blocks of %d×%d pixels, %d MiB each to decode: it is damaged, or should be tiled with gdal_translate -co TILED=YES",
			st.BlockSizeX, st.BlockSizeY, n>>20)
	}
	return nil
}

// Info is what a raster file says of itself.
type Info struct {
	Grid   imagery.Grid // CRS is "" where the file has none
	Blocks [2]int       // width and height of a stored block, pixels
	Bands  []BandInfo
}

// BandInfo is what a file says of one band.
type BandInfo struct {
	Type          string // "UInt16", …
	Description   string
	NoData        *float64
	Scale, Offset float64 // 1 and 0 where the file has none
	Masked        bool    // a mask besides NoData says where there are data; told by OpenRaster alone
}

// ReadInfo opens a raster and closes it again.
func ReadInfo(ctx context.Context, href string) (Info, error) {
	if err := ctx.Err(); err != nil {
		return Info{}, err
	}
	v, err := begin(visitTime)
	if err != nil {
		return Info{}, err
	}
	defer v.end()
	ds, err := openRaster(href, v)
	if err != nil {
		return Info{}, err
	}
	defer func() { _ = ds.Close() }()
	return info(ds)
}

func info(ds *godal.Dataset) (Info, error) {
	st := ds.Structure()
	out := Info{
		Grid:   imagery.Grid{Width: st.SizeX, Height: st.SizeY, Transform: imagery.GeoTransform{0, 1, 0, 0, 0, 1}},
		Blocks: [2]int{st.BlockSizeX, st.BlockSizeY},
	}
	if gt, err := ds.GeoTransform(quiet); err == nil {
		out.Grid.Transform = gt
	}
	out.Grid.CRS = crsName(ds.Projection())
	for _, b := range ds.Bands() {
		s := b.Structure()
		bi := BandInfo{Type: s.DataType.String(), Description: b.Description(), Scale: s.Scale, Offset: s.Offset}
		if nd, ok := b.NoData(); ok {
			bi.NoData = &nd
		}
		out.Bands = append(out.Bands, bi)
	}
	return out, nil
}

// crsName shortens a WKT to "EPSG:32650" where it states an authority's code.
func crsName(wkt string) string {
	if wkt == "" {
		return ""
	}
	sr, err := godal.NewSpatialRefFromWKT(wkt, quiet)
	if err != nil {
		return wkt
	}
	defer sr.Close()
	if name, code := sr.AuthorityName(""), sr.AuthorityCode(""); name == "EPSG" && code != "" {
		return "EPSG:" + code
	}
	return wkt
}
