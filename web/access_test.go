package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/imagery/overlay"
	"parus/internal/governance"
	"parus/internal/publication"
)

// readable is a lender with one of all that can be read by id.
type readable struct {
	*lender
	application, backtest, rescore int64
	policy                         string
}

func newReadable(t *testing.T) *readable {
	t.Helper()
	r := &readable{lender: newLender(t)}
	r.application = r.apply(t, r.as(t, publication.Officer, "teller", own.code), 0, nil).ID
	risk := r.as(t, publication.Risk, "fang", own.code)
	if status, body := risk.send(http.MethodPost, "/v1/policies", map[string]any{"document": draftDocument}); status != http.StatusOK {
		t.Fatalf("draft a policy: %d: %s", status, body)
	}
	card := read[governance.Card](risk, "/v1/policies/2026-1")
	_, err := r.db.SaveBacktest(t.Context(), governance.Move{Account: "fang", At: time.Now()}, governance.Backtest{Digest: card.Digest, County: own.code, Season: "s", Run: 1,
		EngineVersion: credit.EngineVersion, Households: 3, Report: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	card = read[governance.Card](risk, "/v1/policies/2026-1")
	r.policy, r.backtest = card.Digest, card.Backtests[0].ID
	status, body := risk.send(http.MethodPost, "/v1/rescores", map[string]string{"county": own.code, "season": seasonOf.Name})
	var order publication.Rescore
	if err := json.Unmarshal(body, &order); status != http.StatusOK || err != nil {
		t.Fatalf("ask for a plan: %d: %s, %v", status, body, err)
	}
	r.rescore = order.ID
	return r
}

// reads lists every operation that reads, from the OpenAPI document, so that a
// new one can't be forgotten: operations with parameters that are unknown here
// fail the test.
func (r *readable) reads(t *testing.T, b *browser) map[string]string {
	t.Helper()
	doc := read[struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}](b, "/openapi.json")
	fill := map[string]string{
		"/v1/publications/{publication}/households/{id}": r.first.household,
		"/v1/publications/{publication}/parcels/{id}":    r.first.id,
		"/v1/publications/{publication}/alerts/{id}":     "1",
		"/v1/applications/{id}":                          fmt.Sprint(r.application),
		"/v1/applications/{id}/letter.pdf":               fmt.Sprint(r.application),
		"/v1/backtests/{id}":                             fmt.Sprint(r.backtest),
	}
	z, x, y := 0, 0, 0
	if _, err := fmt.Sscanf(tileOf(r.first, 14), "%d/%d/%d", &z, &x, &y); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for path, methods := range doc.Paths {
		if _, ok := methods["get"]; !ok {
			continue
		}
		row := fmt.Sprintf("%d.mvt", y)
		if strings.Contains(path, "/imagery/") {
			row = fmt.Sprint(y)
		}
		p := strings.NewReplacer("{publication}", fmt.Sprint(r.own), "{release}", fmt.Sprint(r.own), "{id}", fill[path], "{policy}", r.policy,
			"{run}", fmt.Sprint(r.runOf[own.code]), "{rescore}", fmt.Sprint(r.rescore),
			"{scene}", seedScenes[0].id, "{kind}", string(overlay.Vegetation),
			"{z}", fmt.Sprint(z), "{x}", fmt.Sprint(x), "{y}", row).Replace(path)
		if strings.Contains(p, "{") || strings.HasSuffix(p, "/") {
			t.Fatalf("%s has a parameter that this test does not know", path)
		}
		switch {
		case strings.HasSuffix(p, "/search"):
			p += "?q=" + r.first.id
		case p == "/v1/limits":
			p += "?county=" + own.code
		case p == "/v1/events":
			p += "?once=true&after=0"
		case strings.Contains(p, "/difference"):
			p += fmt.Sprintf("?before=%d", r.earlier)
		}
		out[path] = p
	}
	if len(out) < 9 {
		t.Fatalf("only %d operations read: %v", len(out), out)
	}
	return out
}

// answered is what an account of the own county (mine), or of another, is
// answered that reads a path.
func answered(path string, role publication.Role, mine bool) int {
	partner := role == publication.Partner
	switch {
	case path == "/v1/runs" || path == "/v1/rescores":
		return ofRuns(role)
	case strings.Contains(path, "{run}"), strings.Contains(path, "{rescore}"), strings.Contains(path, "/difference"):
		if status := ofRuns(role); mine || status != http.StatusOK && !strings.Contains(path, "/difference") {
			return status
		}
		return http.StatusNotFound
	case strings.HasPrefix(path, "/v1/polic"): // a bank's, whichever county they hold in
		if governance.Reads(string(role)) {
			return http.StatusOK
		}
		return http.StatusNotFound
	case !strings.Contains(path, "{") && path != "/v1/limits": // lists hold what the account may see
		return http.StatusOK
	case !mine, partner && keptFromPartners(path), path == "/v1/backtests/{id}" && !governance.Reads(string(role)):
		return http.StatusNotFound
	case strings.HasSuffix(path, "/portfolio"), strings.HasSuffix(path, "/monitoring"):
		return lookedAt(role, strings.HasSuffix(path, "/monitoring"))
	}
	return http.StatusOK
}

// keptFromPartners tells whether partners, who see no scores, find nothing at a
// path.
func keptFromPartners(path string) bool {
	return strings.HasSuffix(path, "/alerts/{id}") || strings.Contains(path, "/applications") || path == "/v1/limits"
}

func TestEveryReadIsScopedByCounty(t *testing.T) {
	t.Parallel()
	r := newReadable(t)
	nobody := newBrowser(t, r.srv)
	for path, url := range r.reads(t, nobody) {
		if status, body := nobody.get(url); status != http.StatusUnauthorized || !strings.Contains(string(body), "signed_out") {
			t.Errorf("%s answers %d to somebody who is not signed in: %s", path, status, body)
		}
	}
	for _, role := range publication.Roles() {
		mine, other, everywhere := "own "+string(role), "foreign "+string(role), "all "+string(role)
		addAccount(t, r.seeded, mine, role, own.code)
		addAccount(t, r.seeded, other, role, foreign.code)
		addAccount(t, r.seeded, everywhere, role, "")
		for _, c := range []struct {
			name    string
			allowed bool
		}{{mine, true}, {other, false}, {everywhere, true}} {
			b := signedIn(t, r.srv, c.name)
			for path, url := range r.reads(t, b) {
				status, body := b.get(url)
				if want := answered(path, role, c.allowed); status != want {
					t.Errorf("%s answers %d to %q, want %d", path, status, c.name, want)
				}
				if !c.allowed && strings.Contains(string(body), own.name) {
					t.Errorf("%s tells %q the name of a county that it may not see", path, c.name)
				}
			}
		}
	}
}

// ofRuns is what a role is answered that asks for runs.
func ofRuns(role publication.Role) int {
	switch role {
	case publication.Partner:
		return http.StatusNotFound
	case publication.Officer:
		return http.StatusForbidden
	default:
		return http.StatusOK
	}
}

// lookedAt is what a role is answered that asks for a publication as a whole.
func lookedAt(role publication.Role, monitoring bool) int {
	switch {
	case role == publication.Partner:
		return http.StatusNotFound
	case role == publication.Admin, monitoring && role == publication.Officer:
		return http.StatusForbidden
	}
	return http.StatusOK
}

func TestAnIDOfAnotherCountyIsNotFoundUnderTheOwnPublication(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "stranger", publication.Officer, foreign.code)
	b := signedIn(t, serve(t, s), "stranger")
	for _, path := range []string{"/parcels/" + s.first.id, "/households/" + s.first.household, "/parcels/%27%20or%201=1--", "/households/..%2F..%2Fetc"} {
		status, body := b.get(fmt.Sprintf("/v1/publications/%d%s", s.foreign, path))
		if status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404: %s", path, status, body)
		}
	}
	hits := read[items[publication.Hit]](b, fmt.Sprintf("/v1/publications/%d/search?q=%s", s.foreign, s.first.id))
	if len(hits.Items) != 0 {
		t.Errorf("a search finds %d things of another county", len(hits.Items))
	}
}

