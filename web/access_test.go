package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parus/imagery/overlay"
	"parus/internal/publication"
)

// reads lists every operation that reads, from the OpenAPI document, so that a
// new one can't be forgotten: operations with parameters that are unknown here
// fail the test.
func reads(t *testing.T, b *browser, s seeded, release int64) map[string]string {
	t.Helper()
	doc := read[struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}](b, "/openapi.json")
	id := s.first.household
	fill := map[string]string{
		"/v1/publications/{publication}/households/{id}": id,
		"/v1/publications/{publication}/parcels/{id}":    s.first.id,
		"/v1/publications/{publication}/alerts/{id}":     "1",
	}
	z, x, y := 0, 0, 0
	if _, err := fmt.Sscanf(tileOf(s.first, 14), "%d/%d/%d", &z, &x, &y); err != nil {
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
		p := strings.NewReplacer("{publication}", fmt.Sprint(release), "{release}", fmt.Sprint(release), "{id}", fill[path],
			"{scene}", seedScenes[0].id, "{kind}", string(overlay.Vegetation),
			"{z}", fmt.Sprint(z), "{x}", fmt.Sprint(x), "{y}", row).Replace(path)
		if strings.Contains(p, "{") || strings.HasSuffix(p, "/") {
			t.Fatalf("%s has a parameter that this test does not know", path)
		}
		if strings.HasSuffix(p, "/search") {
			p += "?q=" + s.first.id
		}
		out[path] = p
	}
	if len(out) < 9 {
		t.Fatalf("only %d operations read: %v", len(out), out)
	}
	return out
}

func TestEveryReadIsScopedByCounty(t *testing.T) {
	t.Parallel()
	s := seed(t)
	srv := serve(t, s)
	nobody := newBrowser(t, srv)
	for path, url := range reads(t, nobody, s, s.own) {
		if status, body := nobody.get(url); status != http.StatusUnauthorized || !strings.Contains(string(body), "signed_out") {
			t.Errorf("%s answers %d to somebody who is not signed in: %s", path, status, body)
		}
	}
	for _, role := range publication.Roles() {
		mine, other, everywhere := "own "+string(role), "foreign "+string(role), "all "+string(role)
		addAccount(t, s, mine, role, own.code)
		addAccount(t, s, other, role, foreign.code)
		addAccount(t, s, everywhere, role, "")
		for _, c := range []struct {
			name    string
			allowed bool
		}{{mine, true}, {other, false}, {everywhere, true}} {
			b := signedIn(t, srv, c.name)
			for path, url := range reads(t, b, s, s.own) {
				scoped := strings.Contains(path, "{")
				want := http.StatusOK
				if scoped && (!c.allowed || (role == publication.Partner && strings.HasSuffix(path, "/alerts/{id}"))) {
					want = http.StatusNotFound
				}
				if looks := strings.HasSuffix(path, "/portfolio") || strings.HasSuffix(path, "/monitoring"); looks && c.allowed {
					want = lookedAt(role, strings.HasSuffix(path, "/monitoring"))
				}
				status, body := b.get(url)
				if status != want {
					t.Errorf("%s answers %d to %q, want %d", path, status, c.name, want)
				}
				if !c.allowed && strings.Contains(string(body), own.name) {
					t.Errorf("%s tells %q the name of a county that it may not see", path, c.name)
				}
			}
		}
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
