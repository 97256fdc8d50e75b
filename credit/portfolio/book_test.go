package portfolio_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"parus/credit"
	"parus/credit/portfolio"
)

// Two counties, by hand: A has 600 yuan of wheat; B 300 yuan, half wheat and
// half apple, and 100 yuan of apple. Of 1,000 yuan: A 60 %, B 40 %, wheat 75 %,
// apple 25 %; HHI of counties .36 + .16 = .52, of crops .5625 + .0625 = .625, of
// households .36 + .09 + .01 = .46.
func byHand() []portfolio.Exposure {
	wheat := []credit.CropShare{{Code: "wheat", PerMillion: 1_000_000}}
	apple := []credit.CropShare{{Code: "apple", PerMillion: 1_000_000}}
	half := []credit.CropShare{{Code: "apple", PerMillion: 500_000}, {Code: "wheat", PerMillion: 500_000}}
	return []portfolio.Exposure{
		{Household: "a1", County: "A", Village: "A1", AmountFen: 60_000, LGD: .5, PDIncome: .02, Crops: wheat},
		{Household: "b1", County: "B", Village: "B1", AmountFen: 30_000, LGD: .5, PDIncome: .02, Crops: half},
		{Household: "b2", County: "B", Village: "B1", AmountFen: 10_000, LGD: .5, PDIncome: .02, Crops: apple},
		{Household: "b3", County: "B", Village: "B2", AmountFen: 0, LGD: .5},
	}
}

func TestConcentrationByHand(t *testing.T) {
	t.Parallel()
	r := result(t, settings(func(s *portfolio.Settings) {
		s.Limits = portfolio.Limits{CountyShare: .5, CropShare: .5, CountyCropShare: .3, VillageCap: 500, HouseholdCap: 1000}
	}), byHand())
	for name, c := range map[string][2]float64{"county": {r.HHICounty, .52}, "crop": {r.HHICrop, .625}, "village": {r.HHIVillage, .52}, "household": {r.HHIHousehold, .46}} {
		if math.Abs(c[0]-c[1]) > 1e-12 {
			t.Errorf("HHI by %s is %g, want %g", name, c[0], c[1])
		}
	}
	over := map[string]bool{}
	for _, u := range r.Usage {
		if u.Over {
			over[u.Kind+" "+u.County+u.Crop+u.Item] = true
		}
	}
	// A 60 % > 50 %; wheat 75 % > 50 %; wheat in A 60 % > 30 %; village A1 600 > 500.
	if len(over) != 4 || r.Over != 4 || !over["county A"] || !over["crop wheat"] || !over["county_crop Awheat"] || !over["village AA1"] {
		t.Errorf("%d over: %v", r.Over, over)
	}
	if r.Exposures != 3 || r.AmountFen != 100_000 || r.SingleRate != 1 {
		t.Errorf("%+v", r)
	}
	// PD 2 %, LGD 0.5: 1 % of 1,000 yuan.
	if r.ExpectedLossFen < 999 || r.ExpectedLossFen > 1001 {
		t.Errorf("expected loss %s, want 10.00", r.ExpectedLossFen)
	}
}

func TestSharesOfOneCountyAloneAreNotJudged(t *testing.T) {
	t.Parallel()
	list := byHand()[:1]
	alone := result(t, settings(nil), list)
	if alone.Over != 0 || alone.Usage[0].Judged || alone.Usage[0].Share != 1 {
		t.Errorf("%+v", alone.Usage[0])
	}
	within := result(t, settings(func(s *portfolio.Settings) { s.TotalFen = 300_000 }), list)
	if u := within.Usage[0]; !u.Judged || !u.Over || u.Share != .2 || u.LimitFen != 45_000 {
		t.Errorf("600 of 3,000 yuan under a limit of 15 %%: %+v", u)
	}
}

func TestBadExposuresAreRefusedByName(t *testing.T) {
	t.Parallel()
	good := byHand()[0]
	for want, change := range map[string]func(*portfolio.Exposure){
		"amount":    func(e *portfolio.Exposure) { e.AmountFen = -1 },
		"1000000":   func(e *portfolio.Exposure) { e.AmountFen = 100_000_001 },
		"LGD":       func(e *portfolio.Exposure) { e.LGD = 1.2 },
		"income PD": func(e *portfolio.Exposure) { e.PDIncome = math.NaN() },
		"31 bins":   func(e *portfolio.Exposure) { e.PDByShock = make([]float64, 31) },
		"bin 3":     func(e *portfolio.Exposure) { e.PDByShock = make([]float64, 32); e.PDByShock[3] = 2 },
		"add up":    func(e *portfolio.Exposure) { e.Crops = []credit.CropShare{{Code: "x", PerMillion: 400_000}} },
		"county":    func(e *portfolio.Exposure) { e.County = "" },
	} {
		e := good
		change(&e)
		b, err := portfolio.NewBook(settings(nil))
		if err != nil {
			t.Fatal(err)
		}
		err = b.Add(e)
		var refused *portfolio.ExposureError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "a1") {
			t.Errorf("%s: %v", want, err)
		}
		if r, err := b.Result(); err != nil || r.Exposures != 0 || r.AmountFen != 0 {
			t.Errorf("%s: the book holds %d", want, r.Exposures)
		}
	}
}

func TestAFixedProbabilityScalesTheBins(t *testing.T) {
	t.Parallel()
	e := byHand()[0]
	e.PD = 0.04 // the decision's, after its bounds: twice what the bins say
	if r := result(t, settings(nil), []portfolio.Exposure{e}); r.ExpectedLossFen < 1190 || r.ExpectedLossFen > 1210 {
		t.Errorf("expected loss %s, want .5 · .04 · 600 = 12.00", r.ExpectedLossFen)
	}
}

func TestLimitsAreReadOverTheDefault(t *testing.T) {
	t.Parallel()
	l, err := portfolio.ReadLimits(strings.NewReader("county_share: 0.2\n"))
	if err != nil || l.CountyShare != .2 || l.CropShare != .25 {
		t.Errorf("%+v, %v", l, err)
	}
	for _, bad := range []string{"county_share: 2", "countyshare: 0.1", "village_cap: -1", "crop_share: many"} {
		if _, err := portfolio.ReadLimits(strings.NewReader(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func FuzzReadLimits(f *testing.F) {
	for _, s := range []string{"", "county_share: 0.15", "village_cap: 9e9", "{", "county_share: .nan"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := portfolio.ReadLimits(strings.NewReader(s))
		if err == nil && l.Validate() != nil {
			t.Errorf("%q gives %+v", s, l)
		}
	})
}
