package crop

import "time"

// What the tests look at from within.
var (
	AnchorOf     = anchorOf
	FoldsOf      = folds
	Abstention   = abstention
	Conformal    = conformal
	Phenology    = phenology
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

// Quantiles returns those of a row's halves, quarters and so on.
func Quantiles(row []float32, depth int) []float32 {
	return newExtractor(Schema{Axis: Axis{StepDays: 1, Steps: len(row)}}, nil).quantiles(nil, row, depth)
}

// Pool fits a blend to one table of probabilities a learner and mixes rows by it.
func Pool(classes int, parts [][]float64, labels []int32) (weights, offsets []float64, mixed [][]float64) {
	var p []probabilities
	for _, x := range parts {
		p = append(p, probabilities{classes, x})
	}
	rows := make([]int, len(labels))
	for i := range rows {
		rows[i] = i
	}
	b := fitBlend(p, labels, rows)
	into := blank(len(labels), classes)
	b.all(p, rows, into)
	for i := range labels {
		mixed = append(mixed, into.row(i))
	}
	return b.Weights, b.Offsets, mixed
}

// Mix pools one row by hand-made weights and offsets.
func Mix(weights, offsets []float64, parts ...[]float64) []float64 {
	out := make([]float64, len(offsets))
	blend{weights, offsets}.mix(out, parts...)
	return out
}

// Points returns the table of points that a schema makes of samples, one row a
// sample: all used layers one after another.
func Points(samples []Sample, s Schema) [][]float32 {
	u := units(samples, s.Layers)
	x := newExtractor(s, u)
	out := make([][]float32, len(samples))
	for i, sample := range samples {
		start, _ := s.Axis.start(sample.sorted(), time.Time{})
		x.resample(sample.sorted(), start, s.Cutoff)
		out[i] = append(out[i], x.grid...)
	}
	return out
}
