package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"time"

	"parus/fields/crop"
	"parus/fields/crop/coldstart"
)

type cropColdstartCmd struct {
	Samples   string   `required:"" placeholder:"T.csv[.gz]" help:"Series in long form; labels are not read."`
	Patterns  string   `placeholder:"PATTERNS.yaml" help:"Reference curves of crop patterns (default: of the crop catalogue's calendars)."`
	Crops     []string `placeholder:"A,B" help:"Crops of the catalogue that grow here, where no patterns are given (default: all)."`
	Catalogue string   `placeholder:"FILE" help:"Overrides of the crop catalogue."`
	Start     string   `name:"season-start" placeholder:"DATE" help:"Start of the season: crops that are not of it are left out."`
	End       string   `name:"season-end" placeholder:"DATE" help:"End of the season."`
	Out       string   `short:"o" placeholder:"P.csv" help:"Predictions (default: standard output)."`
	Threads   int      `placeholder:"N" help:"Threads (default: one a core)."`
	cropSampleFlags
	ID string `name:"id" placeholder:"COLUMN" default:"sample_id" help:"Column of the sample's id."`
}

// Run compares every series with the reference curves.
func (c cropColdstartCmd) Run(ctx context.Context, s *streams) error {
	p, err := c.patterns()
	if err != nil {
		return err
	}
	var set *crop.SampleSet
	if err := withFile(c.Samples, func(r io.Reader) error {
		set, err = crop.ReadSamples(r, crop.Columns{ID: c.ID, Date: c.Date, NoData: c.NoData, Ignore: c.Ignore, Layers: crop.SourceLayers(p.Layers)})
		return err
	}); err != nil {
		return err
	}
	posteriors, err := p.Classify(ctx, set.Samples, coldstart.Options{Threads: c.Threads})
	if err != nil {
		return err
	}
	abstained := 0
	for _, q := range posteriors {
		if q.Abstained {
			abstained++
		}
	}
	fmt.Fprintf(s.Err, "parus: %d rows, %d samples compared with %s, %d abstained on\n", set.Rows, len(posteriors), p.Source, abstained)
	digest := sha256.New()
	if err := p.Write(digest); err != nil {
		return err
	}
	return writeWhole(c.Out, s.Out, func(w io.Writer) error {
		return crop.WritePosteriors(w, posteriors, p.Classes(), hex.EncodeToString(digest.Sum(nil)))
	})
}

// patterns reads the curves, or makes them of the catalogue.
func (c cropColdstartCmd) patterns() (*coldstart.Patterns, error) {
	if c.Patterns != "" {
		return readPatterns(c.Patterns)
	}
	scope := coldstart.Scope{Crops: c.Crops}
	for _, x := range []struct {
		flag, text string
		to         *time.Time
	}{{"--season-start", c.Start, &scope.Start}, {"--season-end", c.End, &scope.End}} {
		if x.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, x.text)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", x.flag, err)}
		}
		*x.to = t
	}
	cat, err := catalogueWith(c.Catalogue)
	if err != nil {
		return nil, err
	}
	return coldstart.Builtin(cat, scope)
}

func readPatterns(path string) (*coldstart.Patterns, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := coldstart.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}
