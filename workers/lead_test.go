package workers_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parus/internal/season"
	"parus/workers"
)

// looker is a database that counts who looks at a run.
type looker struct {
	house
	looks *atomic.Int64
}

func (l looker) RunState(ctx context.Context, run int64) (season.RunState, error) {
	l.looks.Add(1)
	return l.db.RunState(ctx, run)
}

// lookingLedger is the ledger with the looks counted.
type lookingLedger struct {
	workers.Ledger
	looker
}

func (l lookingLedger) RunState(ctx context.Context, run int64) (season.RunState, error) {
	return l.looker.RunState(ctx, run)
}

// desks starts processes that drive open runs, until the run has ended, and
// tells how often each has looked at it.
func (h house) desks(t *testing.T, n int, leads func(*workers.Queue) workers.Leads, stages ...workers.Stage) []int64 {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	teller := workers.NewQueue(h.redis)
	defer teller.Close()
	w := &workers.Worker{Claims: h.db, Stages: stages, Log: log, Woke: func(county string) { teller.Tell(ctx, county) }}
	var all sync.WaitGroup
	all.Go(func() {
		if err := w.Serve(ctx, h.redis, 2); err != nil {
			t.Error(err)
		}
	})
	looks := make([]atomic.Int64, n)
	for i := range n {
		q := workers.NewQueue(h.redis)
		r := &workers.Reconciler{Ledger: lookingLedger{h.db, looker{h, &looks[i]}}, Queue: q, Stages: stages, Log: log, Now: time.Now, Leads: leads(q)}
		all.Go(func() {
			defer q.Close()
			if err := r.DriveOpen(ctx, h.db); err != nil {
				t.Error(err)
			}
		})
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(2 * time.Minute)
	for state := ""; state != season.RunDone; {
		select {
		case <-patience:
			t.Fatalf("the run is %s after two minutes", state)
		case <-tick.C:
		}
		s, err := h.db.RunState(t.Context(), h.run.ID)
		if err != nil {
			t.Fatal(err)
		}
		state = s.State
	}
	stop()
	all.Wait()
	out := make([]int64, n)
	for i := range out {
		out[i] = looks[i].Load()
	}
	return out
}

func byQueue(q *workers.Queue) workers.Leads { return q.Leads() }

// firstCome gives a run to who asks first, for good: no clock decides.
type firstCome struct {
	mu   *sync.Mutex
	led  map[int64]int
	self int
}

func (f firstCome) Lead(_ context.Context, run int64) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.led[run] == 0 {
		f.led[run] = f.self
	}
	return f.led[run] == f.self, nil
}
func (f firstCome) Leave(context.Context, int64) error   { return nil }
func (f firstCome) Listen(context.Context, func(string)) {}

func TestOfManyProcessesOneLooksAtARun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := firstCome{mu: &sync.Mutex{}, led: map[int64]int{}}
	each := func(*workers.Queue) workers.Leads {
		all.self++
		return all
	}
	looks := h.desks(t, 4, each, &counting{db: h.db, name: "first", n: 10}, &counting{db: h.db, name: "second", n: 10})
	looking := 0
	for _, n := range looks {
		if n > 0 {
			looking++
		}
	}
	if looking != 1 {
		t.Errorf("looks of four processes at one run: %v", looks)
	}
}

func TestARunWhoseDriverDiedIsTakenUpByAnother(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	q := workers.NewQueue(h.redis)
	defer q.Close()
	if ok, err := q.Leads().Lead(t.Context(), h.run.ID); !ok || err != nil { // and nothing more is heard of it
		t.Fatal(ok, err)
	}
	h.desks(t, 2, byQueue, &counting{db: h.db, name: "first", n: 3})
}

func TestARunIsLedByOneAndLeftToAnother(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	q := workers.NewQueue(h.redis)
	defer q.Close()
	a, b := q.Leads(), q.Leads()
	lead := func(l workers.Leads, want bool) {
		t.Helper()
		if ok, err := l.Lead(t.Context(), 7); ok != want || err != nil {
			t.Fatalf("leads %v, %v, want %v", ok, err, want)
		}
	}
	lead(a, true)
	lead(a, true)
	lead(b, false)
	if err := b.Leave(t.Context(), 7); err != nil { // it is not b's to leave
		t.Fatal(err)
	}
	lead(b, false)
	if err := a.Leave(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	lead(b, true)
	h.flush() // Redis has lost everything
	lead(a, true)
	lead(b, false)
}

// deaf is a queue that cannot be asked who leads.
type deaf struct{}

func (deaf) Lead(context.Context, int64) (bool, error) { return false, errors.New("away") }
func (deaf) Leave(context.Context, int64) error        { return errors.New("away") }
func (deaf) Listen(context.Context, func(string))      {}

func TestWhereNobodyCanBeAskedEverybodyDrives(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := &counting{db: h.db, name: "first", n: 5}
	h.desks(t, 2, func(*workers.Queue) workers.Leads { return deaf{} }, s)
	if n := s.works.Load(); n != 5 {
		t.Errorf("%d units worked on, want 5", n)
	}
}
