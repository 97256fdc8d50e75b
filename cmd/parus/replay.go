package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"parus/credit"
)

// replayCmd computes stored decisions again from their snapshots.
type replayCmd struct {
	platform
	Decision string `arg:"" optional:"" help:"Digest of the decision (the first twelve characters do), or a household's id for its latest."`
	All      bool   `help:"Replay all stored decisions of a county's season."`
	County   string `placeholder:"CODE" help:"With --all: code of the county."`
	Season   string `placeholder:"NAME" help:"With --all: name of the season."`
	Threads  int    `help:"With --all: decisions at once; default: the processors."`
}

// Validate is kong's: one decision, or all of a season.
func (c *replayCmd) Validate() error {
	switch {
	case c.All && (c.County == "" || c.Season == ""):
		return errors.New("--all wants --county and --season")
	case c.All && c.Decision != "":
		return errors.New("give a decision or --all, not both")
	case !c.All && c.Decision == "":
		return errors.New("give a decision's digest, a household's id, or --all with --county and --season")
	case !c.All && (c.County != "" || c.Season != ""):
		return errors.New("--county and --season belong to --all")
	}
	return nil
}

// Run prints the decision where every byte agrees and fails where one differs.
func (c *replayCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if c.All {
		return c.all(ctx, b, s)
	}
	stored, err := b.db.Snapshot(ctx, c.Decision)
	if err != nil {
		return err
	}
	var snap credit.Snapshot
	if err := json.Unmarshal(stored, &snap); err != nil {
		return fmt.Errorf("decision %s: snapshot cannot be read: %w", c.Decision, err)
	}
	if err := credit.Replay(snap); err != nil {
		return err
	}
	d := snap.Decision
	_, err = fmt.Fprintf(s.Out, "decision %.12s on household %s, season %s: line %s %s, replayed bit for bit\n",
		snap.Digest, d.HouseholdID, d.Season, d.LineFen, d.Currency)
	return err
}
