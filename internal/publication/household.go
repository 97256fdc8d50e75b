package publication

import (
	"encoding/json"
	"fmt"
)

// Household is a row of the list of households. Line, PD, APR and due date are
// null for roles that see no scores.
type Household struct {
	ID          string   `json:"id"`
	DisplayName string   `json:"display_name" doc:"Masked."`
	Village     string   `json:"village"`
	Parcels     int      `json:"parcels"`
	AreaM2      float64  `json:"area_m2"`
	Crop        string   `json:"crop" doc:"Crop of the largest area; empty where unknown."`
	LineFen     *int64   `json:"line_fen"`
	PD          *float64 `json:"pd" doc:"Probability of default, 0 to 1."`
	APR         *float64 `json:"apr" doc:"Yearly rate, 0 to 1."`
	DueDate     *string  `json:"due_date" doc:"YYYY-MM-DD."`
	Referred    *bool    `json:"referred" doc:"An officer has to look."`
	Reasons     []string `json:"reasons" doc:"Codes, strongest first."`
	Bounds      *Bounds  `json:"bounds"`
}

// HouseholdCard is a household with its parcels and its decision.
type HouseholdCard struct {
	Household
	ParcelList []Parcel  `json:"parcel_list"`
	Decision   *Decision `json:"decision" doc:"Null for roles that see no scores."`
}

// HouseholdQuery asks for one page of households, ordered by id or by line
// with the largest first.
type HouseholdQuery struct {
	Village  string // exact code; "" is all
	Crop     string // households with a parcel of this crop; "" is all
	Referred *bool
	ByLine   bool
	After    *HouseholdCursor
	Limit    int
}

// HouseholdCursor is the last row of the page before.
type HouseholdCursor struct {
	ID      string `json:"i"`
	LineFen int64  `json:"l"`
}

// HouseholdPage is one page; More tells that another follows.
type HouseholdPage struct {
	Items []Household
	Total int
	More  bool
}

// Decision is a credit decision as it is shown. The line is the least of need,
// capacity, value and cap, rounded down; Binding names the one that set it.
type Decision struct {
	LineFen        int64     `json:"line_fen"`
	PD             float64   `json:"pd"`
	APR            float64   `json:"apr"`
	DueDate        *string   `json:"due_date"`
	Referred       bool      `json:"referred"`
	ReferralZH     string    `json:"referral_zh" doc:"Why it was referred, in Chinese."`
	Referral       string    `json:"referral" doc:"Why it was referred, in English."`
	Binding        string    `json:"binding" doc:"need, capacity, value, or the name of a cap."`
	NeedFen        int64     `json:"need_fen" doc:"Cash cost of the inputs."`
	CapacityFen    int64     `json:"capacity_fen" doc:"What the harvest can repay."`
	ValueFen       int64     `json:"value_fen" doc:"Share of the expected revenue."`
	CapFen         int64     `json:"cap_fen" doc:"The lowest cap of the policy."`
	Income         Income    `json:"income"`
	Reasons        []Reason  `json:"reasons" doc:"Strongest first, at most four."`
	ParcelsUsed    int       `json:"parcels_used"`
	ParcelsDropped []Dropped `json:"parcels_dropped"`
}

// ShownDecision reads the JSON of a stored decision; its lists are never nil.
func ShownDecision(raw []byte) (Decision, error) {
	var d Decision
	if err := json.Unmarshal(raw, &d); err != nil {
		return Decision{}, fmt.Errorf("stored decision: %w", err)
	}
	if d.Reasons == nil {
		d.Reasons = []Reason{}
	}
	if d.ParcelsDropped == nil {
		d.ParcelsDropped = []Dropped{}
	}
	return d, nil
}

// Income is the spread of the cash at harvest before the line is repaid.
type Income struct {
	P10Fen int64 `json:"p10_fen"`
	P50Fen int64 `json:"p50_fen"`
	P90Fen int64 `json:"p90_fen"`
}

// Dropped is a parcel that did not count, and why: match, crop or area.
type Dropped struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// Reason is why a line is not larger.
type Reason struct {
	Code      string `json:"code"`
	EffectFen int64  `json:"effect_fen" doc:"How much larger the line would be without it."`
	ZH        string `json:"zh"`
	EN        string `json:"en"`
	LiftZH    string `json:"lift_zh" doc:"What would lift it, in Chinese."`
	LiftEN    string `json:"lift_en" doc:"What would lift it, in English."`
}
