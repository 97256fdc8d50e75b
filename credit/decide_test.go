package credit_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"parus/credit"
)

func policy(t testing.TB, edits ...string) credit.Policy {
	t.Helper()
	if len(edits) == 0 {
		p, err := credit.DefaultPolicy()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, err := credit.ReadPolicy(strings.NewReader("version: test\n" + strings.Join(edits, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func date(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func decide(t testing.TB, c credit.Case, p credit.Policy) credit.Decision {
	t.Helper()
	d, err := credit.Decide(c, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestHouseholdsWithoutUsableLand(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		edit func(*credit.Case)
		code credit.ReasonCode
	}{
		{"no parcel at all", func(c *credit.Case) { c.Parcels = nil }, credit.ReasonParcelMatch},
		{"no parcel surely matched", func(c *credit.Case) {
			for i := range c.Parcels {
				c.Parcels[i].MatchP = .49
			}
		}, credit.ReasonParcelMatch},
		{"no crop surely known", func(c *credit.Case) {
			for i := range c.Parcels {
				c.Parcels[i].Crops[0].P, c.Parcels[i].Crops[1].P = .3, .2
			}
		}, credit.ReasonCrop},
		{"crops not looked at", func(c *credit.Case) {
			for i := range c.Parcels {
				c.Parcels[i].Crops = nil
			}
		}, credit.ReasonCrop},
		{"geometry without area", func(c *credit.Case) {
			for i := range c.Parcels {
				c.Parcels[i].GeometryMu = 0
			}
		}, credit.ReasonArea},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := workedCase(t)
			tc.edit(&c)
			d := decide(t, c, policy(t))
			if d.LineFen != 0 || !d.Referred || d.Referral == "" || d.ReferralZH == "" || d.ParcelsUsed != 0 || len(d.Schedule) != 0 {
				t.Errorf("line %s, referred %v", d.LineFen, d.Referred)
			}
			if len(d.Reasons) == 0 || d.Reasons[0].Code != tc.code {
				t.Errorf("reasons are %+v, want %s", d.Reasons, tc.code)
			}
		})
	}
}

func TestBadInputIsRefusedByName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, item string
		edit       func(*credit.Case)
	}{
		{"a negative area", "parcel p1", func(c *credit.Case) { c.Parcels[1].GeometryMu = -5 }},
		{"an area in square metres", "parcel p1", func(c *credit.Case) { c.Parcels[1].ContractMu = 33333 }},
		{"an area that is no number", "parcel p1", func(c *credit.Case) { c.Parcels[1].GeometryMu = math.NaN() }},
		{"a missing price", "crop soybean", func(c *credit.Case) { c.Market = c.Market[:1] }},
		{"a price of nothing", "crop winter_wheat", func(c *credit.Case) { c.Market[0].PricePerKg = 0 }},
		{"two prices", "crop soybean", func(c *credit.Case) { m := c.Market[1]; m.PricePerKg++; c.Market = append(c.Market, m) }},
		{"chances above one", "parcel p0", func(c *credit.Case) { c.Parcels[0].Crops[0].P = 1 }},
		{"a crop given twice", "parcel p0", func(c *credit.Case) { c.Parcels[0].Crops[1] = c.Parcels[0].Crops[0] }},
		{"a yield in kg/ha of tons", "parcel p0", func(c *credit.Case) { c.Parcels[0].Crops[0].MeanKgPerMu = 1e6 }},
		{"a parcel twice with different areas", "parcel p0", func(c *credit.Case) { p := c.Parcels[0]; p.GeometryMu = 4; c.Parcels = append(c.Parcels, p) }},
		{"a negative debt", "debt due", func(c *credit.Case) { c.DebtDueFen = -1 }},
		{"another currency", "currency", func(c *credit.Case) { c.Currency = "EUR" }},
		{"no date", "case", func(c *credit.Case) { c.AsOf = credit.Date{} }},
		{"a limit below nothing", "limit village", func(c *credit.Case) { c.Limits = []credit.Limit{{Name: "village", RoomFen: -1}} }},
		{"a match above one", "parcel p2", func(c *credit.Case) { c.Parcels[2].MatchP = 1.01 }},
		{"a negative contract area", "parcel p1", func(c *credit.Case) { c.Parcels[1].ContractMu = -1 }},
		{"an area beyond any", "parcel p1", func(c *credit.Case) { c.Parcels[1].GeometryMu = math.Inf(1) }},
		{"more sown than there is", "parcel p3", func(c *credit.Case) { c.Parcels[3].CultivatedShare = 1.2 }},
		{"imagery from the future", "parcel p3", func(c *credit.Case) { c.Parcels[3].ImageryAgeDays = -1 }},
		{"a price that is no number", "crop winter_wheat", func(c *credit.Case) { c.Market[0].PricePerKg = math.NaN() }},
		{"a cost below nothing", "crop winter_wheat", func(c *credit.Case) { c.Market[0].CashCostPerMu = -1 }},
		{"more crops than a catalogue has", "parcel p0", func(c *credit.Case) {
			c.Parcels[0].Crops = nil
			for i := range 63 {
				c.Parcels[0].Crops = append(c.Parcels[0].Crops, credit.CropChance{Code: fmt.Sprint(i), P: .01})
			}
		}},
		{"a subsidy that is no number", "subsidy", func(c *credit.Case) { c.SubsidyFen = credit.RoundFen(math.NaN()) }},
		{"income beyond any", "off-farm income", func(c *credit.Case) { c.OffFarmFen = math.MaxInt64 }},
		{"room beyond any", "limit county", func(c *credit.Case) { c.Limits = []credit.Limit{{Name: "county", RoomFen: math.MaxInt64}} }},
		{"a decision after the season", "date of the decision", func(c *credit.Case) { c.AsOf = date(t, "2025-07-21") }},
		{"a clock years ahead", "date of the decision", func(c *credit.Case) { c.AsOf = date(t, "2099-01-01") }},
		{"no harvest date", "crop winter_wheat", func(c *credit.Case) { c.Market[0].HarvestEnd = credit.Date{} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := workedCase(t)
			tc.edit(&c)
			_, err := credit.Decide(c, policy(t))
			var bad *credit.InputError
			if !errors.As(err, &bad) || bad.Item != tc.item || !strings.Contains(err.Error(), c.HouseholdID) {
				t.Errorf("got %v, want an error of %q", err, tc.item)
			}
		})
	}
}

func TestPoliciesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, yaml, key string }{
		{"an unknown key", "apetite: 0.03", "apetite"},
		{"a share in percent", "living_share: 40", "living_share"},
		{"an appetite of nothing", "appetite: 0", "appetite"},
		{"caps below the least line", "product_cap: 500", "product_cap"},
		{"PD bounds the wrong way round", "pd_min: 0.4", "pd_min"},
		{"a cap on the rate below the cost of funds", "apr_cap: 0.03\nreference_rate: 0.02", "apr_cap"},
		{"a word for a number", "lgd: much", "lgd"},
		{"a change without a version", "lgd: 0.5", "version"},
		{"a currency that is none", "currency: yuan", "currency"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			y := tc.yaml
			if tc.key != "version" {
				y = "version: test\n" + y
			}
			if _, err := credit.ReadPolicy(strings.NewReader(y)); err == nil || !strings.Contains(err.Error(), tc.key) {
				t.Errorf("got %v, want an error that names %s", err, tc.key)
			}
		})
	}
	onTheDay := workedCase(t)
	onTheDay.AsOf = date(t, "2025-07-20") // 30 days after the harvest: its cash is only now due
	decide(t, onTheDay, policy(t))
	if _, err := credit.Decide(workedCase(t), credit.Policy{}); err == nil {
		t.Error("an empty policy decides")
	}
}

