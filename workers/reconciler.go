package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"parus/internal/ledger"
	"parus/internal/season"
)

const (
	// readyAtOnce bounds how many waiting units one round puts on the queue.
	readyAtOnce = 1000
	// reconcileEvery is how often the tables are compared with the queue where
	// nobody says that something has changed.
	reconcileEvery = time.Second
	// enqueueAgain is after how long a unit that still waits is put on the
	// queue again, for the case that the queue has lost it.
	enqueueAgain = 20 * time.Second
	// planTime bounds the planning of one stage, which reads what those before it
	// came to; other questions have answerTime.
	planTime = 10 * time.Minute
)

// Ledger is the part of the ledger that the reconciler needs.
type Ledger interface {
	PlanUnits(ctx context.Context, run int64, stage string, units []ledger.Unit) error
	ReadyUnits(ctx context.Context, run int64, limit int) ([]ledger.Ready, error)
	RunProgress(ctx context.Context, run int64) ([]ledger.Progress, error)
	FinishedUnits(ctx context.Context, run int64, stage string) ([]ledger.Finished, error)
	RecordOutcomes(ctx context.Context, run int64, outcomes []season.Outcome) error
	EndRun(ctx context.Context, run int64, state, reason string) error
	RunState(ctx context.Context, run int64) (season.RunState, error)
	AskedUnits(ctx context.Context, limit int) ([]ledger.Ready, error)
}

// Enqueuer puts units where workers find them.
type Enqueuer interface {
	Enqueue(ctx context.Context, u ledger.Ready) error
	// LostAt tells when it was noticed that all is lost that was put there before.
	LostAt(ctx context.Context, now time.Time) (time.Time, error)
}

// Reconciler brings a run to its end: it plans stage after stage and puts on
// the queue whatever the ledger shows waiting. Any number may drive one run.
type Reconciler struct {
	Ledger Ledger
	Queue  Enqueuer
	Stages []Stage
	Log    *slog.Logger
	Now    func() time.Time
	// Wake, where set, tells that the ledger has changed.
	Wake <-chan struct{}
	// Progress, where set, is told the counts after every round.
	Progress func([]ledger.Progress)
	// Memory, where set, tells what one of a stage's units will take in its
	// worker, for those whose planner does not say.
	Memory func(ctx context.Context, run season.Run, stage string, units int) int64
	// Halted, where set, is told when somebody has paused a run, and with a state
	// of RunRunning when it goes on.
	Halted func(season.RunState)
	// Leads, where set, says which of many processes drives an open run.
	Leads Leads
	// Meter, where set, counts rounds; Tracer, where set, records a span for each
	// stage that is planned, which its units are linked to.
	Meter  *Meter
	Tracer trace.Tracer

	pace *pace // nil: of one run
}

// Drive works on a run until it ends and returns how: nil where it is done, an
// error that tells the reason where it failed or wraps [ledger.ErrCancelled].
// While a run is paused it waits.
func (r *Reconciler) Drive(ctx context.Context, run season.Run) error {
	d := drive{Reconciler: r, run: run, enqueued: map[string]time.Time{}}
	next := time.NewTimer(0)
	defer next.Stop()
	for said := ""; ; {
		next.Reset(r.pace.every())
		ended, err := d.round(ctx)
		r.Meter.compared(d.roundOf(ended, err))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case ended:
			return err
		case err == nil:
			said = ""
		case err.Error() != said: // a service is away: it may come back
			said = err.Error()
			r.Log.Warn("reconcile", "run", run.ID, "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-next.C:
		case <-r.Wake:
		}
	}
}

// drive is the memory of one Drive; all of it can be lost.
type drive struct {
	*Reconciler
	run      season.Run
	planned  int // stages planned so far
	enqueued map[string]time.Time
	halted   bool
	asked    trace.SpanContext // of planning the stage that is worked on
}

func (d *drive) roundOf(ended bool, err error) round {
	switch {
	case ended:
		return roundEnded
	case err != nil:
		return roundError
	case d.halted:
		return roundHalted
	}
	return roundMoved
}

// errRun is a run's own failure, apart from trouble on the way.
type errRun struct{ error }

// round moves the run on as far as it goes now.
func (d *drive) round(ctx context.Context) (ended bool, err error) {
	if halted, err := d.mayGoOn(ctx); halted || err != nil {
		return errors.Is(err, ledger.ErrCancelled), err
	}
	for at, s := range d.Stages {
		if at == d.planned {
			if err := d.planTraced(ctx, s); err != nil {
				return d.end(ctx, err)
			}
			d.planned++
		}
		open, err := d.settle(ctx, s)
		if err != nil {
			return d.end(ctx, err)
		}
		if open {
			if d.planned > at+1 { // units wait again that had failed: what comes after was planned without them
				d.planned = at + 1
				clear(d.enqueued)
			}
			return false, d.feed(ctx)
		}
	}
	return true, d.Ledger.EndRun(ctx, d.run.ID, season.RunDone, "")
}

