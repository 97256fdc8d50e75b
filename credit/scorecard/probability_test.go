package scorecard_test

import (
	"math"
	"strings"
	"testing"

	"parus/credit/scorecard"
)

func TestBrierAndLogLossByHand(t *testing.T) {
	t.Parallel()
	pd, bad := []float64{.1, .4, .35, .8}, outcomes("0011")
	brier, err := scorecard.Brier(pd, bad)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Brier", brier, (.01+.16+.4225+.04)/4, 1e-15)
	loss, err := scorecard.LogLoss(pd, bad)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log loss", loss, -(math.Log(.9)+math.Log(.6)+math.Log(.35)+math.Log(.8))/4, 1e-15)
	certain, err := scorecard.LogLoss([]float64{0}, []bool{true})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log loss of certainty that was wrong", certain, -math.Log(1e-12), 1e-9)
}

// Ten rows at .2 with 3 bad, ten at .6 with 5 bad. Two points determine the
// line: b = (0 − logit .3)/(logit .6 − logit .2) = .8472979/1.7917595 and
// a = −b·logit .6. Var b = (1/(10·.21) + 1/(10·.25))/1.7917595². Bins of equal
// probability: |2 − 3| + |6 − 5| rows of 20.
func TestCalibrationByHand(t *testing.T) {
	t.Parallel()
	var pd []float64
	for range 10 {
		pd = append(pd, .2)
	}
	for range 10 {
		pd = append(pd, .6)
	}
	c, err := scorecard.Calibrate(pd, outcomes("11100000001111100000"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "slope", c.Slope, .4728859, 1e-6)
	near(t, "its error", c.SlopeSE, math.Sqrt(.4761905+.4)/1.7917595, 1e-6)
	near(t, "intercept", c.Intercept, -.1917387, 1e-6)
	near(t, "ECE", c.ECE, .1, 1e-12)
	near(t, "calibration in the large", c.InTheLarge, 0, 1e-12)
	alike, err := scorecard.Calibrate([]float64{.3, .3, .3, .3}, outcomes("1000"))
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(alike.Slope) || math.Abs(alike.InTheLarge+.05) > 1e-12 || math.Abs(alike.ECE-.05) > 1e-12 {
		t.Errorf("of one probability: %+v", alike)
	}
}

func TestPSIByHand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		expected, actual []float64
		want             float64
		refused          string
	}{
		// (.4 − .5) ln .8 + (.3 − .2) ln 1.5
		"three bins":      {[]float64{.5, .3, .2}, []float64{.4, .3, .3}, .0223143551 + .0405465108, ""},
		"nothing moved":   {[]float64{.5, .5}, []float64{.5, .5}, 0, ""},
		"a bin empties":   {[]float64{.5, .5}, []float64{1, 0}, .5*math.Log(2) + .4999*math.Log(5000), ""},
		"counts":          {[]float64{5, 5}, []float64{.5, .5}, 0, "they sum to 10"},
		"negative":        {[]float64{1.5, -.5}, []float64{.5, .5}, 0, "bin 1"},
		"NaN":             {[]float64{math.NaN(), 1}, []float64{.5, .5}, 0, "bin 0"},
		"no bins":         {nil, nil, 0, "one at least"},
		"different bins":  {[]float64{1}, []float64{.5, .5}, 0, "1 expected and 2 actual"},
		"nothing counted": {[]float64{.5, .5}, []float64{0, 0}, 0, "they sum to 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := scorecard.PSI(c.expected, c.actual)
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("got %v, want %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			near(t, "PSI", got, c.want, 1e-9)
		})
	}
	// A tenth of the rows goes from a bin of 12 points to one of 40.
	shift, err := scorecard.MeanShift([]float64{.5, .5}, []float64{.4, .6}, []float64{12, 40})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean shift", shift, 2.8, 1e-12)
}

func TestBinsAndShares(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for name, c := range map[string]struct {
		reference []float64
		n         int
		edges     []float64
		v         []float64
		shares    []float64
	}{
		"ten values in five bins":           {[]float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 5, []float64{2, 4, 6, 8}, []float64{2, 2.1, 8, 99}, []float64{.25, .25, 0, .25, .25}},
		"equal quantiles are one edge":      {[]float64{1, 1, 1, 1, 1, 1, 2, 3}, 4, []float64{1}, []float64{1, 2}, []float64{.5, .5}},
		"no edge above which nothing lies":  {[]float64{1, 2, 2, 2}, 4, []float64{1}, []float64{0, 1, 2, 3}, []float64{.5, .5}},
		"one value has no edge":             {[]float64{7, 7}, 10, nil, []float64{1, 9}, []float64{1}},
		"what is not known is left out":     {[]float64{nan, 1, 2, nan}, 2, []float64{1}, []float64{nan, 1}, []float64{1, 0}},
		"nothing to cut, nothing to count":  {[]float64{nan}, 3, nil, []float64{nan}, []float64{0}},
		"infinite values lie in outer bins": {[]float64{1, 2}, 2, []float64{1}, []float64{math.Inf(-1), math.Inf(1)}, []float64{.5, .5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edges := scorecard.Bins(c.reference, c.n)
			if !equal(edges, c.edges) {
				t.Errorf("edges %v, want %v", edges, c.edges)
			}
			if got := scorecard.Shares(edges, c.v); !equal(got, c.shares) {
				t.Errorf("shares %v, want %v", got, c.shares)
			}
		})
	}
}

func equal(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
