package credit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// BindingAsked is what binds an offer of all that was asked for.
const BindingAsked = "asked"

// Offer is what a household can be granted now. Scoring computes the proposal,
// [Decision.LineFen], ahead and without looking at what others hold; the room
// left in household, village, county and crop is known only at the moment of an
// application.
type Offer struct {
	LineFen    Fen      `json:"line_fen"`    // a multiple of the policy's step; where referred, what an officer starts from
	Binding    string   `json:"binding"`     // [BindingAsked], a limit's name, or the decision's own binding
	Referred   bool     `json:"referred"`    // an officer decides: nothing may be reserved without one
	Referral   string   `json:"referral"`    // why, in English; "" where not referred
	ReferralZH string   `json:"referral_zh"` // the same in Chinese
	Reasons    []Reason `json:"reasons"`     // what lifts the offer; none where all that was asked for is offered
}

// Offer takes the least of a decision's line, the amount asked for and the room
// that each limit leaves, in steps of the policy. The policy's product and
// household caps count as limits too: it may be a later policy than the
// decision's. A room below nothing is full. Equal amounts bind in this order:
// line, ask, rooms by name; neither their order nor a room given twice changes
// anything.
//
// An offer below the policy's least line is referred, and so is that of a
// decision that was. Where rooms bind, the reasons are R08 for crops' and R09
// for others', with what each takes away; where the line binds they are the
// decision's.
//
// Asking for nothing, or for more than 10¹¹ yuan, is an [InputError], and so is
// a decision in another currency or with a line out of range.
func (p Policy) Offer(d Decision, asked Fen, rooms []Limit) (Offer, error) {
	if err := p.Validate(); err != nil {
		return Offer{}, err
	}
	bad := func(item, format string, args ...any) (Offer, error) {
		return Offer{}, &InputError{d.HouseholdID, item, fmt.Sprintf(format, args...)}
	}
	switch {
	case d.Currency != p.Currency:
		return bad("currency", "the decision is in %q, policy %s in %q", d.Currency, p.Version, p.Currency)
	case d.LineFen < 0 || d.LineFen > mostAmountFen:
		return bad("line", "%s is out of range", d.LineFen)
	case asked <= 0:
		return bad("amount asked", "%s: ask for more than nothing", asked)
	case asked > mostAmountFen:
		return bad("amount asked", "%s is out of range: at most %s", asked, mostAmountFen)
	}
	b := bounds{policy: p, line: d.LineFen, own: d.Binding, asked: asked, rooms: append(p.capRooms(), rooms...)}
	slices.SortFunc(b.rooms, func(x, y Limit) int {
		return cmp.Or(cmp.Compare(x.RoomFen, y.RoomFen), strings.Compare(x.Name, y.Name))
	})
	o := Offer{Reasons: []Reason{}}
	o.LineFen, o.Binding = b.least(true, true)
	roomy, _ := b.least(false, false)
	switch {
	case o.LineFen < roomy:
		o.Reasons = b.reasons(o.LineFen, roomy)
		if d.Referred {
			o.Reasons = append(o.Reasons, d.Reasons...)
		}
	case d.Referred || o.Binding != BindingAsked:
		o.Reasons = append(o.Reasons, d.Reasons...)
	}
	o.Reasons = o.Reasons[:min(len(o.Reasons), mostReasons)]
	o.refer(d, Fen(p.LeastLine)*FenPerYuan)
	return o, nil
}

// capRooms are the policy's own caps as limits.
func (p Policy) capRooms() []Limit {
	return []Limit{{Name: "product_cap", RoomFen: Fen(p.ProductCap) * FenPerYuan}, {Name: "household_cap", RoomFen: Fen(p.HouseholdCap) * FenPerYuan}}
}

// refer says why an officer decides, if one does.
func (o *Offer) refer(d Decision, least Fen) {
	switch {
	case d.Referred:
		o.Referred, o.Referral, o.ReferralZH = true, d.Referral, d.ReferralZH
	case o.LineFen >= least:
	case o.Binding == BindingAsked:
		o.Referred = true
		o.Referral = fmt.Sprintf("the amount asked for allows a line of %s, below the least of %s", o.LineFen.Grouped(), least.Grouped())
		o.ReferralZH = fmt.Sprintf("申请金额对应额度 %s 元，低于最低额度 %s 元，转人工审核", o.LineFen.Grouped(), least.Grouped())
	default:
		o.Referred = true
		o.Referral = fmt.Sprintf("an offer of %s is below the least of %s; %s sets it", o.LineFen.Grouped(), least.Grouped(), bindingEN(o.Binding))
		o.ReferralZH = fmt.Sprintf("可授信额度 %s 元低于最低额度 %s 元（由%s决定），转人工审核", o.LineFen.Grouped(), least.Grouped(), bindingZH(o.Binding))
	}
}

// bounds are what an offer is the least of; rooms by growing room, then name.
type bounds struct {
	policy      Policy
	line, asked Fen
	own         string // what bound the line
	rooms       []Limit
}

// least is the offer under the rooms of crops, of others, of both or of none,
// and what binds it.
func (b bounds) least(crops, others bool) (Fen, string) {
	amount, binding := b.line, b.own
	if b.asked < amount {
		amount, binding = b.asked, BindingAsked
	}
	for _, l := range b.rooms {
		if counts := (l.Crop && crops) || (!l.Crop && others); counts && max(0, l.RoomFen) < amount {
			amount, binding = max(0, l.RoomFen), l.Name
		}
	}
	return amount.FloorTo(Fen(b.policy.Step) * FenPerYuan), binding
}

// reasons are what the rooms of crops and of others take away, each alone, the
// larger first; where only both together do, each has the effect of both.
func (b bounds) reasons(now, roomy Fen) []Reason {
	withoutCrops, _ := b.least(false, true)
	withoutOthers, _ := b.least(true, false)
	var out []Reason
	for _, x := range []struct {
		code   ReasonCode
		effect Fen
	}{{ReasonConcentration, withoutCrops - now}, {ReasonPolicyCap, withoutOthers - now}} {
		if x.effect > 0 {
			out = append(out, reasonOf(x.code, x.effect, false))
		}
	}
	if len(out) == 0 {
		return []Reason{reasonOf(ReasonConcentration, roomy-now, true), reasonOf(ReasonPolicyCap, roomy-now, true)}
	}
	slices.SortStableFunc(out, func(a, b Reason) int { return cmp.Compare(b.EffectFen, a.EffectFen) })
	return out
}
