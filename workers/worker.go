package workers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"parus/internal/ledger"
)

const (
	// leaseTime is how long a claim holds without a sign of life. A unit takes
	// seconds; a worker that is silent for this long is dead or cut off.
	leaseTime = 30 * time.Second
	// maxAttempts is how often a unit is tried that fails for a passing reason.
	maxAttempts = 4
)

// Claims is the part of the ledger that a worker needs.
type Claims interface {
	ClaimUnit(ctx context.Context, key, token string, lease time.Duration) (ledger.Claim, error)
	ExtendLease(ctx context.Context, c ledger.Claim, lease time.Duration) error
	FailUnit(ctx context.Context, c ledger.Claim, reason string, final bool) error
}

// Worker does the units that the queue names.
type Worker struct {
	Claims Claims
	Stages []Stage
	Log    *slog.Logger
	// Woke, where set, is told after every unit that something has changed.
	Woke func()
}

// Do claims and does one unit. It returns nil where there is nothing more to
// do about the unit, done or not, and an error where it should be delivered
// again; a [Permanent] one is recorded as failed.
func (w *Worker) Do(ctx context.Context, stage, key string) error {
	s, ok := w.stage(stage)
	if !ok {
		return Permanent(fmt.Errorf("stage %q is unknown to this worker: run the same version everywhere", stage))
	}
	c, err := w.Claims.ClaimUnit(ctx, key, newToken(), leaseTime)
	if errors.Is(err, ledger.ErrNotClaimable) {
		return nil
	}
	if err != nil {
		return err
	}
	work, cancel := context.WithCancelCause(ctx)
	beat := make(chan struct{})
	go w.keepAlive(work, cancel, c, beat)
	err = guarded(work, s, c)
	cancel(nil)
	<-beat
	if w.Woke != nil {
		defer w.Woke()
	}
	if err == nil {
		return nil
	}
	return w.fail(ctx, c, err)
}

// fail records why a claim ended without a result.
func (w *Worker) fail(ctx context.Context, c ledger.Claim, err error) error {
	if errors.Is(err, ledger.ErrLeaseLost) {
		w.Log.Warn("lease lost, result thrown away", "stage", c.Stage, "item", c.Item)
		return nil
	}
	final := IsPermanent(err) || c.Attempts >= maxAttempts
	if ctx.Err() != nil { // told to stop: the unit is innocent
		final = false
	}
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if e := w.Claims.FailUnit(record, c, err.Error(), final); e != nil {
		return errors.Join(err, e)
	}
	if final {
		w.Log.Warn("unit failed", "stage", c.Stage, "item", c.Item, "reason", err)
		return Permanent(err)
	}
	return err
}

// keepAlive extends the lease until the work is over, and stops the work where
// the lease is lost.
func (w *Worker) keepAlive(ctx context.Context, cancel context.CancelCauseFunc, c ledger.Claim, done chan<- struct{}) {
	defer close(done)
	tick := time.NewTicker(leaseTime / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := w.Claims.ExtendLease(ctx, c, leaseTime); errors.Is(err, ledger.ErrLeaseLost) {
				cancel(err)
				return
			}
		}
	}
}

// guarded turns a panic of a handler into a permanent error of its unit.
func guarded(ctx context.Context, s Stage, c ledger.Claim) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = Permanent(fmt.Errorf("stage %s broke on %s: %v", s.Name(), c.Item, r))
		}
	}()
	err = s.Work(ctx, c)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ledger.ErrLeaseLost) {
		return cause
	}
	return err
}

func (w *Worker) stage(name string) (Stage, bool) {
	for _, s := range w.Stages {
		if s.Name() == name {
			return s, true
		}
	}
	return nil, false
}

func newToken() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return hex.EncodeToString(b[:])
}

// Serve takes tasks from the queue until ctx ends, some at a time.
func (w *Worker) Serve(ctx context.Context, redis asynq.RedisConnOpt, atOnce int) error {
	srv := asynq.NewServer(redis, asynq.Config{
		Concurrency:     atOnce,
		Queues:          queues,
		Logger:          quiet{w.Log},
		RetryDelayFunc:  retryDelay,
		ShutdownTimeout: 10 * time.Second,
		BaseContext:     func() context.Context { return ctx },
	})
	mux := asynq.NewServeMux()
	mux.HandleFunc(taskPrefix, w.process)
	if err := srv.Start(mux); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	<-ctx.Done()
	srv.Shutdown()
	return nil
}

func (w *Worker) process(ctx context.Context, t *asynq.Task) error {
	stage, key, err := parseTask(t)
	if err != nil {
		return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
	}
	err = w.Do(ctx, stage, key)
	if IsPermanent(err) {
		return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
	}
	return err
}
