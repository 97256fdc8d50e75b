package workers

import (
	"context"
	"errors"
	"sync"
	"time"

	"parus/internal/ledger"
)

// A worker whose database takes nothing rests before it takes up another unit,
// longer each time, up to a minute.
const (
	restLeast = time.Second
	restMost  = time.Minute
)

// rest is what a worker's places share of that.
type rest struct {
	mu    sync.Mutex
	wait  time.Duration
	until time.Time
}

// begin makes everybody rest, and tells for how long. Places that find the same
// at once rest once.
func (r *rest) begin() (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now() // its monotonic part alone: clocks may jump
	if now.Before(r.until) {
		return r.until.Sub(now), false
	}
	r.wait = min(max(2*r.wait, restLeast), restMost)
	r.until = now.Add(r.wait)
	return r.wait, true
}

// over says that the database takes what it is given.
func (r *rest) over() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wait, r.until = 0, time.Time{}
}

// pass waits until the rest is over.
func (r *rest) pass(ctx context.Context) error {
	r.mu.Lock()
	left := time.Until(r.until)
	r.mu.Unlock()
	return pausing(ctx, left)
}

func pausing(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// unwell rests where an error is the database's own, and tells so once a spell.
// Where the database has been migrated away from this program, the worker is
// halted: it would find no other.
func (w *Worker) unwell(err error) bool {
	why := w.Claims.Unwell(err)
	if why == "" {
		return false
	}
	if s := (interface{ Outdated() bool })(nil); w.Halt != nil && errors.As(err, &s) && s.Outdated() {
		w.Halt(err)
		return true
	}
	if wait, first := w.rest.begin(); first {
		w.Log.Warn("the worker rests", "seconds", wait.Seconds(), "reason", why)
	}
	return true
}

// giveBack returns a unit that is innocent of what became of it, again and again
// until the database takes that, another has it, or the worker is told to stop.
func (w *Worker) giveBack(ctx context.Context, c ledger.Claim, reason error) error {
	f := ledger.Failure{Reason: reason.Error(), Innocent: true}
	for wait := restLeast; ; wait = min(2*wait, restMost) {
		record, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		err := w.Claims.FailUnit(record, c, f)
		cancel()
		if err == nil || w.Claims.Unwell(err) == "" && !w.Claims.Away(err) || pausing(ctx, wait) != nil {
			return err
		}
	}
}
