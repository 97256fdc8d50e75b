package workers

import (
	"fmt"
	"slices"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/sensor"
	"parus/imagery/spectral"
)

// maskMarginPx is the margin around cloud and shadow that does not count, in
// pixels of the grid: two of 10 m, one of Sentinel-2's mask of 20 m.
const maskMarginPx = 2

// measureOf says what is measured of a scene: all bands that it has, and the
// indices that these give. It depends on the scene alone, so that what other
// scenes a season has changes no observation of this one.
func measureOf(sensors sensor.Catalogue, s imagery.Scene) (observe.Params, error) {
	known, ok := sensors.Find(s.Sensor)
	if !ok {
		return observe.Params{}, fmt.Errorf("scene %s: sensor %q is not known", s.ID, s.Sensor)
	}
	p := observe.Params{MarginPx: maskMarginPx}
	for _, b := range known.Bands {
		if _, has := s.Band(b.Name); has && !b.Class {
			p.Bands = append(p.Bands, b.Name)
		}
	}
	slices.Sort(p.Bands)
	for _, x := range spectral.Indices() {
		if !slices.ContainsFunc(x.Roles, func(r spectral.Role) bool {
			b, ok := known.Role(r)
			return !ok || !slices.Contains(p.Bands, b.Name)
		}) {
			p.Indices = append(p.Indices, x.Name)
		}
	}
	return p, nil
}
