package workers_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"parus/internal/ledger"
	"parus/internal/season"
	"parus/workers"
)

// twice delivers every task two times more: at once, and again when its unit has
// most likely been done. The queue knows them by other names, as it does what it
// has forgotten that it delivered.
type twice struct {
	*workers.Queue
	late *sync.WaitGroup
}

func (q twice) Enqueue(ctx context.Context, u ledger.Ready) error {
	if err := q.Queue.Enqueue(ctx, u); err != nil {
		return err
	}
	again := u
	again.Deaths += 1000 // which the task's name is made of, and nothing else
	err := q.Queue.Enqueue(ctx, again)
	q.late.Go(func() {
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
			again.Deaths += 1000
			_ = q.Queue.Enqueue(ctx, again) // the season may have ended
		}
	})
	return err
}

// TestTwoCrewsAndTasksDeliveredThreeTimesDoEachUnitOnce has one season driven by
// two reconcilers and two workers, of which none knows of the others.
func TestTwoCrewsAndTasksDeliveredThreeTimesDoEachUnitOnce(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(*season.Spec) {})
	b := f.strike(nil)
	ctx, stop := context.WithCancel(t.Context())
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	var serving, driving, late sync.WaitGroup
	for range 2 {
		q := workers.NewQueue(f.redis)
		t.Cleanup(func() { _ = q.Close() })
		w := &workers.Worker{Claims: f.db, Stages: f.stages, Log: log}
		serving.Go(func() {
			if err := w.Serve(ctx, f.redis, 3); err != nil {
				t.Error(err)
			}
		})
		driving.Go(func() {
			r := workers.Reconciler{Ledger: f.db, Queue: twice{q, &late}, Stages: f.stages, Log: log, Now: time.Now}
			if err := r.Drive(ctx, f.run); err != nil {
				t.Error(err)
			}
		})
	}
	driving.Wait()
	late.Wait()
	stop()
	serving.Wait()
	f.asCalm(t)
	units := 0
	progress, err := f.db.RunProgress(t.Context(), f.run.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range progress {
		units += p.Total()
	}
	if int(b.seen.Load()) != units {
		t.Errorf("%d units were worked on %d times", units, b.seen.Load())
	}
}
