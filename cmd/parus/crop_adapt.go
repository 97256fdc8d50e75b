package main

import (
	"context"
	"fmt"

	"parus/fields/crop"
	"parus/fields/crop/coldstart"
)

// cropAdaptFlags bring a model to another region.
type cropAdaptFlags struct {
	KeepShares bool   `help:"With --adapt: align the calendar alone."`
	Adapt      bool   `help:"The model comes from elsewhere: find from the unlabelled series how common each class is here and correct the probabilities; with --patterns, bring the calendar to the model's first."`
	Patterns   string `placeholder:"PATTERNS.yaml" help:"With --adapt: curves of the model's own samples by crop patterns, to align the calendar by."`
}

// check tells wrong usage.
func (c cropAdaptFlags) check() error {
	if (c.Patterns != "" || c.KeepShares) && !c.Adapt {
		return usageError{fmt.Errorf("--patterns and --keep-shares are for --adapt")}
	}
	return nil
}

// align brings series to the calendar of the model's curves.
func (c cropAdaptFlags) align(ctx context.Context, s *streams, samples []crop.Sample) ([]crop.Sample, error) {
	if !c.Adapt || c.Patterns == "" {
		return samples, nil
	}
	p, err := readPatterns(c.Patterns)
	if err != nil {
		return nil, err
	}
	shift, err := coldstart.Align(ctx, p, samples)
	if err != nil {
		return nil, err
	}
	if shift.None() {
		fmt.Fprintf(s.Err, "parus: calendar left as it is: %s\n", shift)
	} else {
		fmt.Fprintf(s.Err, "parus: calendar aligned: %s\n", shift)
	}
	return shift.Apply(p, samples), nil
}

// correct changes posteriors to the shares that classes have here.
func (c cropAdaptFlags) correct(s *streams, card crop.Card, posteriors []crop.Posterior) []crop.Posterior {
	if !c.Adapt || c.KeepShares {
		return posteriors
	}
	source := make([]float64, len(card.Counts))
	for i, n := range card.Counts {
		source[i] = float64(n) / float64(card.Samples)
	}
	out, shares := coldstart.Correct(posteriors, source, card.AbstainBelow)
	if !shares.Applied {
		fmt.Fprintf(s.Err, "parus: shares of classes left as in training: %s\n", shares.Why)
		return out
	}
	for i, class := range shares.Classes {
		fmt.Fprintf(s.Err, "parus: share of %s: %.3f in training, %.3f here\n", class, shares.Source[i], shares.Target[i])
	}
	return out
}
