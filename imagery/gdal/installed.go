package gdal

import (
	"fmt"
	"math"

	"github.com/airbusgeo/godal"
)

// Version is that of the GDAL library in use: "3.6.2".
func Version() string {
	v := godal.Version()
	return fmt.Sprintf("%d.%d.%d", v.Major(), v.Minor(), v.Revision())
}

// MissingDrivers returns those of the drivers named that this GDAL lacks.
// Raster and vector drivers are looked for alike.
func MissingDrivers(names ...string) []string {
	Register()
	var missing []string
	for _, name := range names {
		_, raster := godal.RasterDriver(godal.DriverName(name))
		_, vector := godal.VectorDriver(godal.DriverName(name))
		if !raster && !vector {
			missing = append(missing, name)
		}
	}
	return missing
}

// CheckPROJ tries a transformation that needs PROJ's database: the origin of
// EPSG:4527 (CGCS2000, 3-degree Gauss-Krüger zone 39: central meridian 117° E,
// false easting 39 500 000 m) to longitude 117°, latitude 0° of EPSG:4326.
func CheckPROJ() error {
	const from, to = 4527, 4326
	a, err := godal.NewSpatialRefFromEPSG(from)
	if err != nil {
		return fmt.Errorf("PROJ does not know EPSG:%d: %w", from, err)
	}
	defer a.Close()
	b, err := godal.NewSpatialRefFromEPSG(to)
	if err != nil {
		return fmt.Errorf("PROJ does not know EPSG:%d: %w", to, err)
	}
	defer b.Close()
	trn, err := godal.NewTransform(a, b)
	if err != nil {
		return fmt.Errorf("PROJ finds no way from EPSG:%d to EPSG:%d: %w", from, to, err)
	}
	defer trn.Close()
	x, y := []float64{39_500_000}, []float64{0}
	if err := trn.TransformEx(x, y, nil, nil); err != nil {
		return fmt.Errorf("transform a point from EPSG:%d to EPSG:%d: %w", from, to, err)
	}
	if math.Abs(x[0]-117) > 1e-9 || math.Abs(y[0]) > 1e-9 {
		return fmt.Errorf("the origin of EPSG:%d comes out at %v, %v instead of 117, 0", from, x[0], y[0])
	}
	return nil
}
