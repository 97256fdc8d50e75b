package credit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Case is one household in one season: all that a decision looks at. It holds
// no personal data, and none of sex, age and plot-size group may ever enter.
type Case struct {
	HouseholdID  string `json:"household_id"`
	Season       string `json:"season"`
	County       string `json:"county,omitempty"` // code, for rules; "" where unknown
	Currency     string `json:"currency"`         // ISO 4217, must be the policy's
	AsOf         Date   `json:"as_of"`            // of the decision
	ModelVersion string `json:"model_version"`    // of the crop and yield models: part of the seed

	Parcels []Parcel `json:"parcels"`
	Market  []Market `json:"market"` // one per crop that any parcel may bear

	SubsidyFen  Fen     `json:"subsidy_fen"`  // expected by the due date
	OffFarmFen  Fen     `json:"off_farm_fen"` // verified income outside the farm, same time
	DebtDueFen  Fen     `json:"debt_due_fen"` // of other loans, until the due date
	FirstSeason bool    `json:"first_season"`
	Limits      []Limit `json:"limits"` // room left elsewhere; none: unlimited
}

// Parcel is a piece of land as the decision sees it.
type Parcel struct {
	ID              string       `json:"id"`
	GeometryMu      float64      `json:"geometry_mu"`
	ContractMu      float64      `json:"contract_mu"`      // 0: unknown, the geometry counts
	CultivatedShare float64      `json:"cultivated_share"` // 0..1, of the area that is sown
	MatchP          float64      `json:"match_p"`          // 0..1, that the seen field is this parcel
	Certified       bool         `json:"certified"`        // a certificate in force
	TenancyUnproven bool         `json:"tenancy_unproven"` // leased without a proven transfer
	ImageryAgeDays  int          `json:"imagery_age_days"` // since the last clear date
	HazardLoss      float64      `json:"hazard_loss"`      // 0..1, of the yield, not yet in the mean
	Crops           []CropChance `json:"crops"`

	// CropsGuessed says that no model taught by labels stands behind Crops, only
	// calendars: see [plausibleShare].
	CropsGuessed bool `json:"crops_guessed,omitempty"`
}

// CropChance is a crop's probability and its yield if it is that crop.
type CropChance struct {
	Code        string  `json:"code"`
	P           float64 `json:"p"`
	MeanKgPerMu float64 `json:"mean_kg_per_mu"`
	SDCounty    float64 `json:"sd_county"` // of ln yield, county-year
	SDModel     float64 `json:"sd_model"`  // of ln yield, this parcel
}

// Market is a crop's price and cost in the case's currency.
type Market struct {
	Code          string  `json:"code"`
	PricePerKg    float64 `json:"price_per_kg"` // expected at harvest
	LogPriceSD    float64 `json:"log_price_sd"` // of a year's change
	CashCostPerMu float64 `json:"cash_cost_per_mu"`
	Perishable    bool    `json:"perishable"`
	EarnsNothing  bool    `json:"earns_nothing"` // fallow, no crop: no price needed
	HarvestEnd    Date    `json:"harvest_end"`
}

// Limit is the room that a portfolio limit leaves for this household.
type Limit struct {
	Name    string `json:"name"`     // e.g. "village 370199001001", shown to people
	Crop    bool   `json:"crop"`     // a limit on a crop: then the reason is concentration
	RoomFen Fen    `json:"room_fen"` // 0: full
}

// InputError names what is wrong with a case; nothing was decided.
type InputError struct{ Household, Item, Problem string }

func (e *InputError) Error() string {
	return fmt.Sprintf("household %s: %s: %s", e.Household, e.Item, e.Problem)
}

// Bounds beyond which a number is a mistake, not a farm.
const (
	mostParcels   = 5000
	mostKgPerMu   = 50_000
	mostLogSD     = 2
	mostPrice     = 1e6
	mostAmountFen = Fen(1e13)
)

// normal checks the case and returns it in the one form that is hashed and
// simulated: parcels, their crops and the market sorted, identical duplicates
// dropped.
func (c Case) normal(p Policy) (Case, error) {
	fail := func(item, format string, args ...any) (Case, error) {
		return Case{}, &InputError{c.HouseholdID, item, fmt.Sprintf(format, args...)}
	}
	if c.HouseholdID == "" || c.Season == "" || c.ModelVersion == "" || c.AsOf.IsZero() {
		return fail("case", "household, season, model version and date must be given")
	}
	if c.Currency != p.Currency {
		return fail("currency", "the case is in %q, policy %s in %q", c.Currency, p.Version, p.Currency)
	}
	if len(c.Parcels) > mostParcels {
		return fail("parcels", "%d parcels: more than %d is a mistake of grouping", len(c.Parcels), mostParcels)
	}
	for _, m := range []struct {
		name string
		fen  Fen
	}{{"subsidy", c.SubsidyFen}, {"off-farm income", c.OffFarmFen}, {"debt due", c.DebtDueFen}} {
		if m.fen < 0 || m.fen > mostAmountFen {
			return fail(m.name, "%s is out of range", m.fen)
		}
	}
	for _, l := range c.Limits {
		if l.RoomFen < 0 || l.RoomFen > mostAmountFen {
			return fail("limit "+l.Name, "room of %s is out of range", l.RoomFen)
		}
	}
	var err error
	if c.Parcels, err = c.normalParcels(p); err != nil {
		return Case{}, err
	}
	if c.Market, err = c.normalMarket(); err != nil {
		return Case{}, err
	}
	if problem := c.over(p); problem != "" {
		return fail("date of the decision", "%s", problem)
	}
	c.Limits = slices.Clone(c.Limits)
	slices.SortFunc(c.Limits, func(a, b Limit) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.RoomFen, b.RoomFen))
	})
	c.Limits = slices.Compact(c.Limits)
	return c, nil
}

