package gdal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/airbusgeo/godal"

	"parus/imagery"
)

// register makes GDAL's drivers known, once a process.
var register = sync.OnceFunc(godal.RegisterAll)

// quiet drops GDAL's warnings and keeps its errors.
var quiet = godal.ErrLogger(func(ec godal.ErrorCategory, _ int, msg string) error {
	if ec <= godal.CE_Warning {
		return nil
	}
	return errors.New(strings.TrimSpace(msg))
})

// network bounds what a remote file may cost.
var network = godal.ConfigOption(
	"GDAL_DISABLE_READDIR_ON_OPEN=EMPTY_DIR",
	"GDAL_HTTP_TIMEOUT=60",
	"GDAL_HTTP_CONNECTTIMEOUT=10",
	"GDAL_HTTP_LOW_SPEED_LIMIT=1000",
	"GDAL_HTTP_LOW_SPEED_TIME=30",
	"GDAL_HTTP_MAX_RETRY=3",
	"GDAL_HTTP_RETRY_DELAY=1",
)

// virtualPath turns a URL into the path that GDAL reads it by.
func virtualPath(href string) string {
	for prefix, vsi := range map[string]string{
		"http://": "/vsicurl/http://", "https://": "/vsicurl/https://",
		"s3://": "/vsis3/", "gs://": "/vsigs/", "file://": "",
	} {
		if rest, ok := strings.CutPrefix(href, prefix); ok {
			return vsi + rest
		}
	}
	return href
}

// openRaster opens a raster for reading.
func openRaster(href string, more ...godal.OpenOption) (*godal.Dataset, error) {
	register()
	if strings.HasPrefix(strings.TrimSpace(href), "<") {
		return nil, fmt.Errorf("open %.40q: a file name is wanted, not its content", href)
	}
	ds, err := godal.Open(virtualPath(href), append([]godal.OpenOption{godal.RasterOnly(), quiet, network}, more...)...)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", href, err)
	}
	if ds.Structure().NBands == 0 {
		_ = ds.Close()
		return nil, fmt.Errorf("open %s: the file holds no raster band", href)
	}
	return ds, nil
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
	ds, err := openRaster(href)
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