// mayGoOn looks whether somebody has paused or cancelled the run.
func (d *drive) mayGoOn(ctx context.Context) (halted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	s, err := d.Ledger.RunState(ctx, d.run.ID)
	if err != nil {
		return false, err
	}
	if s.State == season.RunCancelled {
		return true, fmt.Errorf("run %d: %w by %s: %s; `parus runs resume %d` takes it up again", d.run.ID, ledger.ErrCancelled, s.By, s.Reason, d.run.ID)
	}
	halted = s.State == season.RunPaused
	if halted != d.halted && d.Halted != nil {
		d.Halted(s)
	}
	if d.halted = halted; halted {
		clear(d.enqueued) // workers have dropped what was on the queue
	}
	return halted, nil
}

func (d *drive) planTraced(ctx context.Context, s Stage) error {
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	ctx, span := tracer(d.Tracer).Start(ctx, "plan "+s.Name(),
		trace.WithAttributes(attribute.String("parus.stage", s.Name()), attribute.Int64("parus.run", d.run.ID)))
	defer span.End()
	d.asked = span.SpanContext()
	err := d.plan(ctx, s)
	if err != nil {
		span.SetStatus(codes.Error, "not planned")
	}
	return err
}

func (d *drive) plan(ctx context.Context, s Stage) error {
	p, failed := s.Plan(ctx, d.run)
	if len(p.Outcomes) > 0 {
		if err := d.Ledger.RecordOutcomes(ctx, d.run.ID, p.Outcomes); err != nil {
			return err
		}
	}
	if failed != nil {
		return fmt.Errorf("plan stage %s: %w", s.Name(), failed)
	}
	if len(p.Units) == 0 {
		return errRun{fmt.Errorf("stage %s has nothing to work on", s.Name())}
	}
	if d.Memory != nil {
		each := d.Memory(ctx, d.run, s.Name(), len(p.Units))
		for i := range p.Units {
			p.Units[i].MemoryBytes = cmp.Or(p.Units[i].MemoryBytes, each)
		}
	}
	return d.Ledger.PlanUnits(ctx, d.run.ID, s.Name(), p.Units)
}

// settle tells whether a stage has open units. A stage at its end without one
// unit done is the end of the run.
func (d *drive) settle(ctx context.Context, s Stage) (open bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	progress, err := d.Ledger.RunProgress(ctx, d.run.ID)
	if err != nil {
		return false, err
	}
	if d.Progress != nil {
		d.Progress(progress)
	}
	for _, p := range progress {
		if p.Stage != s.Name() {
			continue
		}
		if p.Open() > 0 {
			return true, nil
		}
		if p.Done == 0 {
			return false, d.barren(ctx, s.Name(), p)
		}
	}
	return false, nil
}

// barren says why a stage came to nothing.
func (d *drive) barren(ctx context.Context, stage string, p ledger.Progress) error {
	all, err := d.Ledger.FinishedUnits(ctx, d.run.ID, stage)
	if err != nil {
		return err
	}
	first := ""
	if len(all) > 0 {
		first = fmt.Sprintf("; %s: %s", all[0].Item, all[0].Reason)
	}
	return errRun{fmt.Errorf("nothing usable is left after stage %s: %d skipped, %d failed%s", stage, p.Skipped, p.Failed, first)}
}

// end records the run's own failure; other errors leave the run open.
func (d *drive) end(ctx context.Context, err error) (bool, error) {
	var own errRun
	if !errors.As(err, &own) && !IsPermanent(err) {
		return false, err
	}
	if e := d.Ledger.EndRun(ctx, d.run.ID, season.RunFailed, err.Error()); e != nil {
		return false, e
	}
	return true, err
}

// feed puts waiting units on the queue.
func (d *drive) feed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*answerTime) // it writes, and asks Redis
	defer cancel()
	ready, err := d.Ledger.ReadyUnits(ctx, d.run.ID, readyAtOnce)
	if err != nil {
		return err
	}
	return enqueue(trace.ContextWithSpanContext(ctx, d.asked), d.Queue, ready, d.enqueued, d.Now())
}

// enqueue puts units on the queue that were not put there of late, or were and
// are lost.
func enqueue(ctx context.Context, q Enqueuer, ready []ledger.Ready, enqueued map[string]time.Time, now time.Time) error {
	if len(ready) == 0 {
		return nil
	}
	lost, err := q.LostAt(ctx, now)
	if err != nil {
		return err
	}
	for _, u := range ready {
		at, before := enqueued[taskID(u)]
		if before && at.After(lost) && now.Sub(at) < enqueueAgain {
			continue
		}
		u.Again = before
		if err := q.Enqueue(ctx, u); err != nil {
			clear(enqueued) // a queue that was away may have lost what it held
			return err
		}
		enqueued[taskID(u)] = now
	}
	return nil
}
