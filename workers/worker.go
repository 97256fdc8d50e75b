package workers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"go.opentelemetry.io/otel/trace"

	"parus/internal/ledger"
)

const (
	// leaseTime is how long a claim holds by default without a sign of life. A
	// unit takes seconds; a worker that is silent for this long is dead or cut
	// off.
	leaseTime = 30 * time.Second
	// answerTime is how long the ledger may take to answer.
	answerTime = leaseTime
	// maxAttempts is how often a unit is tried that fails for a passing reason, and
	// maxCuts how often where that was the database, which is not the unit's fault;
	// at last it might be, as where its result is too large to be taken.
	maxAttempts = 4
	maxCuts     = 50
	// lookEvery is how often an idle worker looks at the queue: a click should
	// not wait for asynq's second, nor should the first unit of each stage.
	lookEvery = 200 * time.Millisecond
)

// Claims is the part of the ledger that a worker needs.
type Claims interface {
	ClaimUnit(ctx context.Context, key string, t ledger.Taking) (ledger.Claim, error)
	ExtendLease(ctx context.Context, c ledger.Claim, lease time.Duration) error
	FailUnit(ctx context.Context, c ledger.Claim, f ledger.Failure) error
	NotePeak(ctx context.Context, unit, bytes int64) error
	// Unclaim gives a claim back that its taker has not heard of, as if it had not
	// been asked for; nil too where there is none.
	Unclaim(ctx context.Context, key, token string) error
	// Away says that an error is one of the line to the ledger or of a server that
	// starts or stops, and of nothing that was asked.
	Away(err error) bool
	// Unwell tells why the store takes nothing at present, "" where an error says
	// no such thing.
	Unwell(err error) string
}

// Worker does the units that the queue names.
type Worker struct {
	Claims Claims
	Stages []Stage
	Log    *slog.Logger
	// Name begins the tokens of the worker's claims, so that whoever sees it die
	// can give back what it had in hand; default: a random one.
	Name string
	// Lease is how long a claim holds without a sign of life, of which the worker
	// gives three in that time; default 30 s.
	Lease time.Duration
	// Room admits units by their memory; nil: all of them.
	Room *Room
	// Resident, where set, is the memory that the process holds, in bytes.
	Resident func() int64
	// Woke, where set, is told after every unit in which county something has
	// changed.
	Woke func(county string)
	// Halt, where set, is told once the store is another release's: whoever starts
	// workers has to end this one.
	Halt func(error)
	// Meter, where set, counts; Tracer, where set, records a span for each unit.
	Meter  *Meter
	Tracer trace.Tracer

	once   sync.Once
	inHand atomic.Int64
	rest   rest
}

// Do waits for room, claims a unit and does it. It returns nil where there is
// nothing more to do about the unit, done or not, and an error where it should
// be delivered again; a [Permanent] one is recorded as failed.
func (w *Worker) Do(ctx context.Context, u ledger.Ready) error {
	w.once.Do(func() {
		if w.Room == nil {
			w.Room = NewRoom(0)
		}
		if w.Name == "" {
			w.Name = newToken()
		}
		if w.Lease <= 0 {
			w.Lease = leaseTime
		}
	})
	s, ok := w.stage(u.Stage)
	if !ok {
		return Permanent(fmt.Errorf("stage %q is unknown to this worker: run the same version everywhere", u.Stage))
	}
	if err := w.rest.pass(ctx); err != nil {
		return err
	}
	err := w.inRoom(ctx, s, u, false)
	if errors.Is(err, ledger.ErrSuspect) {
		err = w.inRoom(ctx, s, u, true)
	}
	if errors.Is(err, ledger.ErrNotClaimable) {
		return nil
	}
	return err
}

// inRoom does a unit once there is room for it: all of it where it had a worker
// die, so that no other is lost or blamed with it.
func (w *Worker) inRoom(ctx context.Context, s Stage, u ledger.Ready, alone bool) error {
	w.Meter.waits(1)
	leave, err := w.Room.enter(ctx, u.MemoryBytes, alone)
	w.Meter.waits(-1)
	if err != nil {
		return err
	}
	defer leave()
	c, err := w.claim(ctx, u.Key, ledger.Taking{Token: w.Name + "/" + newToken(), Lease: w.Lease, Alone: alone})
	if err != nil {
		w.unwell(err)
		return err
	}
	w.inHand.Add(1)
	defer w.inHand.Add(-1)
	return w.do(ctx, s, c)
}

// do does a claimed unit.
func (w *Worker) do(ctx context.Context, s Stage, c ledger.Claim) error {
	ctx, held := w.takes(ctx, c)
	work, cancel := context.WithCancelCause(ctx)
	beat, measured := make(chan struct{}), make(chan int64, 1)
	go w.keepAlive(work, cancel, c, beat)
	go func() { measured <- w.growth(work) }()
	err := guarded(work, s, c)
	cancel(nil)
	<-beat
	if grew := <-measured; grew > 0 && err == nil {
		w.notePeak(ctx, c, grew)
	}
	if w.Woke != nil {
		defer w.Woke(c.County)
	}
	if err == nil {
		w.rest.over()
		held.ends(ctx, held.finished(), nil)
		return nil
	}
	how, again := w.fail(ctx, c, err)
	held.ends(ctx, how, err)
	return again
}

