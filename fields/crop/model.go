package crop

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"parus/fields/crop/trees"
)

// Model tells crops from series. It is safe for concurrent use.
type Model struct {
	card    Card
	units   map[string]unit
	members members
	reach   reach
	digest  string
	doubts  []Doubt
	earlier []*Model // stages before this one's cut-off, the earliest first
}

// Card returns what the model says of itself.
func (m *Model) Card() Card { return m.card }

// Doubts returns the training samples whose labels are probably wrong, the
// surest first. Only a model fresh from [Fit] knows them; its file does not.
func (m *Model) Doubts() []Doubt { return m.doubts }

// PredictOptions tune [Model.Predict].
type PredictOptions struct {
	SeasonStart time.Time // where known; else found from each series, see [Axis]
	Cutoff      Cutoff    // observations after it do not count
	Threads     int       // 0: one a core
}

// predictBlock is how many samples are held as features at a time.
const predictBlock = 4096

// Predict returns one posterior a sample, in their order. A sample that the
// model cannot judge is no error: its posterior is the classes' share in the
// training set, it abstains and says why. Errors are a layer that no sample has
// and the end of ctx.
func (m *Model) Predict(ctx context.Context, samples []Sample, o PredictOptions) ([]Posterior, error) {
	out := make([]Posterior, len(samples))
	if len(samples) == 0 {
		return out, nil
	}
	if err := m.lacks(samples); err != nil {
		return nil, fmt.Errorf("predict crops: %w", err)
	}
	views, err := m.look(samples, o)
	if err != nil {
		return nil, fmt.Errorf("predict crops: %w", err)
	}
	u := m.unitsOf(views)
	for k, stage := range m.stages() {
		var rows []int
		for i, v := range views {
			if max(0, v.stage) == k {
				rows = append(rows, i)
			}
		}
		if err := stage.judge(ctx, views, rows, u, o.Threads, out); err != nil {
			return nil, fmt.Errorf("predict crops: %w", err)
		}
	}
	return out, nil
}

// unitsOf tells the units of what may be looked at; a layer without a value has
// those of the training.
func (m *Model) unitsOf(views []view) map[string]unit {
	samples := make([]Sample, len(views))
	for i, v := range views {
		samples[i] = v.sample
	}
	u := units(samples, m.card.Schema.Layers)
	for l, trained := range m.units {
		if _, ok := u[l]; !ok {
			u[l] = trained
		}
	}
	return u
}

// judge predicts some of the views, a block at a time.
func (m *Model) judge(ctx context.Context, views []view, rows []int, u map[string]unit, threads int, out []Posterior) error {
	var scorer *kernelScorer
	if m.members.kernel != nil && len(rows) > 0 {
		scorer = m.members.kernel.scorer()
	}
	for block := range slices.Chunk(rows, predictBlock) {
		if err := m.block(ctx, views, block, u, scorer, threads, out); err != nil {
			return err
		}
	}
	return nil
}

