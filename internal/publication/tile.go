package publication

// MapTile names one square of the web's tile pyramid (EPSG:3857).
type MapTile struct{ Z, X, Y int }

// The pyramid of a publication: parcels from ParcelsFromZoom on, villages
// below, nothing beyond MaxZoom, where viewers enlarge.
const (
	ParcelsFromZoom = 13
	MaxZoom         = 16
)

// InRange tells whether the tile exists in the pyramid.
func (t MapTile) InRange() bool {
	if t.Z < 0 || t.Z > MaxZoom {
		return false
	}
	n := 1 << t.Z
	return t.X >= 0 && t.Y >= 0 && t.X < n && t.Y < n
}
