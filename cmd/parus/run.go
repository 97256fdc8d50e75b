package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"parus/internal/decoder"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/internal/vault"
)

// runCmd is the main job on files.
type runCmd struct {
	platform
	seasonFiles
	decoding
	Out   string `type:"path" placeholder:"DIR" help:"Folder for parcels, lines, outcomes and the report."`
	Retry bool   `help:"Try again what failed before."`

	Timings string `type:"path" placeholder:"CSV" help:"Write time and peak memory per stage."`
	batchMode
}

// Run prepares the season, drives it to its end and writes the results. What
// was done before with the same inputs is not done again. Where the services
// are those of another process and end with it, the run goes on with its own.
func (c *runCmd) Run(ctx context.Context, s *streams) error {
	if err := c.check(c.Out); err != nil {
		return err
	}
	for {
		b, err := c.open(ctx, s)
		if ctx.Err() != nil && err != nil {
			return errStopped
		}
		if err != nil {
			return err
		}
		err = c.runOn(ctx, b, s)
		again := err != nil && ctx.Err() == nil && b.services.OwnerLeaves(ctx)
		if err = errors.Join(err, b.Close()); !again {
			return err
		}
		fmt.Fprintln(s.Err, "services: their process has ended; going on with services of this one")
	}
}

func (c *runCmd) runOn(ctx context.Context, b *backend, s *streams) (err error) {
	decoders := c.decoding.start(c.Threads)
	defer func() { err = errors.Join(err, decoders.Close()) }()
	prepare := c.prepare
	if c.Plan {
		prepare = c.specified
	}
	var measured *timings
	if c.Timings != "" {
		measured = newTimings(ctx, time.Now, b.lookAround)
	}
	run, err := prepare(ctx, b.db, decoders, s)
	if ctx.Err() != nil {
		return errStopped
	}
	if in := (unusableError{}); errors.As(err, &in) && c.Out != "" {
		err = errors.Join(err, writeRefused(c.Out, in.outcomes))
	}
	if err != nil {
		return err
	}
	if c.Plan {
		e, err := foresee(ctx, b.db, run, atOnce(c.Threads))
		if err != nil {
			return err
		}
		return printPlan(s.Out, e)
	}
	if c.Retry {
		act := vault.Act{Actor: whoami(), Purpose: "run --retry", At: time.Now().UTC()}
		if _, err := b.db.RetryFailed(ctx, run.ID, postgis.Retry{Poison: true}, act); err != nil {
			return err
		}
	}
	if c.Detach {
		return c.leave(ctx, b, run, c.Threads, s)
	}
	w := b.crew(ctx, c.Threads, decoders)
	defer func() { err = errors.Join(err, w.Close()) }()
	if measured == nil {
		return w.runToFiles(ctx, run, c.Out, s)
	}
	if measured.of, err = b.countyOf(ctx, run); err != nil {
		return err
	}
	measured.Mark(ctx, timingInputs)
	w.timings = measured
	err = w.runToFiles(ctx, run, c.Out, s)
	measured.Mark(ctx, timingOutputs)
	return errors.Join(err, writeWhole(c.Timings, s.Out, measured.WriteCSV))
}

// specified is the run as it would be recorded.
func (f seasonFiles) specified(ctx context.Context, db *postgis.DB, d *decoder.Pool, s *streams) (season.Run, error) {
	run, _, err := f.specify(ctx, db, d, s)
	return run, err
}

var (
	errStopped   = errors.New("stopped; the same command goes on from here")
	errOwnerGone = errors.New("the process that ran the services has ended; the same command goes on from here")
)

// runToFiles drives a run and writes what it found into a folder.
func (c *crew) runToFiles(ctx context.Context, run season.Run, dir string, s *streams) error {
	estimate, known := c.estimated(ctx, run, c.threads, s.Err)
	ended := c.drive(run, s.Err)
	if ctx.Err() != nil {
		return errStopped
	}
	if c.services.OwnerGone() {
		return errOwnerGone
	}
	// Outcomes are written also where the run failed: they say why.
	if err := writeOutputs(ctx, c.db, run, dir, ended == nil); err != nil {
		return errors.Join(ended, err)
	}
	if ended != nil {
		return fmt.Errorf("%w; %s names each item", ended, filepath.Join(dir, "outcomes.csv"))
	}
	if err := tellWhereReplaced(ctx, c.db, run, s.Err); err != nil {
		return err
	}
	if known {
		if err := printActual(ctx, c.db, run.ID, estimate, s.Err); err != nil {
			return err
		}
	}
	return summarise(ctx, c.db, run, dir, s.Out)
}

// tellWhereReplaced says that people see a later run's publication, where a run
// that had ended before was asked for again, such as after a policy's rollback.
func tellWhereReplaced(ctx context.Context, db *postgis.DB, run season.Run, words io.Writer) error {
	list, err := db.PublicationList(ctx, run.County)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Run == run.ID && !p.InForce {
			fmt.Fprintf(words, "publication %d holds this run, but a later one is in force: `parus publications rollback %d --purpose …` puts it back\n", p.ID, p.ID)
		}
	}
	return nil
}
