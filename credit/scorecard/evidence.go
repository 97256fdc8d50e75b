package scorecard

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// The rule of 200 bad outcomes, and how far a card is believed beyond it.
const (
	// LeastBads is the least number of bad outcomes, and of good ones, that a
	// card which decides has learned from (the lender's rule of 200).
	LeastBads = 200
	// LeastHeldOutBads is the least number of bad outcomes that it has been
	// checked on (Vergouwe et al. 2005; Collins, Ogundimu and Altman 2016: at
	// least 100 events to validate a prediction model).
	LeastHeldOutBads = 100
	// PriorPD is the policy's prior of not being willing to pay.
	PriorPD = 0.02
	// PriorBads is how many bad outcomes that prior is worth. A design value:
	// at the rule's threshold prior and card count alike.
	PriorBads = 200
	// LeastWillingPD and MostWillingPD bound what a card may say, as the policy
	// bounds PD.
	LeastWillingPD = 0.005
	MostWillingPD  = 0.30
)

// ErrEvidence means that there are too few outcomes, or too little skill, for a
// card to decide anything.
var ErrEvidence = errors.New("not enough evidence for decisions")

// Use says what a card may be used for.
type Use string

// Uses of a card.
const (
	Exploratory Use = "exploratory" // to be studied; credit refuses it
	Decisions   Use = "decisions"
)

// enough says what is missing for decisions, nil for nothing.
func enough(bads, goods, heldBads int) error {
	var missing []string
	for _, m := range []struct {
		short int
		what  string
	}{{LeastBads - bads, "bad outcomes to learn from"}, {LeastBads - goods, "good outcomes to learn from"}, {LeastHeldOutBads - heldBads, "bad outcomes to be checked on"}} {
		if m.short > 0 {
			missing = append(missing, fmt.Sprintf("%s (%d)", m.what, m.short))
		}
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("%w: there are %d bad outcomes, %d to learn from and %d held out, but a card that decides needs %d and %d. Missing are %s. "+
		"Until then the prior of %.0f %% stands: gather outcomes, or study these with --explore, which writes a card that decides nothing",
		ErrEvidence, bads+heldBads, bads, heldBads, LeastBads, LeastHeldOutBads, strings.Join(missing, " and "), 100*PriorPD)
}

// skilled refuses a card whose held-out ranking may be chance.
func skilled(q Quality) error {
	if low, _ := interval95(q.AUC, q.AUCSE); low <= 0.5 {
		return fmt.Errorf("%w: on the %d rows held out AUC is %.3f ± %.3f, which chance can give too: the card tells nothing that lasts. "+
			"Gather outcomes or other characteristics, or study these with --explore", ErrEvidence, q.Rows, q.AUC, q.AUCSE)
	}
	return nil
}

// Decides returns nil where the card may take part in decisions, else why not.
// It goes by the counts and names in the card and not by its mark alone.
func (s Scorecard) Decides() error {
	if s.Use != Decisions {
		return fmt.Errorf("%w: the card is exploratory (%d bad outcomes): fit it without --explore on %d or more", ErrEvidence, s.Training.Bads, LeastBads)
	}
	held := Quality{}
	if s.HeldOut != nil {
		held = s.HeldOut.Quality
	}
	if err := enough(s.Training.Bads, s.Training.Rows-s.Training.Bads, held.Bads); err != nil {
		return err
	}
	if err := skilled(held); err != nil {
		return err
	}
	for _, c := range s.Characteristics {
		if ground, bad := Forbidden(c.Name); bad {
			return fmt.Errorf("%w: %q (%s): fit the card without it", ErrForbidden, c.Name, ground)
		}
	}
	return nil
}

// Credibility is the weight Z = B/(B + PriorBads) of a card that learned from B
// bad outcomes, against the prior (Bühlmann 1967). It is exact where a default
// rate has a Gamma prior worth PriorBads expected bad outcomes and outcomes are
// Poisson: the mean afterwards is (1 − Z)·prior + Z·observed. Below the rule of
// 200 it is 0.
func Credibility(bads int) float64 {
	if bads < LeastBads {
		return 0
	}
	return float64(bads) / float64(bads+PriorBads)
}

// Willing is the prior moved towards a card's probability by its credibility,
// and bounded: max(0.005, min(0.30, (1 − Z)·prior + Z·pd)).
func Willing(prior, pd float64, bads int) float64 {
	z := Credibility(bads)
	return min(max(prior+float64(z*(pd-prior)), LeastWillingPD), MostWillingPD)
}

// WillingPD is the probability of not being willing to pay that may stand in
// for the policy's prior, from the cells of one applicant by column. It is
// refused with [ErrEvidence] or [ErrForbidden] unless the card decides, and
// where a characteristic of the card is absent; "" says that it is not known.
func (s Scorecard) WillingPD(features map[string]string) (float64, error) {
	if err := s.Decides(); err != nil {
		return math.NaN(), err
	}
	p, err := s.Score(features)
	if err != nil {
		return math.NaN(), err
	}
	return Willing(PriorPD, p.PD, s.Training.Bads), nil
}
