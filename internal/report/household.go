package report

import (
	"math"
	"time"
)

// Household is the decision on one household. Amounts are in the hundredth of
// Season.Currency (fen). NaN stands for what is not known.
type Household struct {
	ID          string
	DisplayName string // masked name; "" where the registry gives none
	LineFen     int64
	Undecided   bool      // no decision could be computed: the line is unknown, not zero
	Referred    bool      // goes to an officer
	PD          float64   // probability of default within the season, 0..1
	APR         float64   // yearly rate, 0..1
	Reasons     []Reason  // ranked by effect, at most four by policy
	DueDate     time.Time // zero where there is none
	Parcels     int
	AreaHa      float64

	// The four limits that the line is the least of.
	NeedFen, CapacityFen, ValueFen, PolicyFen int64
}

// Reason is a counterfactual: what the line would gain if its cause were
// lifted.
type Reason struct {
	Code      string // "R01_PARCEL_MATCH"
	EffectFen int64  // how much higher the line would be, ≥ 0
	LiftZh    string // what would lift it
	LiftEn    string
}

// binding names the least of the four limits. It is empty where nothing was
// decided or where no limit was given.
func (h Household) binding() Words {
	if h.Undecided || h.NeedFen|h.CapacityFen|h.ValueFen|h.PolicyFen == 0 {
		return Words{}
	}
	least, words := int64(math.MaxInt64), Words{}
	for _, l := range []struct {
		fen   int64
		words Words
	}{
		{h.NeedFen, Words{"资金需求", "Need"}},
		{h.CapacityFen, Words{"偿还能力", "Capacity"}},
		{h.ValueFen, Words{"收成价值", "Value"}},
		{h.PolicyFen, Words{"政策上限", "Policy"}},
	} {
		if l.fen < least {
			least, words = l.fen, l.words
		}
	}
	return words
}

// hasLine tells whether the household is given anything.
func (h Household) hasLine() bool { return !h.Undecided && h.LineFen > 0 }
