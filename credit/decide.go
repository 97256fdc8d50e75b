package credit

import (
	"encoding/json"
	"fmt"
	"sync"

	"parus/credit/rule"
)

// EngineVersion changes whenever the same case and policy could give another
// decision.
const EngineVersion = "3"

// Decision is what the engine says of a case. It is a proposal of a limit, not
// a contract: live checks, reservation and approval come after.
type Decision struct {
	HouseholdID   string `json:"household_id"`
	Season        string `json:"season"`
	Currency      string `json:"currency"`
	AsOf          Date   `json:"as_of"`
	EngineVersion string `json:"engine_version"`
	PolicyVersion string `json:"policy_version"`
	ModelVersion  string `json:"model_version"`
	Digest        string `json:"digest"` // of case, policy and engine: see Snapshot

	LineFen    Fen    `json:"line_fen"` // a multiple of the policy's step
	Referred   bool   `json:"referred"` // an officer decides
	Referral   string `json:"referral"` // why, in English; "" where not referred
	ReferralZH string `json:"referral_zh"`
	Binding    string `json:"binding"` // need, capacity, value or the name of the cap that set the line

	NeedFen     Fen `json:"need_fen"`
	CapacityFen Fen `json:"capacity_fen"`
	ValueFen    Fen `json:"value_fen"`
	CapFen      Fen `json:"cap_fen"`

	ExpectedRevenueFen Fen    `json:"expected_revenue_fen"`
	Income             Income `json:"income"`

	PDIncome float64 `json:"pd_income"` // all rates rounded to 0.0001
	PD       float64 `json:"pd"`

	// ShortfallByShock is the chance that the cash at harvest does not repay the
	// line, given the county's shared shock of the harvest, in [ShockBins] bins of
	// equal probability: bin 0 holds the worst harvests, the last the best. The
	// bins' mean is PDIncome; their resolution is 1/128. Willingness to pay is not
	// in it.
	ShortfallByShock []float64 `json:"shortfall_by_shock"`

	CapitalK       float64      `json:"capital_k"`
	ExpectedLoss   Fen          `json:"expected_loss_fen"`
	APR            float64      `json:"apr"`
	APRUncapped    float64      `json:"apr_uncapped"`
	DueDate        Date         `json:"due_date"`
	Schedule       []Instalment `json:"schedule"`
	Reasons        []Reason     `json:"reasons"`
	ParcelsUsed    int          `json:"parcels_used"`
	ParcelsDropped []Dropped    `json:"parcels_dropped"`

	Rejected     bool       `json:"rejected,omitempty"`      // by a rule: the line is 0 and no officer decides
	Rules        []rule.Hit `json:"rules,omitempty"`         // the rules that held, in the policy's order
	RulesPending []string   `json:"rules_pending,omitempty"` // rules that wait for an application
}

// Income is the distribution of the cash at harvest before the line is repaid.
type Income struct {
	MeanFen Fen `json:"mean_fen"`
	LowFen  Fen `json:"low_fen"` // the quantile of the policy's appetite
	P10Fen  Fen `json:"p10_fen"`
	P50Fen  Fen `json:"p50_fen"`
	P90Fen  Fen `json:"p90_fen"`
}

// Dropped is a parcel that did not count and why: match, crop or area.
type Dropped struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// Engine decides cases under one policy. It may be used from many goroutines
// at once; its decisions do not depend on what it decided before.
type Engine struct {
	policy    Policy
	canonical []byte // the policy's JSON: the same in every digest
	rules     rule.Set
	pool      sync.Pool
}

// NewEngine checks the policy and compiles its rules.
func NewEngine(p Policy) (*Engine, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	rules, err := newRules(p)
	if err != nil {
		return nil, err
	}
	canonical, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("canonical form of policy %s: %w", p.Version, err)
	}
	return &Engine{policy: p, canonical: canonical, rules: rules, pool: sync.Pool{New: func() any { return new(simulation) }}}, nil
}

// Decide decides one case under a policy. Bad input is an [InputError] and a
// bad policy an error that names the key; a household without a usable parcel
// is no error: its line is 0 and referred.
func Decide(c Case, p Policy) (Decision, error) {
	e, err := NewEngine(p)
	if err != nil {
		return Decision{}, err
	}
	return e.Decide(c)
}

// Decide decides one case; see the function Decide.
func (e *Engine) Decide(c Case) (Decision, error) {
	_, d, err := e.decide(c, lens{}, true)
	return d, err
}

// WhatIf decides the case as if what the given reasons name were settled. The
// result carries no reasons of its own and is not binding. [Engine.Suppose] also
// changes amounts and parcels.
func (e *Engine) WhatIf(c Case, settled ...ReasonCode) (Decision, error) {
	l, err := lensOf(c, settled)
	if err != nil {
		return Decision{}, err
	}
	_, d, err := e.decide(c, l, false)
	return d, err
}

func (l lens) and(m lens) lens {
	return lens{l.match || m.match, l.crop || m.crop, l.yield || m.yield, l.area || m.area, l.certificate || m.certificate,
		l.tenancy || m.tenancy, l.hazard || m.hazard, l.fresh || m.fresh, l.debt || m.debt, l.cropLimits || m.cropLimits, l.limits || m.limits}
}

