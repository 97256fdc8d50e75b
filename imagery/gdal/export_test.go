package gdal

import "github.com/paulmach/orb"

// ParseWKB lets the fuzz test reach the parser.
func ParseWKB(data []byte) (orb.MultiPolygon, error) {
	var slab []orb.Point
	return parseWKB(data, &slab)
}
