package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/portfolio"
	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// decide puts the worked case's snapshot behind every household of the own
// county: the seed knows lines only.
func decide(t *testing.T, s seeded) credit.Snapshot {
	t.Helper()
	raw, err := os.ReadFile("../credit/testdata/worked.json")
	if err != nil {
		t.Fatal(err)
	}
	var snap credit.Snapshot
	if err := json.Unmarshal(raw, &snap); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	const sql = `
		with unit as (
			insert into work (key, county, stage, item, payload, state) values ('decided', $2, 'decide', 'x', '{}', 'done') returning id
		), done as (
			insert into run_work (run, unit) select n.run, unit.id from unit, publication n where n.id = $1
		)
		insert into decision (unit, household_id, digest, snapshot, decision, line_fen, pd, apr, referred, reasons)
		select unit.id, h.id, h.id, $3, '{}', 0, 0, 0, false, '{}' from unit, published_household h where h.publication = $1`
	if _, err := conn.Exec(t.Context(), sql, s.own, own.code, raw); err != nil {
		t.Fatal(err)
	}
	return snap
}

func TestThePortfolioAddsUpToTheLines(t *testing.T) {
	t.Parallel()
	s := seed(t)
	decide(t, s)
	addAccount(t, s, "risk", publication.Risk, own.code)
	b := signedIn(t, serve(t, s), "risk")
	base := fmt.Sprintf("/v1/publications/%d", s.own)
	r := read[portfolio.Result](b, base+"/portfolio")
	var sum credit.Fen
	n := 0
	for next := ""; ; {
		page := read[struct {
			Items []publication.Household
			Next  string `json:"next_cursor"`
		}](b, base+"/households?limit=200&cursor="+next)
		for _, h := range page.Items {
			if !*h.Referred && *h.LineFen > 0 {
				sum += credit.Fen(*h.LineFen)
				n++
			}
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if n == 0 || r.Exposures != n || r.AmountFen != sum {
		t.Errorf("%d exposures of %s, the list has %d of %s", r.Exposures, r.AmountFen, n, sum)
	}
	var tail credit.Fen
	for _, c := range r.Crops {
		tail += c.TailFen
	}
	if tail != r.ShortfallFen || r.ShortfallFen <= r.ExpectedLossFen || r.Villages != 6 {
		t.Errorf("tail of crops %s, shortfall %s, expected loss %s, %d villages", tail, r.ShortfallFen, r.ExpectedLossFen, r.Villages)
	}
	if again := read[portfolio.Result](b, base+"/portfolio"); again.ShortfallFen != r.ShortfallFen {
		t.Errorf("asked again: %s", again.ShortfallFen)
	}
}

func TestWhoSeesPortfolioAndMonitoring(t *testing.T) {
	t.Parallel()
	s := seed(t)
	err := s.db.KeepMonitoring(t.Context(), s.own, publication.Monitoring{Kind: publication.MonitoringFairness, Actor: "tester",
		At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Result: json.RawMessage(`{"households": 780}`)})
	if err != nil {
		t.Fatal(err)
	}
	srv := serve(t, s)
	want := map[publication.Role][2]int{ // portfolio, monitoring
		publication.Officer: {200, 403}, publication.Partner: {404, 404}, publication.Risk: {200, 200},
		publication.Approver: {200, 200}, publication.Auditor: {200, 200}, publication.Admin: {403, 403},
	}
	for _, role := range publication.Roles() {
		for _, county := range []string{own.code, foreign.code} {
			name := string(role) + " of " + county
			addAccount(t, s, name, role, county)
			b := signedIn(t, srv, name)
			for i, path := range []string{"portfolio", "monitoring"} {
				expected := want[role][i]
				if county != own.code {
					expected = http.StatusNotFound
				}
				if status, body := b.get(fmt.Sprintf("/v1/publications/%d/%s", s.own, path)); status != expected {
					t.Errorf("%s asks for the %s: %d, want %d: %s", name, path, status, expected, body)
				}
			}
		}
	}
	got := read[items[publication.Monitoring]](signedIn(t, srv, "auditor of "+own.code), fmt.Sprintf("/v1/publications/%d/monitoring", s.own))
	if len(got.Items) != 1 || got.Items[0].Kind != publication.MonitoringFairness || string(got.Items[0].Result) != `{"households":780}` {
		t.Errorf("%+v", got)
	}
}
