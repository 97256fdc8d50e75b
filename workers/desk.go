package workers

import (
	"context"
	"sync"
	"time"

	"parus/internal/season"
)

// OpenRuns lists the runs that are not at their end.
type OpenRuns func(ctx context.Context) ([]season.Run, error)

// DriveOpen drives every open run, those that somebody starts later too, until
// ctx ends. Several processes may drive the same runs.
func (r *Reconciler) DriveOpen(ctx context.Context, open OpenRuns) error {
	var driving sync.WaitGroup
	defer driving.Wait()
	var mu sync.Mutex
	active := map[int64]bool{}
	tick := time.NewTicker(reconcileEvery)
	defer tick.Stop()
	for {
		runs, err := open(ctx)
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
