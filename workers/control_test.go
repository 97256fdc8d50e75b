package workers_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/internal/vault"
	"parus/workers"
)

func manager(why string) vault.Act {
	return vault.Act{Actor: "li (risk)", Purpose: why, At: time.Now().UTC()}
}

// staff is a worker and a reconciler of open runs, at work until the test ends.
func (h house) staff(t *testing.T, atOnce int, stages ...workers.Stage) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	wake := make(chan struct{}, 1)
	w := &workers.Worker{Claims: h.db, Stages: stages, Log: log, Room: workers.NewRoom(0), Woke: func(string) {
		select {
		case wake <- struct{}{}:
		default:
		}
	}}
	q := workers.NewQueue(h.redis)
	r := &workers.Reconciler{Ledger: h.db, Queue: q, Stages: stages, Log: log, Now: time.Now, Wake: wake}
	var all sync.WaitGroup
	all.Go(func() {
		if err := w.Serve(ctx, h.redis, atOnce); err != nil {
			t.Error(err)
		}
	})
	all.Go(func() {
		if err := r.DriveOpen(ctx, h.db); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		all.Wait()
		_ = q.Close() // at the end of all
	})
}

// await looks at the run until what is asked for holds.
func (h house) await(t *testing.T, what string, holds func(season.RunState, ledger.Progress) bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		s, err := h.db.RunState(ctx, h.run.ID)
		var p ledger.Progress
		if err == nil {
			var all []ledger.Progress
			if all, err = h.db.RunProgress(ctx, h.run.ID); len(all) > 0 {
				p = all[0]
			}
		}
		if err != nil {
			t.Fatalf("await %s: %v", what, err)
		}
		if holds(s, p) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("await %s: the run is %+v, its stage %+v", what, s, p)
		case <-tick.C:
		}
	}
}

// gate lets work through one unit at a time.
type gate struct {
	opened  chan struct{}
	entered atomic.Int32
}

func (g *gate) pass(ctx context.Context, _ int32, _ ledger.Claim) error {
	g.entered.Add(1)
	select {
	case <-g.opened:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestAPausedRunFinishesWhatIsInHandAndTakesUpNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	g := &gate{opened: make(chan struct{})}
	s := &counting{db: h.db, name: "first", n: 12, do: g.pass}
	h.staff(t, 2, s)
	h.await(t, "two in hand", func(_ season.RunState, p ledger.Progress) bool { return p.Running == 2 })
	if err := h.db.PauseRun(t.Context(), h.run.ID, manager("prices are being checked")); err != nil {
		t.Fatal(err)
	}
	close(g.opened)
	h.await(t, "the two done", func(_ season.RunState, p ledger.Progress) bool { return p.Done == 2 && p.Running == 0 })
	// Workers are offered every unit that waits, and take none.
	for i := range 12 {
		_, err := h.db.ClaimUnit(t.Context(), ledger.Key("first", 1, i), ledger.Taking{Token: "w/1", Lease: time.Minute})
		if !errors.Is(err, ledger.ErrNotClaimable) {
			t.Fatalf("unit %d of a paused run: %v", i, err)
		}
	}
	if n := g.entered.Load(); n != 2 {
		t.Errorf("%d units were begun, want 2", n)
	}
	if err := h.db.ResumeRun(t.Context(), h.run.ID, manager("go on")); err != nil {
		t.Fatal(err)
	}
	h.await(t, "the end", func(s season.RunState, p ledger.Progress) bool { return s.State == season.RunDone && p.Done == 12 })
	if n := s.works.Load(); n != 12 {
		t.Errorf("%d units of work, want 12: each once", n)
	}
}

func TestACancelledRunStopsAndMayBeTakenUpAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	g := &gate{opened: make(chan struct{})}
	first := &counting{db: h.db, name: "first", n: 8, do: g.pass}
	second := &counting{db: h.db, name: "second", n: 2}
	h.staff(t, 2, first, second)
	h.await(t, "two in hand", func(_ season.RunState, p ledger.Progress) bool { return p.Running == 2 })
	if n, err := h.db.CancelRun(t.Context(), h.run.ID, manager("wrong policy")); err != nil || n != 6 {
		t.Fatalf("%d cancelled, %v; want 6", n, err)
	}
	close(g.opened)
	h.await(t, "the two done", func(s season.RunState, p ledger.Progress) bool {
		return s.State == season.RunCancelled && s.By == "li (risk)" && p.Done == 2 && p.Cancelled == 6
	})
	// Whoever drives it is told.
	q := workers.NewQueue(h.redis)
	defer q.Close()
	r := workers.Reconciler{Ledger: h.db, Queue: q, Stages: []workers.Stage{first, second}, Log: slog.Default(), Now: time.Now}
	if err := r.Drive(t.Context(), h.run); !errors.Is(err, ledger.ErrCancelled) {
		t.Errorf("driving it: %v", err)
	}
	if err := h.db.ResumeRun(t.Context(), h.run.ID, manager("right after all")); err != nil {
		t.Fatal(err)
	}
	h.await(t, "the end", func(s season.RunState, p ledger.Progress) bool { return s.State == season.RunDone && p.Done == 8 })
	if first.works.Load() != 8 || second.works.Load() != 2 {
		t.Errorf("%d and %d units of work, want 8 and 2", first.works.Load(), second.works.Load())
	}
}

