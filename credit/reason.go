package credit

import (
	"cmp"
	"slices"
)

// ReasonCode names one doubt or burden that keeps a line down.
type ReasonCode string

// The reason codes. Their texts and what lifts them are in reason texts.
const (
	ReasonParcelMatch   ReasonCode = "R01_PARCEL_MATCH"
	ReasonCrop          ReasonCode = "R02_CROP_CONFIDENCE"
	ReasonYield         ReasonCode = "R03_YIELD_UNCERTAINTY"
	ReasonArea          ReasonCode = "R04_AREA_CONFLICT"
	ReasonCertificate   ReasonCode = "R05_CERTIFICATE"
	ReasonDebt          ReasonCode = "R06_EXISTING_DEBT"
	ReasonHazard        ReasonCode = "R07_HAZARD"
	ReasonConcentration ReasonCode = "R08_CONCENTRATION"
	ReasonPolicyCap     ReasonCode = "R09_POLICY_CAP"
	ReasonStaleImagery  ReasonCode = "R10_STALE_IMAGERY"
	ReasonTenancy       ReasonCode = "R11_TENANCY_UNPROVEN"
)

// mostReasons is how many a decision gives.
const mostReasons = 4

// Reason is a counterfactual: the line would be EffectFen higher if this one
// thing were settled. An effect of 0 stands only where nothing else explains a
// referral.
type Reason struct {
	Code      ReasonCode `json:"code"`
	EffectFen Fen        `json:"effect_fen"`
	Together  bool       `json:"together"` // the effect is that of all given reasons together; none alone has any
	ZH        string     `json:"zh"`
	EN        string     `json:"en"`
	LiftZH    string     `json:"lift_zh"` // what would settle it
	LiftEN    string     `json:"lift_en"`
}

// remedy is a reason with its lens and words.
type remedy struct {
	code   ReasonCode
	lens   lens
	zh, en string
	liftZH string
	liftEN string
}

// remedies lists the reasons. Those that need the draws as they are come
// first; those that must draw revenue anew follow.
func remedies() []remedy {
	return []remedy{
		{ReasonParcelMatch, lens{match: true}, "部分地块与影像中的田块对应不确定", "some parcels may not be the fields that imagery shows", "实地核对或在地图上确认地块边界", "confirm the parcels' boundaries on the map or on the spot"},
		{ReasonArea, lens{area: true}, "合同面积与图形面积不一致，取其小者", "contract and geometry disagree on the area; the smaller counts", "更正登记面积或重新测量", "have the registered area corrected or the parcel measured"},
		{ReasonCertificate, lens{certificate: true}, "部分地块没有有效的承包经营权证", "some parcels have no certificate in force", "补交或换发权证", "submit or renew the certificates"},
		{ReasonTenancy, lens{tenancy: true}, "流转地块缺少流转合同证明", "leased parcels lack proof of the transfer", "提交备案的流转合同", "submit the registered transfer contract"},
		{ReasonDebt, lens{debt: true}, "还款日前有其他债务到期", "other debts fall due before the harvest is paid", "结清或展期现有债务", "settle or extend the existing debts"},
		{ReasonConcentration, lens{cropLimits: true}, "该作物的授信集中度额度不足", "the limit on lending to this crop leaves little room", "待该作物集中度额度释放或改种其他作物", "wait for room under the crop's limit, or grow other crops too"},
		{ReasonPolicyCap, lens{limits: true, cropLimits: true}, "受产品、首季、农户或村县额度上限限制", "a cap of the product, first season, household, village or county binds", "按时还款一季后上限提高，或由审批人调整额度", "repay one season on time, or ask an approver for room"},
		{ReasonCrop, lens{crop: true}, "作物识别不够确定", "the crop is not recognised surely enough", "补充种植申报或田间照片", "add a planting declaration or photographs of the field"},
		{ReasonHazard, lens{hazard: true}, "影像或气象显示受灾减产", "imagery or weather shows damage to the crop", "提交查勘结果或保险定损单", "submit a survey of the damage or the insurer's assessment"},
		{ReasonStaleImagery, lens{fresh: true}, "最近的清晰影像过旧", "the last clear image is old", "待新的清晰影像后自动重算", "the line is computed anew with the next clear image"},
		{ReasonYield, lens{yield: true}, "单产预测的不确定性", "the yield forecast is uncertain", "随生长季推进自动收窄；提供往年产量记录可提前收窄", "narrows as the season goes on; records of past harvests help"},
	}
}

// reasonOf gives a reason its words.
func reasonOf(code ReasonCode, effect Fen, together bool) Reason {
	for _, r := range remedies() {
		if r.code == code {
			return r.reason(effect, together)
		}
	}
	return Reason{Code: code, EffectFen: effect, Together: together}
}

func (r remedy) reason(effect Fen, together bool) Reason {
	return Reason{r.code, effect, together, r.zh, r.en, r.liftZH, r.liftEN}
}

