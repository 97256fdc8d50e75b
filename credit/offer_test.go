package credit_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"parus/credit"
)

func proposal(line credit.Fen) credit.Decision {
	return credit.Decision{HouseholdID: "h", Currency: "CNY", LineFen: line * 100, Binding: "capacity",
		Reasons: []credit.Reason{{Code: credit.ReasonParcelMatch, EffectFen: 100_000}}}
}

// Amounts of the table are in yuan; steps are 100, the least line is 1,000.
func TestOffers(t *testing.T) {
	t.Parallel()
	room := func(name string, yuan credit.Fen) credit.Limit { return credit.Limit{Name: name, RoomFen: yuan * 100} }
	crop := func(name string, yuan credit.Fen) credit.Limit {
		return credit.Limit{Name: name, RoomFen: yuan * 100, Crop: true}
	}
	match, other, wheat := credit.ReasonParcelMatch, credit.ReasonPolicyCap, credit.ReasonConcentration
	for _, tc := range []struct {
		name        string
		line, asked credit.Fen
		rooms       []credit.Limit
		want        credit.Fen
		binding     string
		referred    bool
		reasons     []credit.ReasonCode
		effects     []credit.Fen
	}{
		{"the line binds and keeps its reasons", 7100, 9000, nil, 7100, "capacity", false, []credit.ReasonCode{match}, []credit.Fen{1000}},
		{"the line binds an equal ask", 7100, 7100, []credit.Limit{room("village", 7100)}, 7100, "capacity", false, []credit.ReasonCode{match}, []credit.Fen{1000}},
		{"an ask below the line is granted without reasons", 7100, 5000, []credit.Limit{room("village", 5000)}, 5000, credit.BindingAsked, false, nil, nil},
		{"an ask is floored to the step", 7100, 4999, nil, 4900, credit.BindingAsked, false, nil, nil},
		{"an ask below the least line is referred", 7100, 999, nil, 900, credit.BindingAsked, true, nil, nil},
		{"a village's room binds", 7100, 9000, []credit.Limit{room("village", 2550)}, 2500, "village", false, []credit.ReasonCode{other}, []credit.Fen{4600}},
		{"a crop's room binds, then the village's", 7100, 9000, []credit.Limit{room("village", 3000), crop("wheat", 2000)}, 2000, "wheat", false, []credit.ReasonCode{wheat}, []credit.Fen{1000}},
		{"both bind alike", 7100, 9000, []credit.Limit{room("village", 2010), crop("wheat", 2050)}, 2000, "village", false, []credit.ReasonCode{wheat, other}, []credit.Fen{5100, 5100}},
		{"a full village is referred", 7100, 9000, []credit.Limit{room("village", 0)}, 0, "village", true, []credit.ReasonCode{other}, []credit.Fen{7100}},
		{"a room below nothing is full", 7100, 9000, []credit.Limit{crop("wheat", -50)}, 0, "wheat", true, []credit.ReasonCode{wheat}, []credit.Fen{7100}},
		{"room for less than the least line is referred", 7100, 9000, []credit.Limit{room("county", 999)}, 900, "county", true, []credit.ReasonCode{other}, []credit.Fen{6200}},
		{"no room takes away what was not asked for", 7100, 1200, []credit.Limit{room("village", 1100)}, 1100, "village", false, []credit.ReasonCode{other}, []credit.Fen{100}},
		{"a line above the present policy's cap", 250_000, 250_000, nil, 200_000, "household_cap", false, []credit.ReasonCode{other}, []credit.Fen{50_000}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o, err := policy(t).Offer(proposal(tc.line), tc.asked*100, tc.rooms)
			if err != nil {
				t.Fatal(err)
			}
			if o.LineFen != tc.want*100 || o.Binding != tc.binding || o.Referred != tc.referred || (o.Referral != "") != tc.referred || (o.ReferralZH != "") != tc.referred {
				t.Errorf("offer %+v, want %s by %s, referred %v", o, tc.want*100, tc.binding, tc.referred)
			}
			if len(o.Reasons) != len(tc.reasons) {
				t.Fatalf("reasons %+v, want %v", o.Reasons, tc.reasons)
			}
			for i, r := range o.Reasons {
				if r.Code != tc.reasons[i] || r.EffectFen != tc.effects[i]*100 || r.Together != (len(tc.reasons) == 2) {
					t.Errorf("reason %+v, want %s of %s", r, tc.reasons[i], tc.effects[i]*100)
				}
			}
		})
	}
}