// decide also returns the case in its normal form.
func (e *Engine) decide(c Case, l lens, reasons bool) (Case, Decision, error) {
	c, err := c.normal(e.policy)
	if err != nil {
		return Case{}, Decision{}, err
	}
	digest, err := e.digest(c)
	if err != nil {
		return Case{}, Decision{}, fmt.Errorf("decide on household %s: %w", c.HouseholdID, err)
	}
	s := e.pool.Get().(*simulation)
	defer e.pool.Put(s)
	s.start(c, e.policy)
	dues, years := s.term(l)
	s.years = years
	in := s.income(l)
	if !finite(in.capacity) || !finite(in.value) || !finite(in.need) {
		return Case{}, Decision{}, fmt.Errorf("decide on household %s: %w", c.HouseholdID, errNonFinite)
	}
	d := s.decision(in, dues, l)
	d.Digest = digest
	if !l.limits { // or what rules limit is settled too
		if d, err = e.govern(s, d, func() Decision { return s.decision(in, dues, l) }); err != nil {
			return Case{}, Decision{}, err
		}
	}
	if reasons {
		d.Reasons = s.reasons(in, d.LineFen)
		if len(d.Reasons) == 0 && d.Referred {
			d.Reasons = s.together(d.LineFen)
		}
		if len(d.Reasons) == 0 && d.Referred {
			d.Reasons = s.fallback(in)
		}
		d.nameRule()
	}
	return c, d, nil
}

// line is the least of need, capacity, value and caps; cap is the caps' least.
func (s *simulation) line(in income, l lens) (limit, line Fen, binding string) {
	limit, name := s.cap(l)
	amount := max(0, RoundFen(in.need))
	binding = "need"
	for _, x := range []struct {
		name string
		fen  Fen
	}{{"capacity", RoundFen(in.capacity)}, {"value", RoundFen(in.value)}, {name, limit}} {
		if x.fen < amount {
			amount, binding = x.fen, x.name
		}
	}
	return limit, amount.FloorTo(Fen(s.policy.Step) * FenPerYuan), binding
}

// cap is the least of the policy's caps and the room left, with its name.
func (s *simulation) cap(l lens) (Fen, string) {
	limit, name := mostAmountFen, "cap"
	put := func(n string, fen Fen) {
		if fen < limit {
			limit, name = fen, n
		}
	}
	if !l.limits {
		put("product_cap", Fen(s.policy.ProductCap)*FenPerYuan)
		put("household_cap", Fen(s.policy.HouseholdCap)*FenPerYuan)
		if s.c.FirstSeason {
			put("first_season_cap", Fen(s.policy.FirstSeasonCap)*FenPerYuan)
		}
	}
	for _, x := range s.c.Limits {
		if (x.Crop && !l.cropLimits) || (!x.Crop && !l.limits) {
			put(x.Name, x.RoomFen)
		}
	}
	return limit, name
}

// decision writes down what the draws of the last income say.
func (s *simulation) decision(in income, dues []due, l lens) Decision {
	limit, line, binding := s.line(in, l)
	owed := s.owed(line)
	r := s.policy.price(s.shortfall(in.fixed, owed), s.years)
	shortfalls := s.byShock(in.fixed, owed)
	d := Decision{
		HouseholdID: s.c.HouseholdID, Season: s.c.Season, Currency: s.c.Currency, AsOf: s.c.AsOf,
		EngineVersion: EngineVersion, PolicyVersion: s.policy.Version, ModelVersion: s.c.ModelVersion,
		LineFen: line, Binding: binding, NeedFen: RoundFen(in.need), CapacityFen: RoundFen(in.capacity), ValueFen: RoundFen(in.value), CapFen: limit,
		ExpectedRevenueFen: RoundFen(in.revenue), Income: s.distribution(in),
		PDIncome: roundRate(r.pdIncome), PD: roundRate(r.pd), CapitalK: roundRate(r.k), APR: roundRate(r.apr), APRUncapped: roundRate(r.aprFree),
		ExpectedLoss:     RoundFen(float64(float64(r.pd*s.policy.LGD) * line.Yuan())),
		ShortfallByShock: shortfalls,
		DueDate:          dues[len(dues)-1].on, ParcelsUsed: in.used, Reasons: []Reason{}, ParcelsDropped: []Dropped{},
	}
	d.Schedule = s.schedule(line, d.APR, dues)
	for i, p := range s.c.Parcels {
		if why := s.views[i].why; why != "" {
			d.ParcelsDropped = append(d.ParcelsDropped, Dropped{p.ID, why})
		}
	}
	if least := Fen(s.policy.LeastLine) * FenPerYuan; line < least || in.used == 0 {
		d.Referred = true
		d.Referral = fmt.Sprintf("a line of %s is below the least of %s; %s sets it", line.Grouped(), least.Grouped(), bindingEN(binding))
		d.ReferralZH = fmt.Sprintf("可支持额度 %s 元低于最低额度 %s 元（由%s决定），转人工审核", line.Grouped(), least.Grouped(), bindingZH(binding))
		if in.used == 0 {
			d.Referral = "no parcel could be used: see the reasons"
			d.ReferralZH = "没有可用地块，转人工审核"
		}
	}
	return d
}