// concerns tells whether a lens could change anything for the case.
func (s *simulation) concerns(code ReasonCode) bool {
	switch code {
	case ReasonDebt:
		return s.c.DebtDueFen > 0
	case ReasonConcentration:
		return slices.ContainsFunc(s.c.Limits, func(l Limit) bool { return l.Crop })
	case ReasonPolicyCap:
		return true
	default:
	}
	return slices.ContainsFunc(s.c.Parcels, func(p Parcel) bool { return s.concernsParcel(code, &p) })
}

func (s *simulation) concernsParcel(code ReasonCode, p *Parcel) bool {
	switch code {
	case ReasonParcelMatch:
		return p.MatchP < 1
	case ReasonCrop:
		return len(p.Crops) > 1 || (len(p.Crops) == 1 && p.Crops[0].P < 1)
	case ReasonYield:
		return slices.ContainsFunc(p.Crops, func(k CropChance) bool { return k.SDModel > 0 })
	case ReasonArea:
		return p.ContractMu > 0 && p.ContractMu != p.GeometryMu
	case ReasonCertificate:
		return !p.Certified && s.policy.UncertifiedShare < 1
	case ReasonTenancy:
		return p.TenancyUnproven && s.policy.UnprovenShare < 1
	case ReasonHazard:
		return p.HazardLoss > 0
	case ReasonStaleImagery:
		return p.ImageryAgeDays > s.policy.StaleAfterDays
	default:
	}
	return false
}

// reasons evaluates every counterfactual that concerns the case, largest
// effect first, at most four.
func (s *simulation) reasons(base income, line Fen) []Reason {
	var out []Reason
	for _, r := range remedies() {
		if !s.concerns(r.code) {
			continue
		}
		if effect := s.settled(r, base, line) - line; effect >= Fen(s.policy.Step)*FenPerYuan {
			out = append(out, r.reason(effect, false))
		}
	}
	slices.SortStableFunc(out, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.EffectFen, a.EffectFen), cmp.Compare(a.Code, b.Code))
	})
	return out[:min(len(out), mostReasons)]
}

// settled is the line if one thing were settled. Draws are looked at only where
// the amounts that need none leave room for a higher line.
func (s *simulation) settled(r remedy, base income, line Fen) Fen {
	in := base
	switch r.code {
	case ReasonConcentration, ReasonPolicyCap: // limits alone: income stays
	case ReasonDebt:
		in = s.withoutDebt(base)
	default:
		in = s.expect(r.lens, s.seen)
		if _, most, _ := s.line(in, r.lens); most <= line {
			return most
		}
		in = s.otherwise(r.lens, in)
	}
	_, lifted, _ := s.line(in, r.lens)
	return lifted
}

// withoutDebt shifts the income by the debt: no draw changes.
func (s *simulation) withoutDebt(in income) income {
	debt := s.c.DebtDueFen.Yuan()
	in.fixed, in.mean, in.low = in.fixed+debt, in.mean+debt, in.low+debt
	in.capacity = s.capacity(in)
	return in
}

// together explains a referral that no single counterfactual lifts: the
// shortest run of doubts, in the order of the remedies, that lift the line if
// all are settled, each with the effect of all. A household with one parcel
// that is neither surely matched nor surely known is the usual case.
func (s *simulation) together(line Fen) []Reason {
	var run []remedy
	var effect Fen
	lift := func(run []remedy) Fen {
		l := lens{}
		for _, r := range run {
			l = l.and(r.lens)
		}
		return s.settled(remedy{lens: l}, income{}, line) - line
	}
	step := Fen(s.policy.Step) * FenPerYuan
	for _, r := range remedies() {
		if !s.concerns(r.code) || r.code == ReasonPolicyCap || r.code == ReasonConcentration {
			continue
		}
		run = append(run, r)
		if len(run) > 1 {
			if effect = lift(run); effect >= step {
				break
			}
		}
	}
	if effect < step {
		return nil
	}
	for i := 0; i < len(run) && len(run) > 2; {
		without := slices.Delete(slices.Clone(run), i, i+1)
		if e := lift(without); e >= step {
			run, effect = without, e
			continue
		}
		i++
	}
	var out []Reason
	for _, r := range run[:min(len(run), mostReasons)] {
		out = append(out, r.reason(effect, true))
	}
	return out
}

// fallback names what keeps a household without a line from any, where nothing
// that could be settled would give it one.
func (s *simulation) fallback(in income) []Reason {
	code := ReasonYield
	if in.used == 0 {
		code = ReasonParcelMatch
		for i := range s.c.Parcels {
			switch s.views[i].why {
			case "crop":
				code = ReasonCrop
			case "area":
				code = ReasonArea
			}
		}
	}
	return []Reason{reasonOf(code, 0, false)}
}
