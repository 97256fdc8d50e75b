package backtest

import (
	"parus/credit"
	"parus/credit/rule"
)

// Side is what one policy says of a household.
type Side struct {
	LineFen         credit.Fen `json:"line_fen"`
	PD              float64    `json:"pd"`
	APR             float64    `json:"apr"`
	CapitalFen      credit.Fen `json:"capital_fen"` // of the Basel formula: K × line
	ExpectedLossFen credit.Fen `json:"expected_loss_fen"`
	Referred        bool       `json:"referred"`
	Rejected        bool       `json:"rejected"`
	Binding         string     `json:"binding"`
}

// SideOf takes from a decision what is compared.
func SideOf(d credit.Decision) Side {
	return Side{LineFen: d.LineFen, PD: d.PD, APR: d.APR, CapitalFen: credit.RoundFen(float64(d.CapitalK * d.LineFen.Yuan())),
		ExpectedLossFen: d.ExpectedLoss, Referred: d.Referred, Rejected: d.Rejected, Binding: d.Binding}
}

// Approved tells whether the household has a line without anybody's help.
func (s Side) Approved() bool { return s.LineFen > 0 && !s.Referred && !s.Rejected }

// Pair is one household under both policies.
type Pair struct {
	Household string     `json:"household"`
	Village   string     `json:"village"`
	Crop      string     `json:"crop"` // the largest, a catalogue code; "" where none is known
	Before    Side       `json:"before"`
	After     Side       `json:"after"`
	Rules     []rule.Hit `json:"rules,omitempty"` // of the policy after
	Pending   []string   `json:"-"`               // rules that wait for an application
}

// ChangeFen is what the household gains.
func (p Pair) ChangeFen() credit.Fen { return p.After.LineFen - p.Before.LineFen }
