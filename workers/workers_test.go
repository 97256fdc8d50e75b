package workers_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"parus/fields"
	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/season"
	"parus/internal/services/servicetest"
	"parus/workers"
)

func TestMain(m *testing.M) { servicetest.Main(m) }

// counting is a stage of numbered units, for tests of what goes on around a
// stage: its work is real rows of the ledger and nothing else.
type counting struct {
	db    *postgis.DB
	name  string
	n     int
	works atomic.Int32
	do    func(ctx context.Context, n int32, c ledger.Claim) error // before the unit ends
	mib   []int64                                                  // that each is expected to take; nil: little
}

func (s *counting) Name() string { return s.name }

func (s *counting) Plan(_ context.Context, run season.Run) (workers.Plan, error) {
	var p workers.Plan
	for i := range s.n {
		u := ledger.Unit{Key: ledger.Key(s.name, 1, i), County: run.County, Stage: s.name, Item: fmt.Sprint(s.name, " ", i)}
		if s.mib != nil {
			u.MemoryBytes = s.mib[i] << 20
		}
		p.Units = append(p.Units, u)
	}
	return p, nil
}

func (s *counting) Work(ctx context.Context, c ledger.Claim) error {
	n := s.works.Add(1)
	if s.do != nil {
		if err := s.do(ctx, n, c); err != nil {
			return err
		}
	}
	return s.db.FinishUnit(ctx, c, ledger.Outcome{})
}

// house is a database, a queue and a run, all real.
type house struct {
	db    *postgis.DB
	url   string // of the database
	redis asynq.RedisConnOpt
	flush func()
	run   season.Run
}

func newHouse(t *testing.T) house {
	t.Helper()
	return newHouseBy(t, servicetest.Redis(t))
}

// newHouseBy is newHouse with another Redis.
func newHouseBy(t *testing.T, uri string) house {
	t.Helper()
	db, url := postgistest.Open(t)
	redisOpt, err := workers.ParseRedis(uri)
	if err != nil {
		t.Fatal(err)
	}
	county := fields.County{Code: "370199", Name: "测试县", Currency: "CNY"}
	registry, err := db.ImportRegistry(t.Context(), postgis.RegistryRelease{County: county, Digest: "d", Source: "none"})
	if err != nil {
		t.Fatal(err)
	}
	run, err := db.StartRun(t.Context(), season.Run{County: county.Code, Season: "s", Registry: registry, Spec: season.Spec{County: county}})
	if err != nil {
		t.Fatal(err)
	}
	flush := func() {
		client := redisOpt.MakeRedisClient().(redis.UniversalClient)
		defer client.Close()
		if err := client.FlushDB(context.Background()).Err(); err != nil {
			t.Error(err)
		}
	}
	return house{db, url, redisOpt, flush, run}
}

// drive runs a worker and a reconciler until the run ends, and returns how.
func (h house) drive(t *testing.T, stages ...workers.Stage) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	wake := make(chan struct{}, 1)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	w := &workers.Worker{Claims: h.db, Stages: stages, Log: log, Woke: func(string) {
		select {
		case wake <- struct{}{}:
		default:
		}
	}}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := w.Serve(ctx, h.redis, 4); err != nil {
			t.Error(err)
		}
	})
	defer serving.Wait()
	defer stop()
	q := workers.NewQueue(h.redis)
	defer q.Close()
	r := workers.Reconciler{Ledger: h.db, Queue: q, Stages: stages, Log: log, Now: time.Now, Wake: wake}
	return r.Drive(ctx, h.run)
}

func TestARunDoesEveryUnitOnceAndASecondOneNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second := &counting{db: h.db, name: "first", n: 20}, &counting{db: h.db, name: "second", n: 5}
	for range 2 {
		if err := h.drive(t, first, second); err != nil {
			t.Fatal(err)
		}
		if first.works.Load() != 20 || second.works.Load() != 5 {
			t.Fatalf("%d and %d units worked on, want 20 and 5", first.works.Load(), second.works.Load())
		}
	}
}

func TestLosingAllOfTheQueueLosesNoWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := &counting{db: h.db, name: "first", n: 30}
	s.do = func(_ context.Context, n int32, _ ledger.Claim) error {
		if n == 5 {
			h.flush()
		}
		return nil
	}
	// A fresh drive forgets what it has put on the queue, as a restarted
	// process does.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if err := h.drive(t, s); err == nil {
			break
		}
	}
	p, err := h.db.RunProgress(t.Context(), h.run.ID)
	if err != nil || p[0].Done != 30 {
		t.Fatalf("progress %+v, %v; want 30 done", p, err)
	}
}

func TestAPassingErrorIsTriedAgainAndAPermanentOneIsNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var tries, hopeless atomic.Int32
	s := &counting{db: h.db, name: "first", n: 3, do: func(_ context.Context, _ int32, c ledger.Claim) error {
		switch c.Item {
		case "first 0":
			if tries.Add(1) == 1 {
				return errors.New("the network is away")
			}
		case "first 1":
			hopeless.Add(1)
			return workers.Permanent(errors.New("band B04 of scene X is corrupt"))
		}
		return nil
	}}
	if err := h.drive(t, s); err != nil {
		t.Fatal(err)
	}
	if tries.Load() != 2 || hopeless.Load() != 1 {
		t.Errorf("passing error tried %d times, permanent one %d; want 2 and 1", tries.Load(), hopeless.Load())
	}
	out, err := h.db.RunOutcomes(t.Context(), h.run.ID)
	if err != nil || len(out) != 3 {
		t.Fatalf("outcomes %+v, %v", out, err)
	}
	if out[1].Outcome != "failed" || out[1].Reason != "band B04 of scene X is corrupt" {
		t.Errorf("outcome of the corrupt item is %+v", out[1])
	}
}

func TestARunWithNothingUsableLeftFailsWithTheReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := &counting{db: h.db, name: "first", n: 2, do: func(context.Context, int32, ledger.Claim) error {
		return workers.Permanent(errors.New("no such file"))
	}}
	never := &counting{db: h.db, name: "second", n: 1}
	err := h.drive(t, s, never)
	if err == nil || never.works.Load() != 0 {
		t.Fatalf("the run ends with %v, and the next stage did %d units", err, never.works.Load())
	}
	run, e := h.db.Run(t.Context(), h.run.ID)
	if e != nil || run.State != season.RunFailed || run.Reason != err.Error() {
		t.Fatalf("the run is kept as %s: %q, %v; want failed: %q", run.State, run.Reason, e, err)
	}
}

func TestAHandlerThatPanicsFailsItsUnitAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := &counting{db: h.db, name: "first", n: 4, do: func(_ context.Context, _ int32, c ledger.Claim) error {
		if c.Item == "first 2" {
			panic("index out of range")
		}
		return nil
	}}
	if err := h.drive(t, s); err != nil {
		t.Fatal(err)
	}
	p, err := h.db.RunProgress(t.Context(), h.run.ID)
	if err != nil || p[0].Done != 3 || p[0].Failed != 1 {
		t.Fatalf("progress %+v, %v; want 3 done and 1 failed", p, err)
	}
}
