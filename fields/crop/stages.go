package crop

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// addStages fits a model of its own for each day before the end of the season
// at which m is to speak, and hands them to m.
func (f *fitting) addStages(ctx context.Context, m *Model, samples []Sample, labels []string, o FitOptions) error {
	whole := m.card.Schema.Cutoff
	var at []int
	if o.Stages.Auto {
		at = autoStages(whole)
	}
	for _, c := range o.Stages.At {
		d := c.day(f.starts)
		if d > whole {
			return fmt.Errorf("stage of day %d: the season ends on day %d", d, whole)
		}
		at = append(at, d)
	}
	slices.Sort(at)
	say := f.o.Progress
	for _, d := range slices.Compact(at) {
		if d == whole {
			continue
		}
		part := o
		part.Cutoff, part.Stages = Cutoff{Day: d}, Stages{}
		part.StepDays = m.card.Schema.Axis.StepDays
		part.Progress = func(stage string, done, total int) { say(fmt.Sprintf("stage of day %d: %s", d, stage), done, total) }
		stage, err := Fit(ctx, samples, labels, part)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && o.Stages.Auto:
			m.card.Notes = append(m.card.Notes, fmt.Sprintf("no stage of day %d: %v", d, err))
			continue
		case err != nil:
			return fmt.Errorf("stage of day %d: %w", d, err)
		}
		m.earlier = append(m.earlier, stage)
		m.card.Stages = append(m.card.Stages, d)
	}
	return nil
}

// stages are the models of each cut-off, the earliest first, the whole season's
// last.
func (m *Model) stages() []*Model { return append(slices.Clone(m.earlier), m) }

// Stages returns the cards of all dates at which the model speaks, the earliest
// first; the last is [Model.Card].
func (m *Model) Stages() []Card {
	var out []Card
	for _, s := range m.stages() {
		out = append(out, s.card)
	}
	return out
}

// reaches is the day to which nine of ten training series have values, of those
// that count.
func reaches(ends []int, cutoff int) int {
	if len(ends) == 0 {
		return cutoff
	}
	slices.Sort(ends)
	return min(cutoff, max(0, ends[len(ends)/10]))
}

// lastValue is the last date on which a sample has a value in one of the
// layers; ok is false where it has none.
func lastValue(s Sample, layers []string) (last time.Time, ok bool) {
	at := -1
	for l, row := range s.Values {
		if !slices.Contains(layers, s.Layers[l]) && !slices.Contains(layers, CanonicalLayer(s.Layers[l])) {
			continue
		}
		for d := len(row) - 1; d > at; d-- {
			if v := row[d]; v-v == 0 {
				at = d
			}
		}
	}
	if at < 0 {
		return last, false
	}
	return s.Dates[at], true
}

// view is a sample as far as a prediction may look: nothing after the cut-off is
// part of it.
type view struct {
	sample Sample
	start  time.Time // day 0, zero where it has none
	stage  int       // which stage judges it; -1: its series ends before the first
	seen   int       // day of season to which the season of the sample was seen
}

// look sorts and cuts the samples, and finds the stage that judges each.
//
// A season was seen up to the last value that any of the samples of that season
// has: what clouds hid of one parcel is known of others, but what nobody has
// seen has not happened yet.
func (m *Model) look(samples []Sample, o PredictOptions) ([]view, error) {
	out := make([]view, len(samples))
	axis, layers := m.card.Schema.Axis, m.card.Schema.Layers
	seen := map[time.Time]int{}
	for i, s := range samples {
		if len(s.Values) != len(s.Layers) || slices.ContainsFunc(s.Values, func(r []float32) bool { return len(r) != len(s.Dates) }) {
			return nil, fmt.Errorf("sample %q: values and dates differ in number", s.ID)
		}
		v := &out[i]
		v.sample, v.start = cut(s.sorted(), axis, o)
		if d, ok := lastValue(v.sample, layers); ok {
			if before, known := seen[v.start]; !known || days(v.start, d) > before {
				seen[v.start] = days(v.start, d)
			}
		}
	}
	stages := m.stages()
	for i := range out {
		day, ok := seen[out[i].start]
		if !ok { // nothing to judge: any stage says so
			out[i].stage = len(stages) - 1
			continue
		}
		out[i].seen, out[i].stage = day, stageFor(stages, day)
	}
	return out, nil
}

// cut drops what comes after the cut-off, dates and values alike, and finds day
// 0 from what is left. Only where nothing is left, or where a cut-off is a day of
// season, do later dates (never values) tell which season it is.
func cut(s Sample, a Axis, o PredictOptions) (Sample, time.Time) {
	if o.Cutoff == (Cutoff{}) {
		start, _ := a.start(s, o.SeasonStart)
		return s, start
	}
	known := s
	if !o.Cutoff.Date.IsZero() {
		if early := s.until(o.Cutoff.Date); len(early.Dates) > 0 {
			known = early
		}
	}
	start, ok := a.start(known, o.SeasonStart)
	if !ok {
		return s, time.Time{}
	}
	return s.until(start.AddDate(0, 0, o.Cutoff.day([]time.Time{start}))), start
}

// until returns the sample without the days after last; dates ascend.
func (s Sample) until(last time.Time) Sample {
	n := len(s.Dates)
	for n > 0 && days(midnight(last), s.Dates[n-1]) > 0 {
		n--
	}
	if n == len(s.Dates) {
		return s
	}
	out := s
	out.Dates = s.Dates[:n]
	out.Values = make([][]float32, len(s.Values))
	for l, row := range s.Values {
		out.Values[l] = row[:n]
	}
	return out
}

// stageFor is the last stage whose training series reach no further than the
// season was seen, give or take the half step that a point of the axis stands
// for; -1 where there is none. The first stage is given the steps for which an
// axis holds a value, see holdSteps: with nothing to fall back to, a series
// that ends a revisit early should not fall silent.
func stageFor(stages []*Model, seen int) int {
	for i := len(stages) - 1; i >= 0; i-- {
		s := stages[i].card.Schema
		slack := s.Axis.StepDays / 2
		if i == 0 {
			slack = holdSteps * s.Axis.StepDays
		}
		if seen+slack >= s.Reaches {
			return i
		}
	}
	return -1
}

// tooEarly turns the guess of the first stage on a series that ends before it
// into what may be said of it: nothing calibrated. Guess and shares in training
// are pooled (linear opinion pool, Stone 1961), with the share of the stage's
// season that was seen as the guess' weight.
func (m *Model) tooEarly(p *Posterior, seen int) {
	s := m.card.Schema
	w := max(0, min(1, float64(seen)/float64(s.Reaches)))
	m.pool(p.P, w)
	p.Abstained, p.Set, p.Stage = true, p.Classes, 0
	p.Reason = fmt.Sprintf("the season was seen to day %d: the model speaks from day %d on; fit one with --cutoffs to predict earlier", seen, s.Reaches)
}

// pool mixes probabilities with the classes' shares in training.
func (m *Model) pool(p []float64, weight float64) {
	prior := make([]float64, len(p))
	m.prior(prior)
	sum := 0.0
	for c := range p {
		p[c] = weight*p[c] + (1-weight)*prior[c]
		sum += p[c]
	}
	for c := range p {
		p[c] /= math.Max(sum, tinyP)
	}
}
