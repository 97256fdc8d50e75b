package workers

import (
	"context"
	"sync"
	"time"

	"parus/internal/season"
)

// OpenRuns lists the runs that are not at their end.
type OpenRuns func(ctx context.Context) ([]season.Run, error)

// DriveOpen drives every open run, those that somebody starts later too, and
// puts on the queue what people wait for outside any run, until ctx ends.
// Several processes may drive the same runs.
func (r *Reconciler) DriveOpen(ctx context.Context, open OpenRuns) error {
	var driving sync.WaitGroup
	defer driving.Wait()
	var mu sync.Mutex
	active, asked := map[int64]bool{}, map[string]time.Time{}
	tick := time.NewTicker(reconcileEvery)
	defer tick.Stop()
	for {
		if err := r.feedAsked(ctx, asked); err != nil && ctx.Err() == nil {
			r.Log.Warn("look for what people wait for", "error", err)
		}
		runs, err := listed(ctx, open)
		if err != nil && ctx.Err() == nil {
			r.Log.Warn("look for open runs", "error", err)
		}
		for _, run := range runs {
			mu.Lock()
			known := active[run.ID]
			active[run.ID] = true
			mu.Unlock()
			if known {
				continue
			}
			driving.Go(func() {
				if err := r.Drive(ctx, run); err != nil && ctx.Err() == nil {
					r.Log.Warn("run failed", "run", run.ID, "county", run.County, "season", run.Season, "reason", err)
				}
				mu.Lock()
				delete(active, run.ID)
				mu.Unlock()
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// listed asks for the open runs, and does not wait for ever.
func listed(ctx context.Context, open OpenRuns) ([]season.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return open(ctx)
}

// askedAtOnce bounds how many units that people wait for one round puts on the
// queue.
const askedAtOnce = 100

// feedAsked puts on the queue what people wait for. What it remembers can be
// lost.
func (r *Reconciler) feedAsked(ctx context.Context, enqueued map[string]time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	ready, err := r.Ledger.AskedUnits(ctx, askedAtOnce)
	if err != nil {
		return err
	}
	if len(ready) == 0 {
		clear(enqueued)
		return nil
	}
	return enqueue(ctx, r.Queue, ready, enqueued, r.Now())
}