func (w *Worker) notePeak(ctx context.Context, c ledger.Claim, bytes int64) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if err := w.Claims.NotePeak(ctx, c.ID, bytes); err != nil {
		w.Log.Debug("memory of a unit is not kept", "error", err)
	}
}

// measureEvery is how often the memory of the process is looked at.
const measureEvery = 100 * time.Millisecond

// growth is by how much the process grew at most until ctx ends, shared among
// the units that it had in hand; 0 where nothing measures it.
func (w *Worker) growth(ctx context.Context) int64 {
	if w.Resident == nil {
		return 0
	}
	began, most := w.Resident(), int64(0)
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		most = max(most, (w.Resident()-began)/max(1, w.inHand.Load()))
		select {
		case <-ctx.Done():
			return most
		case <-tick.C:
		}
	}
}

// fail records why a claim ended without a result, and returns what [Worker.Do]
// does.
func (w *Worker) fail(ctx context.Context, c ledger.Claim, err error) (ending, error) {
	if errors.Is(err, ledger.ErrLeaseLost) {
		return endLeaseLost, nil
	}
	if w.unwell(err) {
		if e := w.giveBack(ctx, c, err); e != nil {
			return endUnwritten, errors.Join(err, e)
		}
		return endReturned, err
	}
	poison := IsPermanent(err)
	most := maxAttempts
	if w.Claims.Away(err) || errors.Is(err, errNoAnswer) {
		poison, most = false, maxCuts
	}
	final := poison || c.Attempts >= most
	cancelled := errors.Is(err, ledger.ErrCancelled)
	if ctx.Err() != nil || cancelled { // told to stop: the unit is innocent
		final, poison = false, false
	}
	if e := w.record(ctx, c, ledger.Failure{Reason: err.Error(), Final: final, Poison: poison}); errors.Is(e, ledger.ErrLeaseLost) {
		return endLeaseLost, nil // or it had been written, and the answer was lost
	} else if e != nil {
		return endUnwritten, errors.Join(err, e)
	}
	switch {
	case final:
		return endFailed, Permanent(err)
	case cancelled:
		return endCancelled, nil
	case ctx.Err() != nil:
		return endStopped, err
	}
	return endRetry, err
}

// guarded turns a panic of a handler into a permanent error of its unit.
func guarded(ctx context.Context, s Stage, c ledger.Claim) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = Permanent(fmt.Errorf("stage %s broke on %s: %v", s.Name(), c.Item, r))
		}
	}()
	err = s.Work(ctx, c)
	if cause := context.Cause(ctx); err != nil && (errors.Is(cause, ledger.ErrLeaseLost) || errors.Is(cause, errNoAnswer)) {
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

// Serve takes tasks from the queue until ctx ends, some at a time, and one more
// that a person waits for, so that a click does not wait for a batch to let go.
// A hand-over, which may take minutes, stands in neither's way; only workers with
// its stages take one.
func (w *Worker) Serve(ctx context.Context, redis asynq.RedisConnOpt, atOnce int) error {
	mux := asynq.NewServeMux()
	mux.HandleFunc(taskPrefix, w.process)
	start := func(atOnce int, queues map[string]int) (*asynq.Server, error) {
		srv := asynq.NewServer(redis, asynq.Config{
			Concurrency:    atOnce,
			Queues:         queues,
			StrictPriority: true,

			TaskCheckInterval: lookEvery,
			Logger:            quiet{w.Log},
			RetryDelayFunc:    retryDelay,
			ShutdownTimeout:   10 * time.Second,
			BaseContext:       func() context.Context { return ctx },
		})
		if err := srv.Start(mux); err != nil {
			return nil, fmt.Errorf("start worker: %w", err)
		}
		return srv, nil
	}
	batch, err := start(atOnce, queues())
	if err != nil {
		return err
	}
	desk, err := start(1, map[string]int{personQueue: 1})
	if err != nil {
		batch.Shutdown()
		return err
	}
	servers := []*asynq.Server{batch, desk}
	if _, ok := w.stage(stageIntake); ok {
		uploads, err := start(1, map[string]int{uploadsQueue: 1})
		if err != nil {
			desk.Shutdown()
			batch.Shutdown()
			return err
		}
		servers = append(servers, uploads)
	}
	<-ctx.Done()
	var all sync.WaitGroup
	for _, s := range servers {
		all.Go(s.Shutdown)
	}
	all.Wait()
	return nil
}

func (w *Worker) process(ctx context.Context, t *asynq.Task) error {
	ctx, u, err := parseTask(ctx, t)
	if err != nil {
		return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
	}
	err = w.Do(ctx, u)
	if IsPermanent(err) {
		return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
	}
	return err
}
