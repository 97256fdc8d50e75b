package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/rule"
	"parus/internal/governance"
	"parus/internal/publication"
	"parus/web"
)

const draftDocument = "version: \"2026-1\"\nappetite: 0.02\nrules:\n  - {name: big, when: line > 20000, then: refer, zh: 大额, en: large}\n"

// policyDesk is a server with people in the roles that policies know.
func policyDesk(t *testing.T) (s seeded, as func(name string) *browser) {
	t.Helper()
	s = seed(t)
	srv := serve(t, s)
	for name, role := range map[string]publication.Role{"fang": publication.Risk, "shen": publication.Approver, "audit": publication.Auditor, "officer": publication.Officer,
		"partner": publication.Partner, "admin": publication.Admin} {
		addAccount(t, s, name, role, own.code)
	}
	return s, func(name string) *browser { return signedIn(t, srv, name) }
}

func policyProblem(t *testing.T, body []byte) web.Problem {
	t.Helper()
	var p web.Problem
	if err := json.Unmarshal(body, &p); err != nil || p.Next == "" {
		t.Errorf("no problem: %v: %s", err, body)
	}
	return p
}

func TestAPolicyGoesFromDraftToRollback(t *testing.T) {
	t.Parallel()
	s, as := policyDesk(t)
	risk, approver := as("fang"), as("shen")
	today := governance.DayOf(time.Now())
	want := func(b *browser, path string, body map[string]any, status int, code string) {
		t.Helper()
		got, answer := b.send(http.MethodPost, path, body)
		if got != status || code != "" && policyProblem(t, answer).Code != code {
			t.Errorf("%s is answered %d, want %d %s: %s", path, got, status, code, answer)
		}
	}
	want(risk, "/v1/policies", map[string]any{"document": draftDocument}, http.StatusOK, "")
	card := read[governance.Card](risk, "/v1/policies/2026-1")
	if card.State != governance.Draft || card.Author != "fang" || !strings.HasPrefix(card.Document, draftDocument) || !strings.Contains(card.Document, "lgd: 0.65") || card.Terms == nil {
		t.Errorf("%+v", card)
	}
	approve := map[string]any{"reason": "回测无异常"}
	want(approver, "/v1/policies/2026-1/approval", approve, http.StatusConflict, "policy_state")
	_, err := s.db.SaveBacktest(t.Context(), governance.Move{Account: "fang", At: time.Now()}, governance.Backtest{Digest: card.Digest, County: own.code, Season: "s", Run: 1,
		EngineVersion: credit.EngineVersion, Households: 3, Report: []byte(`{"gain": 2}`)})
	if err != nil {
		t.Fatal(err)
	}
	want(risk, "/v1/policies/2026-1/approval", approve, http.StatusForbidden, "not_allowed")
	want(approver, "/v1/policies/2026-1/approval", map[string]any{"reason": " "}, http.StatusBadRequest, "reason")
	want(approver, "/v1/policies/2026-1/approval", approve, http.StatusOK, "")
	term := map[string]any{"from": today.String(), "prefix": own.code, "reason": "试点县先行"}
	want(approver, "/v1/policies/2026-1/terms", map[string]any{"from": "2020-01-01", "prefix": own.code, "reason": "试点县先行"}, http.StatusBadRequest, "effective_date")
	want(approver, "/v1/policies/2026-1/terms", map[string]any{"from": today.String(), "prefix": "", "reason": "试点县先行"}, http.StatusForbidden, "county")
	want(approver, "/v1/policies/2026-1/terms", map[string]any{"from": "soon", "prefix": "", "reason": "试点县先行"}, http.StatusUnprocessableEntity, "bad_request")
	want(approver, "/v1/policies/2026-1/terms", term, http.StatusOK, "")
	card = read[governance.Card](as("audit"), "/v1/policies/"+card.Digest[:12])
	if card.Standing != governance.Holding || len(card.Terms) != 1 || card.Terms[0].From != today || len(card.History) != 4 || card.History[3].Reason != "试点县先行" {
		t.Errorf("%+v", card)
	}
	if b := read[governance.Backtest](approver, fmt.Sprintf("/v1/backtests/%d", card.Backtests[0].ID)); string(b.Report) != `{"gain":2}` && string(b.Report) != `{"gain": 2}` {
		t.Errorf("%s", b.Report)
	}
	want(approver, "/v1/policies/2026-1/rollback", map[string]any{"prefix": own.code, "reason": "额度过低"}, http.StatusOK, "")
	want(approver, "/v1/policies/2026-1/rollback", map[string]any{"prefix": own.code, "reason": "额度过低"}, http.StatusConflict, "policy_state")
	if l := read[items[governance.Policy]](risk, "/v1/policies"); len(l.Items) != 1 || l.Items[0].Standing != governance.RolledBack {
		t.Errorf("%+v", l)
	}
	diff := read[struct{ Changes []credit.PolicyChange }](risk, "/v1/policies/2026-1/diff")
	if len(diff.Changes) != 3 || diff.Changes[1] != (credit.PolicyChange{Key: "appetite", Before: "0.03", After: "0.02"}) {
		t.Errorf("%+v", diff)
	}
}

