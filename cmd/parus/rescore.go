package main

import (
	"context"
	"errors"
	"fmt"

	"parus/workers"
)

// rescoreCmd runs a county's season again with today's code and the registry
// release in force, on the scenes and inputs of its last run.
type rescoreCmd struct {
	platform
	decoding
	County  string `required:"" placeholder:"CODE" help:"Code of the county."`
	Season  string `required:"" placeholder:"NAME" help:"Name of the season."`
	Out     string `required:"" type:"path" placeholder:"DIR" help:"Folder for parcels, lines, outcomes and the report."`
	Threads int    `help:"Units of work at once; default: the processors."`
}

// Run starts a run of its own where the code or the registry has changed since,
// and finds the old one where neither has; units whose inputs and code are unchanged are kept.
func (c *rescoreCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	run, err := b.db.LastRun(ctx, c.County, c.Season)
	if err != nil {
		return err
	}
	release, err := b.db.ReleaseInForce(ctx, c.County)
	if err != nil {
		return err
	}
	if release.ID != run.Registry {
		fmt.Fprintf(s.Err, "registry  release %d is in force; the last run was on release %d\n", release.ID, run.Registry)
	}
	run.Registry, run.Spec.RegistryDigest = release.ID, release.Digest
	run.Spec.Code = workers.CodeVersion()
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
	decoders := c.decoding.start(c.Threads)
	defer func() { err = errors.Join(err, decoders.Close()) }()
	w := b.crew(ctx, c.Threads, decoders)
	defer func() { err = errors.Join(err, w.Close()) }()
	return w.runToFiles(ctx, run, c.Out, s)
}
