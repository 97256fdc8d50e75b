package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"parus/credit/backtest"
	"parus/internal/governance"
	"parus/internal/publication"
)

type testProgress struct {
	State       string
	Done, Total int
	ID          int64
	Problem     string
}

func TestABackTestIsMadeKeptAndTold(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	risk := l.as(t, publication.Risk, "risk", own.code)
	// Half of the need of the lender's 20 mu of maize, so that every line falls.
	document := "version: \"half\"\nfirst_season_cap: 5000\nproduct_cap: 5000\n"
	if status, body := risk.send(http.MethodPost, "/v1/policies", map[string]any{"document": document}); status != http.StatusOK {
		t.Fatalf("%d: %s", status, body)
	}
	ask := map[string]any{"county": own.code, "season": seasonOf.Name, "reason": "试算"}
	status, body := risk.send(http.MethodPost, "/v1/policies/half/backtests", ask)
	var p testProgress
	if err := json.Unmarshal(body, &p); err != nil || status != http.StatusAccepted || p.Total != len(l.households) {
		t.Fatalf("%d: %s", status, body)
	}
	path := "/v1/policies/half/backtests?" + url.Values{"county": {own.code}, "season": {seasonOf.Name}}.Encode()
	for tick := time.NewTicker(50 * time.Millisecond); p.State == "running"; <-tick.C {
		p = read[testProgress](risk, path)
	}
	if p.State != "kept" || p.Done != p.Total || p.ID == 0 {
		t.Fatalf("%+v", p)
	}
	b := read[governance.Backtest](risk, fmt.Sprintf("/v1/backtests/%d", p.ID))
	var r backtest.Report
	if err := json.Unmarshal(b.Report, &r); err != nil || r.Lose != len(l.households) || r.Gain != 0 || r.After.LineFen != 500_000*8 || b.Households != 8 {
		t.Errorf("%v: %+v", err, r)
	}
	if card := read[governance.Card](risk, "/v1/policies/half"); card.State != governance.Tested || len(card.Backtests) != 1 {
		t.Errorf("%+v", card)
	}
}

func TestBackTestsAreRefusedByCode(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	risk := l.as(t, publication.Risk, "risk", own.code)
	if status, body := risk.send(http.MethodPost, "/v1/policies", map[string]any{"document": draftDocument}); status != http.StatusOK {
		t.Fatalf("%d: %s", status, body)
	}
	for _, c := range []struct {
		name           string
		who            *browser
		policy         string
		county, season string
		want           int
		code           string
	}{
		{"an approver tests nothing", l.as(t, publication.Approver, "approver", own.code), "2026-1", own.code, seasonOf.Name, http.StatusForbidden, "not_allowed"},
		{"an officer knows of no policy", l.as(t, publication.Officer, "officer", own.code), "2026-1", own.code, seasonOf.Name, http.StatusNotFound, "not_found"},
		{"another county", risk, "2026-1", foreign.code, seasonOf.Name, http.StatusForbidden, "county"},
		{"a season that nobody has decided", risk, "2026-1", own.code, "2031", http.StatusNotFound, "not_found"},
		{"a policy that is not there", risk, "none", own.code, seasonOf.Name, http.StatusNotFound, "not_found"},
	} {
		status, body := c.who.send(http.MethodPost, "/v1/policies/"+c.policy+"/backtests", map[string]any{"county": c.county, "season": c.season})
		if p := policyProblem(t, body); status != c.want || p.Code != c.code {
			t.Errorf("%s is answered %d, want %d %s: %s", c.name, status, c.want, c.code, body)
		}
	}
	if status, body := risk.get("/v1/policies/2026-1/backtests?county=" + own.code + "&season=" + seasonOf.Name); status != http.StatusNotFound {
		t.Errorf("none was begun, and its progress is %d: %s", status, body)
	}
}
