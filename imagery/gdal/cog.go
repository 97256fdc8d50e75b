package gdal

import (
	"fmt"

	"github.com/airbusgeo/godal"
)

// CopyToCOG copies a raster into a Cloud Optimized GeoTIFF with overviews, of
// classes or of numbers with nodata alike: overviews average what has data.
func CopyToCOG(from, to string) error {
	v, err := begin(0)
	if err != nil {
		return err
	}
	defer v.end()
	ds, err := openRaster(from, v)
	if err != nil {
		return err
	}
	defer func() { _ = ds.Close(quiet) }()
	out, err := ds.Translate(to, nil, godal.DriverName("COG"), quiet,
		godal.CreationOption("COMPRESS=ZSTD", "LEVEL=1", "PREDICTOR=YES", "OVERVIEW_RESAMPLING=AVERAGE", "NUM_THREADS=ALL_CPUS"))
	if err != nil {
		return fmt.Errorf("write %s: %w", to, err)
	}
	if err := out.Close(quiet); err != nil {
		return fmt.Errorf("write %s: %w", to, err)
	}
	return nil
}
