package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/internal/ledger"
	"parus/internal/season"
	"parus/workers"
)

// runCmd is the main job on files.
type runCmd struct {
	platform
	seasonFiles
	Out   string `required:"" type:"path" placeholder:"DIR" help:"Folder for parcels, lines, outcomes and the report."`
	Retry bool   `help:"Try again what failed before."`
}

// Run prepares the season, drives it to its end and writes the results. What
// was done before with the same inputs is not done again.
func (c *runCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	run, err := c.prepare(ctx, b.db, s)
	if err != nil {
		return err
	}
	if c.Retry {
		if _, err := b.db.RetryFailed(ctx, run.ID); err != nil {
			return err
		}
	}
	ended := b.drive(ctx, run, c.Threads, s.Err)
	if ctx.Err() != nil {
		return errors.New("stopped; the same command goes on from here")
	}
	// Outcomes are written also where the run failed: they say why.
	if err := writeOutputs(ctx, b.db, run, c.Out, ended == nil); err != nil {
		return errors.Join(ended, err)
	}
	if ended != nil {
		return fmt.Errorf("%w; %s names each item", ended, c.Out+"/outcomes.csv")
	}
	return summarise(ctx, b.db, run, c.Out, s.Out)
}

// drive runs a worker and the reconciler in this process until the run ends.
func (b *backend) drive(ctx context.Context, run season.Run, threads int, progressTo io.Writer) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	stages := workers.Season(b.db, tools())
	wake := make(chan struct{}, 1)
	w := &workers.Worker{Claims: b.db, Stages: stages, Log: b.log, Woke: func() {
		select {
		case wake <- struct{}{}:
		default: // it will look anyway
		}
	}}
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer stop(nil)
	serving.Go(func() {
		if err := w.Serve(ctx, b.redis, threads); err != nil {
			stop(err)
		}
	})
	serving.Go(func() { b.watch(ctx, stop) })
	q := workers.NewQueue(b.redis)
	defer q.Close()
	p := newRunProgress(progressTo, stageNames(stages), time.Now)
	r := workers.Reconciler{Ledger: b.db, Queue: q, Stages: stages, Log: b.log, Now: time.Now, Wake: wake,
		Progress: func(l []ledger.Progress) { p.Update(l) }}
	err := r.Drive(ctx, run)
	p.Done()
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// watch stops the work where a service that this process owns is gone.
func (b *backend) watch(ctx context.Context, stop context.CancelCauseFunc) {
	select {
	case <-ctx.Done():
	case err := <-b.services.Lost():
		stop(err)
	}
}

// tools opens imagery through GDAL, a reader for each unit of work, since GDAL
// shares no dataset between threads.
func tools() workers.Tools {
	return workers.Tools{
		Verify: func(ctx context.Context, s imagery.Scene) (imagery.Scene, error) {
			r := gdal.NewReader()
			defer r.Close()
			return r.Probe(ctx, s)
		},
		OpenPixels: func() workers.Pixels { return gdal.NewReader() },
	}
}

func stageNames(stages []workers.Stage) []string {
	names := make([]string, len(stages))
	for i, s := range stages {
		names[i] = s.Name()
	}
	return names
}
