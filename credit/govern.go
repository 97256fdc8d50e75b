package credit

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"parus/credit/rule"
)

// rulePrefix begins the name of a limit that a rule sets.
const rulePrefix = "rule "

// newRules compiles a policy's rules; the error names each faulty key.
func newRules(p Policy) (rule.Set, error) {
	set, faults := p.compileRules()
	var errs []error
	for _, f := range faults {
		errs = append(errs, fmt.Errorf("policy: %s: %s", f.Key, f.Message))
	}
	return set, errors.Join(errs...)
}

// Rules are the policy's, compiled, for whoever applies them to an application
// with what is known then; see [Snapshot.Facts].
func (e *Engine) Rules() rule.Set { return e.rules }

// Policy is what the engine decides under.
func (e *Engine) Policy() Policy { return e.policy }

// govern applies the rules to a decision that the parameters made. A cap or a
// rejection is one limit more among the simulation's, so that PD, price,
// schedule and reasons are those of the line that remains. again decides on the
// same draws with it.
func (e *Engine) govern(s *simulation, d Decision, again func() Decision) (Decision, error) {
	if e.rules.Len() == 0 {
		return d, nil
	}
	out, err := e.rules.Apply(factsOf(s.c, d))
	if err != nil {
		return d, fmt.Errorf("decide on household %s: %w", s.c.HouseholdID, err)
	}
	limit := Limit{Name: rulePrefix + out.CapName, RoomFen: Fen(out.CapFen)}
	if out.Rejected {
		limit.RoomFen = 0
		for _, h := range out.Hits {
			if h.Then == rule.Reject && h.Problem == "" {
				limit.Name = rulePrefix + h.Name
				break
			}
		}
	}
	if out.Rejected || out.Capped && limit.RoomFen < d.LineFen {
		digest := d.Digest
		s.c.Limits = append(slices.Clone(s.c.Limits), limit)
		d = again()
		d.Digest = digest
	}
	d.Rules, d.RulesPending = out.Hits, out.Pending
	switch {
	case out.Rejected:
		d.Rejected, d.Referred, d.Referral, d.ReferralZH = true, false, "", ""
	case out.Referred && !d.Referred:
		d.Referred = true
		d.Referral, d.ReferralZH = referralOf(out.Hits)
	}
	return d, nil
}

// referralOf is why the first rule that refers does so.
func referralOf(hits []rule.Hit) (en, zh string) {
	for _, h := range hits {
		switch {
		case h.Problem != "":
			return fmt.Sprintf("rule %s could not be evaluated: %s", h.Name, h.Problem), fmt.Sprintf("规则 %s 无法计算，转人工审核", h.Name)
		case h.Then == rule.Refer:
			return h.EN, h.ZH
		}
	}
	return "", ""
}

// nameRule gives the reason that a cap binds the words of the rule that set it.
func (d *Decision) nameRule() {
	for _, h := range d.Rules {
		if d.Binding != rulePrefix+h.Name {
			continue
		}
		for i := range d.Reasons {
			if r := &d.Reasons[i]; r.Code == ReasonPolicyCap {
				r.ZH, r.EN = h.ZH, h.EN
				r.LiftZH, r.LiftEN = "规则所述情况不再成立后重新评分", "score again once what the rule says no longer holds"
			}
		}
	}
}

// Facts are what the policy's rules see of a snapshot. What only an application
// knows is added in Live; the decision's own debts, exposure and rooms are those
// of the scoring.
func (s Snapshot) Facts() rule.Facts { return factsOf(s.Case, s.Decision) }

// factsOf lays a case in its normal form and its decision open to rules.
func factsOf(c Case, d Decision) rule.Facts {
	f := rule.Facts{
		Line: d.LineFen.Yuan(), Need: d.NeedFen.Yuan(), Capacity: d.CapacityFen.Yuan(), Value: d.ValueFen.Yuan(), Limit: d.CapFen.Yuan(),
		Binding: d.Binding, PD: d.PD, PDIncome: d.PDIncome, APR: d.APR, ExpectedLoss: d.ExpectedLoss.Yuan(),
		Revenue: d.ExpectedRevenueFen.Yuan(), IncomeMean: d.Income.MeanFen.Yuan(), IncomeLow: d.Income.LowFen.Yuan(),
		Referred: d.Referred, DaysToDue: c.AsOf.daysUntil(d.DueDate), Parcels: len(c.Parcels), ParcelsUsed: d.ParcelsUsed,
		Debts: c.DebtDueFen.Yuan(), Subsidy: c.SubsidyFen.Yuan(), OffFarm: c.OffFarmFen.Yuan(), FirstSeason: c.FirstSeason,
		Season: c.Season, County: c.County,
	}
	dropped := map[string]bool{}
	for _, p := range d.ParcelsDropped {
		dropped[p.ID] = true
	}
	landFacts(&f, c.Parcels, dropped)
	return f
}

// landFacts sums the parcels up, in the order of their ids.
func landFacts(f *rule.Facts, parcels []Parcel, dropped map[string]bool) {
	f.Crops = map[string]float64{}
	f.MinMatch, f.MinCropP = 1, 1
	var certified, unproven, lost float64
	counted := false
	for _, p := range parcels {
		area := p.GeometryMu
		if p.ContractMu > 0 {
			area = math.Min(area, p.ContractMu)
		}
		f.AreaMu += area
		if p.Certified {
			certified += area
		}
		if p.TenancyUnproven {
			unproven += area
		}
		lost += float64(area * p.HazardLoss)
		f.CropsGuessed = f.CropsGuessed || p.CropsGuessed
		f.ImageryAgeDays = max(f.ImageryAgeDays, p.ImageryAgeDays)
		var best float64
		for _, k := range p.Crops {
			f.Crops[k.Code] += float64(area * k.P)
			best = math.Max(best, k.P)
		}
		if !dropped[p.ID] {
			counted = true
			f.MinMatch, f.MinCropP = math.Min(f.MinMatch, p.MatchP), math.Min(f.MinCropP, best)
		}
	}
	if !counted {
		f.MinMatch, f.MinCropP = 0, 0
	}
	if f.AreaMu == 0 {
		clear(f.Crops)
		return
	}
	f.CertifiedShare, f.UnprovenShare, f.HazardLoss = certified/f.AreaMu, unproven/f.AreaMu, lost/f.AreaMu
	for _, code := range slices.Sorted(maps.Keys(f.Crops)) {
		f.Crops[code] /= f.AreaMu
		if f.Crops[code] > f.LargestCropShare {
			f.LargestCrop, f.LargestCropShare = code, f.Crops[code]
		}
	}
}
