package workers_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/workers"
)

// A unit that finds the disk of PostgreSQL full more often than a unit may fail is
// done once there is room, as if nothing had been, and the worker has rested.
func TestAFullDiskIsNoFailureOfTheUnit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	full := &pgconn.PgError{Code: "53100", Message: "could not extend file"}
	var mu sync.Mutex
	var attempts []int
	s := &counting{db: h.db, name: "observe", n: 1, do: func(_ context.Context, n int32, c ledger.Claim) error {
		mu.Lock()
		defer mu.Unlock()
		attempts = append(attempts, c.Attempts)
		if n <= 2 {
			return workers.Permanent(fmt.Errorf("write: %w", full)) // whatever it is marked as
		}
		return nil
	}}
	if err := h.drive(t, s); err != nil {
		t.Fatal(err)
	}
	if len(attempts) != 3 || attempts[2] != 1 {
		t.Errorf("attempts counted %v: those without room should not count", attempts)
	}
}

// unwellClaims are the ledger's, whose database takes nothing for the first
// claims and returns.
type unwellClaims struct {
	*postgis.DB
	refuses atomic.Int32
}

func (u *unwellClaims) FailUnit(ctx context.Context, c ledger.Claim, f ledger.Failure) error {
	if u.refuses.Add(-1) >= 0 {
		return fmt.Errorf("record: %w", &pgconn.PgError{Code: "53100", Message: "could not extend file"})
	}
	return u.DB.FailUnit(ctx, c, f)
}

// Giving a unit back may find no room either: the worker does so again.
func TestAUnitIsGivenBackOnceThereIsRoom(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	claims := &unwellClaims{DB: h.db}
	claims.refuses.Store(1)
	s := &counting{db: h.db, name: "observe", n: 1, do: func(context.Context, int32, ledger.Claim) error {
		return &pgconn.PgError{Code: "53100", Message: "could not extend file"}
	}}
	p, err := s.Plan(t.Context(), h.run)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.PlanUnits(t.Context(), h.run.ID, "observe", p.Units); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	w := &workers.Worker{Claims: claims, Stages: []workers.Stage{s}, Log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := w.Do(t.Context(), ledger.Ready{Key: p.Units[0].Key, Stage: "observe"}); err == nil || workers.IsPermanent(err) {
		t.Errorf("%v", err)
	}
	ready, err := h.db.ReadyUnits(t.Context(), h.run.ID, 10)
	if err != nil || len(ready) != 1 || ready[0].Deaths != 0 {
		t.Errorf("the unit does not wait again as before: %+v, %v", ready, err)
	}
	if text := log.String(); !strings.Contains(text, "PostgreSQL's disk is full") || !strings.Contains(text, "make room") {
		t.Errorf("the log says %s", text)
	}
}

// migrated does to the database what another release does.
func (h house) migrated(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, h.url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// A worker whose database another release has migrated takes nothing more, gives
// back what it has, and says so to whoever started it.
func TestAWorkerUnderAnotherSchemaTakesNothingAndLosesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := &counting{db: h.db, name: "observe", n: 2, do: func(ctx context.Context, n int32, _ ledger.Claim) error {
		if n == 1 { // while the first is in hand
			return h.migrated(ctx, `insert into goose_db_version (version_id, is_applied) values (9999, true)`)
		}
		return nil
	}}
	p, err := s.Plan(t.Context(), h.run)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.PlanUnits(t.Context(), h.run.ID, "observe", p.Units); err != nil {
		t.Fatal(err)
	}
	var halts []error
	w := &workers.Worker{Claims: h.db, Stages: []workers.Stage{s}, Log: slog.New(slog.DiscardHandler), Halt: func(err error) { halts = append(halts, err) }}
	for i, u := range p.Units {
		err := w.Do(t.Context(), ledger.Ready{Key: u.Key, Stage: "observe"})
		if e := (postgis.SchemaError{}); !errors.As(err, &e) || e.Got != 9999 || len(halts) != i+1 {
			t.Errorf("unit %d: %v, halted %v", i, err, halts)
		}
	}
	if n := s.works.Load(); n != 1 {
		t.Errorf("%d units were worked on", n)
	}
	if err := h.db.PlanUnits(t.Context(), h.run.ID, "observe", p.Units); !errors.As(err, new(postgis.SchemaError)) {
		t.Errorf("planning: %v", err)
	}
	if err := h.migrated(t.Context(), `delete from goose_db_version where version_id = 9999`); err != nil {
		t.Fatal(err)
	}
	ready, err := h.db.ReadyUnits(t.Context(), h.run.ID, 10)
	if err != nil || len(ready) != 2 {
		t.Errorf("%+v, %v: both should wait", ready, err)
	}
	if err := h.drive(t, s); err != nil {
		t.Fatal(err)
	}
}