func TestAReferredProposalStaysReferred(t *testing.T) {
	t.Parallel()
	d := proposal(800)
	d.Referred, d.Referral, d.ReferralZH = true, "too little", "过低"
	for _, rooms := range [][]credit.Limit{nil, {{Name: "village"}}} {
		o, err := policy(t).Offer(d, 50_000, rooms)
		if err != nil || !o.Referred || o.Referral != d.Referral || o.ReferralZH != d.ReferralZH || len(o.Reasons) != 1+len(rooms) {
			t.Errorf("%v: offer %+v", err, o)
		}
	}
}

func TestOffersRefuseByName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, item string
		edit       func(*credit.Decision)
		asked      credit.Fen
	}{
		{"asking for nothing", "amount asked", nil, 0},
		{"asking for less than nothing", "amount asked", nil, -1},
		{"asking for more than any limit", "amount asked", nil, 1e13 + 1},
		{"asking for all that an integer holds", "amount asked", nil, math.MaxInt64},
		{"a line below nothing", "line", func(d *credit.Decision) { d.LineFen = -1 }, 1000},
		{"a line beyond any", "line", func(d *credit.Decision) { d.LineFen = math.MaxInt64 }, 1000},
		{"another currency", "currency", func(d *credit.Decision) { d.Currency = "EUR" }, 1000},
	} {
		d := proposal(5000)
		if tc.edit != nil {
			tc.edit(&d)
		}
		_, err := policy(t).Offer(d, tc.asked, nil)
		var bad *credit.InputError
		if !errors.As(err, &bad) || bad.Item != tc.item || bad.Household != "h" {
			t.Errorf("%s: got %v, want an error of %q", tc.name, err, tc.item)
		}
	}
	if _, err := (credit.Policy{}).Offer(proposal(5000), 1000, nil); err == nil || !strings.Contains(err.Error(), "policy") {
		t.Errorf("an empty policy offers: %v", err)
	}
}

// No offer is above line, ask or any room; more room or a larger ask never
// lowers it; order and duplicates change nothing.
func TestOffersHoldTheirBounds(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(17, 19))
	p := policy(t)
	offer := func(line, asked credit.Fen, rooms []credit.Limit) credit.Offer {
		t.Helper()
		d := proposal(0)
		d.LineFen = line
		o, err := p.Offer(d, asked, rooms)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for range 400 {
		line, asked := credit.Fen(r.IntN(3_000_000)), credit.Fen(1+r.IntN(3_000_000))
		var rooms []credit.Limit
		for _, name := range []string{"a", "b", "c", "d"}[:r.IntN(5)] {
			rooms = append(rooms, credit.Limit{Name: name, Crop: r.IntN(2) == 0, RoomFen: credit.Fen(r.IntN(3_000_000)) - 100_000})
		}
		o := offer(line, asked, rooms)
		least := min(line, asked)
		for _, l := range rooms {
			least = min(least, max(0, l.RoomFen))
		}
		if o.LineFen < 0 || o.LineFen > least || least-o.LineFen >= 10_000 || o.LineFen%10_000 != 0 || o.Referred != (o.LineFen < 100_000) {
			t.Fatalf("offer %+v of line %s, ask %s, rooms %v", o, line, asked, rooms)
		}
		mixed := append([]credit.Limit(nil), rooms...)
		mixed = append(mixed, rooms...)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if again := offer(line, asked, mixed); !reflect.DeepEqual(again, o) {
			t.Fatalf("another order gives %+v instead of %+v", again, o)
		}
		more := append([]credit.Limit(nil), rooms...)
		for i := range more {
			more[i].RoomFen += credit.Fen(r.IntN(1_000_000))
		}
		if again := offer(line, asked+credit.Fen(r.IntN(1_000_000)), more); again.LineFen < o.LineFen {
			t.Fatalf("more room lowers the offer from %s to %s", o.LineFen, again.LineFen)
		}
	}
}
