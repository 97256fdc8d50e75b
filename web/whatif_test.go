package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"parus/internal/publication"
)

type supposed struct {
	NotBinding bool  `json:"not_binding"`
	NowFen     int64 `json:"now_fen"`
	RiseFen    int64 `json:"rise_fen"`
	Decision   publication.Decision
	Assumed    struct {
		DebtDueFen int64 `json:"debt_due_fen"`
		Mu         map[string]float64
	}
}

func TestAWhatIfMovesTheLineAndKeepsNothing(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	b := l.as(t, publication.Officer, "officer", own.code)
	household := l.households[0]
	card := fmt.Sprintf("/v1/publications/%d/households/%s", l.own, household)
	before := read[publication.HouseholdCard](b, card)
	ask := func(change map[string]any) supposed {
		t.Helper()
		status, body := b.send(http.MethodPost, card+"/what-if", change)
		var s supposed
		if err := json.Unmarshal(body, &s); err != nil || status != http.StatusOK {
			t.Fatalf("%v: status %d: %s", change, status, body)
		}
		if !s.NotBinding || s.NowFen != before.Decision.LineFen || s.Decision.LineFen != s.NowFen+s.RiseFen {
			t.Errorf("%v: %+v beside a published line of %d", change, s, before.Decision.LineFen)
		}
		return s
	}
	same := ask(map[string]any{})
	parcel := household + "p"
	if same.RiseFen != 0 || same.Decision.CapacityFen != before.Decision.CapacityFen || same.Assumed.Mu[parcel] != 20 {
		t.Errorf("nothing is changed, and the answer is %+v", same)
	}
	if s := ask(map[string]any{"debt_due_fen": 500_000}); s.RiseFen >= 0 || s.Decision.CapacityFen >= same.Decision.CapacityFen {
		t.Errorf("with debts of 5,000 yuan the line moves by %d", s.RiseFen)
	}
	if s := ask(map[string]any{"settled": []string{"R03_YIELD_UNCERTAINTY"}}); s.RiseFen < 0 || s.Decision.CapacityFen <= same.Decision.CapacityFen {
		t.Errorf("with a sure yield capacity goes from %d to %d", same.Decision.CapacityFen, s.Decision.CapacityFen)
	}
	if s := ask(map[string]any{"mu": map[string]float64{parcel: 10}}); s.Decision.NeedFen*2 != same.Decision.NeedFen {
		t.Errorf("half the area needs %d, all of it %d", s.Decision.NeedFen, same.Decision.NeedFen)
	}
	if s := ask(map[string]any{"drop": []string{parcel}}); s.Decision.LineFen != 0 {
		t.Errorf("without its only parcel a line of %d is left", s.Decision.LineFen)
	}
	if after := read[publication.HouseholdCard](b, card); after.Decision.LineFen != before.Decision.LineFen || len(after.Decision.Reasons) != len(before.Decision.Reasons) {
		t.Errorf("the published decision is %+v afterwards, was %+v", after.Decision, before.Decision)
	}
}

func TestWhatIfsAreRefusedByCode(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	officer := l.as(t, publication.Officer, "officer", own.code)
	partner := l.as(t, publication.Partner, "partner", own.code)
	path := func(pub int64, household string) string {
		return fmt.Sprintf("/v1/publications/%d/households/%s/what-if", pub, household)
	}
	scored := path(l.own, l.households[0])
	for _, c := range []struct {
		name, path string
		who        *browser
		body       map[string]any
		want       int
		code       string
	}{
		{"a reason that does not exist", scored, officer, map[string]any{"settled": []string{"R99"}}, http.StatusUnprocessableEntity, "bad_change"},
		{"another household's parcel", scored, officer, map[string]any{"drop": []string{"elsewhere"}}, http.StatusUnprocessableEntity, "bad_change"},
		{"a parcel of less than nothing", scored, officer, map[string]any{"mu": map[string]float64{l.households[0] + "p": -1}}, http.StatusUnprocessableEntity, "bad_change"},
		{"debts of less than nothing", scored, officer, map[string]any{"debt_due_fen": -1}, http.StatusUnprocessableEntity, "bad_request"},
		{"a county's worth of debts", scored, officer, map[string]any{"debt_due_fen": int64(9e18)}, http.StatusUnprocessableEntity, "bad_change"},
		{"a role without scores", scored, partner, map[string]any{}, http.StatusNotFound, "not_found"},
		{"another county's household", path(l.foreign, l.foreigner), officer, map[string]any{}, http.StatusNotFound, "not_found"},
		{"another county's household in an own publication", path(l.own, l.foreigner), officer, map[string]any{}, http.StatusNotFound, "not_found"},
		{"a household that is not there", path(l.own, "nobody"), officer, map[string]any{}, http.StatusNotFound, "not_found"},
	} {
		status, body := c.who.send(http.MethodPost, c.path, c.body)
		if p := problemOf(t, body); status != c.want || p.Code != c.code || p.Next == "" {
			t.Errorf("%s is answered %d, want %d %s: %s", c.name, status, c.want, c.code, body)
		}
	}
}
