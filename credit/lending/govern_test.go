package lending_test

import (
	"strings"
	"testing"

	"parus/credit"
	"parus/credit/lending"
)

func governed(t *testing.T, rules string) credit.Policy {
	t.Helper()
	p, err := credit.ReadPolicy(strings.NewReader("version: g\nrules:\n" + rules))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The request asks for 3,000 within the line; all parcels count 20 mu.
func TestRulesOfApplicationsAreAppliedWhenOneAsks(t *testing.T) {
	t.Parallel()
	s := snapshot(t)
	for _, tc := range []struct {
		name, rules string
		edit        func(*lending.Request, *lending.Facts)
		act         lending.Act
		line        credit.Fen
		binding     string
		referral    string
	}{
		{"one that does not hold", "  - {name: x, when: asked > 5000, then: refer, zh: 大额, en: large}", nil, lending.ActDecide, 300_000, "asked", ""},
		{"one that refers", "  - {name: x, when: asked > 2000, then: refer, zh: 大额, en: large}", nil, lending.ActRefer, 300_000, "asked", "large"},
		{"one that caps, in steps of 100", "  - {name: x, when: exposure == 0.0, then: cap, amount: asked * 0.55, zh: 上限, en: cap}", nil, lending.ActDecide, 160_000, "rule x", ""},
		{"one that caps below the least line", "  - {name: x, when: asked > 0, then: cap, amount: asked * 0.2, zh: 上限, en: cap}", nil, lending.ActRefer, 60_000, "rule x", "below the least"},
		{"one that rejects", "  - {name: x, when: 'asked > 0.0 && area_mu < 25', then: reject, zh: 不受理, en: not taken}", nil, lending.ActReject, 0, "rule x", "not taken"},
		{"one that can't be evaluated", "  - {name: x, when: snapshot_age_days / (parcels - 4) > 0, then: note, zh: 一, en: one}", nil, lending.ActRefer, 300_000, "asked", "could not be evaluated"},
		{"a rejection by the scoring, with another rule that waits", "  - {name: x, when: area_mu < 25, then: reject, zh: 不受理, en: not taken}\n  - {name: y, when: asked > 0, then: note, zh: 一, en: one}",
			nil, lending.ActReject, 0, "rule x", "not taken"},
		{"the room that is left", "  - {name: x, when: room < 8000, then: refer, zh: 余额不足, en: little room}",
			func(_ *lending.Request, f *lending.Facts) {
				f.Rooms = []credit.Limit{{Name: "village 370199001001", RoomFen: 700_000}}
			}, lending.ActRefer, 300_000, "asked", "little room"},
		{"somebody else's identity before any rule", "  - {name: x, when: asked > 2000, then: refer, zh: 大额, en: large}",
			func(r *lending.Request, _ *lending.Facts) { r.Identity = lending.IdentityDiffers }, lending.ActReject, 0, "identity", "not of the household"},
	} {
		r, f := asking(s)
		p := governed(t, tc.rules)
		f.Policy = &p
		if tc.edit != nil {
			tc.edit(&r, &f)
		}
		o, err := lending.Decide(r, f, s)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if o.Act != tc.act || o.Offer.LineFen != tc.line || o.Offer.Binding != tc.binding || !strings.Contains(o.Offer.Referral, tc.referral) || (tc.referral == "") != (o.Offer.Referral == "") {
			t.Errorf("%s: %s, %s by %s, %q", tc.name, o.Act, o.Offer.LineFen, o.Offer.Binding, o.Offer.Referral)
		}
		if counter := o.Act == lending.ActDecide && tc.binding != "asked"; o.Counter != counter {
			t.Errorf("%s: a counter-offer: %v, want %v", tc.name, o.Counter, counter)
		}
		if tc.binding == "rule x" && (len(o.Offer.Reasons) == 0 || o.Offer.Reasons[0].Code != credit.ReasonPolicyCap || o.Offer.Reasons[0].LiftZH == "") {
			t.Errorf("%s: reasons %+v", tc.name, o.Offer.Reasons)
		}
	}
}
