package crop_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parus/fields/crop"
)

func TestLevelsOfSets(t *testing.T) {
	t.Parallel()
	// Confidence .5: a level needs one sample, since ⌈(1+1)·.5⌉ = 1. Class 0 has
	// probabilities .2 .6 .8 of itself, of which the ⌈4·.5⌉ = 2nd largest is .6;
	// class 1 has .3 .9, of which the ⌈3·.5⌉ = 2nd largest is .3.
	p := [][]float64{{.2, .8}, {.6, .4}, {.8, .2}, {.7, .3}, {.1, .9}}
	labels := []int32{0, 0, 0, 1, 1}
	if d := cmp.Diff([]float64{.6, .3}, crop.SetLevels(p, labels, .5)); d != "" {
		t.Error(d)
	}
	// Confidence .75 needs three samples, ⌈4·.75⌉ = 3: class 0 has its least, .2;
	// class 1 alone in the pool of rare classes has two, so nothing excludes it.
	if d := cmp.Diff([]float64{.2, 0}, crop.SetLevels(p, labels, .75)); d != "" {
		t.Error(d)
	}
	for confidence, want := range map[float64]int{.5: 1, .75: 3, .9: 9, .95: 19} {
		if got := crop.LeastForLevel(confidence); got != want {
			t.Errorf("a level of %g needs %d samples, want %d", confidence, got, want)
		}
	}
}

// TestSetsKeepTheirPromiseForEveryClass draws a common class that is told well
// and a rare one that is not. A level for all classes together would keep its
// promise at the rare one's cost.
func TestSetsKeepTheirPromiseForEveryClass(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	draw := func(n int) (p [][]float64, labels []int32) {
		for range n {
			y, v := int32(0), .6+.4*rng.Float64()
			if rng.IntN(10) == 0 {
				y, v = 1, rng.Float64()
			}
			row := []float64{v, 1 - v}
			if y == 1 {
				row = []float64{1 - v, v}
			}
			p, labels = append(p, row), append(labels, y)
		}
		return p, labels
	}
	const confidence = .8
	p, labels := draw(4000)
	levels := crop.SetLevels(p, labels, confidence)
	test, truth := draw(20_000)
	var n, hit [2]float64
	for i, y := range truth {
		n[y]++
		if crop.InSet(test[i], levels, int(y)) {
			hit[y]++
		}
	}
	// 400 samples set the rare class' level: a standard deviation of .02.
	for c := range n {
		if got := hit[c] / n[c]; got < confidence-.06 {
			t.Errorf("class %d: %.3f of its sets hold it, want %.2f", c, got, confidence)
		}
	}
	// The rare class is right where v > .5 only: its level must lie at .2.
	if levels[1] < .14 || levels[1] > .26 {
		t.Errorf("the rare class' level is %.3f, want about .2", levels[1])
	}
}

func TestTheCardTellsOfItsSets(t *testing.T) {
	t.Parallel()
	for _, c := range stagedModel(t).Stages() {
		cv := c.CV
		if len(c.SetAbove) != len(c.Classes) || cv.SetSize < 1 || cv.SetSize > 4 || cv.SetCoverage < .8 || cv.SetCoverage > 1 {
			t.Errorf("day %d: levels %v, %.2f classes, %.3f hold the truth", c.Schema.Cutoff, c.SetAbove, cv.SetSize, cv.SetCoverage)
		}
	}
}
