package workers

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"parus/imagery"
	"parus/imagery/sensor"
)

// coarser is by how much the pixels of a sensor may be larger than those of the
// season's finest for its dates to join the same series: Landsat's 30 m join
// Sentinel-2's 10 m; the 250 m of MODIS, which mix a village's fields, do not.
const coarser = 3

// enough is how many scenes a sensor needs for its pixels to set the season's
// standard: a stray fine scene must not push a whole coarse series out. With
// fewer dates there is hardly a curve.
const enough = 5

// leftOut says which scenes of a season take no part in its series, and why, by
// ID.
//
// Optical sensors make one series together, by what their bands measure
// (sensor.Band.Layer), as far as their pixels are at most three times as large
// as those of the finest sensor with at least five scenes, or of the finest at
// all where none has so many. Of radar, one direction of flight makes the series:
// the one with most scenes, ascending of equals. Looks from east and west
// differ by more than a crop does in a month (slopes, rows, dew).
func leftOut(scenes []imagery.Scene) (map[string]string, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return nil, err
	}
	count, orbits := map[string]int{}, map[string]int{}
	for _, s := range scenes {
		if sn, ok := sensors.Find(s.Sensor); ok && sn.Kind == sensor.Radar {
			orbits[s.Orbit]++
		} else if ok {
			count[sn.Key]++
		}
	}
	finest := finestOf(sensors, count)
	lead := leadOrbit(orbits)
	out := map[string]string{}
	for _, s := range scenes {
		sn, ok := sensors.Find(s.Sensor)
		switch {
		case !ok:
		case sn.Kind == sensor.Radar && s.Orbit != lead:
			out[s.ID] = fmt.Sprintf("%s radar (%d scenes): the season's radar series is %s (%d scenes), and directions of flight are not mixed",
				direction(s.Orbit), orbits[s.Orbit], direction(lead), orbits[lead])
		case sn.Kind != sensor.Radar && sn.PixelSizeM() > coarser*finest:
			out[s.ID] = fmt.Sprintf("pixels of %g m are not merged into a series of %g m", sn.PixelSizeM(), finest)
		}
	}
	return out, nil
}

// finestOf is the side of the pixels that set the season's standard.
func finestOf(sensors sensor.Catalogue, count map[string]int) float64 {
	all, many := math.Inf(1), math.Inf(1)
	for key, n := range count {
		sn, _ := sensors.Find(key)
		if all = min(all, sn.PixelSizeM()); n >= enough {
			many = min(many, sn.PixelSizeM())
		}
	}
	if math.IsInf(many, 1) {
		return all
	}
	return many
}

// leadOrbit is the direction with most scenes; of equals ascending, then
// descending.
func leadOrbit(orbits map[string]int) string {
	names := slices.SortedFunc(maps.Keys(orbits), func(a, b string) int {
		return cmp.Or(cmp.Compare(orbits[b], orbits[a]), cmp.Compare(direction(a), direction(b)))
	})
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func direction(orbit string) string { return cmp.Or(orbit, "of unknown direction") }
