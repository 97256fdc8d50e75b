package main

import (
	"context"
	"fmt"
	"io"

	"parus/fields"
	"parus/internal/governance"
	"parus/internal/postgis"
	"parus/internal/season"
)

// pinPolicies names in a run's inputs the policy that is in force for the county
// today, by the database's clock, where county.yaml names no file, and the challenger in its shadow. The
// run keeps their digests, so that no later policy changes its decisions.
func pinPolicies(ctx context.Context, db *postgis.DB, c fields.County, inputs map[string]string, words io.Writer) error {
	now, err := db.Now(ctx) // workers whose clocks disagree find the same
	if err != nil {
		return err
	}
	term, doc, ok, err := db.PolicyInForce(ctx, c.Code, governance.DayOf(now))
	if err != nil {
		return err
	}
	switch {
	case ok && c.Policy != "":
		fmt.Fprintf(words, "policy    county.yaml names %s, so policy %s, in force since %s, is not used\n", c.Policy, term.Version, term.From)
	case ok:
		fmt.Fprintf(words, "policy    %s, in force since %s\n", term.Version, term.From)
		if inputs[season.InputPolicy], err = db.SaveInput(ctx, season.InputPolicy, term.Version, doc); err != nil {
			return err
		}
	}
	delete(inputs, season.InputChallenger)
	challenger, doc, ok, err := db.Challenger(ctx, c.Code)
	if err != nil || !ok {
		return err
	}
	fmt.Fprintf(words, "policy    %s decides in the shadow\n", challenger.Version)
	inputs[season.InputChallenger], err = db.SaveInput(ctx, season.InputPolicy, challenger.Version, doc)
	return err
}
