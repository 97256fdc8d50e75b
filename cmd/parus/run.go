package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"parus/internal/season"
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
	w := b.crew(ctx, c.Threads)
	defer func() { err = errors.Join(err, w.Close()) }()
	return w.runToFiles(ctx, run, c.Out, s)
}

// runToFiles drives a run and writes what it found into a folder.
func (c *crew) runToFiles(ctx context.Context, run season.Run, dir string, s *streams) error {
	ended := c.drive(run, s.Err)
	if ctx.Err() != nil {
		return errors.New("stopped; the same command goes on from here")
	}
	// Outcomes are written also where the run failed: they say why.
	if err := writeOutputs(ctx, c.db, run, dir, ended == nil); err != nil {
		return errors.Join(ended, err)
	}
	if ended != nil {
		return fmt.Errorf("%w; %s names each item", ended, filepath.Join(dir, "outcomes.csv"))
	}
	return summarise(ctx, c.db, run, dir, s.Out)
}
