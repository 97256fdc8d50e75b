package postgis_test

import (
	"strings"
	"testing"

	"parus/credit/lending"
	"parus/internal/governance"
	"parus/internal/publication"
)

// governed puts a policy in force in the branch's county from today on.
func (b *branch) governed(t *testing.T, version, document string) {
	t.Helper()
	o := office{b.db, b.url, b.clock}
	o.account(t, "risk", publication.Risk, "")
	o.account(t, "approver", publication.Approver, "")
	p, err := b.db.DraftPolicy(t.Context(), o.by("risk"), version, []byte("version: "+version+"\n"+document))
	b.must(t, err)
	_, err = b.db.SaveBacktest(t.Context(), o.by("risk"), governance.Backtest{Digest: p.Digest, County: b.county, Season: lentSeason, Run: 1, EngineVersion: "3",
		Households: 2, Report: []byte(`{"gain": 0}`)})
	b.must(t, err)
	b.must(t, b.db.ApprovePolicy(t.Context(), o.by("approver"), version, "3"))
	_, err = b.db.ActivatePolicy(t.Context(), o.by("approver"), version, b.county, governance.DayOf(b.clock))
	b.must(t, err)
}

// A season that was scored under one policy is decided under that which holds
// on the day, rules that wait for an application included; what was decided
// before stays as it was and can be repeated.
func TestAnApplicationIsDecidedUnderThePolicyInForce(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 4)
	before := b.apply(t, b.asking(0))
	if before.State != lending.Decided || before.Offer.LineFen != 300_000 {
		t.Fatalf("%+v", before)
	}
	b.governed(t, "2025-tight", `
product_cap: 2000
rules:
  - {name: large, when: asked > 2500.0, then: refer, zh: 申请金额较大，须人工审核, en: a large ask is looked at}
  - {name: tiny, when: asked < 1500.0, then: reject, zh: 申请金额过小, en: too little is asked for}
`)
	large := b.apply(t, b.asking(1))
	if o := large.Offer; large.State != lending.Referred || o.LineFen != 200_000 || o.CapFen != 200_000 || !strings.Contains(o.Referral, "a large ask is looked at") {
		t.Errorf("asked for 3,000: %s, %+v", large.State, o)
	}
	small := b.asking(2)
	small.AskedFen = 120_000
	if a := b.apply(t, small); a.State != lending.Rejected || a.Offer.LineFen != 0 || a.Offer.ReferralZH != "申请金额过小" {
		t.Errorf("asked for 1,200: %s, %+v", a.State, a.Offer)
	}
	stranger := b.asking(3)
	stranger.Identity = lending.IdentityDiffers
	if a := b.apply(t, stranger); a.State != lending.Rejected || a.Offer.LineFen != 0 {
		t.Errorf("somebody else: %s, %+v", a.State, a.Offer)
	}
	if r := b.holds(t); r.Replayed != 4 || r.Rejected != 2 {
		t.Errorf("%+v", r)
	}
}
