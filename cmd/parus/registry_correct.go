package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"parus/internal/postgis"
	"parus/internal/season"
	"parus/internal/vault"
)

// registryCorrectCmd puts accepted boundaries into a new release.
type registryCorrectCmd struct{ countyRegistry }

// Run makes the release; where all that was accepted is in force it says so.
func (c *registryCorrectCmd) Run(ctx context.Context, s *streams) error {
	keys, err := c.countyIfKept(c.County)
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		r, list, err := db.ApplyCorrections(ctx, c.County, keys, vault.Act{Actor: whoami(), At: time.Now().UTC()})
		applied := 0
		for _, x := range list {
			if !x.Overtaken {
				applied++
				continue
			}
			fmt.Fprintf(s.Err, "overtaken  parcel %s has another outline than the one that dispute %d was about: dispute it again\n", x.ParcelID, x.Dispute)
		}
		if errors.Is(err, postgis.ErrNothingToCorrect) {
			_, err = fmt.Fprintf(s.Out, "county %s: nothing to correct\n", c.County)
			return err
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.Out, "county %s: release %d has %d corrected boundaries and is in force; `parus rescore` uses it\n", c.County, r.ID, applied)
		return err
	})
}

// corrected puts crops that were accepted in disputes among a run's
// declarations, and says which boundaries wait for a release.
func corrected(ctx context.Context, db *postgis.DB, run season.Run, words io.Writer) error {
	within := db.Within([]string{run.County})
	declared, err := within.CorrectDeclarations(ctx, run.Spec.County, run.Season, run.Spec.Inputs[season.InputDeclared])
	if err != nil {
		return err
	}
	if declared != "" {
		run.Spec.Inputs[season.InputDeclared] = declared
	}
	list, err := within.Corrections(ctx, run.County)
	if err != nil {
		return err
	}
	waiting := 0
	for _, c := range list {
		if !c.Overtaken {
			waiting++
		}
	}
	if waiting > 0 {
		fmt.Fprintf(words, "registry  %d accepted boundaries are not in the release in force: `parus registry correct --county %s` puts them there\n", waiting, run.County)
	}
	return nil
}
