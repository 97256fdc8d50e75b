package crop

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Spreads of the copies that make a model travel: seasons of one crop differ by
// a week or two between regions and years; reflectance of one surface by a few
// per cent between atmospheric corrections, mostly in all bands alike; and
// somewhere else the clouds leave fewer dates.
const (
	travelShiftDays = 8.  // standard deviation of the shift of the season
	travelMaxShift  = 20. // and its limit
	travelGain      = .05 // standard deviation of a factor on all bands
	travelBandGain  = .03 // and on one band
	travelMaxDrop   = .5  // up to this share of dates is lost
)

// travelled returns a copy of a sample as it might look elsewhere. Only bands
// are scaled: indices hardly change with brightness.
func travelled(s Sample, rng *rand.Rand) Sample {
	out := Sample{ID: s.ID, Layers: s.Layers, Start: s.Start}
	shift := int(math.Round(max(-travelMaxShift, min(travelMaxShift, rng.NormFloat64()*travelShiftDays))))
	drop := rng.Float64() * travelMaxDrop
	var kept []int
	for d := range s.Dates {
		if rng.Float64() >= drop {
			kept = append(kept, d)
			out.Dates = append(out.Dates, s.Dates[d].AddDate(0, 0, shift))
		}
	}
	gain := 1 + rng.NormFloat64()*travelGain
	out.Values = make([][]float32, len(s.Values))
	for l, row := range s.Values {
		g := float32(1)
		if bandName.MatchString(CanonicalLayer(s.Layers[l])) {
			g = float32(gain * (1 + rng.NormFloat64()*travelBandGain))
		}
		out.Values[l] = make([]float32, len(kept))
		for i, d := range kept {
			out.Values[l][i] = g * row[d]
		}
	}
	return out
}

// withCopies appends copies of every sample and says where each comes from.
func withCopies(samples []Sample, copies int, seed uint64) (all []Sample, origin []int) {
	all = slices.Clone(samples)
	for i := range samples {
		origin = append(origin, i)
	}
	for c := range copies {
		for i, s := range samples {
			rng := rand.New(rand.NewPCG(seed+uint64(c)+1, uint64(i)))
			all, origin = append(all, travelled(s, rng)), append(origin, i)
		}
	}
	return all, origin
}
