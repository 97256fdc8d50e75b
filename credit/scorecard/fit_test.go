package scorecard_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"parus/credit/scorecard"
)

// Of 100 rows 27 are bad: wheat 5 of 40, maize 12 of 40, garlic 10 of 20. Odds
// of all 73/27. Half a bad and 0.5·73/27 = 1.351852 goods are added to a bin:
//
//	wheat   ln(36.351852/5.5)  − ln(73/27) =  0.8938   (35/73 −  5/27)·WoE = 0.2630
//	maize   ln(29.351852/12.5) − ln(73/27) = −0.1410   (28/73 − 12/27)·WoE = 0.0086
//	garlic  ln(11.351852/10.5) − ln(73/27) = −0.9166   (10/73 − 10/27)·WoE = 0.2139
//
// A cut must gain 1 in log-likelihood. Between wheat and maize: −15.071 −24.435
// against −41.380 for 17 of 80: 1.87. Between maize and garlic: −24.435 −13.863
// against −39.430 for 22 of 60: 1.13. So three bins.
func TestWeightsByHand(t *testing.T) {
	t.Parallel()
	card := fit(t, threeCrops(), scorecard.TableColumns{ID: "loan", Target: "default"}, scorecard.Options{Explore: true})
	if len(card.Characteristics) != 1 {
		t.Fatalf("%d characteristics", len(card.Characteristics))
	}
	c := card.Characteristics[0]
	for i, want := range []struct {
		level      string
		rows, bads int
		woe, iv    float64
	}{{"wheat", 40, 5, .8938, .2630}, {"maize", 40, 12, -.1410, .0086}, {"garlic", 20, 10, -.9166, .2139}} {
		b := c.Bins[i]
		if !slices.Equal(b.Levels, []string{want.level}) || b.Rows != want.rows || b.Bads != want.bads {
			t.Errorf("bin %d is %+v, want %+v", i, b, want)
		}
		near(t, want.level+" WoE", b.WoE, want.woe, 1e-4)
		near(t, want.level+" IV", b.IV, want.iv, 1e-4)
	}
	near(t, "IV", c.IV, .2630+.0086+.2139, 2e-4)
	for _, b := range c.Bins[3:] {
		if b.WoE != 0 || b.Rows != 0 || !b.Other && !b.Missing {
			t.Errorf("%+v is not neutral", b)
		}
	}
	// 20 points double the odds, so that a weight of 1 is worth 20/ln 2 = 28.854
	// points; the base is the score of the intercept.
	base := 600 + 28.853901*(card.Intercept-math.Log(50))
	for _, b := range c.Bins {
		if want := int(math.Round(base + 28.853901*c.Coefficient*b.WoE)); b.Points != want {
			t.Errorf("%s has %d points, want %d", b.Label(false), b.Points, want)
		}
	}
}

func threeCrops() []string {
	rows := []string{"loan,crop,default"}
	for _, x := range []struct {
		crop       string
		rows, bads int
	}{{"wheat", 40, 5}, {"maize", 40, 12}, {"garlic", 20, 10}} {
		for i := range x.rows {
			bad := 0
			if i < x.bads {
				bad = 1
			}
			rows = append(rows, fmt.Sprintf("%s%d,%s,%d", x.crop, i, x.crop, bad))
		}
	}
	return rows
}

func TestBinsAreMonotoneAndLargeEnough(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		card := fit(t, loans(900, seed, -1), loanColumns(), scorecard.Options{Explore: true})
		numeric := 0
		for _, c := range card.Characteristics {
			rows := 0
			for _, b := range c.Bins {
				rows += b.Rows
			}
			if rows != 900 {
				t.Fatalf("%s: bins hold %d rows", c.Name, rows)
			}
			if c.Words {
				continue
			}
			numeric++
			body := c.Bins[:len(c.Bins)-1]
			rising := body[len(body)-1].WoE > body[0].WoE
			for i, b := range body {
				if b.Rows < 45 || b.Bads < 5 || b.Rows-b.Bads < 5 {
					t.Errorf("%s: bin %d of %d rows, %d bad", c.Name, i, b.Rows, b.Bads)
				}
				if i > 0 && (b.WoE > body[i-1].WoE) != rising {
					t.Errorf("%s: weights turn at bin %d", c.Name, i)
				}
			}
		}
		if numeric == 0 {
			t.Error("no numeric characteristic")
		}
	}
}

