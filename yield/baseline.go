package yield

import "math"

// Method is a way to predict a region's year.
type Method string

// The methods. The first three are the baselines that the fourth must beat.
const (
	MethodMean  Method = "mean"  // of the region's years
	MethodTrend Method = "trend" // straight line through the region's years
	MethodLast  Method = "last"  // the region's nearest year, the earlier of two
	MethodMixed Method = "mixed" // levels, slopes and drifts of regions, groups and years, and features, all shrunk
)

func baselines() []Method { return []Method{MethodMean, MethodTrend, MethodLast} }

// history is what a baseline needs of a region.
type history struct {
	Years  []float64
	Values []float64
}

// histories collects the years of every region, and all of them under "".
func histories(t scored) map[string]history {
	out := map[string]history{}
	for i, k := range t.keys {
		for _, key := range []string{k, ""} {
			h := out[key]
			h.Years, h.Values = append(h.Years, float64(t.years[i])), append(h.Values, t.target[i])
			out[key] = h
		}
	}
	return out
}

// baseline predicts a year of a region; regions that are unknown get the mean
// of all.
func baseline(m Method, h map[string]history, key string, year int) float64 {
	x, ok := h[key]
	if !ok || len(x.Values) == 0 {
		x, m = h[""], MethodMean
	}
	switch m {
	case MethodTrend:
		if len(x.Years) < 3 {
			return mean(x.Values)
		}
		my, mv := mean(x.Years), mean(x.Values)
		var sxy, sxx float64
		for i := range x.Years {
			sxy += (x.Years[i] - my) * (x.Values[i] - mv)
			sxx += (x.Years[i] - my) * (x.Years[i] - my)
		}
		return mv + sxy/sxx*(float64(year)-my)
	case MethodLast:
		best := 0
		for i := range x.Years {
			d, least := math.Abs(x.Years[i]-float64(year)), math.Abs(x.Years[best]-float64(year))
			if d < least || d == least && x.Years[i] < x.Years[best] {
				best = i
			}
		}
		return x.Values[best]
	default:
		return mean(x.Values)
	}
}

func mean(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}
