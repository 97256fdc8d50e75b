package fields

import (
	"errors"
	"fmt"
	"maps"
	"math"
)

// ErrMatchSamples is wrapped by [FitMatch] where the samples can't support a
// fit.
var ErrMatchSamples = errors.New("samples do not support a fit")

// minMatchSamples is the least number of parcels of either kind for a fit.
const minMatchSamples = 10

// MatchTruth is what is known of a parcel: the right answers.
type MatchTruth map[MatchQuestion]bool

// FitMatch refits the judges of the questions that truth answers, each on its
// own: means and common spread of its evidence, the prior, and the temper that
// maximises the likelihood. What the evidence never says keeps base's values.
func FitMatch(base MatchModel, evidence []MatchEvidence, truth []MatchTruth) (MatchModel, error) {
	if len(evidence) != len(truth) {
		return MatchModel{}, fmt.Errorf("fit match: %d pieces of evidence, %d truths: %w", len(evidence), len(truth), ErrMatchSamples)
	}
	m := base
	m.Judges = maps.Clone(base.Judges)
	fitted := 0
	for _, q := range Questions() {
		var ev []MatchEvidence
		var yes []bool
		n := 0
		for i, t := range truth {
			if answer, known := t[q]; known {
				ev, yes = append(ev, evidence[i]), append(yes, answer)
				if answer {
					n++
				}
			}
		}
		if len(yes) == 0 {
			continue
		}
		if n < minMatchSamples || len(yes)-n < minMatchSamples {
			return MatchModel{}, fmt.Errorf("fit match: %s is true of %d parcels and false of %d, want %d of each: %w", q, n, len(yes)-n, minMatchSamples, ErrMatchSamples)
		}
		m.Judges[q] = m.fit(q, ev, yes, float64(n)/float64(len(yes)))
		fitted++
	}
	if fitted == 0 {
		return MatchModel{}, fmt.Errorf("fit match: no question is answered: %w", ErrMatchSamples)
	}
	return m, nil
}

func (m MatchModel) fit(q MatchQuestion, ev []MatchEvidence, yes []bool, prior float64) MatchJudge {
	j := m.Judges[q]
	j.Prior = prior
	pieces := [2][]float64{make([]float64, len(ev)), make([]float64, len(ev))}
	for i, e := range ev {
		pieces[0][i], pieces[1][i] = m.pieces(q, e)
	}
	j.Feature = fitFeature(j.Feature, pieces[0], yes)
	j.Second = fitFeature(j.Second, pieces[1], yes)
	j.Temper = m.bestTemper(q, j, ev, yes)
	return j
}

// fitFeature takes class means and the pooled standard deviation; the base
// stays where a class has fewer than minMatchSamples values.
func fitFeature(f MatchFeature, values []float64, yes []bool) MatchFeature {
	var n, sum, sq [2]float64
	for k, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		c := 0
		if yes[k] {
			c = 1
		}
		n[c]++
		sum[c] += x
		sq[c] += x * x
	}
	if n[0] < minMatchSamples || n[1] < minMatchSamples {
		return f
	}
	m0, m1 := sum[0]/n[0], sum[1]/n[1]
	pooled := (sq[0] - n[0]*m0*m0 + sq[1] - n[1]*m1*m1) / (n[0] + n[1] - 2)
	return MatchFeature{Yes: m1, No: m0, SD: math.Sqrt(max(pooled, 1e-6))}
}

// bestTemper searches the likelihood, which is concave in the temper, over 0
// to 2 by golden section.
func (m MatchModel) bestTemper(q MatchQuestion, j MatchJudge, ev []MatchEvidence, yes []bool) float64 {
	loss := func(t float64) float64 {
		j.Temper = t
		m.Judges = map[MatchQuestion]MatchJudge{q: j}
		var s float64
		for k, e := range ev {
			p, _ := m.answer(q, e)
			if !yes[k] {
				p = 1 - p
			}
			s -= math.Log(max(p, 1e-12))
		}
		return s
	}
	lo, hi := 0.0, 2.0
	g := (math.Sqrt(5) - 1) / 2
	a, b := hi-g*(hi-lo), lo+g*(hi-lo)
	fa, fb := loss(a), loss(b)
	for range 30 {
		if fa <= fb {
			hi, b, fb = b, a, fa
			a = hi - g*(hi-lo)
			fa = loss(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + g*(hi-lo)
			fb = loss(b)
		}
	}
	return (lo + hi) / 2
}