func TestCardKnowsNeitherOrderOfRowsNorThreads(t *testing.T) {
	t.Parallel()
	rows := loans(600, 7, -1)
	want := bytesOf(t, fit(t, rows, loanColumns(), scorecard.Options{Explore: true, Threads: 1}))
	shuffled := slices.Clone(rows)
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(rows)-1, func(i, j int) { shuffled[i+1], shuffled[j+1] = shuffled[j+1], shuffled[i+1] })
	for name, got := range map[string]string{
		"rows in another order": bytesOf(t, fit(t, shuffled, loanColumns(), scorecard.Options{Explore: true, Threads: 1})),
		"five threads":          bytesOf(t, fit(t, rows, loanColumns(), scorecard.Options{Explore: true, Threads: 5})),
	} {
		if got != want {
			t.Errorf("%s: another card", name)
		}
	}
	turned := make([]string, len(rows))
	for i, r := range rows {
		cells := strings.Split(r, ",")
		slices.Reverse(cells[2:7])
		turned[i] = strings.Join(cells, ",")
	}
	if bytesOf(t, fit(t, turned, loanColumns(), scorecard.Options{Explore: true})) != want {
		t.Error("columns in another order: another card")
	}
}

func TestCardFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	card := fit(t, loans(2500, 11, -1), loanColumns(), scorecard.Options{Explore: true, Folds: 5, Repeats: 2})
	has := map[string]scorecard.Characteristic{}
	for _, c := range card.Characteristics {
		has[c.Name] = c
		if !(c.Coefficient > 0) || !(c.P <= scorecard.MostP) {
			t.Errorf("%s: coefficient %g, p %g", c.Name, c.Coefficient, c.P)
		}
	}
	if _, ok := has["debt"]; !ok {
		t.Error("debt is not in the card")
	}
	if _, ok := has["noise"]; ok {
		t.Error("noise is in the card")
	}
	if missing := has["rain"].Bins; len(missing) == 0 || missing[len(missing)-1].WoE >= 0 || missing[len(missing)-1].Rows < 400 {
		t.Error("what rain is not known is not told as a risk of its own")
	}
	cv := card.CrossValidation
	if cv.AUC < .68 || cv.AUC > .80 || math.Abs(cv.Slope-1) > .15 || cv.ECE > .03 || cv.Folds != 5 || cv.Repeats != 2 || cv.Rows != 2500 {
		t.Errorf("cross-validation %+v", cv)
	}
	fresh := read(t, loans(4000, 12, -1), loanColumns())
	predicted, err := card.Predict(fresh)
	if err != nil {
		t.Fatal(err)
	}
	pd := make([]float64, len(predicted))
	for i, p := range predicted {
		pd[i] = p.PD
	}
	q, err := scorecard.Evaluate(pd, fresh.Bad)
	if err != nil {
		t.Fatal(err)
	}
	// Two samples of thousands of rows: about four standard errors of their difference.
	if math.Abs(q.AUC-cv.AUC) > 6*q.AUCSE || math.Abs(q.Slope-1) > 4*q.SlopeSE+.05 {
		t.Errorf("on new rows %+v, cross-validated %+v", q, cv)
	}
}

