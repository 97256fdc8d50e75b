package series

import (
	"math"
	"time"
)

// Clouds, haze and shadow that the mask has missed lower NDVI for one or two
// dates and leave it again, while growth and harvest do not come back within
// days. Crops regrow from a cut to within 0.1 NDVI in three weeks or more
// (Schwieder et al. 2022, Remote Sensing of Environment 269, 112795), so dips
// that recover within dipDays on both sides are taken for leftovers. The rule
// is the spike test of TIMESAT (Jönsson and Eklundh 2004, Computers &
// Geosciences 30, 833–845) with a window in days.
const (
	dipDays  = 15
	dipDepth = 0.12 // NDVI
)

// Outliers tells which dates of a series are leftover clouds: NDVI lies more
// than 0.12 under the best date of the 15 days before and under the best of
// the 15 days after. Dates without clear pixels are no outliers. A series
// without ndvi has none.
func Outliers(s Series) []bool {
	out := make([]bool, len(s.Dates))
	ndvi, ok := s.Layer("ndvi")
	if !ok {
		return out
	}
	for i, v := range ndvi {
		if isNaN(v) {
			continue
		}
		before, after := best(s, ndvi, i, -1), best(s, ndvi, i, 1)
		out[i] = float64(v) < min(before, after)-dipDepth
	}
	return out
}

// best is the greatest NDVI within dipDays in one direction of date i, −Inf
// where there is none.
func best(s Series, ndvi []float32, i, step int) float64 {
	top := math.Inf(-1)
	for j := i + step; j >= 0 && j < len(ndvi); j += step {
		if days := math.Abs(s.Dates[j].Sub(s.Dates[i]).Hours() / 24); days > dipDays {
			break
		}
		if !isNaN(ndvi[j]) {
			top = max(top, float64(ndvi[j]))
		}
	}
	return top
}

func isNaN(v float32) bool { return v != v }

func days(from, to time.Time) int { return int(math.Round(to.Sub(from).Hours() / 24)) }
