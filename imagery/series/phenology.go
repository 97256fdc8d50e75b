package series

import (
	"math"
	"time"
)

// PhenologyParams sets how seasons are told apart. Zero fields stand for the
// defaults.
type PhenologyParams struct {
	MinAmplitude float64 // least rise above the lower of both sides; default 0.15 NDVI
	Fraction     float64 // of the amplitude at which a season starts and ends; default 0.2
}

// GrowingSeason is one rise and fall of a curve.
type GrowingSeason struct {
	Start, Peak, End   time.Time
	OpenStart, OpenEnd bool    // the curve begins or ends inside the season
	PeakValue          float64 // of the curve
	Amplitude          float64 // PeakValue over the mean of both bases, over one base where the other side is open
	LengthDays         int     // Start to End
	Integral           float64 // Σ curve·days from Start to End (the large integral of TIMESAT)
}

// Phenology finds the growing seasons of a curve, in order of time; a year may
// hold two. A season is a peak that stands MinAmplitude above the lowest point
// on each side before higher ground (topographic prominence); it starts and
// ends where the curve crosses a fraction of the amplitude on either side
// (Jönsson and Eklundh 2004: 20 %). Where the curve ends before it falls so
// far, that side is open.
func Phenology(c Curve, p PhenologyParams) []GrowingSeason {
	if p.MinAmplitude <= 0 {
		p.MinAmplitude = 0.15
	}
	if p.Fraction <= 0 {
		p.Fraction = 0.2
	}
	var out []GrowingSeason
	for i := range c.Values {
		if isPeak(c.Values, i) {
			if g, ok := season(c, i, p); ok {
				out = append(out, g)
			}
		}
	}
	return out
}

// isPeak tells whether i is the first step of a local maximum.
func isPeak(v []float64, i int) bool {
	if i > 0 && v[i-1] >= v[i] {
		return false
	}
	j := i
	for j+1 < len(v) && v[j+1] == v[i] {
		j++
	}
	return j+1 == len(v) && i > 0 || j+1 < len(v) && v[j+1] < v[i]
}

// flank is one side of a peak: the lowest step before higher ground or the
// curve's end.
type flank struct {
	low  int
	edge bool // the curve ends before higher ground
}

func side(v []float64, peak, step int) flank {
	f := flank{low: peak, edge: true}
	for j := peak + step; j >= 0 && j < len(v); j += step {
		if v[j] > v[peak] {
			f.edge = false
			break
		}
		if v[j] < v[f.low] {
			f.low = j
		}
	}
	return f
}

func season(c Curve, peak int, p PhenologyParams) (GrowingSeason, bool) {
	v := c.Values
	left, right := side(v, peak, -1), side(v, peak, 1)
	riseL, riseR := v[peak]-v[left.low], v[peak]-v[right.low]
	g := GrowingSeason{Peak: c.Date(peak), PeakValue: v[peak]}
	g.OpenStart = left.edge && riseL < p.MinAmplitude
	g.OpenEnd = right.edge && riseR < p.MinAmplitude
	switch {
	case math.Max(riseL, riseR) < p.MinAmplitude:
		return g, false
	case g.OpenStart:
		left.low, g.Amplitude = 0, riseR
	case g.OpenEnd:
		right.low, g.Amplitude = len(v)-1, riseL
	case math.Min(riseL, riseR) < p.MinAmplitude:
		return g, false
	default:
		g.Amplitude = (riseL + riseR) / 2
	}
	start, end := left.low, right.low
	if !g.OpenStart {
		start = crossing(v, peak, -1, left.low, v[left.low]+p.Fraction*riseL)
	}
	if !g.OpenEnd {
		end = crossing(v, peak, 1, right.low, v[right.low]+p.Fraction*riseR)
	}
	g.Start, g.End = c.Date(start), c.Date(end)
	g.LengthDays = (end - start) * c.StepDays
	for i := start; i <= end; i++ {
		g.Integral += v[i] * float64(c.StepDays)
	}
	return g, true
}

// crossing walks from the peak to the last step that is not under the level.
func crossing(v []float64, peak, step, low int, level float64) int {
	i := peak
	for i != low && v[i+step] >= level {
		i += step
	}
	return i
}