func TestAPartnerSeesNoScores(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "partner", publication.Partner, own.code)
	b := signedIn(t, serve(t, s), "partner")
	base := fmt.Sprintf("/v1/publications/%d", s.own)
	if sum := read[publication.Summary](b, base+"/summary"); sum.Scores != nil || sum.Villages[0].LineFen != nil {
		t.Errorf("the summary holds scores: %+v", sum.Scores)
	}
	card := read[publication.ParcelCard](b, base+"/parcels/"+s.first.id)
	if h := card.Household; card.Decision != nil || h.LineFen != nil || h.PD != nil || h.APR != nil || h.DueDate != nil || h.Referred != nil || len(h.Reasons) != 0 {
		t.Errorf("the card holds scores: %+v", h)
	}
	for _, h := range read[items[publication.Household]](b, base+"/households?limit=5").Items {
		if h.LineFen != nil || h.PD != nil || len(h.Reasons) != 0 {
			t.Errorf("the list holds scores: %+v", h)
		}
	}
	for _, hit := range read[items[publication.Hit]](b, base+"/search?q="+s.first.household).Items {
		if hit.LineFen != nil {
			t.Errorf("a hit holds a line: %+v", hit)
		}
	}
	for _, q := range []string{"sort=line", "referred=true"} {
		if status, _ := b.get(base + "/households?" + q); status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400: the order would tell the scores", q, status)
		}
	}
	for layer, features := range tileAt(t, b, s.own, s.first, 14) {
		for _, f := range features {
			if f["line"] != nil {
				t.Fatalf("layer %s holds a line: %v", layer, f)
			}
		}
	}
}