func TestBaseRateMovesTheMean(t *testing.T) {
	t.Parallel()
	rows := loans(1500, 13, -1)
	card := fit(t, rows, loanColumns(), scorecard.Options{Explore: true, BaseRate: .03})
	predicted, err := card.Predict(read(t, rows, loanColumns()))
	if err != nil {
		t.Fatal(err)
	}
	// Rows as they would be at 3 %: bads count .03/rate, goods .97/(1 − rate).
	rate := float64(card.Training.Bads) / 1500
	var mean, weights float64
	bad := read(t, rows, loanColumns()).Bad
	for i, p := range predicted {
		w := .97 / (1 - rate)
		if bad[i] {
			w = .03 / rate
		}
		mean, weights = mean+w*p.PD, weights+w
	}
	near(t, "mean PD", mean/weights, .03, .003)
	if card.PD.BaseRate != .03 || math.Abs(card.PD.SampleRate-rate) > 1e-9 {
		t.Errorf("%+v", card.PD)
	}
}

func TestReasonsAreWhatCostsPoints(t *testing.T) {
	t.Parallel()
	rows := loans(3000, 17, -1)
	card := fit(t, rows, loanColumns(), scorecard.Options{Explore: true})
	features := map[string]string{"debt": "0.99", "crop": "garlic", "distance": "0", "rain": "300", "noise": "0.5"}
	p, err := card.Score(features)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Reasons) < 2 || len(p.Reasons) > scorecard.MostReasons || p.Reasons[0].Characteristic != "debt" || p.Reasons[1].Characteristic != "crop" {
		t.Fatalf("reasons %+v", p.Reasons)
	}
	// Lifting a reason to the best bin brings just the points it names.
	features["debt"] = "0.001"
	better, err := card.Score(features)
	if err != nil {
		t.Fatal(err)
	}
	if better.Score-p.Score != p.Reasons[0].BelowBest || better.PD >= p.PD {
		t.Errorf("score %d → %d and PD %g → %g for a reason of %d points", p.Score, better.Score, p.PD, better.PD, p.Reasons[0].BelowBest)
	}
	if p.PD != card.PDOf(p.Score) {
		t.Error("PD is not that of the score")
	}
	for _, c := range card.Characteristics {
		if c.Name == "crop" {
			features["crop"] = "a crop never seen"
			if p, err = card.Score(features); err != nil || p.Score == 0 {
				t.Errorf("an unseen level: %+v, %v", p, err)
			}
		}
	}
	delete(features, "debt")
	if _, err := card.Score(features); err == nil || !strings.Contains(err.Error(), `"debt"`) {
		t.Errorf("without a column: %v", err)
	}
	features["debt"] = "much"
	if _, err := card.Score(features); err == nil || !strings.Contains(err.Error(), "want a number") {
		t.Errorf("a word for a number: %v", err)
	}
}

func TestStabilityOfTheSameAndOfOtherApplicants(t *testing.T) {
	t.Parallel()
	rows := loans(1500, 19, -1)
	card := fit(t, rows, loanColumns(), scorecard.Options{Explore: true})
	same, err := card.Stability(read(t, rows, loanColumns()))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range same {
		if s.CSI > 1e-12 || math.Abs(s.MeanShift) > 1e-9 {
			t.Errorf("the rows fitted on differ from themselves: %+v", s)
		}
	}
	if psi := psiOf(t, card, rows); psi > 1e-12 {
		t.Errorf("PSI of the rows fitted on is %g", psi)
	}
	for i := range rows[1:] {
		cells := strings.Split(rows[i+1], ",")
		cells[2] = "0.950" // all in debt
		rows[i+1] = strings.Join(cells, ",")
	}
	if psi := psiOf(t, card, rows); psi < scorecard.ShiftStops {
		t.Errorf("PSI of applicants all in debt is %g", psi)
	}
	other, err := card.Stability(read(t, rows, loanColumns()))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range other {
		if moved := s.CSI > scorecard.ShiftStops; moved != (s.Characteristic == "debt") || moved && s.MeanShift >= 0 {
			t.Errorf("%+v", s)
		}
	}
}

func psiOf(t *testing.T, card scorecard.Scorecard, rows []string) float64 {
	t.Helper()
	predicted, err := card.Predict(read(t, rows, loanColumns()))
	if err != nil {
		t.Fatal(err)
	}
	psi, err := card.PSI(predicted)
	if err != nil {
		t.Fatal(err)
	}
	return psi
}
