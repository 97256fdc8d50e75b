package workers_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/workers"
)

func TestALostQueueIsNoticedOnceByEachWhoUsesIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, other := workers.NewQueue(h.redis), workers.NewQueue(h.redis)
	defer one.Close()
	defer other.Close()
	lost := func(q *workers.Queue, at int64) int64 {
		t.Helper()
		l, err := q.LostAt(t.Context(), time.Unix(at, 0))
		if err != nil {
			t.Fatal(err)
		}
		if l.IsZero() {
			return 0
		}
		return l.Unix()
	}
	for at := range int64(3) {
		if l := lost(one, 1+at) + lost(other, 1+at); l != 0 {
			t.Errorf("before anything is lost: %d", l)
		}
	}
	h.flush()
	if l := lost(one, 10); l != 10 {
		t.Errorf("the first notices it at %d, want 10", l)
	}
	if l := lost(one, 11); l != 10 {
		t.Errorf("the first notices it again, at %d", l)
	}
	if l := lost(other, 12); l != 12 {
		t.Errorf("the other notices it at %d, want 12", l)
	}
}

// TestALostQueueIsFilledAgainByWhoFilledIt drives with a clock that stands, so
// that nothing is put on the queue again for having waited.
func TestALostQueueIsFilledAgainByWhoFilledIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := &counting{db: h.db, name: "first", n: 20}
	s.do = func(_ context.Context, n int32, _ ledger.Claim) error {
		if n == 3 {
			h.flush()
		}
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	w := &workers.Worker{Claims: h.db, Stages: []workers.Stage{s}, Log: log}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := w.Serve(ctx, h.redis, 1); err != nil {
			t.Error(err)
		}
	})
	defer serving.Wait()
	defer stop()
	q := workers.NewQueue(h.redis)
	defer q.Close()
	stands := time.Now()
	r := workers.Reconciler{Ledger: h.db, Queue: q, Stages: []workers.Stage{s}, Log: log, Now: func() time.Time { return stands }}
	if err := r.Drive(ctx, h.run); err != nil {
		t.Fatal(err)
	}
	if n := s.works.Load(); n != 20 {
		t.Errorf("%d units worked on, want 20", n)
	}
}

// TestATaskInTheHandsOfADeadWorkerIsPutThereAnew takes a task from the queue as
// asynq does, and does nothing more: no worker says that it has it.
func TestATaskInTheHandsOfADeadWorkerIsPutThereAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	client := h.redis.MakeRedisClient().(redis.UniversalClient)
	defer client.Close()
	q := workers.NewQueue(h.redis)
	defer q.Close()
	u := ledger.Ready{Key: ledger.Key("decide", 1, "x"), Stage: "decide"}
	put := func(again bool) (waiting int64) {
		t.Helper()
		u.Again = again
		if err := q.Enqueue(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		return client.LLen(t.Context(), "asynq:{season}:pending").Val()
	}
	take := func() {
		t.Helper()
		id, err := client.RPopLPush(t.Context(), "asynq:{season}:pending", "asynq:{season}:active").Result()
		if err != nil {
			t.Fatal(err)
		}
		client.HSet(t.Context(), "asynq:{season}:t:"+id, "state", "active")
		client.ZAdd(t.Context(), "asynq:{season}:lease", redis.Z{Member: id, Score: float64(time.Now().Add(30 * time.Second).Unix())})
	}
	if n := put(false); n != 1 {
		t.Fatalf("%d tasks wait, want 1", n)
	}
	take()
	if n := put(false); n != 0 {
		t.Errorf("a moment later %d wait: whoever has it may be about to claim it", n)
	}
	if n := put(true); n != 1 {
		t.Errorf("%d wait in place of what nobody has, want 1", n)
	}
	if n := put(true); n != 1 {
		t.Errorf("%d wait, want the one before", n)
	}
	for range 10 { // one after the other dies with it: it has an end
		if client.LLen(t.Context(), "asynq:{season}:pending").Val() > 0 {
			take()
		}
		put(true)
	}
	if n := client.LLen(t.Context(), "asynq:{season}:active").Val(); n != 4 {
		t.Errorf("%d tasks of one unit, want 4 at most", n)
	}
}

func TestAUnitDeliveredManyTimesIsDoneOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := &counting{db: h.db, name: "first", n: 5}
	plan, err := s.Plan(t.Context(), h.run)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.PlanUnits(t.Context(), h.run.ID, s.name, plan.Units); err != nil {
		t.Fatal(err)
	}
	ready, err := h.db.ReadyUnits(t.Context(), h.run.ID, 10)
	if err != nil || len(ready) != 5 {
		t.Fatalf("%+v, %v", ready, err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	deliver := func() {
		var all sync.WaitGroup
		for range 2 {
			w := &workers.Worker{Claims: h.db, Stages: []workers.Stage{s}, Log: log}
			for range 6 {
				for _, u := range ready {
					all.Go(func() {
						if err := w.Do(t.Context(), u); err != nil {
							t.Error(err)
						}
					})
				}
			}
		}
		all.Wait()
	}
	deliver()
	deliver() // and once more after all are done
	if n := s.works.Load(); n != 5 {
		t.Errorf("%d works, want 5", n)
	}
	done, err := h.db.FinishedUnits(t.Context(), h.run.ID, s.name)
	if err != nil || len(done) != 5 {
		t.Errorf("%d units at their end, %v; want 5", len(done), err)
	}
}

// absent is a ledger that goes away: while it is, results and failures cannot be
// written.
type absent struct {
	*postgis.DB
	failures atomic.Int32 // that can't be written
}

var errGone = ledgerGone{}

type ledgerGone struct{}

func (ledgerGone) Error() string { return "unexpected EOF" }

func (a *absent) Away(err error) bool { return err != nil && err.Error() == errGone.Error() }

func (a *absent) FailUnit(ctx context.Context, c ledger.Claim, f ledger.Failure) error {
	if a.failures.Add(-1) >= 0 {
		return errGone
	}
	return a.DB.FailUnit(ctx, c, f)
}

func TestALedgerThatGoesAwayIsNoFaultOfTheUnit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const outages = 6 // more than a unit is tried that fails by itself
	s := &counting{db: h.db, name: "first", n: 1, do: func(_ context.Context, n int32, _ ledger.Claim) error {
		if n <= outages {
			return errGone
		}
		return nil
	}}
	plan, err := s.Plan(t.Context(), h.run)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.PlanUnits(t.Context(), h.run.ID, s.name, plan.Units); err != nil {
		t.Fatal(err)
	}
	ready, err := h.db.ReadyUnits(t.Context(), h.run.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	claims := &absent{DB: h.db}
	claims.failures.Store(2) // the first outage goes on while it is to be written
	w := &workers.Worker{Claims: claims, Stages: []workers.Stage{s}, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	for range outages {
		if err := w.Do(t.Context(), ready[0]); err == nil || workers.IsPermanent(err) {
			t.Fatalf("during an outage: %v", err)
		}
	}
	if err := w.Do(t.Context(), ready[0]); err != nil {
		t.Fatal(err)
	}
	done, err := h.db.FinishedUnits(t.Context(), h.run.ID, s.name)
	if err != nil || len(done) != 1 || done[0].State != ledger.Done {
		t.Errorf("%+v, %v", done, err)
	}
}
