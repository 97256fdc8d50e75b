package credit_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"parus/credit"
)

const (
	capRule   = "rules: [{name: x, when: parcels == 4, then: cap, amount: line - 1950.0, zh: 四块地, en: four parcels}]"
	referRule = "rules: [{name: x, when: parcels == 4, then: refer, zh: 四块地, en: four parcels}]"
)

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A rule's cap is a limit like any other: PD, price, schedule and the shortfalls
// by shock are those of the line that remains.
func TestACapByRuleIsALimitLikeAnyOther(t *testing.T) {
	t.Parallel()
	plain := decide(t, workedCase(t), policy(t, "rules: []"))
	c := workedCase(t)
	// The worked line of 7,000 less 1,950 is 5,050, in steps of 100: 5,000.
	c.Limits = append(c.Limits, credit.Limit{Name: "rule x", RoomFen: plain.LineFen - 195_000})
	limited := decide(t, c, policy(t, "rules: []"))
	ruled := decide(t, workedCase(t), policy(t, capRule))
	if want := (plain.LineFen - 195_000).FloorTo(10_000); ruled.LineFen != want || ruled.Binding != "rule x" {
		t.Fatalf("line %s by %s, want %s", ruled.LineFen, ruled.Binding, want)
	}
	if len(ruled.Rules) != 1 || ruled.Rules[0].AmountFen != int64(plain.LineFen-195_000) || ruled.Referred || ruled.Rejected {
		t.Errorf("%+v", ruled.Rules)
	}
	if r := ruled.Reasons[0]; r.Code != credit.ReasonPolicyCap || r.ZH != "四块地" || r.EN != "four parcels" || r.EffectFen != plain.LineFen-ruled.LineFen {
		t.Errorf("reason %+v", r)
	}
	for i := range limited.Reasons {
		if limited.Reasons[i].EffectFen != ruled.Reasons[i].EffectFen {
			t.Errorf("reason %d: %+v and %+v", i, limited.Reasons[i], ruled.Reasons[i])
		}
	}
	limited.Digest, limited.Reasons = ruled.Digest, ruled.Reasons
	ruled.Rules = nil
	if a, b := asJSON(t, limited), asJSON(t, ruled); a != b {
		t.Errorf("as a limit %s\nas a rule  %s", a, b)
	}
}

func TestARejectionLeavesNoLineAndNobodyToAsk(t *testing.T) {
	t.Parallel()
	d := decide(t, workedCase(t), policy(t, strings.Replace(referRule, "refer", "reject", 1)))
	if d.LineFen != 0 || !d.Rejected || d.Referred || d.Referral != "" || d.Binding != "rule x" || d.ExpectedLoss != 0 {
		t.Errorf("%+v", d)
	}
	if len(d.Reasons) == 0 || d.Reasons[0].Code != credit.ReasonPolicyCap || d.Reasons[0].EN != "four parcels" || d.Reasons[0].EffectFen <= 0 {
		t.Errorf("reasons %+v", d.Reasons)
	}
}

func TestAReferralByRuleKeepsTheLineAsAProposal(t *testing.T) {
	t.Parallel()
	plain := decide(t, workedCase(t), policy(t, "rules: []"))
	d := decide(t, workedCase(t), policy(t, referRule))
	if d.LineFen != plain.LineFen || !d.Referred || d.Referral != "four parcels" || d.ReferralZH != "四块地" {
		t.Errorf("%+v", d)
	}
	d = decide(t, workedCase(t), policy(t, strings.Replace(referRule, "refer", "note", 1)))
	if d.LineFen != plain.LineFen || d.Referred || len(d.Rules) != 1 {
		t.Errorf("%+v", d)
	}
	d = decide(t, workedCase(t), policy(t, strings.Replace(referRule, "parcels == 4", "asked > line", 1)))
	if d.Referred || len(d.Rules) != 0 || len(d.RulesPending) != 1 {
		t.Errorf("a rule of applications: %+v", d)
	}
}

// Four parcels of 5 mu with q .98, .95, .90, .70 and π .95, .92, .90, .80 of
// winter wheat: area 20, least match .70, least crop .80, share of wheat
// (.95 + .92 + .90 + .80) / 4 = .8925.
func TestFactsOfTheWorkedCase(t *testing.T) {
	t.Parallel()
	c := workedCase(t)
	c.County, c.DebtDueFen = "370199", 12_345
	c.Parcels[0].ImageryAgeDays, c.Parcels[3].ContractMu = 9, 4 // the smaller area counts: 19
	c.Parcels[1].TenancyUnproven = true
	e, err := credit.NewEngine(policy(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSnapshot(c)
	if err != nil {
		t.Fatal(err)
	}
	f := s.Facts()
	share := (5*.95 + 5*.92 + 5*.90 + 4*.80) / 19
	if f.AreaMu != 19 || f.MinMatch != .70 || f.MinCropP != .80 || f.LargestCrop != "winter_wheat" || math.Abs(f.LargestCropShare-share) > 1e-12 {
		t.Errorf("land %+v, want a share of %g", f, share)
	}
	if f.Debts != 123.45 || f.County != "370199" || f.Parcels != 4 || f.ParcelsUsed != 4 || f.ImageryAgeDays != 9 || math.Abs(f.UnprovenShare-5.0/19) > 1e-12 {
		t.Errorf("household %+v", f)
	}
	if f.Line != s.Decision.LineFen.Yuan() || f.PD != s.Decision.PD || f.Live != nil {
		t.Errorf("decision %+v", f)
	}
	c.Parcels = nil
	if s, err = e.NewSnapshot(c); err != nil {
		t.Fatal(err)
	}
	if f = s.Facts(); f.MinMatch != 0 || f.MinCropP != 0 || f.LargestCrop != "" || f.CertifiedShare != 0 {
		t.Errorf("without land %+v", f)
	}
}

func TestRulesAreReplayedAndPartOfTheDigest(t *testing.T) {
	t.Parallel()
	e, err := credit.NewEngine(policy(t, capRule))
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSnapshot(workedCase(t))
	if err != nil {
		t.Fatal(err)
	}
	var stored credit.Snapshot
	if err := json.Unmarshal([]byte(asJSON(t, s)), &stored); err != nil {
		t.Fatal(err)
	}
	if err := credit.Replay(stored); err != nil {
		t.Error(err)
	}
	stored.Policy.Rules[0].Amount = "line - 1850.0"
	if err := credit.Replay(stored); err == nil || !strings.Contains(err.Error(), "digest") {
		t.Errorf("with another amount: %v", err)
	}
	stored.Policy.Rules[0].Amount = "line -"
	if _, err := credit.NewEngine(stored.Policy); err == nil || !strings.Contains(err.Error(), "rules[0].amount") {
		t.Errorf("with a broken amount: %v", err)
	}
}
