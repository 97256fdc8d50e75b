package portfolio

import (
	"fmt"
	"math"

	"parus/credit"
)

// Scenario is a world in which stored cases are decided again.
type Scenario struct {
	Code, ZH, EN string
	PriceFactor  float64 // on all prices at harvest
	CostFactor   float64 // on all cash costs
	Shock        float64 // the county's shared shock of the harvest; NaN: drawn as ever
}

// Scenarios are the standing ones. A fall of prices by a fifth and a rise of
// costs by a fifth are design values; the harvest is the one that a county has
// in one year of twenty, Z = Φ⁻¹(0.05).
func Scenarios() []Scenario {
	poor := credit.NormalQuantile(0.05)
	return []Scenario{
		{"price_fall", "粮价下跌 20%", "prices fall by 20 %", 0.8, 1, math.NaN()},
		{"poor_harvest", "县域二十年一遇歉收", "the county's harvest of one year in twenty", 1, 1, poor},
		{"both", "价格下跌且歉收", "both at once", 0.8, 1, poor},
		{"dear_inputs", "农资上涨 20%", "inputs cost 20 % more", 1, 1.2, math.NaN()},
	}
}

// Apply changes a case into the scenario's world. Given the shared shock z, a
// crop's yield is again lognormal: its mean is multiplied by
// e^(σ_c√ρ·z − ρσ_c²/2) and its county spread by √(1−ρ); a price tied to the
// shock by r moves by e^(r·σ_P√T·z − r²σ_P²T/2) and keeps √(1−r²) of its spread.
// Costs that rise leave the household's living as it was: what the engine would
// take off it (a share of the margin) is added to the debts due.
func (s Scenario) Apply(c credit.Case, p credit.Policy) credit.Case {
	parcels, market := make([]credit.Parcel, len(c.Parcels)), make([]credit.Market, len(c.Market))
	for i, m := range c.Market {
		m.PricePerKg *= s.PriceFactor
		m.CashCostPerMu *= s.CostFactor
		if !math.IsNaN(s.Shock) && p.YieldPriceRho != 0 && !m.EarnsNothing {
			years := math.Max(0, m.HarvestEnd.Time().Sub(c.AsOf.Time()).Hours()/24/365)
			sd := m.LogPriceSD * math.Sqrt(years)
			m.PricePerKg *= math.Exp(p.YieldPriceRho*sd*s.Shock - p.YieldPriceRho*p.YieldPriceRho*sd*sd/2)
			m.LogPriceSD *= math.Sqrt(1 - p.YieldPriceRho*p.YieldPriceRho)
		}
		market[i] = m
	}
	for i, q := range c.Parcels {
		if !math.IsNaN(s.Shock) {
			crops := make([]credit.CropChance, len(q.Crops))
			for k, x := range q.Crops {
				x.MeanKgPerMu *= math.Exp(x.SDCounty*math.Sqrt(p.CountyRho)*s.Shock - p.CountyRho*x.SDCounty*x.SDCounty/2)
				x.SDCounty *= math.Sqrt(1 - p.CountyRho)
				crops[k] = x
			}
			q.Crops = crops
		}
		parcels[i] = q
	}
	c.DebtDueFen += credit.RoundFen(p.LivingShare * s.dearer(c))
	c.Parcels, c.Market = parcels, market
	return c
}

// dearer is by how many yuan the case's expected cash costs rise.
func (s Scenario) dearer(c credit.Case) float64 {
	if s.CostFactor == 1 {
		return 0
	}
	cost := make(map[string]float64, len(c.Market))
	for _, m := range c.Market {
		if !m.EarnsNothing {
			cost[m.Code] = m.CashCostPerMu
		}
	}
	var sum float64
	for _, q := range c.Parcels {
		for _, k := range q.Crops {
			sum += cultivatedMu(q) * q.MatchP * k.P * cost[k.Code]
		}
	}
	return sum * (s.CostFactor - 1)
}

// given is the scenario's world for a line that was given before it: the line
// does not grow with the costs, so the household finds the rest elsewhere and
// owes it at harvest.
func (s Scenario) given(c credit.Case, p credit.Policy) credit.Case {
	out := s.Apply(c, p)
	out.DebtDueFen += credit.RoundFen((1 - p.UnpaidCostShare) * s.dearer(c))
	return out
}

// Stressed is what a scenario does to a portfolio.
type Stressed struct {
	Code       string     `json:"code"`
	ZH         string     `json:"zh"`
	EN         string     `json:"en"`
	Households int        `json:"households"` // decided again
	LineFen    credit.Fen `json:"line_fen"`   // as given
	LossFen    credit.Fen `json:"expected_loss_fen"`
	BaseFen    credit.Fen `json:"base_loss_fen"` // expected without the scenario
	NewLineFen credit.Fen `json:"new_line_fen"`  // what the same households would be offered now
	Defaults   float64    `json:"mean_pd"`       // weighted by line
	weighted   float64
}

// StressTest decides stored cases again in every scenario. It is not safe for
// concurrent use; several may share the work and be merged.
type StressTest struct {
	policy    credit.Policy
	engine    *credit.Engine
	scenarios []Scenario
	sums      []Stressed
}

// NewStressTest checks the policy.
func NewStressTest(p credit.Policy) (*StressTest, error) {
	engine, err := credit.NewEngine(p)
	if err != nil {
		return nil, fmt.Errorf("stress: %w", err)
	}
	t := &StressTest{policy: p, engine: engine, scenarios: Scenarios()}
	for _, s := range t.scenarios {
		t.sums = append(t.sums, Stressed{Code: s.Code, ZH: s.ZH, EN: s.EN})
	}
	return t, nil
}

// Add decides one stored case again in every scenario, whose line was given and
// whose expected loss is known.
func (t *StressTest) Add(c credit.Case, line, loss credit.Fen) error {
	for i, s := range t.scenarios {
		st, err := t.engine.Standing(s.given(c, t.policy), line)
		if err == nil && s.CostFactor != 1 { // a new line may grow with the costs
			var anew credit.Standing
			anew, err = t.engine.Standing(s.Apply(c, t.policy), line)
			st.NewLineFen = anew.NewLineFen
		}
		if err != nil {
			return fmt.Errorf("stress %s: %w", s.Code, err)
		}
		sum := &t.sums[i]
		sum.Households++
		sum.LineFen += line
		sum.LossFen += st.LossFen
		sum.BaseFen += loss
		sum.NewLineFen += st.NewLineFen
		sum.weighted += math.Round(st.PD*1e4) * float64(line) // whole numbers below 2⁵³
	}
	return nil
}

// Merge adds what another test of the same policy has summed.
func (t *StressTest) Merge(other *StressTest) {
	for i, o := range other.sums {
		s := &t.sums[i]
		s.Households += o.Households
		s.LineFen += o.LineFen
		s.LossFen += o.LossFen
		s.BaseFen += o.BaseFen
		s.NewLineFen += o.NewLineFen
		s.weighted += o.weighted
	}
}

// Result is the sum of each scenario.
func (t *StressTest) Result() []Stressed {
	out := make([]Stressed, len(t.sums))
	for i, s := range t.sums {
		if s.LineFen > 0 {
			s.Defaults = s.weighted / 1e4 / float64(s.LineFen)
		}
		out[i] = s
	}
	return out
}
