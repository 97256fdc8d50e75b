package workers

import (
	"fmt"
	"math"
	"slices"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/sensor"
	"parus/imagery/spectral"
)

// measureOf says what is measured of a scene: all bands that it has, and the
// indices that these give. It depends on the scene alone, so that what other
// scenes a season has changes no observation of this one.
func measureOf(sensors sensor.Catalogue, s imagery.Scene, l imagery.Lattice) (observe.Params, error) {
	known, ok := sensors.Find(s.Sensor)
	if !ok {
		return observe.Params{}, fmt.Errorf("scene %s: sensor %q is not known", s.ID, s.Sensor)
	}
	p := observe.Params{MarginPx: marginPx(known, l)}
	for _, b := range known.Bands {
		if _, has := s.Band(b.Name); has && !b.Class {
			p.Bands = append(p.Bands, b.Name)
		}
	}
	slices.Sort(p.Bands)
	for _, x := range spectral.Indices() {
		if _, given := known.Gives(x.Name); !given && !x.OfMeans && !slices.ContainsFunc(x.Roles, func(r spectral.Role) bool {
			b, ok := known.Role(r)
			return !ok || !slices.Contains(p.Bands, b.Name)
		}) {
			p.Indices = append(p.Indices, x.Name)
		}
	}
	return p, nil
}

// marginPx is the sensor's margin around cloud and shadow in whole pixels of
// the county's grid, to the nearest, so that grids of 10 and 20 m drop the same
// ground.
func marginPx(sn sensor.Sensor, l imagery.Lattice) int {
	if sn.Mask == nil || l.PixelSizeM <= 0 {
		return 0
	}
	return int(math.Round(sn.Mask.MarginM / l.PixelSizeM))
}
