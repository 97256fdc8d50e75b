package crop

import (
	"fmt"
	"strings"
	"time"
)

// Cutoff is the last day whose observations count. The zero value is none.
type Cutoff struct {
	Day  int       // day of season, > 0
	Date time.Time // or a date
}

// ParseCutoff reads "YYYY-MM-DD" or a day of season from 1 to 1500.
func ParseCutoff(s string) (Cutoff, error) {
	if s == "" {
		return Cutoff{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return Cutoff{Date: t}, nil
	}
	var day int
	if _, err := fmt.Sscanf(s, "%d", &day); err != nil || fmt.Sprint(day) != s || day < 1 || day > 1500 {
		return Cutoff{}, fmt.Errorf("cut-off %q: want a date as YYYY-MM-DD or a day of season from 1 to 1500", s)
	}
	return Cutoff{Day: day}, nil
}

// day turns a cut-off into a day of season: the distance from the day 0 that
// most samples have among those that the date falls behind; for a date outside
// every sample's season, the distance from the anchor within a year.
func (c Cutoff) day(starts []time.Time) int {
	if c.Date.IsZero() {
		return c.Day
	}
	counts := map[int]int{}
	for _, s := range starts {
		if d := days(s, c.Date); d >= 1 && d <= 550 {
			counts[d]++
		}
	}
	best := 0
	for d, n := range counts {
		if n > counts[best] || (n == counts[best] && d < best) {
			best = d
		}
	}
	if best == 0 && len(starts) > 0 {
		best = (dayOfYear(c.Date) - dayOfYear(starts[0]) + 365) % 365
	}
	return best
}

// Stages are the days before the end of the season at which a model is to speak
// too, each with learners, calibration and cut-off of its own.
type Stages struct {
	Auto bool // every month or more, as many as say something new, see [autoStages]
	At   []Cutoff
}

// ParseStages reads "auto", or cut-offs with commas between; "" is none.
func ParseStages(s string) (Stages, error) {
	switch s {
	case "":
		return Stages{}, nil
	case "auto":
		return Stages{Auto: true}, nil
	}
	var out Stages
	for _, part := range strings.Split(s, ",") {
		c, err := ParseCutoff(strings.TrimSpace(part))
		if err != nil {
			return Stages{}, err
		}
		if c == (Cutoff{}) {
			return Stages{}, fmt.Errorf("cut-offs %q: one is empty", s)
		}
		out.At = append(out.At, c)
	}
	return out, nil
}

// Stages of their own accord begin at autoFirstDay, are autoEveryDays apart or
// more, and are autoMost at most: crops hardly differ before two months of a
// season, a month is what a lender waits for a report, and each stage costs a
// fit.
const (
	autoFirstDay  = 60
	autoEveryDays = 30
	autoMost      = 8
)

// autoStages lists days of season before span.
func autoStages(span int) []int {
	every := max(autoEveryDays, (span-autoFirstDay+autoMost-1)/autoMost)
	var out []int
	for d := autoFirstDay; d <= span-autoEveryDays/2; d += every {
		out = append(out, d)
	}
	return out
}
