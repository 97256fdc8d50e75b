package crop

import (
	"slices"
	"time"
)

// Axis is the day-of-season axis of a model: Steps points StepDays apart, the
// first at day 0.
//
// Day 0 is a calendar day (Anchor, "MM-DD") where the training series began at
// about the same time of the year: a series of another year is then aligned by
// the calendar, to the occurrence of that day whose season holds most of the
// series' dates. Where the training series began at all times of the year,
// Anchor is empty and day 0 is each sample's own start: [Sample.Start], or else
// its first date.
type Axis struct {
	Anchor   string `json:"anchor,omitempty"` // "09-01"
	StepDays int    `json:"step_days"`
	Steps    int    `json:"steps"`
	// SeasonDays is the day of the last point of whole seasons, which decides
	// the season that a series belongs to; an axis that is cut off early ends
	// before it. 0: [Axis.SpanDays].
	SeasonDays int `json:"season_days,omitempty"`
}

// SpanDays is the day of season of the last point.
func (a Axis) SpanDays() int { return (a.Steps - 1) * a.StepDays }

func (a Axis) seasonDays() int { return max(a.SeasonDays, a.SpanDays()) }

// anchorSpreadDays is how far apart the training series may begin within a year
// to be aligned by the calendar: a month and a half, the spread of composites
// and first clear dates, well under the quarter that parts one season's crops
// from the next's.
const anchorSpreadDays = 45

// anchorOf finds the calendar day at which series begin, "" where there is none.
func anchorOf(samples []Sample) string {
	var starts []int // day of a year of 365 days
	for _, s := range samples {
		if !s.Start.IsZero() {
			starts = append(starts, dayOfYear(s.Start))
		} else if len(s.Dates) > 0 {
			starts = append(starts, dayOfYear(s.Dates[0]))
		}
	}
	if len(starts) == 0 {
		return ""
	}
	slices.Sort(starts)
	for _, share := range []float64{1, .9} { // all series, or all but odd ones
		if begin, arc := narrowestArc(starts, share); arc <= anchorSpreadDays {
			return time.Date(2001, 1, 1+begin, 0, 0, 0, 0, time.UTC).Format("01-02")
		}
	}
	return ""
}

func dayOfYear(t time.Time) int {
	return days(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2001, t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)) % 365
}

// narrowestArc finds the shortest stretch of the year that holds a share of
// the sorted days, and its first day.
func narrowestArc(sorted []int, share float64) (begin, arc int) {
	n := len(sorted)
	want := max(1, int(share*float64(n)))
	arc = 366
	for i := range n {
		last := i + want - 1
		end := sorted[last%n]
		if last >= n {
			end += 365
		}
		if w := end - sorted[i]; w < arc {
			begin, arc = sorted[i], w
		}
	}
	return begin, arc
}

// start returns day 0 of a sample with ascending dates; ok is false for a
// sample without dates.
func (a Axis) start(s Sample, season time.Time) (time.Time, bool) {
	if season.IsZero() {
		season = s.Start
	}
	if len(s.Dates) == 0 {
		return midnight(season), !season.IsZero()
	}
	if season.IsZero() {
		season = s.Dates[0]
	}
	if a.Anchor == "" {
		return midnight(season), true
	}
	m, err := time.Parse("01-02", a.Anchor)
	if err != nil {
		return midnight(season), true
	}
	var best time.Time
	most, near := -1, 0
	for y := s.Dates[0].Year() - 2; y <= s.Dates[len(s.Dates)-1].Year()+1; y++ {
		day0 := time.Date(y, m.Month(), m.Day(), 0, 0, 0, 0, time.UTC)
		n := 0
		for _, d := range s.Dates {
			if x := days(day0, d); x >= 0 && x <= a.seasonDays() {
				n++
			}
		}
		far := max(days(day0, season), -days(day0, season))
		if n > most || (n == most && far < near) {
			best, most, near = day0, n, far
		}
	}
	return best, true
}

// Steps are clamped to this range, days: finer than a revisit of Sentinel-2
// with both satellites shows noise, coarser than a month loses the crop.
const (
	minStepDays = 8
	maxStepDays = 31
)

// stepOf is the typical distance between a sample's dates.
func stepOf(samples []Sample) int {
	var gaps []int
	for i, s := range samples {
		if i > 2000 {
			break
		}
		for d := 1; d < len(s.Dates); d++ {
			if g := days(s.Dates[d-1], s.Dates[d]); g > 0 {
				gaps = append(gaps, g)
			}
		}
	}
	if len(gaps) == 0 {
		return maxStepDays
	}
	slices.Sort(gaps)
	return max(minStepDays, min(maxStepDays, gaps[len(gaps)/2]))
}
