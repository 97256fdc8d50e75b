package credit

import (
	_ "embed" // the default policy
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"parus/credit/rule"
)

//go:embed policy.yaml
var defaultPolicy string

// Policy is a versioned set of every parameter of a decision. Shares, rates and
// probabilities are fractions of 1, rates per year, money in whole units of
// the currency. The default's file explains each.
type Policy struct {
	Version  string `yaml:"version" json:"version"`
	Currency string `yaml:"currency" json:"currency"` // ISO 4217

	LeastMatchP      float64 `yaml:"least_match_p" json:"least_match_p"`
	LeastCropP       float64 `yaml:"least_crop_p" json:"least_crop_p"`
	UncertifiedShare float64 `yaml:"uncertified_share" json:"uncertified_share"`
	UnprovenShare    float64 `yaml:"unproven_share" json:"unproven_share"`

	MatchRho         float64 `yaml:"match_rho" json:"match_rho"`
	CropRho          float64 `yaml:"crop_rho" json:"crop_rho"`
	CountyRho        float64 `yaml:"county_rho" json:"county_rho"`
	YieldPriceRho    float64 `yaml:"yield_price_rho" json:"yield_price_rho"`
	SubsidyShare     float64 `yaml:"subsidy_share" json:"subsidy_share"`
	OffFarmShare     float64 `yaml:"off_farm_share" json:"off_farm_share"`
	UnpaidCostShare  float64 `yaml:"unpaid_cost_share" json:"unpaid_cost_share"`
	LivingShare      float64 `yaml:"living_share" json:"living_share"`
	StaleAfterDays   int     `yaml:"stale_after_days" json:"stale_after_days"`
	StaleSDPer30Days float64 `yaml:"stale_sd_per_30_days" json:"stale_sd_per_30_days"`

	Appetite          float64 `yaml:"appetite" json:"appetite"`
	CoverRatio        float64 `yaml:"cover_ratio" json:"cover_ratio"`
	ReferenceRate     float64 `yaml:"reference_rate" json:"reference_rate"`
	AdvanceGrain      float64 `yaml:"advance_grain" json:"advance_grain"`
	AdvancePerishable float64 `yaml:"advance_perishable" json:"advance_perishable"`
	ProductCap        int64   `yaml:"product_cap" json:"product_cap"`
	FirstSeasonCap    int64   `yaml:"first_season_cap" json:"first_season_cap"`
	HouseholdCap      int64   `yaml:"household_cap" json:"household_cap"`
	Step              int64   `yaml:"step" json:"step"`
	LeastLine         int64   `yaml:"least_line" json:"least_line"`

	PDWilling        float64 `yaml:"pd_willing" json:"pd_willing"`
	PDMin            float64 `yaml:"pd_min" json:"pd_min"`
	PDMax            float64 `yaml:"pd_max" json:"pd_max"`
	LGD              float64 `yaml:"lgd" json:"lgd"`
	CorrelationFloor float64 `yaml:"correlation_floor" json:"correlation_floor"`
	FundingRate      float64 `yaml:"funding_rate" json:"funding_rate"`
	OperatingRate    float64 `yaml:"operating_rate" json:"operating_rate"`
	HurdleRate       float64 `yaml:"hurdle_rate" json:"hurdle_rate"`
	APRCap           float64 `yaml:"apr_cap" json:"apr_cap"`

	DueDaysGrain      int     `yaml:"due_days_grain" json:"due_days_grain"`
	DueDaysPerishable int     `yaml:"due_days_perishable" json:"due_days_perishable"`
	LeastDays         int     `yaml:"least_days" json:"least_days"`
	InterestDay       int     `yaml:"interest_day" json:"interest_day"`
	Hysteresis        float64 `yaml:"hysteresis" json:"hysteresis"`
	MostRise          float64 `yaml:"most_rise" json:"most_rise"`
	MostCut           float64 `yaml:"most_cut" json:"most_cut"`

	MostParcelMu float64 `yaml:"most_parcel_mu" json:"most_parcel_mu"`

	// Rules are applied to the decision that the parameters alone would make.
	Rules []rule.Rule `yaml:"rules" json:"rules,omitempty"`
}

// Equal tells whether two policies are the same in every figure and rule.
func (p Policy) Equal(q Policy) bool {
	if len(p.Rules)+len(q.Rules) == 0 {
		p.Rules, q.Rules = nil, nil
	}
	return reflect.DeepEqual(p, q)
}

// DefaultPolicy is the built-in policy.
func DefaultPolicy() (Policy, error) { return readDocument(Policy{}, []byte(defaultPolicy)) }

// ReadPolicy reads a policy as YAML over the default: keys that are left out
// keep the default's values. Unknown keys, wrong types, values out of range and
// faults in rules are a [DocumentError] that names line, column and key; a file
// that changes a figure must change the version too.
func ReadPolicy(r io.Reader) (Policy, error) {
	base, err := DefaultPolicy()
	if err != nil {
		return Policy{}, err
	}
	src, err := io.ReadAll(io.LimitReader(r, mostDocument+1))
	if err != nil {
		return Policy{}, fmt.Errorf("policy: %w", err)
	}
	p, err := readDocument(base, src)
	if err != nil {
		return Policy{}, err
	}
	if !p.Equal(base) && p.Version == base.Version {
		doc, _ := parseDocument(src) // it has been read
		return Policy{}, doc.fault("version", -1, fmt.Sprintf("%q is the default's, but figures differ: give it a version of its own", p.Version))
	}
	return p, nil
}

// Validate tells what no lender could mean, by key; all faults at once. Rules
// are checked where they are compiled: by [ReadPolicy] and [NewEngine].
func (p Policy) Validate() error {
	var errs []error
	for _, f := range p.faults() {
		errs = append(errs, fmt.Errorf("policy: %s: %s", f.Key, f.Message))
	}
	return errors.Join(errs...)
}