func TestReplayIsExactOnEveryThread(t *testing.T) {
	t.Parallel()
	e, err := credit.NewEngine(policy(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSnapshot(workedCase(t))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c := workedCase(t)
			c.HouseholdID = fmt.Sprint("other", i)
			if _, err := e.Decide(c); err != nil { // leaves its state in the pool
				t.Error(err)
			}
			if err := credit.Replay(s); err != nil {
				t.Error(err)
			}
			if d, err := e.Decide(workedCase(t)); err != nil || d.Digest != s.Digest || d.LineFen != s.Decision.LineFen || d.Income != s.Decision.Income {
				t.Errorf("%v: %+v", err, d)
			}
		}()
	}
	wg.Wait()
	s.Decision.LineFen++
	var differs *credit.ReplayError
	if err := credit.Replay(s); !errors.As(err, &differs) || differs.What != "decision" {
		t.Errorf("a changed decision replays: %v", err)
	}
	s.Decision.LineFen--
	s.Case.DebtDueFen++
	if err := credit.Replay(s); !errors.As(err, &differs) || differs.What != "digest of the inputs" {
		t.Errorf("a changed case replays: %v", err)
	}
	s.EngineVersion = "0"
	if err := credit.Replay(s); !errors.As(err, &differs) || differs.What != "engine version" {
		t.Errorf("another engine replays: %v", err)
	}
}
