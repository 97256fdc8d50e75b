package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"parus/credit"
)

// replayCmd computes a stored decision again from its snapshot.
type replayCmd struct {
	platform
	Decision string `arg:"" help:"Digest of the decision (the first twelve characters do), or a household's id for its latest."`
}

// Run prints the decision where every byte agrees and fails where one differs.
func (c *replayCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
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
