package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/vault"
	"parus/web"
)

// The county code of this ID number is not assigned, so nobody can have it.
var farmer = vault.Secret{Name: "王小明", IDNumber: "370199199001011237", Phone: "13800000000", Address: "红旗村1号"}

// lockedLog is a log that many may write to.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// withPeople seeds personal data of the own county, in a release that its
// publication refers to, and serves them with keys and a log of everything.
func withPeople(t *testing.T) (s seeded, srv *httptest.Server, keys *vault.County, log *lockedLog) {
	t.Helper()
	s = seed(t)
	ring := importPeople(t, s)
	keys, err := ring.County(own.code)
	if err != nil {
		t.Fatal(err)
	}
	log = &lockedLog{}
	h, err := web.New(web.Config{Keys: ring, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, s.db)
	if err != nil {
		t.Fatal(err)
	}
	srv = httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return s, srv, keys, log
}

// importPeople puts a release of the own county with a farmer's data behind its
// publication, and returns the keys.
func importPeople(t *testing.T, s seeded) *vault.Ring {
	t.Helper()
	ring := &vault.Ring{}
	ring.AddCounty(own.code, time.Now())
	keys, err := ring.County(own.code)
	if err != nil {
		t.Fatal(err)
	}
	release, err := s.db.ImportRegistry(t.Context(), postgis.RegistryRelease{
		County: fields.County{Code: own.code, Name: own.name, Currency: "CNY"}, Digest: "people", Source: "x", Keys: keys,
		Households: []fields.Household{{ID: s.first.household, DisplayName: "王**"}},
		People:     []vault.Person{{HouseholdID: s.first.household, Holder: true, NameMask: "王**", IDMask: "370199********1237", PhoneMask: "138****0000", Secret: farmer}},
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), `update publication set registry = $1 where id = $2`, release, s.own); err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestPersonalDataAreRevealedToARoleForAPurpose(t *testing.T) {
	t.Parallel()
	s, srv, keys, log := withPeople(t)
	path := "/v1/households/" + s.first.household + "/reveal"
	good := map[string]any{"purpose": "visit before the loan"}
	if status, _ := newBrowser(t, srv).send(http.MethodPost, path, good); status != http.StatusUnauthorized {
		t.Errorf("nobody is answered %d", status)
	}
	revealed := 0
	for _, role := range publication.Roles() {
		name := "reveals " + string(role)
		addAccount(t, s, name, role, own.code)
		want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[role.Reveals()]
		b := signedIn(t, srv, name)
		status, body := b.send(http.MethodPost, path, good)
		if status != want || strings.Contains(string(body), farmer.IDNumber) != role.Reveals() {
			t.Errorf("%s is answered %d, want %d: %s", role, status, want, body)
		}
		if role.Reveals() {
			revealed++
		}
		status, body = b.send(http.MethodPost, fmt.Sprintf("/v1/publications/%d/people", s.own), map[string]any{"text": "138 0000 0000", "purpose": "call back"})
		if status != want || strings.Contains(string(body), s.first.household) != role.Reveals() || strings.Contains(string(body), farmer.Phone) {
			t.Errorf("%s finds %d: %s", role, status, body)
		}
	}
	b := signedIn(t, srv, "reveals officer")
	for _, purpose := range []any{"", "   ", "abc", strings.Repeat("x", 201), nil, 7} {
		if status, body := b.send(http.MethodPost, path, map[string]any{"purpose": purpose}); status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
			t.Errorf("purpose %v: status %d: %s", purpose, status, body)
		}
	}
	if status, _ := b.get(path); status != http.StatusMethodNotAllowed && status != http.StatusNotFound {
		t.Errorf("GET answers %d", status)
	}
	addAccount(t, s, "stranger", publication.Officer, foreign.code)
	for _, p := range []string{path, "/v1/households/none/reveal"} {
		if status, body := signedIn(t, srv, "stranger").send(http.MethodPost, p, good); status != http.StatusNotFound {
			t.Errorf("a stranger is answered %d: %s", status, body)
		}
	}
	entries, err := s.db.Audit(t.Context(), own.code)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, e := range entries {
		if e.Act == "reveal" {
			lines++
			if e.Purpose != "visit before the loan" || !strings.HasPrefix(e.Actor, "reveals ") {
				t.Errorf("%+v", e)
			}
		}
	}
	if err := keys.Verify(entries, ""); err != nil || lines != revealed {
		t.Errorf("%d lines in the audit, want %d; %v", lines, revealed, err)
	}
	text, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	for _, datum := range []string{farmer.Name, farmer.IDNumber, farmer.Phone, farmer.Address, "138 0000 0000"} {
		if strings.Contains(log.String(), datum) || strings.Contains(string(text), datum) {
			t.Error("the log or the audit holds a personal datum")
		}
	}
}

func TestAServerWithoutKeysSaysSo(t *testing.T) {
	t.Parallel()
	s, _, _, _ := withPeople(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	status, body := b.send(http.MethodPost, "/v1/households/"+s.first.household+"/reveal", map[string]any{"purpose": "visit at home"})
	if status != http.StatusNotFound || !strings.Contains(string(body), "no_keys") {
		t.Errorf("status %d: %s", status, body)
	}
}

// verbose writes everything to a log.
func verbose(log *lockedLog) *slog.Logger {
	return slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
