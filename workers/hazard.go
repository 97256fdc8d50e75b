package workers

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"parus/fields"
	"parus/internal/season"
	"parus/yield"
)

// leastClear is the share of a parcel that a date must show to be looked at for
// hazards: the same half from which it counts as an observation.
const leastClear = 0.5

// sightings are a parcel's clear looks. Water is told by the modified index
// (green − swir)/(green + swir) of the parcel's mean reflectance, which soil and
// leaves disturb less (Xu 2006), else by McFeeters' as it was measured.
func sightings(p season.Estimable, se fields.Season) []yield.Sighting {
	var out []yield.Sighting
	for i, d := range p.Dates {
		day := int(math.Floor(d.Sub(se.Start).Hours() / 24))
		if i >= len(p.NDVI) || i >= len(p.Valid) || p.Valid[i] < leastClear || p.NDVI[i] != p.NDVI[i] || day < 0 || day >= se.Days() {
			continue
		}
		s := yield.Sighting{Day: day, NDVI: float64(p.NDVI[i]), Water: math.NaN()}
		switch {
		case i < len(p.Green) && i < len(p.SWIR) && p.Green[i]+p.SWIR[i] > 0:
			s.Water = float64((p.Green[i] - p.SWIR[i]) / (p.Green[i] + p.SWIR[i]))
		case i < len(p.NDWI):
			s.Water = float64(p.NDWI[i])
		}
		out = append(out, s)
	}
	return out
}

// addHazards finds what befell the parcels and says how many by kind.
func addHazards(in *yield.SeasonInput) ([]string, error) {
	found, notes, err := yield.FindHazards(*in)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for i, all := range found {
		in.Parcels[i].Hazards = all
		for _, h := range all {
			word := "shown by imagery"
			if !h.Confirmed {
				word = "by weather alone"
			}
			count[h.Kind+" "+word]++
		}
	}
	kinds := make([]string, 0, len(count))
	for k := range count {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	for i, k := range kinds {
		kinds[i] = fmt.Sprintf("hazards: %s: %d parcels", k, count[k])
	}
	return slices.Concat(notes, kinds), nil
}