// What failed in the first stage is tried again while the second is at work:
// the second is then planned anew.
func TestARetryOfAnEarlierStagePlansTheLaterOnesAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var mended atomic.Bool
	first := &counting{db: h.db, name: "first", n: 3, do: func(_ context.Context, _ int32, c ledger.Claim) error {
		if c.Item == "first 1" && !mended.Load() {
			return workers.Permanent(errors.New("corrupt"))
		}
		return nil
	}}
	g := &gate{opened: make(chan struct{})}
	second := &following{counting: counting{db: h.db, name: "second", do: g.pass}, of: "first"}
	h.staff(t, 2, first, second)
	h.await(t, "the second stage in hand", func(season.RunState, ledger.Progress) bool { return g.entered.Load() == 2 })
	mended.Store(true)
	if n, err := h.db.RetryFailed(t.Context(), h.run.ID, postgis.Retry{}, manager("x")); err != nil || n != 0 {
		t.Fatalf("poison is retried: %d, %v", n, err)
	}
	if n, err := h.db.RetryFailed(t.Context(), h.run.ID, postgis.Retry{Item: "first 1"}, manager("the file was fetched again")); err != nil || n != 1 {
		t.Fatalf("%d retried, %v", n, err)
	}
	close(g.opened)
	h.await(t, "the end", func(s season.RunState, p ledger.Progress) bool { return s.State == season.RunDone && p.Done == 3 })
	if n := second.works.Load(); n != 3 {
		t.Errorf("%d units of the second stage, want 3", n)
	}
}

// following has a unit for each that is done of another stage.
type following struct {
	counting
	of string
}

func (s *following) Plan(ctx context.Context, run season.Run) (workers.Plan, error) {
	done, err := s.db.FinishedUnits(ctx, run.ID, s.of)
	var p workers.Plan
	for _, f := range done {
		if f.State == ledger.Done {
			p.Units = append(p.Units, ledger.Unit{Key: ledger.Key(s.name, 1, f.Key), County: run.County, Stage: s.name, Item: f.Item})
		}
	}
	return p, err
}

func (s *following) Work(ctx context.Context, c ledger.Claim) error { return s.counting.Work(ctx, c) }