// compileRules prepares the rules. Faults have keys such as rules[2].when.
func (p Policy) compileRules() (rule.Set, []keyFault) {
	set, err := rule.Compile(p.Rules)
	if problems := (rule.Problems{}); errors.As(err, &problems) {
		faults := make([]keyFault, len(problems))
		for i, x := range problems {
			key := fmt.Sprintf("rules[%d]", x.Rule)
			if x.Field != "" {
				key += "." + x.Field
			}
			faults[i] = keyFault{key, x.Offset, x.Message}
		}
		return set, faults
	}
	if err != nil {
		return set, []keyFault{{"rules", -1, err.Error()}}
	}
	var faults []keyFault
	for _, c := range set.FixedCaps() {
		if c.Amount < float64(p.LeastLine) {
			faults = append(faults, keyFault{fmt.Sprintf("rules[%d].amount", c.Rule), -1,
				fmt.Sprintf("%g is below least_line %d: no line can satisfy both; use then: refer or reject", c.Amount, p.LeastLine)})
		}
	}
	return set, faults
}

// keyFault is what is wrong with a key.
type keyFault struct {
	Key     string // a parameter, or rules[i].field
	Offset  int    // characters into the value; -1 is the value as a whole
	Message string
}

// faults are those of the parameters.
func (p Policy) faults() []keyFault {
	var out []keyFault
	bad := func(key, format string, args ...any) {
		out = append(out, keyFault{key, -1, fmt.Sprintf(format, args...)})
	}
	if p.Version == "" {
		bad("version", "is missing")
	}
	if len(p.Currency) != 3 || strings.ToUpper(p.Currency) != p.Currency {
		bad("currency", "%q: want a code of ISO 4217 such as CNY", p.Currency)
	}
	for _, f := range p.ranges() {
		if !(f.value >= f.low && f.value <= f.top) {
			bad(f.key, "is %g: want %g to %g", f.value, f.low, f.top)
		}
	}
	if p.PDMin > p.PDMax {
		bad("pd_min", "%g is above pd_max %g", p.PDMin, p.PDMax)
	}
	if p.ReferenceRate > p.APRCap {
		bad("reference_rate", "%g is above apr_cap %g", p.ReferenceRate, p.APRCap)
	}
	if p.FundingRate+p.OperatingRate > p.APRCap {
		bad("apr_cap", "%g does not even cover funding and operating rates of %g: no loan can be priced", p.APRCap, p.FundingRate+p.OperatingRate)
	}
	for _, c := range []struct {
		key string
		cap int64
	}{{"product_cap", p.ProductCap}, {"household_cap", p.HouseholdCap}, {"first_season_cap", p.FirstSeasonCap}} {
		if c.cap < p.LeastLine {
			bad(c.key, "%d is below least_line %d: no line can satisfy both", c.cap, p.LeastLine)
		}
	}
	return out
}

type policyRange struct {
	key             string
	value, low, top float64
}

func (p Policy) ranges() []policyRange {
	const most = 1e9 // of a currency: far above any line
	return []policyRange{
		{"least_match_p", p.LeastMatchP, 0, 1}, {"least_crop_p", p.LeastCropP, 0, 1},
		{"uncertified_share", p.UncertifiedShare, 0, 1}, {"unproven_share", p.UnprovenShare, 0, 1},
		{"match_rho", p.MatchRho, 0, 1}, {"crop_rho", p.CropRho, 0, 1},
		{"county_rho", p.CountyRho, 0, 1}, {"yield_price_rho", p.YieldPriceRho, -1, 1},
		{"subsidy_share", p.SubsidyShare, 0, 1}, {"off_farm_share", p.OffFarmShare, 0, 1},
		{"unpaid_cost_share", p.UnpaidCostShare, 0, 1}, {"living_share", p.LivingShare, 0, 1},
		{"stale_after_days", float64(p.StaleAfterDays), 1, 3650}, {"stale_sd_per_30_days", p.StaleSDPer30Days, 0, 1},
		{"appetite", p.Appetite, 0.001, 0.5}, {"cover_ratio", p.CoverRatio, 1, 10}, {"reference_rate", p.ReferenceRate, 0, 1},
		{"advance_grain", p.AdvanceGrain, 0, 1}, {"advance_perishable", p.AdvancePerishable, 0, 1},
		{"product_cap", float64(p.ProductCap), 1, most}, {"first_season_cap", float64(p.FirstSeasonCap), 1, most},
		{"household_cap", float64(p.HouseholdCap), 1, most}, {"step", float64(p.Step), 1, 1e6}, {"least_line", float64(p.LeastLine), 0, most},
		{"pd_willing", p.PDWilling, 0, 1}, {"pd_min", p.PDMin, 0, 1}, {"pd_max", p.PDMax, 0, 1}, {"lgd", p.LGD, 0, 1}, {"correlation_floor", p.CorrelationFloor, 0, 0.9},
		{"funding_rate", p.FundingRate, 0, 1}, {"operating_rate", p.OperatingRate, 0, 1}, {"hurdle_rate", p.HurdleRate, 0, 1}, {"apr_cap", p.APRCap, 0, 1},
		{"due_days_grain", float64(p.DueDaysGrain), 0, 365}, {"due_days_perishable", float64(p.DueDaysPerishable), 0, 365},
		{"least_days", float64(p.LeastDays), 1, 365}, {"interest_day", float64(p.InterestDay), 0, 28},
		{"hysteresis", p.Hysteresis, 0, 1}, {"most_rise", p.MostRise, 0, 10}, {"most_cut", p.MostCut, 0, 1},
		{"most_parcel_mu", p.MostParcelMu, 1, 1e6},
	}
}
