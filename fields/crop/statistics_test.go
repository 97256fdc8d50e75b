package crop_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parus/fields/crop"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-4 }

func TestFiguresOfASmallConfusion(t *testing.T) {
	t.Parallel()
	// Truth: 4 a, 3 b, 1 c. Predicted: a a a b | b b a | a.
	truth := []string{"a", "a", "a", "a", "b", "b", "b", "c"}
	guess := []string{"a", "a", "a", "b", "b", "b", "a", "a"}
	c := crop.NewConfusion(truth, guess)
	// 5 of 8 are right. Chance: (4·5 + 3·3 + 1·0)/64 = 29/64 = .453125; kappa = (.625−.453125)/(1−.453125).
	if !near(c.Accuracy(), .625) || !near(c.Kappa(), .171875/.546875) {
		t.Errorf("accuracy %v, kappa %v", c.Accuracy(), c.Kappa())
	}
	// a: 3 hits of 5 predicted and 4 true, F1 = 6/9; b: 2 of 3 and 3, F1 = 4/6; c: never predicted.
	if !near(c.MacroF1(), (2./3+2./3+0)/3) {
		t.Errorf("macro-F1 %v", c.MacroF1())
	}
	want := []crop.PRF{
		{Class: "a", Truth: 4, Predicted: 5, Precision: .6, Recall: .75, F1: 6. / 9},
		{Class: "b", Truth: 3, Predicted: 3, Precision: 2. / 3, Recall: 2. / 3, F1: 4. / 6},
		{Class: "c", Truth: 1},
	}
	if d := cmp.Diff(want, c.PerClass()); d != "" {
		t.Error(d)
	}
}

func TestWilsonInterval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		right, n  int
		low, high float64
	}{
		// z = 1.959964, z² = 3.841459. 8 of 10: centre (.8+.1920729)/1.3841459 = .716740,
		// half 1.959964/1.3841459·√(.016+.00960365) = .226577.
		{8, 10, .4902, .9433},
		// 0 of 10: centre .1920729/1.3841459 = .138766, half the same: from 0 to .2775.
		{0, 10, 0, .2775},
		{0, 0, 0, 1},
	} {
		low, high := crop.Wilson(c.right, c.n)
		if !near(low, c.low) || !near(high, c.high) {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.right, c.n, low, high, c.low, c.high)
		}
	}
}

func TestCalibrationError(t *testing.T) {
	t.Parallel()
	// Two samples at .9, one right: |1 − 1.8| = .8; two at .5, both right: |2 − 1| = 1; 1.8/4.
	if got := crop.CalibrationError([]float64{.9, .9, .5, .5}, []bool{true, false, true, true}); !near(got, .45) {
		t.Errorf("%v, want .45", got)
	}
	if got := crop.CalibrationError([]float64{1, 1}, []bool{true, true}); got != 0 {
		t.Errorf("sure and right: %v", got)
	}
}

func TestLevelOfAbstention(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		p       []float64
		right   []bool
		target  float64
		least   float64
		reached bool
	}{
		// (0+1)/(4+1) = .2 with all four.
		{"no error among enough samples: speak always", []float64{.9, .8, .7, .6}, []bool{true, true, true, true}, .2, 0, true},
		// Three right: 1/4 = .25 ≤ .25; with the wrong fourth 2/5.
		{"the level lies above the error", []float64{.9, .8, .7, .6}, []bool{true, true, true, false}, .25, .7, true},
		{"equal probabilities are not parted", []float64{.9, .8, .7, .7}, []bool{true, true, true, false}, .34, .8, true},
		{"an unreachable target leaves certainty only", []float64{.9, .8}, []bool{false, false}, .05, 1, false},
	} {
		least, reached := crop.Abstention(c.p, c.right, c.target)
		if least != c.least || reached != c.reached {
			t.Errorf("%s: %v %v, want %v %v", c.name, least, reached, c.least, c.reached)
		}
	}
}

func TestConformalLevel(t *testing.T) {
	t.Parallel()
	// ⌈(9+1)·.8⌉ = 8th largest of nine.
	if got := crop.Conformal([]float64{.9, .8, .7, .6, .5, .4, .3, .2, .1}, .8); got != .2 {
		t.Errorf("%v, want .2", got)
	}
	if got := crop.Conformal([]float64{.9, .8}, .9); got != 0 { // ⌈3·.9⌉ = 3 of two: every class
		t.Errorf("%v, want 0", got)
	}
}

func TestFoldsKeepGroupsTogetherAndClassesSpread(t *testing.T) {
	t.Parallel()
	var labels []int32
	var groups []string
	for g := range 40 {
		for i := range 1 + g%4 {
			labels = append(labels, int32((g+i)%3))
			groups = append(groups, fmt.Sprint("village ", g))
		}
	}
	fold, k := crop.FoldsOf(labels, 3, groups, 5, 1)
	if k != 5 {
		t.Fatalf("%d folds", k)
	}
	where := map[string]int{}
	counts := [5][3]int{}
	for i, g := range groups {
		if f, ok := where[g]; ok && f != fold[i] {
			t.Fatalf("%s lies in folds %d and %d", g, f, fold[i])
		}
		where[g] = fold[i]
		counts[fold[i]][labels[i]]++
	}
	for f, c := range counts { // 100 samples, 33 to 34 a class: 6 or 7 a fold
		for y, n := range c {
			if n < 4 || n > 10 {
				t.Errorf("fold %d has %d samples of class %d", f, n, y)
			}
		}
	}
}

func TestFewGroupsMakeFewFolds(t *testing.T) {
	t.Parallel()
	labels := []int32{0, 0, 0, 1, 1, 1}
	if _, k := crop.FoldsOf(labels, 2, []string{"a", "b", "c", "a", "b", "c"}, 5, 1); k != 3 {
		t.Errorf("three groups with both classes: %d folds", k)
	}
	if _, k := crop.FoldsOf(labels, 2, []string{"a", "a", "a", "a", "a", "a"}, 5, 1); k != 0 {
		t.Errorf("one group: %d folds", k)
	}
}

func TestEvaluationCountsWhatIsNotCompared(t *testing.T) {
	t.Parallel()
	truth := map[string]string{"1": "maize", "2": "maize", "3": "potato", "4": "maize"}
	e, err := crop.Evaluate(truth, []crop.Predicted{
		{ID: "1", Label: "maize", Probability: .9},
		{ID: "2", Label: "grassland", Probability: .4, Abstained: true},
		{ID: "3", Label: "maize", Probability: .8},
		{ID: "9", Label: "maize", Probability: .8},
	})
	if err != nil {
		t.Fatal(err)
	}
	if e.Samples != 3 || e.Unpredicted != 1 || e.Untrue != 1 || e.Spoken != 2 || !near(e.Accuracy, 1./3) || !near(e.SpokenRight, .5) || !near(e.Coverage, 2./3) {
		t.Errorf("%+v", e)
	}
	if d := cmp.Diff([]string{"potato"}, e.Unknown); d != "" {
		t.Error(d)
	}
	if _, err := crop.Evaluate(truth, nil); err == nil {
		t.Error("nothing to compare gave no error")
	}
}
