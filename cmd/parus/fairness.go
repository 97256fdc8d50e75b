package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parus/credit/fairness"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/report"
	"parus/internal/vault"
)

// fairnessCmd compares what groups are offered.
type fairnessCmd struct {
	looking
	keyFile
	Purpose string `help:"Why holders' numbers are opened; kept in the audit. Needed with keys."`
}

// fairnessResult is what is written and kept.
type fairnessResult struct {
	fairness.Result
	Publication int64 `json:"publication"`
}

// Run opens holders' numbers where the county's keys are named, under one line
// of the audit; without keys it compares by land alone, and says so.
func (c *fairnessCmd) Run(ctx context.Context, s *streams) error {
	keys, err := c.county(c.County)
	if err != nil {
		return err
	}
	var act vault.Act
	if keys == nil {
		fmt.Fprintln(s.Err, "parus: without keys (--keys or PARUS_KEYS) sex and age are not known: land alone is compared")
	} else {
		text, err := publication.ParsePurpose(c.Purpose)
		if err != nil {
			return usageError{fmt.Errorf("--purpose: %w", err)}
		}
		act = vault.Act{Actor: whoami(), Purpose: text, At: time.Now().UTC()}
	}
	return c.with(ctx, s, func(db *postgis.DB, p publication.Publication) error {
		list, err := db.FairnessSubjects(ctx, all, p.ID, keys, p.CreatedAt, act)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return errors.New("the publication has no decision")
		}
		result, err := fairness.Assess(list, fairness.DefaultRules())
		if err != nil {
			return err
		}
		out := fairnessResult{result, p.ID}
		if err := c.keep(ctx, db, p.ID, publication.MonitoringFairness, out); err != nil {
			return err
		}
		return c.write(s, out, report.FairnessSheet(titleOf(p), result))
	})
}
