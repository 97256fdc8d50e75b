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
	Integral           float64 // under the curve from Start to End, NDVI·days, by trapezoids (the large integral of TIMESAT)
}

// Phenology finds the growing seasons of a curve, in order of time; a year may
// hold two. A season is a peak that stands MinAmplitude above the lowest point
// on each side before higher ground (topographic prominence); it starts and
// ends where the curve crosses a fraction of the amplitude on either side
// (Jönsson and Eklundh 2004: 20 %), measured from the base of that side, which
// lies between the season and its neighbour. Where the curve ends before it falls so
// far, that side is open.
func Phenology(c Curve, p PhenologyParams) []GrowingSeason {
	if p.MinAmplitude <= 0 {
		p.MinAmplitude = 0.15
	}
	if p.Fraction <= 0 {
		p.Fraction = 0.2
	}
	var peaks []peak
	for i := range c.Values {
		if isPeak(c.Values, i) {
			if k, ok := stands(c.Values, i, p.MinAmplitude); ok {
				peaks = append(peaks, k)
			}
		}
	}
	out := make([]GrowingSeason, 0, len(peaks))
	for k := range peaks {
		out = append(out, season(c, peaks, k, p))
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

// peak is a maximum that stands high enough to be a season.
type peak struct {
	at          int
	left, right flank
	openL       bool // the curve begins before it has come down on the left
	openR       bool
}

// stands tells whether the maximum at i stands out on both sides, or on one
// where the curve ends on the other.
func stands(v []float64, i int, least float64) (peak, bool) {
	k := peak{at: i, left: side(v, i, -1), right: side(v, i, 1)}
	riseL, riseR := v[i]-v[k.left.low], v[i]-v[k.right.low]
	k.openL, k.openR = k.left.edge && riseL < least, k.right.edge && riseR < least
	return k, math.Max(riseL, riseR) >= least && (riseL >= least || k.openL) && (riseR >= least || k.openR)
}

// season measures peak k. Its bases are the lowest steps between it and its
// neighbours among the peaks: one season's curve is never part of the next one's.
func season(c Curve, peaks []peak, k int, p PhenologyParams) GrowingSeason {
	v, here := c.Values, peaks[k]
	left, right := here.left.low, here.right.low
	if k > 0 {
		left = lowest(v, peaks[k-1].at, here.at)
	}
	if k+1 < len(peaks) {
		right = lowest(v, here.at, peaks[k+1].at)
	}
	riseL, riseR := v[here.at]-v[left], v[here.at]-v[right]
	g := GrowingSeason{Peak: c.Date(here.at), PeakValue: v[here.at], OpenStart: here.openL, OpenEnd: here.openR}
	start, end := 0, len(v)-1
	switch {
	case g.OpenStart:
		g.Amplitude = riseR
	case g.OpenEnd:
		g.Amplitude = riseL
	default:
		g.Amplitude = (riseL + riseR) / 2
	}
	if !g.OpenStart {
		start = crossing(v, here.at, -1, left, v[left]+p.Fraction*riseL)
	}
	if !g.OpenEnd {
		end = crossing(v, here.at, 1, right, v[right]+p.Fraction*riseR)
	}
	g.Start, g.End = c.Date(start), c.Date(end)
	g.LengthDays = (end - start) * c.StepDays
	for i := start; i < end; i++ {
		g.Integral += (v[i] + v[i+1]) / 2 * float64(c.StepDays)
	}
	return g
}

// lowest is the first of the lowest steps from a to b.
func lowest(v []float64, a, b int) int {
	low := a
	for i := a; i <= b; i++ {
		if v[i] < v[low] {
			low = i
		}
	}
	return low
}

// crossing walks from the peak to the last step that is not under the level.
func crossing(v []float64, peak, step, low int, level float64) int {
	i := peak
	for i != low && v[i+step] >= level {
		i += step
	}
	return i
}
