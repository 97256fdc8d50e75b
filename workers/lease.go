package workers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parus/internal/ledger"
)

// claim asks for a unit. Where the answer is lost the claim may stand: it is
// given back, so that the unit does not wait for a lease that nobody keeps.
func (w *Worker) claim(ctx context.Context, key string, t ledger.Taking) (ledger.Claim, error) {
	asked, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	c, err := w.Claims.ClaimUnit(asked, key, t)
	if err != nil && (asked.Err() != nil || w.Claims.Away(err)) {
		err = errors.Join(err, w.insist(ctx, func(ctx context.Context) error { return w.Claims.Unclaim(ctx, key, t.Token) }))
	}
	return c, err
}

// recordTime bounds one try to write down how a unit ended.
const recordTime = 5 * time.Second

// record writes down why a unit ended, also where the worker is told to stop.
// What is given back waits for no lease and counts as nobody's death.
func (w *Worker) record(ctx context.Context, c ledger.Claim, f ledger.Failure) error {
	return w.insist(ctx, func(ctx context.Context) error { return w.Claims.FailUnit(ctx, c, f) })
}

// insist asks again while the database is away, for as long as a lease may hold,
// but once only where the worker is told to stop.
func (w *Worker) insist(ctx context.Context, ask func(context.Context) error) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for began := time.Now(); ; {
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
		err := ask(try)
		late := try.Err() != nil
		cancel()
		if err == nil || !late && !w.Claims.Away(err) || time.Since(began) > w.Lease {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// errNoAnswer ends work whose lease could not be kept.
var errNoAnswer = errors.New("the ledger has not answered for as long as a lease holds")

// keepAlive extends the lease until the work is over, and stops the work where
// the lease is lost, or must have run out since nobody answers.
func (w *Worker) keepAlive(ctx context.Context, cancel context.CancelCauseFunc, c ledger.Claim, done chan<- struct{}) {
	defer close(done)
	every := w.Lease / 3
	tick := time.NewTicker(every)
	defer tick.Stop()
	held := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Now()
		answer, stop := context.WithTimeout(ctx, every)
		err := w.Claims.ExtendLease(answer, c, w.Lease)
		stop()
		switch {
		case err == nil:
			held = asked
		case errors.Is(err, ledger.ErrLeaseLost):
			cancel(err)
			return
		case time.Since(held) >= w.Lease:
			cancel(fmt.Errorf("%w: %w", errNoAnswer, err))
			return
		}
	}
}
