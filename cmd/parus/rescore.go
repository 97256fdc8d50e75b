package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"parus/internal/postgis"
	"parus/internal/season"
	"parus/workers"
)

// rescoreCmd is the season's batch, and what it changed.
type rescoreCmd struct {
	Run  rescoreRunCmd  `cmd:"" default:"withargs" help:"Run a county's season again."`
	Diff rescoreDiffCmd `cmd:"" help:"Who moved between two publications, by how much, and why."`
}

// rescoreRunCmd runs a county's season again with today's code, the registry
// release and the policy in force, on the scenes and inputs of its last run.
type rescoreRunCmd struct {
	platform
	decoding
	County  string `required:"" placeholder:"CODE" help:"Code of the county."`
	Season  string `required:"" placeholder:"NAME" help:"Name of the season."`
	Out     string `type:"path" placeholder:"DIR" help:"Folder for parcels, lines, outcomes and the report."`
	Threads int    `help:"Units of work at once; default: the processors."`
	batchMode
}

// batchMode says how far a batch is taken by this process.
type batchMode struct {
	Plan   bool `help:"Only say what would be done and what it would cost in time, memory and disk."`
	Detach bool `help:"Only record the run, and leave it to workers; runs show tells how far it is."`
}

func (m batchMode) check(out string) error {
	switch {
	case m.Plan && m.Detach:
		return usageError{errors.New("--plan records nothing, so there is nothing to leave to workers: drop one of --plan and --detach")}
	case out == "" && !m.Plan && !m.Detach:
		return usageError{errors.New("name a folder for the results with --out, or give --plan or --detach")}
	}
	return nil
}

// leave hands a recorded run to workers elsewhere.
func (m batchMode) leave(ctx context.Context, b *backend, run season.Run, threads int, s *streams) error {
	b.estimated(ctx, run, threads, s.Err)
	return tell(s.Out, "run %d is left to workers; `parus runs show %d` tells how far it is\n", run.ID, run.ID)
}

// Run starts a run of its own where the code or the registry has changed since,
// and finds the old one where neither has; units whose inputs and code are unchanged are kept.
func (c *rescoreRunCmd) Run(ctx context.Context, s *streams) (err error) {
	if err := c.check(c.Out); err != nil {
		return err
	}
	b, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	run, release, err := c.next(ctx, b.db, s)
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
	if run, err = b.db.StartRun(ctx, run); err != nil {
		return err
	}
	quarantined, err := storedQuarantine(ctx, b.db, release.ID)
	if err != nil {
		return err
	}
	if err := b.db.RecordOutcomes(ctx, run.ID, quarantined); err != nil {
		return err
	}
	if c.Detach {
		return c.leave(ctx, b, run, c.Threads, s)
	}
	decoders := c.decoding.start(c.Threads)
	defer func() { err = errors.Join(err, decoders.Close()) }()
	w := b.crew(ctx, c.Threads, decoders)
	defer func() { err = errors.Join(err, w.Close()) }()
	return w.runToFiles(ctx, run, c.Out, s)
}

// next is the county's last run of the season as it would be asked for now.
func (c *rescoreRunCmd) next(ctx context.Context, db *postgis.DB, s *streams) (season.Run, season.Release, error) {
	run, err := db.LastRun(ctx, c.County, c.Season)
	if err != nil {
		return run, season.Release{}, err
	}
	return renewed(ctx, db, run, s.Err)
}

// renewed is a run as it would be asked for now, on the release in force.
func renewed(ctx context.Context, db *postgis.DB, run season.Run, words io.Writer) (season.Run, season.Release, error) {
	release, err := db.ReleaseInForce(ctx, run.County)
	if err != nil {
		return run, release, err
	}
	if release.ID != run.Registry {
		fmt.Fprintf(words, "registry  release %d is in force; the last run was on release %d\n", release.ID, run.Registry)
	}
	run.ID, run.Registry, run.Spec.RegistryDigest = 0, release.ID, release.Digest
	run.Spec.Code = workers.CodeVersion()
	run.Spec.Inputs = maps.Clone(run.Spec.Inputs)
	if err := corrected(ctx, db, run, words); err != nil {
		return run, release, err
	}
	if run.Spec.County.Policy == "" {
		delete(run.Spec.Inputs, season.InputPolicy) // that of today, if any
	}
	return run, release, pinPolicies(ctx, db, run.Spec.County, run.Spec.Inputs, words)
}
