package portfolio_test

import (
	"encoding/json"
	"math"
	"os"
	"reflect"
	"testing"

	"parus/credit"
	"parus/credit/portfolio"
)

func worked(t *testing.T) credit.Snapshot {
	t.Helper()
	b, err := os.ReadFile("../testdata/worked.json")
	if err != nil {
		t.Fatal(err)
	}
	var s credit.Snapshot
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStressesRaiseTheLossOfALineThatStands(t *testing.T) {
	t.Parallel()
	s := worked(t)
	before, err := json.Marshal(s.Case)
	if err != nil {
		t.Fatal(err)
	}
	test, err := portfolio.NewStressTest(s.Policy)
	if err != nil {
		t.Fatal(err)
	}
	if err := test.Add(s.Case, s.Decision.LineFen, s.Decision.ExpectedLoss); err != nil {
		t.Fatal(err)
	}
	if after, err := json.Marshal(s.Case); err != nil || string(after) != string(before) {
		t.Error("the stored case was changed")
	}
	loss := map[string]credit.Fen{}
	for _, r := range test.Result() {
		t.Logf("%-12s loss %s (%s before), PD %.4f, new line %s of %s", r.Code, r.LossFen, r.BaseFen, r.Defaults, r.NewLineFen, r.LineFen)
		loss[r.Code] = r.LossFen
		if r.LossFen <= r.BaseFen || r.Households != 1 {
			t.Errorf("%s: loss %s, before %s", r.Code, r.LossFen, r.BaseFen)
		}
	}
	if loss["both"] <= loss["price_fall"] || loss["both"] <= loss["poor_harvest"] {
		t.Errorf("both at once lose no more than each: %v", loss)
	}
}

// The law of total expectation: over the county's shock, a crop's mean yield is
// the stored one. By 2,000 midpoints of Z.
func TestTheMeanOverAllShocksIsTheStoredYield(t *testing.T) {
	t.Parallel()
	s := worked(t)
	want := s.Case.Parcels[0].Crops[0]
	var mean float64
	const n = 2000
	for i := range n {
		sc := portfolio.Scenario{PriceFactor: 1, CostFactor: 1, Shock: credit.NormalQuantile((float64(i) + .5) / n)}
		got := sc.Apply(s.Case, s.Policy).Parcels[0].Crops[0]
		mean += got.MeanKgPerMu / n
		if math.Abs(got.SDCounty-want.SDCounty*math.Sqrt(.4)) > 1e-12 {
			t.Fatalf("spread %g of %g", got.SDCounty, want.SDCounty)
		}
	}
	if math.Abs(mean/want.MeanKgPerMu-1) > 1e-4 { // midpoints cut off the far tails
		t.Errorf("mean %g, want %g", mean, want.MeanKgPerMu)
	}
}

func TestMergedTestsAreOne(t *testing.T) {
	t.Parallel()
	s := worked(t)
	make3 := func() *portfolio.StressTest {
		test, err := portfolio.NewStressTest(s.Policy)
		if err != nil {
			t.Fatal(err)
		}
		return test
	}
	whole, a, b := make3(), make3(), make3()
	for i, part := range []*portfolio.StressTest{a, b, a} {
		line := credit.Fen(500_000 + 100_000*i)
		for _, test := range []*portfolio.StressTest{whole, part} {
			if err := test.Add(s.Case, line, 100); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a.Merge(b); !reflect.DeepEqual(a.Result(), whole.Result()) {
		t.Errorf("%+v, want %+v", a.Result(), whole.Result())
	}
}