func TestFaultsOfADocumentAreAnsweredWithTheirPlace(t *testing.T) {
	t.Parallel()
	_, as := policyDesk(t)
	b := as("fang")
	bad := strings.Replace(draftDocument, "line > 20000", "sex == 'f'", 1) + "lgd: 7\n"
	for _, path := range []string{"/v1/policies", "/v1/policies/check"} {
		status, body := b.send(http.MethodPost, path, map[string]any{"document": bad})
		p := policyProblem(t, body)
		// `  - {name: big, when: ` are 22 characters.
		if status != http.StatusUnprocessableEntity || p.Code != "policy_document" || p.Line != 4 || p.Column != 23 || len(p.Faults) != 2 || p.Faults[1].Line != 5 ||
			!strings.Contains(p.Detail, "sex is no fact") || !strings.Contains(p.Faults[0].Excerpt, "^") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	status, body := b.send(http.MethodPost, "/v1/policies/check", map[string]any{"document": draftDocument})
	if status != http.StatusOK || !strings.Contains(string(body), `"rules":1`) {
		t.Errorf("a sound one: %d %s", status, body)
	}
	if l := read[items[governance.Policy]](b, "/v1/policies"); l.Items == nil || len(l.Items) != 0 {
		t.Errorf("something was kept: %+v", l)
	}
	if l := read[items[rule.Fact]](b, "/v1/policy-facts"); len(l.Items) != len(rule.Environment()) || l.Items[0].Name != "line" {
		t.Errorf("%+v", l)
	}
}

func TestPoliciesAreForThoseWhoGovernThem(t *testing.T) {
	t.Parallel()
	_, as := policyDesk(t)
	if status, _ := as("fang").send(http.MethodPost, "/v1/policies", map[string]any{"document": draftDocument}); status != http.StatusOK {
		t.Fatal(status)
	}
	body := map[string]any{"document": strings.Replace(draftDocument, "2026-1", "2026-2", 1), "reason": "as agreed", "from": "2999-01-01", "prefix": own.code}
	for name, want := range map[string]int{"officer": http.StatusNotFound, "partner": http.StatusNotFound, "admin": http.StatusNotFound, "audit": http.StatusForbidden} {
		b := as(name)
		for _, path := range []string{"/v1/policies", "/v1/policies/2026-1/approval", "/v1/policies/2026-1/terms", "/v1/policies/2026-1/rollback"} {
			only := map[string]any{"reason": body["reason"]}
			switch {
			case path == "/v1/policies":
				only["document"] = body["document"]
			case strings.HasSuffix(path, "terms"):
				only["from"], only["prefix"] = body["from"], body["prefix"]
			case strings.HasSuffix(path, "rollback"):
				only["prefix"] = body["prefix"]
			}
			if status, answer := b.send(http.MethodPost, path, only); status != want {
				t.Errorf("%s, %s: %d, want %d: %s", name, path, status, want, answer)
			}
		}
		for _, path := range []string{"/v1/policies", "/v1/policies/2026-1", "/v1/policies/2026-1/diff", "/v1/policy-facts"} {
			status, _ := b.get(path)
			if wantRead := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[name == "audit"]; status != wantRead {
				t.Errorf("%s reads %s: %d", name, path, status)
			}
		}
	}
	if status, _ := as("fang").get("/v1/policies/nothing"); status != http.StatusNotFound {
		t.Errorf("a policy that is not there: %d", status)
	}
}
