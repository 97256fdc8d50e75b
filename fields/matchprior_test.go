package fields_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"parus/fields"
)

func TestThePriorOfAPlaceIsLearntFromItsParcels(t *testing.T) {
	t.Parallel()
	// Evidence of ±1 σ normals two apart: log odds 2x with x ~ N(±1, 1).
	for _, share := range []float64{.95, .5, .1} {
		r := rand.New(rand.NewPCG(7, uint64(share*100)))
		odds := fields.Odds{}
		for i := range 2000 {
			mean := -1.0
			if float64(i) < share*2000 {
				mean = 1
			}
			odds.Count(2 * (mean + r.NormFloat64()))
		}
		// 2,000 draws leave about .015 of noise; the base counts for 20 more.
		if got := odds.Prior(.95); math.Abs(got-share) > .05 {
			t.Errorf("share %.2f estimated as %.3f", share, got)
		}
	}
	if got := (fields.Odds{}).Prior(.9); math.Abs(got-.9) > 1e-9 {
		t.Errorf("nothing seen moved the base to %v", got)
	}
}

func TestCountsOfTwoPlacesAddUp(t *testing.T) {
	t.Parallel()
	a, b, both := fields.Odds{}, fields.Odds{}, fields.Odds{}
	for i := range 40 {
		v := float64(i)/7 - 2
		both.Count(v)
		if i%2 == 0 {
			a.Count(v)
		} else {
			b.Count(v)
		}
	}
	a.Add(b)
	if a.Prior(.9) != both.Prior(.9) {
		t.Error("the prior depends on how parcels are divided")
	}
}
