package scorecard_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"parus/credit/scorecard"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.10g, want %.10g", what, got, want)
	}
}

// outcomes reads 1 as bad and 0 as good.
func outcomes(s string) []bool {
	out := make([]bool, len(s))
	for i := range s {
		out[i] = s[i] == '1'
	}
	return out
}

func TestAUCAndKSByHand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		score       []float64
		bad         string
		auc, se, ks float64
	}{
		// Pairs (bad, good): .35 > .1, .35 < .4, .8 > .1, .8 > .4: 3 of 4.
		// Placements of bads ½ and 1, of goods 1 and ½: each variance is
		// (¼² + ¼²)/1 = 1/8, over two rows 1/16; together 1/8.
		// KS: after .1 the goods lead by ½, after .4 again.
		"scores without ties": {[]float64{.1, .4, .35, .8}, "0011", .75, math.Sqrt(.125), .5},
		// Bads 2, 1; goods 1, 0: 1 + 1 + ½ + 1 of 4. Placements of bads 1 and
		// ¾, of goods ¾ and 1: variances 2·(1/8)² = 1/32, over two 1/64;
		// together 1/32. KS: after 0 the goods lead by ½.
		"a tie counts half":         {[]float64{2, 1, 1, 0}, "1100", .875, math.Sqrt(1. / 32), .5},
		"all tied tells nothing":    {[]float64{5, 5, 5, 5}, "1010", .5, 0, 0},
		"wrong way round":           {[]float64{0, 1, 2, 3}, "1100", 0, 0, 1},
		"negative scores are fine":  {[]float64{-3, -2, -1, 0}, "0011", 1, 0, 1},
		"one row a class has no se": {[]float64{1, 2}, "01", 1, math.NaN(), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			auc, se, err := scorecard.AUC(c.score, outcomes(c.bad))
			if err != nil {
				t.Fatal(err)
			}
			near(t, "AUC", auc, c.auc, 1e-15)
			if !math.IsNaN(c.se) || !math.IsNaN(se) {
				near(t, "standard error", se, c.se, 1e-15)
			}
			ks, err := scorecard.KS(c.score, outcomes(c.bad))
			if err != nil {
				t.Fatal(err)
			}
			near(t, "KS", ks, c.ks, 1e-15)
		})
	}
}

// The definition of DeLong et al. (1988), pair by pair, on rows with many ties.
func TestAUCAgreesWithItsDefinition(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		n := 10 + r.IntN(60)
		score, bad := make([]float64, n), make([]bool, n)
		for i := range score {
			score[i], bad[i] = float64(r.IntN(8)), i < 3 || i > 6 && r.IntN(3) == 0
		}
		var ofBads, ofGoods []float64
		for i, b := range bad {
			var v, m float64
			for j, other := range bad {
				if other == b {
					continue
				}
				m++
				switch d := score[i] - score[j]; {
				case d == 0:
					v += .5
				case d > 0 == b:
					v++
				}
			}
			if b {
				ofBads = append(ofBads, v/m)
			} else {
				ofGoods = append(ofGoods, v/m)
			}
		}
		wantAUC, variance := 0.0, 0.0
		for _, of := range [][]float64{ofBads, ofGoods} {
			var mean, square float64
			for _, v := range of {
				mean += v / float64(len(of))
			}
			for _, v := range of {
				square += (v - mean) * (v - mean)
			}
			wantAUC = mean
			variance += square / float64(len(of)-1) / float64(len(of))
		}
		auc, se, err := scorecard.AUC(score, bad)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "AUC", auc, wantAUC, 1e-12)
		near(t, "standard error", se, math.Sqrt(variance), 1e-12)
		for i := range score {
			score[i] = -score[i]
		}
		turned, seTurned, err := scorecard.AUC(score, bad)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "AUC of the score turned round", turned, 1-auc, 1e-12)
		near(t, "its standard error", seTurned, se, 1e-12)
	}
}

func TestMetricsRefuseWhatTheyCannotMeasure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		score []float64
		bad   string
		want  string
		is    error
	}{
		"no rows":         {nil, "", "no rows", scorecard.ErrNoRows},
		"unequal lengths": {[]float64{1}, "10", "1 scores and 2 outcomes", nil},
		"NaN":             {[]float64{.1, math.NaN()}, "10", "row 1", nil},
		"infinite":        {[]float64{math.Inf(1), .2}, "10", "row 0", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := outcomes(c.bad)
			_, _, auc := scorecard.AUC(c.score, bad)
			_, ks := scorecard.KS(c.score, bad)
			_, brier := scorecard.Brier(c.score, bad)
			_, loss := scorecard.LogLoss(c.score, bad)
			_, calibration := scorecard.Calibrate(c.score, bad)
			for _, err := range []error{auc, ks, brier, loss, calibration} {
				if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}
		})
	}
	one := []bool{true, true}
	_, _, auc := scorecard.AUC([]float64{.1, .2}, one)
	_, ks := scorecard.KS([]float64{.1, .2}, one)
	_, calibration := scorecard.Calibrate([]float64{.1, .2}, one)
	for _, err := range []error{auc, ks, calibration} {
		if !errors.Is(err, scorecard.ErrOneClass) {
			t.Errorf("one class: got %v", err)
		}
	}
	if _, err := scorecard.Brier([]float64{1.2}, []bool{true}); err == nil || !strings.Contains(err.Error(), "no probability") {
		t.Errorf("a probability of 1.2: got %v", err)
	}
}
