// Package gdal is the only user of GDAL for rasters.
//
//	w, err := gdal.CreateGeoTIFF("B04.tif", gdal.RasterSpec{Grid: grid, Bits: 16, Bands: []string{"B04"}})
//	if err == nil {
//		err = errors.Join(w.WriteRows(1, 0, dn), w.Close())
//	}
package gdal
