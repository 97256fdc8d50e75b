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
	timings    *timings // nil where nobody asked
}

// crew starts threads units of work at once, and the reconciler's parts.
func (b *backend) crew(ctx context.Context, threads int, decoders *decoder.Pool) *crew {
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	c := &crew{backend: b, queue: workers.NewQueue(b.redis), decoders: decoders}
	c.ctx, c.stop = context.WithCancelCause(ctx)
	tools := workers.Tools{Verify: decoders.Verify, Observe: decoders.Observe, Plane: decoders.Plane, Draw: decoders.Draw}
	stages := workers.Season(b.db, tools)
	wake := make(chan struct{}, 1)
	render := workers.Render(b.db, tools)
	c.overlays = workers.Overlays{Ledger: b.db, Queue: c.queue, Stage: render, Log: b.log, Now: time.Now}
	w := &workers.Worker{Claims: b.db, Stages: append(stages[:len(stages):len(stages)], render), Log: b.log, Woke: func() {
		select {
		case wake <- struct{}{}:
		default: // it will look anyway
		}
	}}
	c.reconciler = workers.Reconciler{Ledger: b.db, Queue: c.queue, Stages: stages, Log: b.log, Now: time.Now, Wake: wake}
	c.serving.Go(func() {
		if err := w.Serve(c.ctx, b.redis, threads); err != nil {
			c.stop(err)
		}
	})
	c.serving.Go(func() { c.watch() })
	return c
}

// watchEvery is how often it is looked whether the services' owner is there.
const watchEvery = 500 * time.Millisecond

// watch stops the work where a service is gone that this process owns, or the
// process that owns them.
func (c *crew) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
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
		}
	}
}

// drive takes one run to its end and tells the progress.
func (c *crew) drive(run season.Run, progressTo io.Writer) error {
	p := newRunProgress(progressTo, stageNames(c.reconciler.Stages), time.Now)
	r := c.reconciler
	r.Progress = func(l []ledger.Progress) {
		p.Update(l)
		if c.timings != nil {
			c.timings.Update(l)
		}
	}
	err := r.Drive(c.ctx, run)
	p.Done()
	if cause := context.Cause(c.ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// driveOpen drives whatever runs there are, and has the scenes of published
// ones drawn, until the crew is told to stop.
func (c *crew) driveOpen() error {
	var drawing sync.WaitGroup
	drawing.Go(func() { _ = c.overlays.Drive(c.ctx) }) // it ends with the crew
	defer drawing.Wait()
	return c.reconciler.DriveOpen(c.ctx, c.db.OpenRuns)
}

// Close lets units in hand end or go back, and waits for it.
func (c *crew) Close() error {
	c.stop(nil)
	c.serving.Wait()
	return c.queue.Close()
}

func stageNames(stages []workers.Stage) []string {
	names := make([]string, len(stages))
	for i, s := range stages {
		names[i] = s.Name()
	}
	return names
}

// workerCmd works on whatever runs there are, beside any number of others.
type workerCmd struct {
	platform
	keyFile
	handoverSecrets
	decoding
	Threads int `help:"Units of work at once; default: the processors."`
}

// Run works until it is told to stop.
func (c *workerCmd) Run(ctx context.Context, s *streams) (err error) {
	if c.DatabaseURL == "" || c.RedisURL == "" {
		return usageError{errors.New("a worker shares services with others: set PARUS_DATABASE_URL and PARUS_REDIS_URL, or use `parus up` for all in one")}
	}
	b, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	decoders := c.decoding.start(c.Threads)
	defer func() { err = errors.Join(err, decoders.Close()) }()
	w := b.crew(ctx, c.Threads, decoders)
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.handOver(c.handoverSecrets, c.keyFile); err != nil {
		return err
	}
	fmt.Fprintln(s.Err, "parus: working; Ctrl-C stops after the units in hand")
	return w.driveOpen()
}
