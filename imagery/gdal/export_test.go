package gdal

import "github.com/paulmach/orb"

// ParseWKB lets the fuzz test reach the parser.
func ParseWKB(data []byte) (orb.MultiPolygon, error) {
	var slab []orb.Point
	return parseWKB(data, &slab)
}

// PackageGeometry lets tests reach the head of a GeoPackage's geometries.
func PackageGeometry(data []byte) ([]byte, error) { return packageGeometry(data) }
