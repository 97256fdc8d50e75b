package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"parus/fields/catalogue"
	"parus/fields/crop"
	"parus/fields/crop/coldstart"
)

type cropPatternsCmd struct {
	Samples      string   `placeholder:"S.csv[.gz]" help:"Labelled samples in long form. Without, curves are made of the crop catalogue's calendars."`
	Out          string   `short:"o" placeholder:"PATTERNS.yaml" help:"File to write (default: standard output)."`
	Group        string   `placeholder:"COLUMN" help:"Column of what is never on both sides of a split: a place, a field, a year."`
	Features     []string `placeholder:"ndvi,evi,…" help:"Layers of the curves, of the columns or derived from them (default: ndvi)."`
	Step         int      `placeholder:"DAYS" help:"Distance of the curves' points (default 16)."`
	AbstainError float64  `default:"0.05" help:"Error allowed among what is spoken on."`
	Crops        []string `placeholder:"A,B" help:"Without samples: only these crops of the catalogue."`
	Catalogue    string   `placeholder:"FILE" help:"Overrides of the crop catalogue."`
	Threads      int      `placeholder:"N" help:"Threads (default: one a core)."`
	cropSampleFlags
	cropLabelFlags
}

// Run builds reference curves and writes them.
func (c cropPatternsCmd) Run(ctx context.Context, s *streams) error {
	if c.AbstainError <= 0 || c.AbstainError >= 1 || c.Step < 0 || c.Step > 92 {
		return usageError{fmt.Errorf("--abstain-error lies between 0 and 1, --step between 1 and 92")}
	}
	p, err := c.build(ctx, s)
	if err != nil {
		return err
	}
	if h := p.Held; h != nil {
		fmt.Fprintf(s.Err, "parus: %d curves; on %d held-out samples of %d groups accuracy %.4f, calibration error %.4f, speaks on %.1f %% with an error of %.4f\n",
			len(p.Curves), h.Samples, h.Groups, h.Accuracy, h.ECE, 100*h.Coverage, h.Error)
		printClasses(s.Err, h.PerClass)
	}
	for _, t := range p.Ties {
		fmt.Fprintf(s.Err, "parus: share a calendar and cannot be told apart: %s\n", strings.Join(t, ", "))
	}
	return writeWhole(c.Out, s.Out, p.Write)
}

func (c cropPatternsCmd) build(ctx context.Context, s *streams) (*coldstart.Patterns, error) {
	if c.Samples == "" {
		cat, err := catalogueWith(c.Catalogue)
		if err != nil {
			return nil, err
		}
		return coldstart.Builtin(cat, coldstart.Scope{Crops: c.Crops})
	}
	columns, err := c.columns(c.cropSampleFlags)
	if err != nil {
		return nil, err
	}
	columns.Labelled, columns.Group = true, c.Group
	var set *crop.SampleSet
	if err := withFile(c.Samples, func(r io.Reader) error { set, err = crop.ReadSamples(r, columns); return err }); err != nil {
		return nil, err
	}
	fmt.Fprintf(s.Err, "parus: %s: %d rows, %d samples, %d left out\n", c.Samples, set.Rows, len(set.Samples), set.Dropped)
	return coldstart.Build(ctx, set.Samples, set.Labels, coldstart.BuildOptions{
		Groups: set.Groups, Layers: c.Features, StepDays: c.Step, AbstainError: c.AbstainError, Threads: c.Threads,
		Source: fmt.Sprintf("%d labelled samples", len(set.Samples)),
	})
}

// catalogueWith is the crop catalogue with the overrides of a file, "" for none.
func catalogueWith(overrides string) (catalogue.Catalogue, error) {
	cat, err := catalogue.Load()
	if err != nil || overrides == "" {
		return cat, err
	}
	f, err := os.Open(overrides)
	if err != nil {
		return cat, err
	}
	defer f.Close()
	return cat.Override(f)
}
