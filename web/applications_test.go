package web_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/credit"
	"parus/internal/publication"
	"parus/web"

	"github.com/jackc/pgx/v5"
)

// lender is a server at which some households of the own county, and one of the
// foreign, can apply.
type lender struct {
	seeded
	srv        *httptest.Server
	households []string
	foreigner  string
	keys       int
	asOf       time.Time // of the decisions; zero: 20 August 2025
}

func newLender(t *testing.T) *lender {
	t.Helper()
	l := &lender{seeded: seed(t)}
	opened, began := time.Date(2025, 8, 25, 4, 0, 0, 0, time.UTC), time.Now()
	now := func() time.Time { return opened.Add(time.Since(began)) }
	head, err := web.NewLetterhead("青禾农村商业银行", "青禾县人民路 1 号", "")
	if err != nil {
		t.Fatal(err)
	}
	cfg := web.Config{Today: now, Letterhead: head}
	h, err := web.New(cfg, l.db)
	if err != nil {
		t.Fatal(err)
	}
	l.srv = httptest.NewServer(h)
	t.Cleanup(l.srv.Close)
	conn, err := pgx.Connect(t.Context(), l.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	l.households = l.score(t, conn, l.own, 8)
	l.foreigner = l.score(t, conn, l.foreign, 1)[0]
	return l
}

// score gives the first households of a publication real decisions, and their
// consent.
func (l *lender) score(t *testing.T, conn *pgx.Conn, pub int64, n int) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select id from published_household where publication = $1 order by id limit $2`, pub, n)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	policy, err := credit.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := credit.NewEngine(policy)
	if err != nil {
		t.Fatal(err)
	}
	day := l.asOf
	if day.IsZero() {
		day = time.Date(2025, 8, 20, 0, 0, 0, 0, time.UTC)
	}
	on := func(days int) credit.Date {
		d, err := credit.ParseDate(day.AddDate(0, 0, days).Format(time.DateOnly))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const decided = `
		with unit as (
			insert into work (key, county, stage, item, payload, state) select 'decided ' || id, county, 'decide', 'x', '{}', 'done' from publication where id = $1 returning id
		), of as (
			insert into run_work (run, unit) select p.run, unit.id from unit, publication p where p.id = $1
		)
		select id from unit`
	var unit int64
	if err := conn.QueryRow(t.Context(), decided, pub).Scan(&unit); err != nil {
		t.Fatal(err)
	}
	q := &pgx.Batch{}
	for _, id := range ids {
		s, err := engine.NewSnapshot(credit.Case{HouseholdID: id, Season: seasonOf.Name, Currency: "CNY", AsOf: on(0), ModelVersion: "m",
			Market: []credit.Market{{Code: "maize", PricePerKg: 2.3, LogPriceSD: .12, CashCostPerMu: 600, HarvestEnd: on(56)}},
			Parcels: []credit.Parcel{{ID: id + "p", GeometryMu: 20, CultivatedShare: 1, MatchP: 1, Certified: true,
				Crops: []credit.CropChance{{Code: "maize", P: 1, MeanKgPerMu: 500, SDCounty: .1, SDModel: .1}}}}})
		if err != nil {
			t.Fatal(err)
		}
		snapshot, _ := json.Marshal(s)
		decision, _ := json.Marshal(s.Decision)
		q.Queue(`insert into decision (unit, household_id, digest, snapshot, decision, line_fen, pd, apr, referred, reasons)
			values ($1, $2, $3, $4, $5, 0, 0, 0, false, '{}')`, unit, id, s.Digest, snapshot, decision)
		d := s.Decision
		q.Queue(`update published_household set decision = $3, line_fen = $4, pd = $5, apr = $6, due_date = $7, referred = false where publication = $1 and id = $2`,
			pub, id, decision, d.LineFen, d.PD, d.APR, d.DueDate.Time())
		q.Queue(`insert into consent (county, household, at, act, actor, evidence) select county, $2, $3, 'give', 'x', 'paper' from publication where id = $1`, pub, id, day.AddDate(0, 0, -79))
	}
	if err := conn.SendBatch(t.Context(), q).Close(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// as signs in with a role, under its own name.
func (l *lender) as(t *testing.T, role publication.Role, name string, counties ...string) *browser {
	t.Helper()
	addAccount(t, l.seeded, name, role, counties...)
	return signedIn(t, l.srv, name)
}

// post sends a body with an idempotency key, none where it is empty.
func (b *browser) post(path, key string, body any) (int, []byte) {
	b.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, b.base+path, bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, out
}

func (l *lender) asking(i int) map[string]any {
	return map[string]any{"publication": l.own, "household_id": l.households[i], "asked_fen": 300_000, "identity": "checked"}
}

// apply is a new application of the i-th household; edit changes it.
func (l *lender) apply(t *testing.T, b *browser, i int, edit map[string]any) publication.Answer {
	t.Helper()
	body := l.asking(i)
	for k, v := range edit {
		body[k] = v
	}
	l.keys++
	status, out := b.post("/v1/applications", fmt.Sprint("k", l.keys), body)
	var a publication.Answer
	if err := json.Unmarshal(out, &a); err != nil || status != http.StatusCreated {
		t.Fatalf("apply: status %d: %s", status, out)
	}
	return a
}

type problemBody struct{ Code, Next string }

func problemOf(t *testing.T, body []byte) problemBody {
	t.Helper()
	var p problemBody
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return p
}

// The lender's day is in August 2025, whatever the clock says: the same request
// is too late at a server that does business by the clock.
func TestBusinessIsDoneOnTheDayOfBusiness(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	b := l.as(t, publication.Officer, "officer", own.code)
	type session struct{ Today string }
	if got := read[session](b, "/v1/session"); got.Today != "2025-08-25" {
		t.Errorf("the page is told that today is %q", got.Today)
	}
	if a := l.apply(t, b, 0, nil); a.Offer.LineFen == 0 {
		t.Errorf("no line: %+v", a)
	}
	byTheClock := serve(t, l.seeded)
	late := signedIn(t, byTheClock, "officer")
	if got := read[session](late, "/v1/session"); got.Today != "" {
		t.Errorf("a server by the clock says that today is %q", got.Today)
	}
	if status, body := late.post("/v1/applications", "late", l.asking(1)); status != http.StatusConflict || problemOf(t, body).Code != "season_over" {
		t.Errorf("%d: %s", status, body)
	}
}

// Every act by every role of the county and of another.
func TestEveryRoleDoesItsOwnActsToApplicationsAndNoOther(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	officer := l.as(t, publication.Officer, "teller", own.code)
	may := map[string]publication.Role{"apply": publication.Officer, "approve": publication.Approver, "reject": publication.Approver,
		"accept": publication.Officer, "draw": publication.Officer, "repay": publication.Officer, "withdraw": publication.Officer}
	in := l.apply(t, officer, 0, map[string]any{"identity": "unchecked"})
	refused := l.apply(t, officer, 1, map[string]any{"identity": "unchecked"})
	decided := l.apply(t, officer, 2, nil)
	steps := []struct {
		act    string
		id     int64
		amount int
	}{{"approve", in.ID, 0}, {"reject", refused.ID, 0}, {"accept", in.ID, 0}, {"draw", in.ID, 1000}, {"repay", in.ID, 1000}, {"withdraw", decided.ID, 0}}
	everybody := map[string]*browser{}
	for _, role := range publication.Roles() {
		everybody[string(role)] = l.as(t, role, string(role), own.code)
		everybody["foreign "+string(role)] = l.as(t, role, "foreign "+string(role), foreign.code)
	}
	try := func(act string, does func(b *browser) (int, []byte)) {
		t.Helper()
		var allowed string
		for name, b := range everybody {
			role, isForeign := strings.CutPrefix(name, "foreign ")
			if role == name && !isForeign && publication.Role(name) == may[act] {
				allowed = name
				continue
			}
			want := http.StatusForbidden
			if role == string(publication.Partner) || isForeign && publication.Role(role) == may[act] {
				want = http.StatusNotFound
			}
			if status, body := does(b); status != want || problemOf(t, body).Next == "" {
				t.Errorf("%s by %s is answered %d, want %d: %s", act, name, status, want, body)
			}
		}
		if status, body := does(everybody[allowed]); status > http.StatusCreated {
			t.Errorf("%s by %s is answered %d: %s", act, allowed, status, body)
		}
		if status, _ := does(newBrowser(t, l.srv)); status != http.StatusUnauthorized {
			t.Errorf("%s by nobody is answered %d", act, status)
		}
	}
	n := 0
	try("apply", func(b *browser) (int, []byte) {
		n++
		return b.post("/v1/applications", fmt.Sprint("role", n), l.asking(3))
	})
	for _, s := range steps {
		try(s.act, func(b *browser) (int, []byte) {
			return b.send(http.MethodPost, fmt.Sprintf("/v1/applications/%d/moves", s.id), map[string]any{"act": s.act, "amount_fen": s.amount, "reason": "看过"})
		})
	}
	for name, b := range everybody {
		role, isForeign := strings.CutPrefix(name, "foreign ")
		sees := !isForeign && role != string(publication.Partner)
		want, rows := http.StatusNotFound, 0
		if sees {
			want, rows = http.StatusOK, 4
		}
		if status, body := b.get(fmt.Sprintf("/v1/applications/%d", in.ID)); status != want {
			t.Errorf("%s reads it: %d: %s", name, status, body)
		}
		if list := read[items[publication.Application]](b, "/v1/applications"); len(list.Items) != rows {
			t.Errorf("%s lists %d", name, len(list.Items))
		}
		if status, _ := b.get("/v1/limits?county=" + own.code); status != want {
			t.Errorf("%s reads limits: %d", name, status)
		}
		if status, _ := b.get(fmt.Sprintf("/v1/publications/%d/applications.csv", l.own)); status != want {
			t.Errorf("%s reads the table: %d", name, status)
		}
		amount := map[string]any{"county": own.code, "kind": "county", "key": own.code, "amount_fen": 900_000_00}
		want = http.StatusForbidden
		switch {
		case role == string(publication.Partner), isForeign && role == string(publication.Risk):
			want = http.StatusNotFound
		case name == string(publication.Risk):
			want = http.StatusOK
		}
		if status, body := b.send(http.MethodPut, "/v1/limits", amount); status != want {
			t.Errorf("%s sets a limit: %d, want %d: %s", name, status, want, body)
		}
		want = http.StatusForbidden
		switch {
		case role == string(publication.Partner), isForeign && role == string(publication.Officer):
			want = http.StatusNotFound
		case name == string(publication.Officer):
			want = http.StatusNoContent
		}
		consent := map[string]any{"publication": l.own, "household_id": l.households[7], "act": "revoke", "evidence": "口头"}
		if status, body := b.send(http.MethodPost, "/v1/consents", consent); status != want {
			t.Errorf("%s records a consent: %d, want %d: %s", name, status, want, body)
		}
	}
	if r, err := l.db.VerifyBook(t.Context(), own.code, ""); err != nil || len(r.Differences) != 0 || r.Events != 14 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestWhoAppliedDoesNotApprove(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	b := l.as(t, publication.Officer, "twohats", own.code)
	a := l.apply(t, b, 0, map[string]any{"identity": "unchecked"})
	conn, err := pgx.Connect(t.Context(), l.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `update account set role = 'approver' where name = 'twohats'`); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/v1/applications/%d", a.ID)
	if card := read[publication.ApplicationCard](b, path); len(card.Next) != 0 {
		t.Errorf("is told to %v", card.Next)
	}
	status, body := b.send(http.MethodPost, path+"/moves", map[string]any{"act": "approve"})
	if status != http.StatusForbidden || problemOf(t, body).Code != "same_person" {
		t.Errorf("%d: %s", status, body)
	}
	other := l.as(t, publication.Approver, "other", own.code)
	if card := read[publication.ApplicationCard](other, path); len(card.Next) != 2 {
		t.Errorf("another is told to %v", card.Next)
	}
}

func TestApplicationsAreRefusedByCode(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	b := l.as(t, publication.Officer, "officer", own.code)
	first := l.apply(t, b, 0, nil).ID
	with := func(i int, key string, v any) map[string]any {
		body := l.asking(i)
		body[key] = v
		return body
	}
	for _, c := range []struct {
		name, key string
		body      map[string]any
		want      int
		code      string
	}{
		{"no key", "", l.asking(1), http.StatusUnprocessableEntity, "bad_request"},
		{"a key with blanks", "a b", l.asking(1), http.StatusBadRequest, "bad_idempotency_key"},
		{"a key that was used", "k1", l.asking(1), http.StatusConflict, "idempotency_key"},
		{"half a fen", "r", with(1, "asked_fen", 1000.5), http.StatusUnprocessableEntity, "bad_request"},
		{"an amount in words", "r", with(1, "asked_fen", "much"), http.StatusUnprocessableEntity, "bad_request"},
		{"nothing", "r", with(1, "asked_fen", 0), http.StatusUnprocessableEntity, "bad_amount"},
		{"less than nothing", "r", with(1, "asked_fen", -5), http.StatusUnprocessableEntity, "bad_amount"},
		{"a province", "r", with(1, "asked_fen", int64(9e18)), http.StatusUnprocessableEntity, "bad_amount"},
		{"negative debts", "r", with(1, "debt_due_fen", -1), http.StatusUnprocessableEntity, "bad_debt"},
		{"signed next year", "r", with(1, "signed_at", "2026-08-25T00:00:00Z"), http.StatusUnprocessableEntity, "signed_ahead"},
		{"an open application", "r", l.asking(0), http.StatusConflict, "open_application"},
		{"a household of another county", "r", with(1, "household_id", l.foreigner), http.StatusNotFound, "not_found"},
		{"another county's publication", "r", with(1, "publication", l.foreign), http.StatusNotFound, "not_found"},
		{"a publication that is not there", "r", with(1, "publication", 9999), http.StatusNotFound, "not_found"},
		{"a household that is not there", "r", with(1, "household_id", "nobody"), http.StatusNotFound, "not_found"},
		{"more than is known", "r", with(1, "sex", "f"), http.StatusUnprocessableEntity, "bad_request"},
	} {
		status, body := b.post("/v1/applications", c.key, c.body)
		if p := problemOf(t, body); status != c.want || p.Code != c.code || p.Next == "" {
			t.Errorf("%s is answered %d, want %d %s: %s", c.name, status, c.want, c.code, body)
		}
	}
	for _, c := range []struct {
		name string
		id   int64
		body map[string]any
		want int
		code string
	}{
		{"an act that nobody knows", first, map[string]any{"act": "expire"}, http.StatusUnprocessableEntity, "bad_request"},
		{"withdrawing without a reason", first, map[string]any{"act": "withdraw"}, http.StatusUnprocessableEntity, "bad_reason"},
		{"drawing before accepting", first, map[string]any{"act": "draw", "amount_fen": 1}, http.StatusConflict, "wrong_state"},
		{"a guessed id", 4711, map[string]any{"act": "accept"}, http.StatusNotFound, "not_found"},
	} {
		status, body := b.send(http.MethodPost, fmt.Sprintf("/v1/applications/%d/moves", c.id), c.body)
		if p := problemOf(t, body); status != c.want || p.Code != c.code || p.Next == "" {
			t.Errorf("%s is answered %d, want %d %s: %s", c.name, status, c.want, c.code, body)
		}
	}
	if r, err := l.db.VerifyBook(t.Context(), own.code, ""); err != nil || r.Applications != 1 || r.Events != 2 {
		t.Errorf("what was refused has left something: %+v, %v", r, err)
	}
}

func TestTheSameKeyAtOnceIsOneApplication(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	b := l.as(t, publication.Officer, "officer", own.code)
	var all sync.WaitGroup
	var mu sync.Mutex
	created, bodies := 0, map[string]int{}
	for range 12 {
		all.Go(func() {
			status, body := b.post("/v1/applications", "the-one", l.asking(0))
			mu.Lock()
			defer mu.Unlock()
			if status == http.StatusCreated {
				created++
			} else if status != http.StatusOK {
				t.Errorf("status %d: %s", status, body)
			}
			bodies[string(body)]++
		})
	}
	all.Wait()
	if created != 1 || len(bodies) != 1 {
		t.Errorf("%d were created, answers %v", created, bodies)
	}
	if r, err := l.db.VerifyBook(t.Context(), own.code, ""); err != nil || r.Applications != 1 || len(r.Differences) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestApplicationsAreListedPagedAndTabled(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	b := l.as(t, publication.Officer, "=cmd", own.code)
	for i := range 5 {
		l.apply(t, b, i, map[string]any{"identity": []string{"checked", "unchecked"}[i%2]})
	}
	seen := map[int64]bool{}
	for next := ""; ; {
		page := read[items[publication.Application]](b, fmt.Sprintf("/v1/applications?publication=%d&limit=2&cursor=%s", l.own, next))
		for _, a := range page.Items {
			if seen[a.ID] || a.HouseholdID == "" || a.Household == "" {
				t.Errorf("application %+v comes twice or without a household", a)
			}
			seen[a.ID] = true
		}
		if next = page.NextCursor; next == "" {
			break
		}
	}
	if len(seen) != 5 {
		t.Errorf("the pages hold %d applications, want 5", len(seen))
	}
	for query, want := range map[string]int{"state=referred": 2, "state=live": 5, "state=drawn": 0, "household=" + l.households[1]: 1, fmt.Sprint("publication=", l.foreign): 0} {
		if page := read[items[publication.Application]](b, "/v1/applications?"+query); len(page.Items) != want {
			t.Errorf("%s: %d, want %d", query, len(page.Items), want)
		}
	}
	if status, _ := b.get("/v1/applications?cursor=x"); status != http.StatusBadRequest {
		t.Errorf("a cursor of nowhere answers %d", status)
	}
	status, body := b.get(fmt.Sprintf("/v1/publications/%d/applications.csv", l.own))
	text, hasBOM := strings.CutPrefix(string(body), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if status != http.StatusOK || !hasBOM || err != nil || len(rows) != 6 {
		t.Fatalf("status %d, BOM %t, %v:\n%s", status, hasBOM, err, body)
	}
	if r := rows[1]; r[1] != l.households[0]+"\t" || r[4] != "decided" || r[5] != "3000.00" || r[15] != "'=cmd" {
		t.Errorf("first row %q", r)
	}
}
