package main

import (
	"context"
	"fmt"
	"io"

	"parus/fixtures"
)

// fixturesSamplesCmd generates series of more crops than any county grows.
type fixturesSamplesCmd struct {
	Seed     uint64 `default:"1" help:"Everything follows from it."`
	Season   string `enum:"winter,summer" default:"summer" help:"Season: winter (October to June) or summer (March to October)."`
	PerCrop  int    `default:"48" help:"Fields of each crop."`
	Villages int    `default:"24" help:"Villages that they are spread over, at most 48: the column village."`
	Dates    int    `default:"36" help:"Scenes from October to October."`
	Output   string `short:"o" required:"" placeholder:"S.csv[.gz]" help:"Where to write."`
}

// Run writes the samples; the same seed gives the same bytes.
func (f *fixturesSamplesCmd) Run(ctx context.Context, s *streams) error {
	county, err := fixtures.NewCounty(fixtures.Config{Seed: f.Seed, Households: 10, SizePx: 128, Dates: f.Dates})
	if err != nil {
		return usageError{err}
	}
	season := fixtures.SummerSeason
	if f.Season == "winter" {
		season = fixtures.WinterSeason
	}
	if f.Villages < 1 || f.Villages > 48 || f.PerCrop < 1 {
		return usageError{fmt.Errorf("--villages is 1 to 48, --per-crop 1 or more")}
	}
	write := func(w io.Writer) error { return county.WriteWideSamples(ctx, w, season, f.Villages, f.PerCrop) }
	if err := writeWhole(f.Output, s.Out, packed(f.Output, write)); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "parus: %d fields of %d classes\n", f.PerCrop*len(fixtures.WideCrops(season)), len(fixtures.WideCrops(season)))
	return nil
}