// lacks tells which layers of the model no sample has at all.
func (m *Model) lacks(samples []Sample) error {
	var missing []string
	for _, want := range m.card.Schema.Layers {
		if !slices.ContainsFunc(samples, func(s Sample) bool {
			return slices.ContainsFunc(s.Layers, func(n string) bool { return n == want || CanonicalLayer(n) == want })
		}) {
			missing = append(missing, want)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("the series have no layer %v, which the model was fitted on: give them, or fit a model on the layers that there are", missing)
}

// block predicts as many views as fit in memory as features.
func (m *Model) block(ctx context.Context, views []view, rows []int, u map[string]unit, scorer *kernelScorer, threads int, out []Posterior) error {
	samples, starts := make([]Sample, len(rows)), make([]time.Time, len(rows))
	for i, r := range rows {
		samples[i], starts[i] = views[r].sample, views[r].start
	}
	e := extraction{starts: starts, last: m.card.Schema.Cutoff, threads: threads}
	tree, smooth, states, err := extract(ctx, samples, m.card.Schema, u, e)
	if err != nil {
		return err
	}
	k := len(m.card.Classes)
	boost, extra := make([]float32, tree.Rows*k), make([]float32, tree.Rows*k)
	m.members.boost.Score(tree, boost, threads)
	m.members.extra.Score(tree, extra, threads)
	parts := [][]float64{make([]float64, k), make([]float64, k)}
	var kernel [][]float64
	if scorer != nil {
		parts = append(parts, make([]float64, k))
		kernel = scorer.rows(smooth, threads)
	}
	for i, r := range rows {
		b := boost[i*k : (i+1)*k]
		trees.Softmax(b, b)
		for c := range k {
			parts[learnerBoost][c] = float64(b[c])
			parts[learnerExtra][c] = float64(extra[i*k+c])
		}
		if kernel != nil {
			softmaxScaled(kernel[i], m.members.kernel.Sharpness, parts[learnerKernel])
		}
		out[r] = m.posterior(samples[i].ID, parts, states[i], smooth.Row(i))
		if views[r].stage < 0 && states[i].reason == "" {
			m.tooEarly(&out[r], views[r].seen)
		}
	}
	return nil
}

// rows scores a table in small blocks, so that threads share the work.
func (s *kernelScorer) rows(t trees.Table, threads int) [][]float64 {
	const size = 128
	out := make([][]float64, t.Rows)
	each((t.Rows+size-1)/size, threads, func(b int) {
		first, end := b*size, min((b+1)*size, t.Rows)
		scores := s.score(trees.Table{Rows: end - first, Cols: t.Cols, Values: t.Values[first*t.Cols : end*t.Cols]})
		for i := first; i < end; i++ {
			out[i] = scores.RawRowView(i - first)
		}
	})
	return out
}

// A series must cover at least minCovered of the axis' cells: a season cut short
// by more than a quarter is for a model with an earlier cut-off. Where the
// training series themselves are gappier, what all but one in fifty of them
// cover will do, down to leastCovered.
const (
	minCovered   = .75
	gappyShare   = .02
	leastCovered = .25
)

// posterior makes one posterior and decides whether the model speaks.
func (m *Model) posterior(id string, parts [][]float64, g gridded, smooth []float32) Posterior {
	p := Posterior{ID: id, Classes: m.card.Classes, P: make([]float64, len(m.card.Classes))}
	if g.reason != "" {
		m.prior(p.P)
		p.Abstained, p.Reason, p.Set = true, g.reason, p.Classes
		return p
	}
	m.card.Blend.mix(p.P, parts...)
	_, best := p.Best()
	p.Stage = m.card.Schema.Cutoff
	for c := range p.P {
		if inSet(p.P, m.card.SetAbove, c) {
			p.Set = append(p.Set, p.Classes[c])
		}
	}
	switch far := m.reach.beyond(smooth); {
	case g.covered < m.reach.Covered:
		p.Abstained, p.Reason = true, fmt.Sprintf("the series cover %.0f %% of the season: those of the training cover more", 100*g.covered)
		p.Set = p.Classes // curves unlike those of the training set are promised nothing
	case far > m.reach.Allowed:
		p.Abstained, p.Reason = true, fmt.Sprintf("unlike the training samples: %.0f %% of the curve lies outside their range", 100*far)
		p.Set = p.Classes
	case best < m.card.AbstainBelow:
		p.Abstained, p.Reason = true, fmt.Sprintf("probability %.2f is below the cut-off %.2f", best, m.card.AbstainBelow)
	}
	return p
}

func (m *Model) prior(p []float64) {
	for c, n := range m.card.Counts {
		p[c] = float64(n) / float64(m.card.Samples)
	}
}

// reach is the range of the training curves, point by point, widened; a curve
// that leaves it in many points is unlike anything that the model has seen.
type reach struct {
	Low, High []float32
	Allowed   float64 // share of points that may lie outside
	Covered   float64 // share of the axis that a series must cover
}

// The range runs from the least to the largest training value, widened on each
// side by reachMargin of its width, room for what a small set does not show;
// one in ten points may lie outside it, which is what a few unmasked clouds do.
const (
	reachMargin  = .25
	reachAllowed = .1
)

func reachOf(t trees.Table, covered []float64) reach {
	sorted := slices.Sorted(slices.Values(covered))
	r := reach{Covered: max(leastCovered, min(minCovered, sorted[int(gappyShare*float64(len(sorted)))])), Low: make([]float32, t.Cols), High: make([]float32, t.Cols), Allowed: reachAllowed}
	for c := range t.Cols {
		low, high := float32(math.Inf(1)), float32(math.Inf(-1))
		for i := range t.Rows {
			if v := t.Values[i*t.Cols+c]; v == v {
				low, high = min(low, v), max(high, v)
			}
		}
		if low > high { // never seen: nothing to compare with
			low, high = float32(math.Inf(-1)), float32(math.Inf(1))
		}
		w := reachMargin * (high - low)
		r.Low[c], r.High[c] = low-w, high+w
	}
	return r
}

// beyond is the share of a curve's points outside the range.
func (r reach) beyond(row []float32) float64 {
	out, n := 0, 0
	for c, v := range row {
		if v != v {
			continue
		}
		n++
		if v < r.Low[c] || v > r.High[c] {
			out++
		}
	}
	return float64(out) / float64(max(1, n))
}
