package registry

import "github.com/paulmach/orb"

// VillagesOf names villages from codes and names of collectives.
func VillagesOf(collectives ...[2]string) []VillageName {
	var v villageNames
	for _, c := range collectives {
		v.add(c[0], c[1])
	}
	return v.list()
}

// CommonArea is commonArea.
func CommonArea(a, b orb.MultiPolygon) float64 { return commonArea(a, b) }

// GEOSArea is what GEOS makes of the same.
func GEOSArea(a, b orb.MultiPolygon) float64 { return measureShape(intersection(a, b)).areaM2 }
