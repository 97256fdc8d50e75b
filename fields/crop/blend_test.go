package crop_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parus/fields/crop"
)

func TestPoolingIsAWeightedGeometricMeanWithOffsets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		weights, offsets []float64
		parts            [][]float64
		want             []float64
	}{
		// √(.9·.1) : √(.1·.9) = 1 : 1
		{"two that contradict each other cancel", []float64{.5, .5}, []float64{0, 0}, [][]float64{{.9, .1}, {.1, .9}}, []float64{.5, .5}},
		// .8² : .2² = 16 : 1
		{"a weight of two sharpens", []float64{2}, []float64{0, 0}, [][]float64{{.8, .2}}, []float64{16. / 17, 1. / 17}},
		// .75·1 : .25·3 = 1 : 1
		{"an offset of ln 3 trebles the odds", []float64{1}, []float64{0, math.Log(3)}, [][]float64{{.75, .25}}, []float64{.5, .5}},
		// 1 : 1e-4
		{"a learner that rules a class out leaves it a ten-thousandth", []float64{1}, []float64{0, 0}, [][]float64{{1, 0}}, []float64{1 / 1.0001, 1e-4 / 1.0001}},
	} {
		if d := cmp.Diff(c.want, crop.Mix(c.weights, c.offsets, c.parts...), cmpopts.EquateApprox(0, 1e-12)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// told draws labels and, for each, the probabilities of a learner that is
// certain to a degree and right as often as it says.
func told(n int, certainty float64, rng *rand.Rand, labels []int32) []float64 {
	var p []float64
	for i := range n {
		says := labels[i]
		if rng.Float64() > certainty {
			says = (says + 1 + int32(rng.IntN(2))) % 3
		}
		for c := range int32(3) {
			if c == says {
				p = append(p, certainty)
			} else {
				p = append(p, (1-certainty)/2)
			}
		}
	}
	return p
}

func TestTheBlendGivesEachLearnerWhatItIsWorth(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 1))
	const n = 4000
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(rng.IntN(3))
	}
	a, b := told(n, .8, rng, labels), told(n, .6, rng, labels)
	noise := told(n, .9, rng, slices.Repeat([]int32{0}, n)) // always says the first, whatever the truth
	weights, _, _ := crop.Pool(3, [][]float64{a, b, noise}, labels)
	// Independent evidence multiplies: by Bayes' rule both weights are 1. Noise
	// is worth nothing. Over 4,000 rows a weight's standard error is about .04.
	if math.Abs(weights[0]-1) > .15 || math.Abs(weights[1]-1) > .15 || weights[2] > .1 {
		t.Errorf("weights %.3f, want about 1, 1 and 0", weights)
	}
}

func TestOffsetsGiveARareClassItsShare(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 1))
	const n = 3000
	labels, p := make([]int32, n), []float64{}
	for i := range labels { // the learner gives the third class half of its odds
		q := []float64{.5, .3, .2}
		u := rng.Float64()
		switch {
		case u > .8:
			labels[i] = 2
		case u > .5:
			labels[i] = 1
		}
		p = append(p, q[0]/.9, q[1]/.9, q[2]/2/.9)
	}
	_, offsets, mixed := crop.Pool(3, [][]float64{p}, labels)
	if shift := offsets[2] - (offsets[0]+offsets[1])/2; shift < .3 || math.Abs(mixed[0][2]-.2) > .03 {
		t.Errorf("offsets %.3f give the class %.3f, want about .2: its share of the truth", offsets, mixed[0][2])
	}
}

func TestQuantilesOfHalvesAreThoseOfSortedParts(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	// Halves of 8 points: all, then 4 and 4; quarters of 2 are left out.
	row := []float32{4, nan, 2, 1, 8, 5, 7, 6}
	// All, sorted: 1 2 4 5 6 7 8; places 0, 1.5, 3, 4.5, 6.
	want := []float32{1, 3, 5, 6.5, 8}
	// First half: 1 2 4; places 0, .5, 1, 1.5, 2. Second: 5 6 7 8; places 0, .75, 1.5, 2.25, 3.
	want = append(want, 1, 1.5, 2, 3, 4, 5, 5.75, 6.5, 7.25, 8)
	if d := cmp.Diff(want, crop.Quantiles(row, 3)); d != "" {
		t.Error(d)
	}
}
