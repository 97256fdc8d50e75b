package monitor

import (
	"fmt"
	"math"
	"slices"

	"parus/credit"
)

// Calibration's verdicts on a cell, beside [TooFew].
const (
	InLine      Verdict = "in_line"
	Lower       Verdict = "lower"        // fewer bad than foretold
	Higher      Verdict = "higher"       // more than households' own fortunes explain, not more than a poor harvest does
	BeyondShock Verdict = "beyond_shock" // more than the county's shared shock explains: an alarm
)

// Cell compares what was foretold with what came, for a county's season, for a
// season of all counties (County "") or for all (both "").
type Cell struct {
	County   string  `json:"county"`
	Season   string  `json:"season"`
	Outcomes int     `json:"outcomes"`
	Bad      int     `json:"bad"`
	Expected float64 `json:"expected"` // mean PD
	Enough   bool    `json:"enough"`
	Why      string  `json:"why,omitempty"`
	Observed float64 `json:"observed"`
	Low      float64 `json:"low"` // Jeffreys interval of the observed share
	High     float64 `json:"high"`

	// Independent is the chance of as many bad outcomes or more if the mean PD
	// holds and households default independently (exact binomial; unequal PDs of
	// the same mean vary less, so the chance is no smaller than theirs wherever
	// more came than expected, Hoeffding 1956). Shared is the same where all meet
	// one shock with the rules' correlation (Vasicek 2002).
	Independent float64 `json:"p_independent"`
	Shared      float64 `json:"p_shared"`
	Verdict     Verdict `json:"verdict"`
}

// calibrate compares by county and season, by season, and all.
func calibrate(outcomes []Outcome, r Rules) []Cell {
	type key struct{ season, county string }
	cells := map[key]*Cell{}
	for _, o := range outcomes {
		for _, k := range []key{{o.Season, o.County}, {o.Season, ""}, {"", ""}} {
			c := cells[k]
			if c == nil {
				c = &Cell{County: k.county, Season: k.season}
				cells[k] = c
			}
			c.Outcomes++
			c.Expected += o.PD
			if o.Bad {
				c.Bad++
			}
		}
	}
	out := make([]Cell, 0, len(cells))
	for _, c := range cells {
		c.Expected /= float64(c.Outcomes)
		c.judge(r)
		out = append(out, *c)
	}
	slices.SortFunc(out, byCell)
	return out
}

func (c *Cell) judge(r Rules) {
	if c.Outcomes < r.LeastOutcomes {
		c.Verdict, c.Why = TooFew, fmt.Sprintf("%d outcomes: at least %d are needed", c.Outcomes, r.LeastOutcomes)
		c.Expected = roundTo(c.Expected, 1e4)
		return
	}
	c.Enough = true
	c.Observed = roundTo(float64(c.Bad)/float64(c.Outcomes), 1e4)
	low, high := jeffreys(c.Bad, c.Outcomes, r.Confidence)
	c.Low, c.High = roundTo(low, 1e4), roundTo(high, 1e4)
	c.Independent = atLeast(c.Bad, c.Outcomes, c.Expected)
	c.Shared = sharedAtLeast(c.Bad, c.Outcomes, c.Expected, r.Correlation)
	fewer := 1 - atLeast(c.Bad+1, c.Outcomes, c.Expected)
	switch {
	case c.Shared < r.Alarm:
		c.Verdict = BeyondShock
	case c.Independent < r.Alarm:
		c.Verdict = Higher
	case fewer < r.Alarm:
		c.Verdict = Lower
	default:
		c.Verdict = InLine
	}
	c.Expected, c.Independent, c.Shared = roundTo(c.Expected, 1e4), roundTo(c.Independent, 1e4), roundTo(c.Shared, 1e4)
}

// shockPoints is in how many strata the shock is cut.
const shockPoints = 256

// sharedAtLeast is P(X ≥ k) where X is binomial with the chance
// Φ((Φ⁻¹(p) − √R·Z)/√(1−R)) and Z is normal.
func sharedAtLeast(k, n int, p, correlation float64) float64 {
	if p <= 0 || p >= 1 || correlation <= 0 {
		return atLeast(k, n, p)
	}
	g, a, c := credit.NormalQuantile(p), math.Sqrt(correlation), math.Sqrt(1-correlation)
	var sum float64
	for i := range shockPoints {
		z := credit.NormalQuantile((float64(i) + 0.5) / shockPoints)
		sum += atLeast(k, n, credit.NormalCDF((g-a*z)/c)) / shockPoints
	}
	return sum
}

// quantile is the normal's of a two-sided confidence.
func quantile(confidence float64) float64 { return credit.NormalQuantile((1 + confidence) / 2) }
