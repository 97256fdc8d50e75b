package fields

import (
	"errors"
	"fmt"
	"math"
)

// ErrMatchSamples is wrapped by [FitMatch] where the samples can't support a
// fit.
var ErrMatchSamples = errors.New("samples do not support a fit")

// minMatchSamples is the least number of parcels of either kind for a fit.
const minMatchSamples = 10

// FitMatch refits the model on parcels whose truth is known: means and common
// spread of each piece of evidence, the prior, and the temper that maximises
// the likelihood of all. What the evidence never says keeps base's values.
func FitMatch(base MatchModel, evidence []MatchEvidence, matched []bool) (MatchModel, error) {
	if len(evidence) != len(matched) {
		return MatchModel{}, fmt.Errorf("fit match: %d pieces of evidence, %d truths: %w", len(evidence), len(matched), ErrMatchSamples)
	}
	yes := 0
	for _, m := range matched {
		if m {
			yes++
		}
	}
	no := len(matched) - yes
	if yes < minMatchSamples || no < minMatchSamples {
		return MatchModel{}, fmt.Errorf("fit match: %d matching and %d other parcels, want %d of each: %w", yes, no, minMatchSamples, ErrMatchSamples)
	}
	m := base
	m.Prior = float64(yes) / float64(len(matched))
	for i, f := range []*MatchFeature{&m.Heterogeneity, &m.Vegetation, &m.Edge, &m.Area} {
		*f = fitFeature(*f, i, base, evidence, matched)
	}
	m.Temper = bestTemper(m, evidence, matched)
	return m, nil
}

// fitFeature takes class means and the pooled standard deviation; the base
// stays where a class has fewer than minMatchSamples values.
func fitFeature(f MatchFeature, i int, base MatchModel, evidence []MatchEvidence, matched []bool) MatchFeature {
	var n, sum, sq [2]float64
	for k, e := range evidence {
		x := base.features(e)[i]
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		c := 0
		if matched[k] {
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
	return MatchFeature{Matched: m1, Unmatched: m0, SD: math.Sqrt(max(pooled, 1e-6))}
}

// bestTemper searches the likelihood, which is concave in the temper, over 0
// to 2 by golden section.
func bestTemper(m MatchModel, evidence []MatchEvidence, matched []bool) float64 {
	loss := func(t float64) float64 {
		m.Temper = t
		var s float64
		for k, e := range evidence {
			p := m.Match(e).P
			if !matched[k] {
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
