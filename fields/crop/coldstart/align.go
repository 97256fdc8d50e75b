package coldstart

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"parus/fields/crop"
)

// Shift brings a region's calendar to that of the reference curves: a date of
// the region that lies x days from the middle of the curves' year is the curves'
// day (x − Days)/Stretch from it.
type Shift struct {
	Days    float64 // by which the region's season lies later
	Stretch float64 // length of its season over that of the curves; 1: as long
	Gain    float64 // of log likelihood a sample over no shift
	Error   float64 // standard error of the gain
	Samples int     // that it was estimated from
}

// None tells that nothing is to be moved.
func (s Shift) None() bool { return s.Days == 0 && s.Stretch == 1 }

func (s Shift) String() string {
	return fmt.Sprintf("season %+.0f days, stretched by %.2f (gain %.3f ± %.3f a sample over %d samples)", s.Days, s.Stretch, s.Gain, s.Error, s.Samples)
}

// What is searched: shifts of up to six weeks in steps of four days, and seasons
// a sixth shorter or longer. A shift is believed where its gain is surely more
// than nothing: alignGain of log likelihood a sample and two standard errors.
const (
	mostShift    = 40
	shiftStep    = 4
	alignGain    = .02
	leastAligned = 10 // samples
)

func stretches() []float64 { return []float64{1, .92, 1.08, .85, 1.15} }

// Align estimates one shift and stretch of a region from unlabelled series: those
// under which a mixture of the reference curves explains the series best, with
// shares of the classes found by expectation maximisation for each candidate
// (Dempster, Laird and Rubin 1977), so that a region with other shares is not
// taken for one with another calendar. Values are not warped in time here. Too
// few samples or too small a gain give no shift.
func Align(ctx context.Context, p *Patterns, samples []crop.Sample) (Shift, error) {
	none := Shift{Stretch: 1}
	physical, err := crop.Physical(samples, p.Layers)
	if err != nil {
		return none, fmt.Errorf("align calendars: %w", err)
	}
	a := aligner{p: p}
	for _, s := range physical {
		if t := binned(s, p.StepDays); len(t.days) >= leastDates {
			a.tracks, a.first = append(a.tracks, t), append(a.first, p.Curves[0].track(p.StepDays, t.days).days[0])
		}
	}
	none.Samples = len(a.tracks)
	if len(a.tracks) < leastAligned {
		return none, nil
	}
	base := a.likelihood(none)
	best, top := none, mean(base)
	var at []float64
	for _, stretch := range stretches() {
		for days := -mostShift; days <= mostShift; days += shiftStep {
			if ctx.Err() != nil {
				return none, ctx.Err()
			}
			s := Shift{Days: float64(days), Stretch: stretch, Samples: len(a.tracks)}
			l := a.likelihood(s)
			if v := mean(l) - s.unlikely(); v > top+1e-9 {
				best, top, at = s, v, l
			}
		}
	}
	if at == nil {
		return none, nil
	}
	gains := make([]float64, len(at))
	for i := range at {
		gains[i] = at[i] - base[i]
	}
	best.Gain, best.Error = mean(gains), deviation(gains)/math.Sqrt(float64(len(gains)))
	if best.Gain < max(alignGain, 2*best.Error) {
		none.Gain, none.Error = best.Gain, best.Error
		return none, nil
	}
	return best, nil
}

// unlikely is what a shift must gain to be believed, log likelihood a sample: a
// normal prior with the spread of seasons between regions, against fields of one
// region, which share their weather and count as regionSize however many they
// are.
func (s Shift) unlikely() float64 {
	d, r := s.Days/shiftSpread, math.Log(s.Stretch)/stretchSpread
	return (d*d + r*r) / 2 / regionSize
}

const (
	shiftSpread   = 12. // days
	stretchSpread = .05
	regionSize    = 20.
)

type aligner struct {
	p      *Patterns
	tracks []track
	first  []float64 // day of the curves' first point, per track
}

// independent is how many independent values a series is taken to have: those
// that follow each other say much the same.
const independent = 6

// likelihood is the log likelihood of each track under the mixture of curves,
// normal around them with the layers' scale.
func (a aligner) likelihood(s Shift) []float64 {
	classes := a.p.Classes()
	each := make([][]float64, len(a.tracks))
	for i, t := range a.tracks {
		each[i] = make([]float64, len(classes))
		for k := range each[i] {
			each[i][k] = math.Inf(-1)
		}
		for _, c := range a.p.Curves {
			k, _ := slices.BinarySearch(classes, c.Class)
			each[i][k] = max(each[i][k], a.near(c, t, a.first[i], s))
		}
	}
	share := equal(len(classes))
	out := make([]float64, len(each))
	for range 12 {
		next := make([]float64, len(share))
		for i, l := range each {
			top := slices.Max(l)
			sum := 0.0
			for k := range l {
				sum += share[k] * math.Exp(l[k]-top)
			}
			for k := range l {
				next[k] += share[k] * math.Exp(l[k]-top) / sum
			}
			out[i] = top + math.Log(sum)
		}
		for k := range next { // one sample's worth of each class, so that none dies out
			share[k] = (next[k] + 1) / float64(len(each)+len(share))
		}
	}
	return out
}

// near is the log likelihood of a track under one curve.
func (a aligner) near(c Curve, t track, first float64, s Shift) float64 {
	step := float64(a.p.StepDays)
	middle := first + step*float64(len(c.Mean)-1)/2
	sum, n := 0.0, 0.0
	for d, day := range t.days {
		x := (middle + (day-middle-s.Days)/s.Stretch - first) / step
		i := int(math.Floor(x))
		if i < 0 || i+1 >= len(c.Mean) {
			continue
		}
		for l, v := range t.values[d] {
			if e := (v - c.Mean[i][l] - (x-float64(i))*(c.Mean[i+1][l]-c.Mean[i][l])) / a.p.Scale[l]; e == e {
				sum, n = sum+min(e*e, 9), n+1
			}
		}
	}
	if n == 0 {
		return -independent * 9 / 2
	}
	return -independent * sum / n / 2
}

// Apply returns the samples with dates on the curves' calendar.
func (s Shift) Apply(p *Patterns, samples []crop.Sample) []crop.Sample {
	if s.None() {
		return samples
	}
	out := slices.Clone(samples)
	for i, sample := range samples {
		if len(sample.Dates) == 0 {
			continue
		}
		days := make([]float64, len(sample.Dates))
		for d, t := range sample.Dates {
			days[d] = dayOf(t)
		}
		order := slices.Sorted(slices.Values(days))
		ref := p.Curves[0].track(p.StepDays, order).days
		middle := (ref[0] + ref[len(ref)-1]) / 2
		out[i].Dates = make([]time.Time, len(days))
		for d, day := range days {
			out[i].Dates[d] = dateOf(math.Round(middle + (day-middle-s.Days)/s.Stretch))
		}
	}
	return out
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func deviation(v []float64) float64 {
	m, ss := mean(v), 0.0
	for _, x := range v {
		ss += (x - m) * (x - m)
	}
	return math.Sqrt(ss / math.Max(1, float64(len(v)-1)))
}
