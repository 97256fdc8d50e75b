package coldstart_test

import (
	"math"
	"testing"

	"parus/fields/crop/coldstart"
)

// At a steepness of 1000 the weight is a step: 0 up to the midpoint, 1 beyond;
// matches more than twice the midpoint apart are not made.
func TestDistanceByHand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		daysA, a, daysB, b []float64
		want               float64
	}{
		// The diagonal: costs 0, 0, 0.
		"equal tracks": {[]float64{0, 10, 20}, []float64{1, 2, 3}, []float64{0, 10, 20}, []float64{1, 2, 3}, 0},
		// Diagonal steps count twice: (2·1 + 2·1) / (2 + 2).
		"one higher throughout": {[]float64{0, 10}, []float64{0, 0}, []float64{0, 10}, []float64{1, 1}, 1},
		// 0–0, then 2 against 2 on day 10 of b (diagonal), then day 20 of a against
		// it (one step): 0 + 0 + 0, all within 25 days.
		"one track goes slower": {[]float64{0, 10, 20}, []float64{0, 2, 2}, []float64{0, 10}, []float64{0, 2}, 0},
		// The first days are 30 apart (weight 1, twice), then day 10 against day 30
		// (0, one step), then against day 40 (1, one step): 3 / 4.
		"a month late": {[]float64{0, 10}, []float64{0, 0}, []float64{30, 40}, []float64{0, 0}, .75},
		// 0–0 at 0, day 0 of a with day 26 of b: out of the midpoint, 1; (0 + 1) / 3.
		"a lone day far off": {[]float64{0}, []float64{0}, []float64{0, 26}, []float64{0, 0}, 1. / 3},
		"beyond the band":    {[]float64{0}, []float64{0}, []float64{51}, []float64{0}, math.Inf(1)},
		"no day":             {nil, nil, []float64{1}, []float64{0}, math.Inf(1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := coldstart.Weight{Steepness: 1000, MidpointDays: 25}
			got := coldstart.Distance(w, c.daysA, c.a, c.daysB, c.b)
			back := coldstart.Distance(w, c.daysB, c.b, c.daysA, c.a)
			if got != back || (got != c.want && !(math.Abs(got-c.want) < 1e-9)) {
				t.Errorf("distance %v and %v, want %v", got, back, c.want)
			}
		})
	}
}

// TestWeightAsPublished checks the logistic weight at its midpoint and 25 days
// before: 1/(1 + e^0) = .5 and 1/(1 + e^2.5) = .0759 (Maus et al. 2016, eq. 3).
func TestWeightAsPublished(t *testing.T) {
	t.Parallel()
	w := coldstart.Weight{Steepness: .1, MidpointDays: 50}
	for apart, want := range map[float64]float64{50: .5, 25: .0759} {
		if got := coldstart.Distance(w, []float64{0}, []float64{0}, []float64{apart}, []float64{0}); math.Abs(got-want) > 1e-4 {
			t.Errorf("%v days apart cost %v, want %v", apart, got, want)
		}
	}
}
