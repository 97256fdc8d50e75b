package credit

import "sync"

// ShockBins is how many bins of equal probability the county's shared shock of
// the harvest is cut into, see [Decision.ShortfallByShock].
const ShockBins = 32

// shockBins tells for each value of the tables in which bin of the normal
// distribution it lies, 0 being the lowest. Tables are stratified, so each bin
// holds Draws/ShockBins of a stream and its mirror image.
type shockBins [tableCount][half]uint8

var binned = sync.OnceValue(func() *shockBins {
	var edges [ShockBins - 1]float64
	for k := range edges {
		edges[k] = normalQuantile(float64(k+1) / ShockBins)
	}
	out := new(shockBins)
	for k, table := range drawn() {
		for i, z := range table[:half] {
			for _, edge := range edges {
				if z > edge {
					out[k][i]++
				}
			}
		}
	}
	return out
})

// byShock is the share of draws of each bin of the county's shock in which the
// cash flow is below due.
func (s *simulation) byShock(fixed, due float64) []float64 {
	var count [ShockBins]int
	limit := due - fixed
	bins, at := &binned()[s.countyAt.at/half], s.countyAt.at%half
	for d := range half {
		here, mirrored := s.farm[d] < limit, s.farm[d+half] < limit
		if !here && !mirrored {
			continue
		}
		bin := bins[(int(at)+d)%half]
		if s.countyAt.flip {
			bin = ShockBins - 1 - bin
		}
		if here {
			count[bin]++
		}
		if mirrored {
			count[ShockBins-1-bin]++
		}
	}
	out := make([]float64, ShockBins)
	for k, n := range count {
		out[k] = roundRate(float64(n) / (Draws / ShockBins))
	}
	return out
}
