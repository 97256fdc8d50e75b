package crop

import (
	"context"
	"fmt"
	"math"
)

// refit fits again without the samples that the first model doubts, judges all
// labels by that second model, and fits a third time without those that it
// doubts. The first model has learned from the wrong labels too: where a village
// declares one crop for all its land, it doubts right ones and trusts wrong ones.
// Figures are those of the samples left, and the card says so.
func refit(ctx context.Context, samples []Sample, labels []string, o FitOptions, first *Model) (*Model, error) {
	second, err := fitWithout(ctx, samples, labels, o, first.doubts)
	if err != nil {
		return nil, err
	}
	doubts, err := second.judgeAgain(ctx, samples, first.doubts, o.Threads)
	if err != nil {
		return nil, err
	}
	third, err := fitWithout(ctx, samples, labels, o, doubts)
	if err != nil {
		return nil, err
	}
	third.doubts = doubts
	third.card.Notes = append(third.card.Notes, fmt.Sprintf("left out: %d samples whose labels are in doubt; with them the cross-validated accuracy was %.4f", len(doubts), first.card.CV.Accuracy))
	return third, nil
}

// fitWithout fits without the samples in doubt.
func fitWithout(ctx context.Context, samples []Sample, labels []string, o FitOptions, doubts []Doubt) (*Model, error) {
	bad := make(map[string]bool, len(doubts))
	for _, d := range doubts {
		bad[d.ID] = true
	}
	var s []Sample
	var l, g []string
	for i := range samples {
		if bad[samples[i].ID] {
			continue
		}
		s, l = append(s, samples[i]), append(l, labels[i])
		if o.Groups != nil {
			g = append(g, o.Groups[i])
		}
	}
	o.DropDoubts, o.Groups = false, g
	m, err := Fit(ctx, s, l, o)
	if err != nil {
		return nil, fmt.Errorf("without %d doubtful samples: %w", len(bad), err)
	}
	return m, nil
}

// judgeAgain returns what a model doubts that was fitted without some samples:
// of those that it learned from, by its held-out probabilities, and of the others
// whatever it would not have labelled so.
func (m *Model) judgeAgain(ctx context.Context, samples []Sample, left []Doubt, threads int) ([]Doubt, error) {
	out := m.doubts
	by := make(map[string]Doubt, len(left))
	for _, d := range left {
		by[d.ID] = d
	}
	var again []Sample
	for _, s := range samples {
		if _, ok := by[s.ID]; ok {
			again = append(again, s)
		}
	}
	posteriors, err := m.Predict(ctx, again, PredictOptions{Threads: threads})
	if err != nil {
		return nil, err
	}
	for _, p := range posteriors {
		d := by[p.ID]
		d.P, d.Suggested, d.PSuggested = 0, "", math.Inf(-1)
		for c, v := range p.P {
			switch {
			case p.Classes[c] == d.Label:
				d.P = v
			case v > d.PSuggested:
				d.Suggested, d.PSuggested = p.Classes[c], v
			}
		}
		if d.PSuggested > d.P {
			out = append(out, d)
		}
	}
	sortDoubts(out)
	return out, nil
}