// TestAClickGoesBeforeTheBatch asks for one unit behind a thousand that wait on
// the queue: it starts within the next few.
func TestAClickGoesBeforeTheBatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const batch, atOnce = 1000, 2
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	var order []string
	begun := make(chan struct{})
	hold := make(chan struct{})
	s := &counting{db: h.db, name: "first", n: batch, do: func(ctx context.Context, n int32, c ledger.Claim) error {
		mu.Lock()
		order = append(order, c.Item)
		at := slices.Index(order, "click")
		if at >= 0 && len(order) > at+atOnce || len(order) > 100 {
			stop() // seen enough
		}
		mu.Unlock()
		if n == 1 {
			close(begun)
		}
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
		return nil
	}}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	q := workers.NewQueue(h.redis)
	defer q.Close()
	plan, err := s.Plan(ctx, h.run)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.PlanUnits(ctx, h.run.ID, s.name, plan.Units); err != nil {
		t.Fatal(err)
	}
	ready, err := h.db.ReadyUnits(ctx, h.run.ID, batch)
	if err != nil || len(ready) != batch {
		t.Fatalf("%d wait, %v", len(ready), err)
	}
	for _, u := range ready {
		if err := q.Enqueue(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	w := &workers.Worker{Claims: h.db, Stages: []workers.Stage{s}, Log: log}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := w.Serve(ctx, h.redis, atOnce); err != nil {
			t.Error(err)
		}
	})
	<-begun
	click := ledger.Unit{Key: ledger.Key("first", 1, "click"), County: h.run.County, Stage: "first", Item: "click"}
	if err := h.db.AskUnits(t.Context(), []ledger.Unit{click}); err != nil {
		t.Fatal(err)
	}
	waits, err := h.db.AskedUnits(t.Context(), 10)
	if err != nil || len(waits) != 1 {
		t.Fatalf("%+v, %v", waits, err)
	}
	if err := q.Enqueue(t.Context(), waits[0]); err != nil {
		t.Fatal(err)
	}
	close(hold)
	serving.Wait()
	mu.Lock()
	defer mu.Unlock()
	if at := slices.Index(order, "click"); at < 0 || at > 2*atOnce {
		t.Errorf("the click began after %d of %d units: %v", at, batch, order[:min(len(order), 40)])
	}
}

func TestUnitsWaitForRoom(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var now, most, heavy, mostHeavy atomic.Int64
	enter := func(n, most *atomic.Int64) {
		v := n.Add(1)
		for old := most.Load(); v > old && !most.CompareAndSwap(old, v); old = most.Load() {
			continue
		}
	}
	s := &counting{db: h.db, name: "first"}
	s.mib = []int64{600, 600, 100, 100, 4000, 600, 0, 0} // in a room of 1,000
	s.n = len(s.mib)
	s.do = func(_ context.Context, _ int32, c ledger.Claim) error {
		var i int
		if _, err := fmt.Sscanf(c.Item, "first %d", &i); err != nil {
			return err
		}
		enter(&now, &most)
		defer now.Add(-1)
		if s.mib[i] >= 600 {
			enter(&heavy, &mostHeavy)
			defer heavy.Add(-1)
		}
		if s.mib[i] == 4000 && now.Load() != 1 {
			t.Errorf("the unit that is larger than the room has %d beside it", now.Load()-1)
		}
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	w := &workers.Worker{Claims: h.db, Stages: []workers.Stage{s}, Log: log, Room: workers.NewRoom(1000 << 20)}
	plan, err := s.Plan(ctx, h.run)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.PlanUnits(ctx, h.run.ID, s.name, plan.Units); err != nil {
		t.Fatal(err)
	}
	ready, err := h.db.ReadyUnits(ctx, h.run.ID, 10)
	if err != nil || len(ready) != s.n || ready[0].MemoryBytes != 600<<20 {
		t.Fatalf("%+v, %v", ready, err)
	}
	var all sync.WaitGroup
	for _, u := range ready {
		all.Go(func() {
			if err := w.Do(ctx, u); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if mostHeavy.Load() != 1 || s.works.Load() != int32(s.n) {
		t.Errorf("%d heavy units at once, want 1; %d done, want %d", mostHeavy.Load(), s.works.Load(), s.n)
	}
}
