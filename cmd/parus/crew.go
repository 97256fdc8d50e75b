package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"parus/internal/decoder"
	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/workers"
)

// crew is a worker and a reconciler at work in this process.
type crew struct {
	*backend
	reconciler workers.Reconciler
	overlays   workers.Overlays
	ctx        context.Context //nolint:containedctx // ends the crew; see stop
	stop       context.CancelCauseFunc
	serving    sync.WaitGroup
	queue      *workers.Queue
	decoders   *decoder.Pool
	meter      *workers.Meter
	endTraces  func()
	timings    *timings // nil where nobody asked
	threads    int
}

// crew starts threads units of work at once, and the reconciler's parts.
func (b *backend) crew(ctx context.Context, threads int, decoders *decoder.Pool) *crew {
	threads = atOnce(threads)
	c := &crew{backend: b, queue: workers.NewQueue(b.redis), decoders: decoders, threads: threads}
	tracer, endTraces := traces(ctx, b.log)
	c.endTraces = endTraces
	c.ctx, c.stop = context.WithCancelCause(ctx)
	tools := workers.Tools{Verify: decoders.Verify, Observe: decoders.Observe, Plane: decoders.Plane, Draw: decoders.Draw}
	stages := workers.Season(b.db, tools)
	wake := make(chan struct{}, 1)
	render := workers.Render(b.db, tools)
	c.overlays = workers.Overlays{Ledger: b.db, Queue: c.queue, Stage: render, Log: b.log, Now: b.now}
	all := append(stages[:len(stages):len(stages)], render)
	if b.uploads != nil {
		all = append(all, workers.UploadStages(b.db, b.uploads.tools(), b.now)...)
	}
	c.meter = workers.NewMeter(all...)
	c.queue.Meter = c.meter
	w := &workers.Worker{Claims: b.db, Stages: all, Log: b.log, Name: b.worker, Lease: b.lease, Meter: c.meter, Tracer: tracer,
		Room: workers.NewRoom(decoders.MemoryBytes), Resident: resident, Woke: func(county string) {
			c.queue.Tell(c.ctx, county)
			select {
			case wake <- struct{}{}:
			default: // it will look anyway
			}
		}, Halt: func(err error) { c.stop(err) }}
	c.reconciler = workers.Reconciler{Ledger: b.db, Queue: c.queue, Stages: stages, Log: b.log, Now: b.now, Wake: wake, Memory: b.unitMemory, Leads: c.queue.Leads(),
		Meter: c.meter, Tracer: tracer}
	c.serving.Go(func() {
		if err := w.Serve(c.ctx, b.redis, threads); err != nil {
			c.stop(err)
		}
	})
	c.serving.Go(func() { c.watch() })
	return c
}

// atOnce is how many units a worker does at once: as asked for, or one a
// processor.
func atOnce(threads int) int {
	if threads <= 0 {
		return runtime.NumCPU()
	}
	return threads
}

// unitMemory is what one of a stage's units is expected to take, by earlier
// runs; 0 where the database does not tell.
func (b *backend) unitMemory(ctx context.Context, run season.Run, stage string, units int) int64 {
	costs, err := b.db.StageCosts(ctx, run.County)
	if err != nil {
		b.log.Debug("memory of units is not known", "error", err)
		return 0
	}
	r, err := b.db.Release(ctx, run.Registry)
	if err != nil {
		b.log.Debug("memory of units is not known", "error", err)
		return 0
	}
	return workers.UnitMemory(costs, workers.County{Parcels: r.Parcels, Households: r.Households, Scenes: len(run.Spec.Scenes)}, stage, units)
}

// watchEvery is how often it is looked whether the services' owner is there.
const watchEvery = 500 * time.Millisecond

// schemaEvery is how often it is looked whether another release has migrated the
// database. Claims and results look for themselves.
const schemaEvery = 4 * watchEvery

// watch stops the work where a service is gone that this process owns, or the
// process that owns them, and where the database is another release's.
func (c *crew) watch() {
	tick, schema := time.NewTicker(watchEvery), time.NewTicker(schemaEvery)
	defer tick.Stop()
	defer schema.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case err := <-c.services.Lost():
			c.stop(err)
			return
		case <-tick.C:
			if c.services.OwnerGone() {
				c.stop(errOwnerGone)
				return
			}
		case <-schema.C:
			if err := c.db.CheckSchema(c.ctx); errors.As(err, new(postgis.SchemaError)) {
				c.stop(err)
				return
			}
		}
	}
}

// drive takes one run to its end and tells the progress.
func (c *crew) drive(run season.Run, progressTo io.Writer) error {
	p := newRunProgress(progressTo, stageNames(c.reconciler.Stages), time.Now)
	r := c.reconciler
	r.Halted = p.halted(run.ID)
	r.Progress = func(l []ledger.Progress) {
		p.Update(l)
		if c.timings != nil {
			c.timings.Update(c.ctx, l)
		}
	}
	err := r.Drive(c.ctx, run)
	p.Done()
	if cause := context.Cause(c.ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// driveOpen drives whatever runs there are, has the scenes of published ones
// drawn, catalogues polled for new ones and orders carried out, until the crew
// is told to stop.
func (c *crew) driveOpen() error {
	var beside sync.WaitGroup
	beside.Go(func() { _ = c.overlays.Drive(c.ctx) }) // it ends with the crew
	defer beside.Wait()
	beside.Go(func() { c.schedule() })
	beside.Go(func() { c.takeOrders() })
	if c.uploads != nil {
		u := workers.Uploads{Ledger: c.db, Log: c.log, Now: c.now}
		beside.Go(func() { _ = u.Drive(c.ctx) }) // the same
	}
	err := c.reconciler.DriveOpen(c.ctx, c.db)
	if cause := context.Cause(c.ctx); errors.As(cause, new(postgis.SchemaError)) {
		return fmt.Errorf("no more units are taken, and those in hand went back: %w", cause)
	}
	return err
}

// Close lets units in hand end or go back, and waits for it.
func (c *crew) Close() error {
	c.stop(nil)
	c.serving.Wait()
	c.endTraces()
	return c.queue.Close()
}

func stageNames(stages []workers.Stage) []string {
	names := make([]string, len(stages))
	for i, s := range stages {
		names[i] = s.Name()
	}
	return names
}
