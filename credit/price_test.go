package credit_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/fields"
	"parus/fields/catalogue"
	"parus/yield"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The check values of the method hold for the formula's own correlations
// (.0946 and .0755); with a floor of .20, K at a PD of 2 % is
// .65·(Φ((−2.0537+.4472·3.0902)/.8944) − .02) = .65·(.2261 − .02) = .134.
func TestBaselCapital(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ pd, floor, want float64 }{{.02, .03, .067}, {.03, .03, .0725}, {.02, .20, .134}, {0, .03, 0}, {1, .03, 0}} {
		if got := credit.BaselK(tc.pd, .65, tc.floor); math.Abs(got-tc.want) > .0005 {
			t.Errorf("K at PD %g with a floor of %g is %g, want %g", tc.pd, tc.floor, got, tc.want)
		}
	}
}

func TestRounding(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		yuan float64
		want credit.Fen
	}{{12.345, 1235}, {-0.004, 0}, {1e20, 1e15}, {-1e20, -1e15}, {0.994999, 99}, {math.NaN(), -1e15}, {math.Inf(1), 1e15}} {
		if got := credit.RoundFen(tc.yuan); got != tc.want {
			t.Errorf("%g rounds to %d, want %d", tc.yuan, got, tc.want)
		}
	}
	if got := credit.Fen(-123456).String(); got != "-1234.56" {
		t.Errorf("-123456 fen are written %s", got)
	}
	if got := credit.Fen(1_099_999).FloorTo(10_000); got != 1_090_000 {
		t.Errorf("10,999.99 floors to %s", got)
	}
}

func TestRescoring(t *testing.T) {
	t.Parallel()
	p := policy(t)
	for _, tc := range []struct {
		name                           string
		current, drawn, computed, want credit.Fen
	}{
		{"a change under 10 % is left alone", 10000, 0, 10900, 10000},
		{"a rise is taken", 10000, 0, 12000, 12000},
		{"at most by half", 10000, 0, 30000, 15000},
		{"a cut of at most 30 %", 10000, 0, 2000, 7000},
		{"the drawn part is never cut", 10000, 9000, 2000, 9000},
		{"a first line is taken as computed", 0, 0, 8000, 8000},
	} {
		if got := credit.Rescore(p, tc.current*100, tc.drawn*100, tc.computed*100); got != tc.want*100 {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want*100)
		}
	}
}

// The decision of the worked case, to the byte. It changes only with the
// engine's version, and holds on every machine.
func TestGoldenDecision(t *testing.T) {
	t.Parallel()
	e, err := credit.NewEngine(policy(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSnapshot(workedCase(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/worked.json"
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the decision differs from %s:\n%s", file, got)
	}
	var stored credit.Snapshot
	if err := json.Unmarshal(want, &stored); err != nil {
		t.Fatal(err)
	}
	if err := credit.Replay(stored); err != nil {
		t.Errorf("the stored snapshot: %v", err)
	}
}

// A grain and a fruit, half of the revenue each, are repaid in two parts.
func TestScheduleFollowsTheHarvest(t *testing.T) {
	t.Parallel()
	c := workedCase(t)
	c.Market = append(c.Market, credit.Market{Code: "apple", PricePerKg: 4.5, LogPriceSD: .1, CashCostPerMu: 3000, Perishable: true, HarvestEnd: date(t, "2025-11-05")})
	c.Parcels = []credit.Parcel{
		{ID: "a", GeometryMu: 10, CultivatedShare: 1, MatchP: 1, Certified: true, Crops: []credit.CropChance{{Code: "winter_wheat", P: 1, MeanKgPerMu: 500, SDCounty: .05, SDModel: .05}}},
		{ID: "b", GeometryMu: 2, CultivatedShare: 1, MatchP: 1, Certified: true, Crops: []credit.CropChance{{Code: "apple", P: 1, MeanKgPerMu: 4000.0 / 3, SDCounty: .05, SDModel: .05}}},
	}
	d := decide(t, c, policy(t, "interest_day: 0"))
	if len(d.Schedule) != 2 || d.Schedule[0].Date != date(t, "2025-07-20") || d.Schedule[1].Date != date(t, "2026-01-19") {
		t.Fatalf("schedule %+v", d.Schedule)
	}
	if diff := d.Schedule[0].PrincipalFen - d.Schedule[1].PrincipalFen; diff < -200 || diff > 200 {
		t.Errorf("principals %s and %s", d.Schedule[0].PrincipalFen, d.Schedule[1].PrincipalFen)
	}
	// Interest by hand: 303 days on the whole line, then 183 on the second half.
	amount(t, "first interest", d.Schedule[0].InterestFen, d.LineFen.Yuan()*d.APR*303/365, .01)
	amount(t, "second interest", d.Schedule[1].InterestFen, d.Schedule[1].PrincipalFen.Yuan()*d.APR*183/365, .01)
}

func TestCaseFromEstimates(t *testing.T) {
	t.Parallel()
	cat, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	season := fields.Season{Name: "2025-winter", Start: time.Date(2024, 9, 15, 0, 0, 0, 0, time.UTC), End: time.Date(2025, 6, 30, 0, 0, 0, 0, time.UTC)}
	in := credit.CaseInput{
		Household: credit.Household{ID: "h", SubsidyFen: 100, FirstSeason: true}, Season: season, AsOf: time.Date(2025, 3, 1, 15, 0, 0, 0, time.UTC),
		Catalogue: cat, ModelVersion: "m",
		Holdings: []credit.Holding{{
			Parcel: fields.Parcel{ID: "p", AreaM2: 6 * fields.M2PerMu, ContractM2: 5 * fields.M2PerMu, LeasedIn: true, Certified: true}, MatchP: .9,
			Estimate: yield.ParcelEstimate{ID: "p", PerCrop: []yield.CropYield{{Code: "winter_wheat", P: .9, MeanKgPerHa: 7500, SDCounty: .1, SDModel: .2}, {Code: "fallow", P: .1}}},
		}},
	}
	c, err := credit.NewCase(in)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Parcels[0]
	if math.Abs(p.GeometryMu-6) > 1e-9 || math.Abs(p.ContractMu-5) > 1e-9 || !p.TenancyUnproven || p.CultivatedShare != 1 || p.Crops[0].MeanKgPerMu != 500 {
		t.Errorf("parcel %+v", p)
	}
	if c.AsOf.String() != "2025-03-01" || len(c.Market) != 2 || c.Market[1].HarvestEnd.String() != "2025-06-20" || c.Market[1].CashCostPerMu != 659 {
		t.Errorf("case %+v", c)
	}
	// A tenth of the draws lacks the parcel and a tenth its crop: the 3 % quantile
	// is nothing, and only both together (or with the rest) lift it.
	d := decide(t, c, policy(t))
	if d.ParcelsUsed != 1 || d.LineFen != 0 || len(d.Reasons) < 2 || !d.Reasons[0].Together || d.Reasons[0].EffectFen <= 0 {
		t.Errorf("decision %+v", d)
	}
	in.Holdings[0].Estimate.ID = "other"
	if _, err := credit.NewCase(in); err == nil || !strings.Contains(err.Error(), "parcel p") {
		t.Errorf("an estimate of another parcel: %v", err)
	}
}
