package change_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"parus/credit"
	"parus/credit/change"
)

func date(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func policy(t testing.TB) credit.Policy {
	t.Helper()
	p, err := credit.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wheat is 20 mu of winter wheat in four parcels, with some soybean possible.
func wheat(t testing.TB) credit.Case {
	t.Helper()
	c := credit.Case{HouseholdID: "h", Season: "2025-winter", Currency: "CNY", AsOf: date(t, "2024-09-20"), ModelVersion: "m1",
		Market: []credit.Market{
			{Code: "winter_wheat", PricePerKg: 2.40, LogPriceSD: .12, CashCostPerMu: 659, HarvestEnd: date(t, "2025-06-20")},
			{Code: "soybean", PricePerKg: 3.94, LogPriceSD: .14, CashCostPerMu: 446, HarvestEnd: date(t, "2025-06-20")},
		}}
	for i, q := range []float64{.98, .95, .90, .70} {
		c.Parcels = append(c.Parcels, credit.Parcel{ID: fmt.Sprint("p", i), GeometryMu: 5, ContractMu: 5, CultivatedShare: 1, MatchP: q, Certified: true,
			Crops: []credit.CropChance{
				{Code: "winter_wheat", P: .9, MeanKgPerMu: 491.8, SDCounty: .11, SDModel: .12},
				{Code: "soybean", P: .1, MeanKgPerMu: 152.2, SDCounty: .11, SDModel: .12},
			}})
	}
	return c
}

func snapshot(t testing.TB, c credit.Case, p credit.Policy) credit.Snapshot {
	t.Helper()
	e, err := credit.NewEngine(p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSnapshot(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func explain(t testing.TB, a, b credit.Snapshot) change.Move {
	t.Helper()
	m, err := change.NewExplainer().Explain(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAMoveByOneGroupIsAllOfIt(t *testing.T) {
	t.Parallel()
	parcels := func(f func(*credit.Parcel)) func(*credit.Case, *credit.Policy) {
		return func(c *credit.Case, _ *credit.Policy) {
			for i := range c.Parcels {
				f(&c.Parcels[i])
			}
		}
	}
	for name, c := range map[string]struct {
		group  change.Group
		down   bool
		change func(*credit.Case, *credit.Policy)
	}{
		"a parcel is gone":          {change.Land, true, func(c *credit.Case, _ *credit.Policy) { c.Parcels = c.Parcels[1:] }},
		"the contract is smaller":   {change.Land, true, parcels(func(p *credit.Parcel) { p.ContractMu = 3 })},
		"matches are confirmed":     {change.Land, false, parcels(func(p *credit.Parcel) { p.MatchP = 1 })},
		"certificates have run out": {change.Land, true, parcels(func(p *credit.Parcel) { p.Certified = false })},
		"wheat is known":            {change.Crop, false, parcels(func(p *credit.Parcel) { p.Crops[0].P, p.Crops[1].P = 1, 0 })},
		"yields are lower":          {change.Yield, true, parcels(func(p *credit.Parcel) { p.Crops[0].MeanKgPerMu = 350 })},
		"hail":                      {change.Yield, true, parcels(func(p *credit.Parcel) { p.HazardLoss = .3 })},
		"imagery is old":            {change.Yield, true, parcels(func(p *credit.Parcel) { p.ImageryAgeDays = 120 })},
		"wheat is cheap":            {change.Market, true, func(c *credit.Case, _ *credit.Policy) { c.Market[0].PricePerKg = 1.9 }},
		"the policy is stricter":    {change.Market, true, func(_ *credit.Case, p *credit.Policy) { p.Version, p.Appetite = "strict", .01 }},
		"the village is full":       {change.Market, true, func(c *credit.Case, _ *credit.Policy) { c.Limits = []credit.Limit{{Name: "village", RoomFen: 150000}} }},
		"work outside the farm":     {change.Finances, false, func(c *credit.Case, _ *credit.Policy) { c.OffFarmFen = 500000 }},
		"another loan":              {change.Debts, true, func(c *credit.Case, _ *credit.Policy) { c.DebtDueFen = 300000 }},
		"a later harvest":           {change.Rest, true, func(c *credit.Case, _ *credit.Policy) { c.Market[0].HarvestEnd = date(t, "2026-03-20") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, later, p := snapshot(t, wheat(t), policy(t)), wheat(t), policy(t)
			c.change(&later, &p)
			m := explain(t, a, snapshot(t, later, p))
			if m.After == m.Before || (m.After < m.Before) != c.down {
				t.Fatalf("the line goes from %s to %s: the case shows nothing", m.Before, m.After)
			}
			for _, e := range m.Effects {
				want := credit.Fen(0)
				if e.Group == c.group {
					want = m.After - m.Before
				}
				if e.Fen != want {
					t.Errorf("%s has %s, want %s", e.Group, e.Fen, want)
				}
			}
			if m.Strongest() != c.group {
				t.Errorf("strongest is %q", m.Strongest())
			}
		})
	}
}

// The line is held by the least of several amounts, so what a group is worth
// depends on the others: with prices down a fifth and an income beside the farm
// of 5,000 yuan, alone each gives something else than together. The mean of both
// orders: with v(·) the line, the price's part is
// [v(price)−v(none) + v(price, income)−v(income)]/2.
func TestTwoGroupsShareWhatTheyDoTogether(t *testing.T) {
	t.Parallel()
	line := func(price float64, offFarm credit.Fen) (credit.Snapshot, credit.Fen) {
		c := wheat(t)
		c.Market[0].PricePerKg, c.OffFarmFen = price, offFarm
		s := snapshot(t, c, policy(t))
		return s, s.Decision.LineFen
	}
	none, v0 := line(2.40, 0)
	_, vPrice := line(1.90, 0)
	_, vIncome := line(2.40, 500000)
	both, v2 := line(1.90, 500000)
	if vPrice-v0 == v2-vIncome {
		t.Fatal("the groups do not touch each other: the case shows nothing")
	}
	m := explain(t, none, both)
	if want := (vPrice - v0 + v2 - vIncome) / 2; m.Of(change.Market) != want {
		t.Errorf("price and policy have %s, want %s", m.Of(change.Market), want)
	}
	if want := (vIncome - v0 + v2 - vPrice) / 2; m.Of(change.Finances) != want {
		t.Errorf("finances have %s, want %s", m.Of(change.Finances), want)
	}
}

// another is a household's next season: everything may have changed.
func another(t testing.TB, r *rand.Rand) credit.Snapshot {
	t.Helper()
	c, p := wheat(t), policy(t)
	if r.IntN(2) == 0 {
		c.Season, c.AsOf, c.ModelVersion = "2026-winter", date(t, "2025-09-20"), "m2"
		for i := range c.Market {
			c.Market[i].HarvestEnd = date(t, "2026-06-18")
		}
	}
	c.Parcels = c.Parcels[:1+r.IntN(4)]
	for i := range c.Parcels {
		p := &c.Parcels[i]
		p.ID = fmt.Sprint("p", i+r.IntN(2)*10)
		p.MatchP, p.ContractMu, p.Certified = .5+.5*r.Float64(), 2+6*r.Float64(), r.IntN(4) > 0
		p.Crops[0].P = .6 + .4*r.Float64()
		p.Crops[1].P = 1 - p.Crops[0].P
		p.Crops[0].MeanKgPerMu, p.HazardLoss = 350+250*r.Float64(), .2*r.Float64()
		if r.IntN(3) == 0 {
			p.Crops[1].Code = "apple"
		}
	}
	c.Market = append(c.Market, credit.Market{Code: "apple", PricePerKg: 4.5, LogPriceSD: .25, CashCostPerMu: 3000, Perishable: true, HarvestEnd: date(t, "2025-11-05")})
	c.Market[0].PricePerKg = 2 + r.Float64()
	c.SubsidyFen, c.OffFarmFen, c.DebtDueFen = credit.Fen(r.IntN(200000)), credit.Fen(r.IntN(500000)), credit.Fen(r.IntN(300000))
	if r.IntN(2) == 0 {
		p.Version, p.Appetite = "other", .05
	}
	return snapshot(t, c, p)
}

func TestPartsAddUpAndTurnRoundWithTheMove(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 8))
	x := change.NewExplainer()
	moved := 0
	for range 60 {
		a, b := another(t, r), another(t, r)
		there, err := x.Explain(a, b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := x.Explain(b, a)
		if err != nil {
			t.Fatal(err)
		}
		var sum credit.Fen
		for i, e := range there.Effects {
			sum += e.Fen
			if back.Effects[i].Fen != -e.Fen {
				t.Errorf("%s: %s there, %s back", e.Group, e.Fen, back.Effects[i].Fen)
			}
		}
		if sum != there.After-there.Before || there.Before != a.Decision.LineFen || there.After != b.Decision.LineFen {
			t.Errorf("parts add up to %s, the line goes from %s to %s", sum, there.Before, there.After)
		}
		if there.After != there.Before {
			moved++
		}
	}
	if moved < 40 {
		t.Errorf("only %d of 60 lines moved", moved)
	}
}

func TestTheSameDecisionMovesNothing(t *testing.T) {
	t.Parallel()
	s := snapshot(t, wheat(t), policy(t))
	m := explain(t, s, s)
	if m.Strongest() != "" || m.Before != m.After || len(m.Effects) != len(change.Groups()) {
		t.Errorf("%+v", m)
	}
}

// An older engine had given 1,000 yuan more: that is no group's doing.
func TestAnotherEngineIsPartOfTheRest(t *testing.T) {
	t.Parallel()
	a := snapshot(t, wheat(t), policy(t))
	a.EngineVersion, a.Digest = "0", "of another engine"
	a.Decision.LineFen += 100000
	c := wheat(t)
	c.DebtDueFen = 300000
	b := snapshot(t, c, policy(t))
	m := explain(t, a, b)
	if m.Of(change.Rest) != -100000 || m.Of(change.Debts) != m.After-m.Before+100000 {
		t.Errorf("%+v", m)
	}
}

func TestHouseholdsAndCurrenciesAreNotMixed(t *testing.T) {
	t.Parallel()
	s := snapshot(t, wheat(t), policy(t))
	for _, f := range []func(*credit.Case){
		func(c *credit.Case) { c.HouseholdID = "other" },
		func(c *credit.Case) { c.Currency = "DKK" },
	} {
		o := s
		f(&o.Case)
		if _, err := change.NewExplainer().Explain(s, o); !errors.Is(err, change.ErrApart) {
			t.Errorf("%v", err)
		}
	}
}

func TestManyAtOnceGiveTheSame(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	a, b := another(t, r), another(t, r)
	want := explain(t, a, b)
	x := change.NewExplainer()
	got := make(chan change.Move, 8)
	for range 8 {
		go func() {
			m, err := x.Explain(a, b)
			if err != nil {
				t.Error(err)
			}
			got <- m
		}()
	}
	for range 8 {
		if m := <-got; !reflect.DeepEqual(m, want) {
			t.Errorf("%+v, want %+v", m, want)
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	from, to := another(b, r), another(b, r)
	x := change.NewExplainer()
	for b.Loop() {
		if _, err := x.Explain(from, to); err != nil {
			b.Fatal(err)
		}
	}
}
