package mapsheet_test

import (
	"math"
	"testing"

	"parus/internal/mapsheet"
)

// Half the world's girth in EPSG:3857 is π × 6,378,137 m; its square world ends
// at latitude atan(sinh(π)) = 85.0511288°. A unit is 360°/2^28, 1.3e-6° of
// longitude, and less of latitude.
func TestPlacesAreToldInDegrees(t *testing.T) {
	t.Parallel()
	const unit = 360.0 / (1 << 28)
	for _, c := range []struct {
		name     string
		at       mapsheet.Point
		lon, lat float64
	}{
		{"the middle of the world", mapsheet.PointOf(0, 0), 0, 0},
		{"its north-west corner", mapsheet.Cell{}.Corner(), -180, 85.05112877980659},
		{"a cell whose corner is the middle", mapsheet.Cell{Z: 14, X: 8192, Y: 8192}.Corner(), 0, 0},
		{"the corner after the last cell", mapsheet.Cell{Z: 14, X: 16384, Y: 16384}.Corner(), 180, -85.05112877980659},
		// 117° are 117/180 × 20,037,508.34 m; 36° are R × asinh(tan 36°) = 6,378,137 × 0.6743751.
		{"a place in the plain", mapsheet.PointOf(117.0/180*math.Pi*6378137, 6378137*math.Asinh(math.Tan(36*math.Pi/180))), 117, 36},
	} {
		lon, lat := c.at.LonLat()
		if math.Abs(lon-c.lon) > unit || math.Abs(lat-c.lat) > unit {
			t.Errorf("%s is at %.8f, %.8f; want %.8f, %.8f", c.name, lon, lat, c.lon, c.lat)
		}
	}
}
