package lending

import (
	"fmt"
	"slices"

	"parus/credit"
	"parus/credit/rule"
)

// govern applies to an answer what the policy's rules say: those that waited for
// an application are evaluated now, and a decision that a rule rejected stays
// rejected. Rules that the scoring has applied are not applied twice.
func (o *Outcome) govern(r Request, f Facts, c credit.Case, d credit.Decision, p credit.Policy) error {
	if o.Act == ActReject {
		return nil
	}
	hits := d.Rules
	if len(d.RulesPending) > 0 {
		set, err := rule.Compile(p.Rules)
		if err != nil {
			return fmt.Errorf("policy %s: %w", p.Version, err)
		}
		facts := credit.Snapshot{Case: c, Decision: d}.Facts()
		facts.Live = o.live(r, f)
		out, err := set.OnlyLive().Apply(facts)
		if err != nil {
			return fmt.Errorf("decide on household %s: %w", r.Household, err)
		}
		hits = append(slices.Clone(hits), out.Hits...)
		o.limit(out, p)
	}
	for _, h := range hits {
		if h.Then == rule.Reject && h.Problem == "" {
			o.Act = ActReject
			o.Offer = credit.Offer{Binding: "rule " + h.Name, Reasons: []credit.Reason{ruleReason(h)}, Referral: h.EN, ReferralZH: h.ZH}
			return nil
		}
	}
	return nil
}

// live is what the application tells; the room is the least of all limits.
func (o *Outcome) live(r Request, f Facts) *rule.Live {
	room := o.CapFen
	for _, l := range f.Rooms {
		room = min(room, max(0, l.RoomFen))
	}
	return &rule.Live{Asked: r.AskedFen.Yuan(), Exposure: f.OwnDueFen.Yuan(), Room: room.Yuan(), SnapshotAgeDays: o.AgeDays}
}

// limit caps and refers.
func (o *Outcome) limit(out rule.Outcome, p credit.Policy) {
	if amount := credit.Fen(out.CapFen).FloorTo(credit.Fen(p.Step) * credit.FenPerYuan); out.Capped && amount < o.Offer.LineFen {
		for _, h := range out.Hits {
			if h.Name == out.CapName {
				o.because(ruleReason(h))
				o.Offer.Reasons[0].EffectFen = o.Offer.LineFen - amount
			}
		}
		o.Offer.LineFen, o.Offer.Binding = amount, "rule "+out.CapName
		if least := credit.Fen(p.LeastLine) * credit.FenPerYuan; amount < least {
			o.refer(fmt.Sprintf("规则 %s 将额度限制在 %s 元，低于最低额度 %s 元，转人工审核", out.CapName, amount.Grouped(), least.Grouped()),
				fmt.Sprintf("rule %s leaves %s, below the least of %s", out.CapName, amount.Grouped(), least.Grouped()))
		}
	}
	for _, h := range out.Hits {
		switch {
		case h.Problem != "":
			o.refer(fmt.Sprintf("规则 %s 无法计算，转人工审核", h.Name), fmt.Sprintf("rule %s could not be evaluated: %s", h.Name, h.Problem))
		case h.Then == rule.Refer:
			o.refer(h.ZH, h.EN)
			o.because(ruleReason(h))
		}
	}
}

func (o *Outcome) refer(zh, en string) {
	o.Act = ActRefer
	if o.Offer.Referred {
		zh, en = o.Offer.ReferralZH+"；"+zh, o.Offer.Referral+"; "+en
	}
	o.Offer.Referred, o.Offer.ReferralZH, o.Offer.Referral = true, zh, en
}

// because puts a reason first.
func (o *Outcome) because(r credit.Reason) {
	o.Offer.Reasons = append([]credit.Reason{r}, o.Offer.Reasons...)
	o.Offer.Reasons = o.Offer.Reasons[:min(len(o.Offer.Reasons), 4)]
}

// ruleReason is the reason of a policy's limit in the words of the rule.
func ruleReason(h rule.Hit) credit.Reason {
	r := credit.ReasonPolicyCap.Reason(0)
	r.ZH, r.EN = h.ZH, h.EN
	r.LiftZH, r.LiftEN = "规则所述情况不再成立后重新申请", "apply again once what the rule says no longer holds"
	return r
}
