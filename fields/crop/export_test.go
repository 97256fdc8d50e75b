package crop

import "time"

// What the tests look at from within.
var (
	AnchorOf     = anchorOf
	FoldsOf      = folds
	Abstention   = abstention
	Conformal    = conformal
	Phenology    = phenology
	Intervals    = intervals
	NarrowestArc = narrowestArc
)

// Resample puts one layer on an axis.
func Resample(a Axis, dates []time.Time, values []float32, start time.Time, last int) []float32 {
	out := make([]float32, a.Steps)
	collect(observed{}, dates, values, start, last).resample(a, out)
	return out
}

// StartOf returns day 0 of a sample.
func StartOf(a Axis, s Sample, season time.Time) time.Time {
	t, _ := a.start(s, season)
	return t
}

// DayOf returns a cut-off as a day of season.
func DayOf(c Cutoff, starts ...time.Time) int { return c.day(starts) }

// AutoStages lists the days of stages of a season's length.
var AutoStages = autoStages

// LeastForLevel is how many samples a class needs for a level of its own.
var LeastForLevel = leastForLevel

// SetLevels and InSet are the levels of conformal sets, and whether a class is
// in one, on rows of probabilities.
func SetLevels(p [][]float64, labels []int32, confidence float64) []float64 {
	t := blank(len(p), len(p[0]))
	rows := make([]int, len(p))
	for i, r := range p {
		copy(t.row(i), r)
		rows[i] = i
	}
	return setLevels(t, labels, rows, confidence)
}

var InSet = inSet
// Points returns the table of points that a schema makes of samples, one row a
// sample: all used layers one after another.
func Points(samples []Sample, s Schema) [][]float32 {
	u := units(samples, s.Layers)
	x := newExtractor(s, u)
	out := make([][]float32, len(samples))
	for i, sample := range samples {
		x.resample(sample.sorted(), time.Time{}, s.Cutoff)
		out[i] = append(out[i], x.grid...)
	}
	return out
}
