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

// measureOf says what a season measures of every scene: the bands that more
// than half of the scenes have, and the indices that these bands give. A scene
// that lacks one of them fails by name instead of taking the band from all
// others.
func measureOf(scenes []imagery.Scene) (observe.Params, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return observe.Params{}, err
	}
	count, roles := map[string]int{}, map[spectral.Role]bool{}
	var names []string
	for _, s := range scenes {
		sn, ok := sensors.Find(s.Sensor)
		if !ok {
			return observe.Params{}, fmt.Errorf("scene %s: sensor %q is not known", s.ID, s.Sensor)
		}
		for _, b := range sn.Bands {
			if _, has := s.Band(b.Name); !has || b.Class {
				continue
			}
			if count[b.Name]++; count[b.Name] == len(scenes)/2+1 {
				names = append(names, b.Name)
				roles[b.Role] = true
			}
		}
	}
	p := observe.Params{Bands: names, MarginPx: maskMarginPx}
	slices.Sort(p.Bands)
	for _, x := range spectral.Indices() {
		if !slices.ContainsFunc(x.Roles, func(r spectral.Role) bool { return !roles[r] }) {
			p.Indices = append(p.Indices, x.Name)
		}
	}
	return p, nil
}
