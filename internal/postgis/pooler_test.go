package postgis_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
	"parus/internal/services/servicetest"
)

// pooled opens a database anew through a pooler with so many sessions.
func pooled(t *testing.T, url string, sessions int) (*postgis.DB, string) {
	t.Helper()
	through := servicetest.Pooler(t, url, sessions)
	db, err := postgis.Open(t.Context(), through)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db, through
}

func TestAPoolerIsNoticed(t *testing.T) {
	t.Parallel()
	direct, url := postgistest.Open(t)
	if direct.ThroughPooler() {
		t.Error("PostgreSQL itself is taken for a pooler")
	}
	db, through := pooled(t, url, 1)
	if !db.ThroughPooler() {
		t.Error("a pooler is taken for PostgreSQL")
	}
	for given, want := range map[string]string{"pool=cheap": "write transaction, session or none", "silence=1ms": "write a time of a second", "silence=x": "write a time of"} {
		if _, err := postgis.Open(t.Context(), through+"&"+given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", given, err)
		}
	}
	said, err := postgis.Open(t.Context(), through+"&pool=transaction&silence=1h")
	if err != nil || !said.ThroughPooler() {
		t.Fatal(err)
	}
	said.Close()
}

func TestASchemaIsNotMigratedThroughAPooler(t *testing.T) {
	t.Parallel()
	_, url := postgistest.Open(t)
	db, _ := pooled(t, url, 1)
	if err := db.Migrate(t.Context()); err != nil { // there is nothing to do
		t.Error(err)
	}
	empty, _ := pooled(t, servicetest.Database(t), 1)
	err := empty.Migrate(t.Context())
	if e := (postgis.SchemaError{}); !errors.As(err, &e) || e.Got != 0 || !strings.Contains(err.Error(), "PostgreSQL's own address") {
		t.Error(err)
	}
}

// TestScopesDoNotLeakThroughAPooler lets people of two counties, some of whom
// break off, share one session of PostgreSQL: each sees the own county alone, and
// whoever comes without a scope sees nothing.
func TestScopesDoNotLeakThroughAPooler(t *testing.T) {
	t.Parallel()
	direct, url := postgistest.Open(t)
	a, b := twoCounties(t, direct)
	conn := connect(t, url)
	pubs := map[string]int64{"370198": publish(t, conn, a), "370199": publish(t, conn, b)}
	db, through := pooled(t, url, 1)
	var all sync.WaitGroup
	var cut atomic.Int32
	for who := range 6 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(8, uint64(who)))
			for range 20 {
				county, other := "370198", "370199"
				if r.IntN(2) == 1 {
					county, other = other, county
				}
				ctx, cancel := context.WithCancel(t.Context())
				broken := r.IntN(4) == 0
				if broken {
					time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, cancel)
				}
				scope := publication.Scope{Counties: []string{county}, Scores: true}
				l, err := db.Publications(ctx, scope)
				if err == nil && (len(l) != 1 || l[0].ID != pubs[county]) {
					t.Errorf("within %s there are publications %v", county, l)
				}
				page, err2 := db.Households(ctx, scope, pubs[other], publication.HouseholdQuery{Limit: 10})
				if err2 == nil && len(page.Items)+page.Total > 0 {
					t.Errorf("within %s there are households of %s", county, other)
				}
				_, err3 := db.HouseholdCard(ctx, scope, pubs[county], "H"+county+"p")
				if !broken && (err != nil || err3 != nil) {
					t.Errorf("%s: %v, %v", county, err, err3)
				}
				if err3 != nil {
					cut.Add(1)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if cut.Load() == 0 {
		t.Error("nobody has broken off: the case shows nothing")
	}
	var role, counties string
	if err := db.Raw(t.Context(), `select current_setting('role'), coalesce(current_setting('parus.counties', true), '')`, &role, &counties); err != nil {
		t.Fatal(err)
	}
	if role != "none" || counties != "" {
		t.Errorf("a session is handed on with role %q and counties %q", role, counties)
	}
	tx, err := connect(t, through+"&default_query_exec_mode=cache_describe").Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	if _, err := tx.Exec(t.Context(), `set local role parus_web`); err != nil {
		t.Fatal(err)
	}
	if err := tx.QueryRow(t.Context(), `select count(*) from household`).Scan(&seen); err != nil || seen != 0 {
		t.Errorf("without a scope %d households are seen, %v", seen, err)
	}
}
