package backtest

import (
	"math"

	"parus/credit"
	"parus/credit/rule"
)

// Report is what a back-test found. Amounts are minor units of the currency.
type Report struct {
	Policy        string `json:"policy"` // version of the policy that is tested
	Digest        string `json:"digest"` // of its document
	County        string `json:"county"`
	Season        string `json:"season"`
	Run           int64  `json:"run"`
	EngineVersion string `json:"engine_version"`
	Currency      string `json:"currency"`

	Households int       `json:"households"` // that could be compared
	Recomputed int       `json:"recomputed"` // of them, those whose first side had to be decided anew: another engine had decided it
	Failed     int       `json:"failed"`
	Failures   []Failure `json:"failures"` // the first twenty

	Gain   int   `json:"gain"`
	Lose   int   `json:"lose"`
	Same   int   `json:"same"`
	Before Total `json:"before"`
	After  Total `json:"after"`

	Changes  Changes     `json:"changes"`
	Bindings []Shift     `json:"bindings"` // what sets the line, before and after
	Villages []Group     `json:"villages"` // by code
	Crops    []Group     `json:"crops"`    // by the household's largest crop
	Gainers  []Pair      `json:"gainers"`  // the largest changes
	Losers   []Pair      `json:"losers"`
	Rules    []RuleCount `json:"rules"`   // in the policy's order
	Pending  []string    `json:"pending"` // rules that no past season can answer: they wait for applications
	Warnings []Warning   `json:"warnings"`
}

// Failure is a household that could not be compared.
type Failure struct {
	Household string `json:"household"`
	Problem   string `json:"problem"`
}

// Total sums one side up.
type Total struct {
	LineFen         credit.Fen `json:"line_fen"`     // offered without an officer
	ProposedFen     credit.Fen `json:"proposed_fen"` // of those referred
	Approved        int        `json:"approved"`
	Referred        int        `json:"referred"`
	Rejected        int        `json:"rejected"`
	ExpectedLossFen credit.Fen `json:"expected_loss_fen"` // of what is offered
	CapitalFen      credit.Fen `json:"capital_fen"`
	MeanPD          float64    `json:"mean_pd"`       // weighted by line, of what is offered
	ApprovalRate    float64    `json:"approval_rate"` // approved of all
}

// Changes is the distribution of what households gain.
type Changes struct {
	P5Fen   credit.Fen `json:"p5_fen"`
	P25Fen  credit.Fen `json:"p25_fen"`
	P50Fen  credit.Fen `json:"p50_fen"`
	P75Fen  credit.Fen `json:"p75_fen"`
	P95Fen  credit.Fen `json:"p95_fen"`
	Buckets []Bucket   `json:"buckets"`
}

// Bucket counts changes from FromFen to below ToFen; the first and the last are
// open.
type Bucket struct {
	FromFen credit.Fen `json:"from_fen"`
	ToFen   credit.Fen `json:"to_fen"`
	Count   int        `json:"count"`
}

// Shift counts households whose line one thing set before and one after.
type Shift struct {
	Before string `json:"before"`
	After  string `json:"after"`
	Count  int    `json:"count"`
}

// Group sums the households of a village or crop.
type Group struct {
	Name           string     `json:"name"`
	Households     int        `json:"households"`
	Gain           int        `json:"gain"`
	Lose           int        `json:"lose"`
	ApprovedBefore int        `json:"approved_before"`
	ApprovedAfter  int        `json:"approved_after"`
	BeforeFen      credit.Fen `json:"before_fen"` // lines offered without an officer
	AfterFen       credit.Fen `json:"after_fen"`
}

// RuleCount tells how often a rule held.
type RuleCount struct {
	Name     string      `json:"name"`
	Then     rule.Effect `json:"then"`
	Count    int         `json:"count"`
	Problems int         `json:"problems"` // could not be evaluated
	Problem  string      `json:"problem,omitempty"`
}

// Warning is something that a reader should look at before approving.
type Warning struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// share is a part of a whole, 0 of nothing, in steps of 0.0001.
func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(part/whole*1e4) / 1e4
}
