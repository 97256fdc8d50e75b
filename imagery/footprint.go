package imagery

import (
	"math"

	"github.com/paulmach/orb"
)

// FootprintBound is the bound of a footprint in longitude and latitude. One that crosses the antimeridian, which
// shows as an edge over more than half of the globe or as parts on both sides
// of it, gets the whole range of longitudes: too wide a bound costs a look at a
// file, too narrow a one would lose the scene.
func FootprintBound(g orb.Geometry) orb.Bound {
	b := g.Bound()
	if !crosses(g) && !(b.Max[0] >= 180 && b.Min[0] <= -180) {
		return b
	}
	b.Min[0], b.Max[0] = -180, 180
	return b
}

func crosses(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.Polygon:
		for _, ring := range g {
			for i := 1; i < len(ring); i++ {
				if math.Abs(ring[i][0]-ring[i-1][0]) > 180 {
					return true
				}
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			if crosses(p) {
				return true
			}
		}
	}
	return false
}
