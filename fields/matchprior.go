package fields

import (
	"maps"
	"math"
	"slices"
)

// Odds counts parcels by what evidence adds to the log odds of one question, in
// steps of oddsStep. Counts of several blocks add up, so what is estimated from
// them is the same wherever borders lie.
type Odds map[int]int

const (
	oddsStep  = 0.1
	priorMass = 20 // parcels that a model's prior counts for against what a place shows
)

// Count adds a parcel.
func (o Odds) Count(logOdds float64) { o[int(math.Round(logOdds/oddsStep))]++ }

// Add adds the counts of other parcels.
func (o Odds) Add(p Odds) {
	for step, n := range p {
		o[step] += n
	}
}

// Prior estimates the share of yes among the parcels counted: surveys err by
// villages and land lies idle by counties, so a share of one place is not that
// of another. It is the maximum of the likelihood by EM (Saerens, Latinne and
// Decaestecker, "Adjusting the outputs of a classifier to new a priori
// probabilities", Neural Computation 2002), with the base share as priorMass
// parcels more.
func (o Odds) Prior(base float64) float64 {
	steps := slices.Sorted(maps.Keys(o))
	p := base
	for range 200 {
		yes, total := base*priorMass, float64(priorMass)
		for _, s := range steps {
			n := float64(o[s])
			yes += n / (1 + (1-p)/p*math.Exp(-float64(s)*oddsStep))
			total += n
		}
		next := yes / total
		if math.Abs(next-p) < 1e-6 {
			return next
		}
		p = next
	}
	return p
}

// LogOdds is what evidence adds to the log odds of a yes.
func (m MatchModel) LogOdds(q MatchQuestion, e MatchEvidence) float64 {
	_, moved := m.answer(q, e)
	return moved
}

// WithPrior returns the model with another share of yes to one question.
func (m MatchModel) WithPrior(q MatchQuestion, p float64) MatchModel {
	m.Judges = maps.Clone(m.Judges)
	j := m.Judges[q]
	j.Prior = p
	m.Judges[q] = j
	return m
}