// over tells in words whether the season is past: all of the crops that may
// earn are harvested and their loans would be due, so that no cash is left to
// come in.
func (c Case) over(p Policy) string {
	var last Date
	for _, m := range c.Market {
		if !m.EarnsNothing {
			last = latest(last, m.HarvestEnd.addDays(p.dueDays(m)))
		}
	}
	if last.IsZero() || !last.before(c.AsOf) {
		return ""
	}
	return fmt.Sprintf("%s is after %s, when the last harvest of season %s has been paid for: decide on the next season", c.AsOf, last, c.Season)
}

func (c Case) normalParcels(policy Policy) ([]Parcel, error) {
	out := make([]Parcel, 0, len(c.Parcels))
	for _, p := range c.Parcels {
		if problem := p.problem(policy); problem != "" {
			return nil, &InputError{c.HouseholdID, "parcel " + p.ID, problem}
		}
		p.Crops = slices.Clone(p.Crops)
		slices.SortFunc(p.Crops, func(a, b CropChance) int { return strings.Compare(a.Code, b.Code) })
		for i := 1; i < len(p.Crops); i++ {
			if p.Crops[i].Code == p.Crops[i-1].Code {
				return nil, &InputError{c.HouseholdID, "parcel " + p.ID, "crop " + p.Crops[i].Code + " is given twice"}
			}
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Parcel) int { return strings.Compare(a.ID, b.ID) })
	kept := out[:0]
	for i, p := range out {
		if i > 0 && p.ID == kept[len(kept)-1].ID {
			if !p.same(kept[len(kept)-1]) {
				return nil, &InputError{c.HouseholdID, "parcel " + p.ID, "given twice with different values: keep one"}
			}
			continue
		}
		kept = append(kept, p)
	}
	return kept, nil
}

func (p Parcel) same(q Parcel) bool {
	crops := slices.Equal(p.Crops, q.Crops)
	p.Crops, q.Crops = nil, nil
	a, errA := json.Marshal(p)
	b, errB := json.Marshal(q)
	return crops && errA == nil && errB == nil && bytes.Equal(a, b)
}

// problem tells in words what is wrong with a parcel, or "".
func (p Parcel) problem(policy Policy) string {
	if p.ID == "" {
		return "has no id"
	}
	for _, r := range []struct {
		name           string
		value, low, to float64
	}{
		{"geometry area in mu", p.GeometryMu, 0, policy.MostParcelMu}, {"contract area in mu", p.ContractMu, 0, policy.MostParcelMu},
		{"cultivated share", p.CultivatedShare, 0, 1}, {"match probability", p.MatchP, 0, 1}, {"hazard loss", p.HazardLoss, 0, 1},
		{"age of the imagery in days", float64(p.ImageryAgeDays), 0, 36500},
	} {
		if !(r.value >= r.low && r.value <= r.to) {
			return fmt.Sprintf("%s is %g: want %g to %g", r.name, r.value, r.low, r.to)
		}
	}
	if len(p.Crops) > mostCrops {
		return fmt.Sprintf("%d crops: at most %d", len(p.Crops), mostCrops)
	}
	var sum float64
	for _, k := range p.Crops {
		for _, r := range []struct {
			name      string
			value, to float64
		}{{"probability", k.P, 1}, {"yield in kg/mu", k.MeanKgPerMu, mostKgPerMu}, {"county spread", k.SDCounty, mostLogSD}, {"model spread", k.SDModel, mostLogSD}} {
			if !(r.value >= 0 && r.value <= r.to) {
				return fmt.Sprintf("crop %s: %s is %g: want 0 to %g", k.Code, r.name, r.value, r.to)
			}
		}
		sum += k.P
	}
	if sum > 1.001 {
		return fmt.Sprintf("crop probabilities add up to %g", sum)
	}
	return ""
}

// normalMarket keeps the crops that some parcel may bear and refuses missing
// prices.
func (c Case) normalMarket() ([]Market, error) {
	given := map[string]Market{}
	for _, m := range c.Market {
		if before, twice := given[m.Code]; twice && before != m {
			return nil, &InputError{c.HouseholdID, "crop " + m.Code, "two different prices or costs: keep one"}
		}
		given[m.Code] = m
	}
	var out []Market
	seen := map[string]bool{}
	for _, p := range c.Parcels {
		for _, k := range p.Crops {
			if seen[k.Code] {
				continue
			}
			seen[k.Code] = true
			m, ok := given[k.Code]
			if !ok {
				return nil, &InputError{c.HouseholdID, "crop " + k.Code, "no price: add it to the market of the case"}
			}
			if problem := m.problem(); problem != "" {
				return nil, &InputError{c.HouseholdID, "crop " + k.Code, problem}
			}
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Market) int { return strings.Compare(a.Code, b.Code) })
	return out, nil
}

func (m Market) problem() string {
	switch {
	case m.EarnsNothing:
		return ""
	case !(m.PricePerKg > 0 && m.PricePerKg < mostPrice):
		return fmt.Sprintf("price of %g per kg: a price is missing or absurd", m.PricePerKg)
	case !(m.LogPriceSD >= 0 && m.LogPriceSD <= mostLogSD):
		return fmt.Sprintf("spread of the log price is %g: want 0 to %d", m.LogPriceSD, mostLogSD)
	case !(m.CashCostPerMu >= 0 && m.CashCostPerMu < mostPrice):
		return fmt.Sprintf("cash cost of %g per mu: want 0 or more", m.CashCostPerMu)
	case m.HarvestEnd.IsZero():
		return "the end of its harvest is missing"
	}
	return ""
}

// errNonFinite cannot happen for checked cases; it guards the arithmetic.
var errNonFinite = errors.New("the simulation left the range of numbers")

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
