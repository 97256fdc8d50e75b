package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"parus/fields/crop"
)

type cropCmd struct {
	Fit      cropFitCmd      `cmd:"" help:"Fit a crop model to labelled series."`
	Predict  cropPredictCmd  `cmd:"" help:"Predict the crop of series, with probabilities."`
	Evaluate cropEvaluateCmd `cmd:"" help:"Compare predictions with the truth."`

	Samples   cropSamplesCmd   `cmd:"" help:"Write a season's stored series with the crops that the county declares, to fit a model on."`
	Doubts    cropDoubtsCmd    `cmd:"" help:"Tell the county which declarations look wrong."`
	Areas     cropAreasCmd     `cmd:"" help:"Estimate the area of each crop from a map and a sample of visited parcels, with intervals."`
	Design    cropDesignCmd    `cmd:"" name:"sample-design" help:"Draw the parcels to visit for an estimate of areas."`
	Patterns  cropPatternsCmd  `cmd:"" help:"Build reference curves of crops from labelled series, or from the catalogue's calendars."`
	Coldstart cropColdstartCmd `cmd:"" help:"Tell crops by reference curves, where there are no labels."`
}

// cropLabelFlags say where a table has its ids and labels.
type cropLabelFlags struct {
	ID         string   `name:"id" placeholder:"COLUMN" default:"sample_id" help:"Column of the sample's id."`
	Label      string   `placeholder:"COLUMN" default:"label" help:"Column of the label."`
	Map        []string `placeholder:"A=B,…" help:"Rename labels: A=B pairs, or a CSV file with the columns from and to. Repeatable."`
	DropLabels []string `placeholder:"A,B" help:"Leave out samples with these labels (before renaming)."`
}

// cropSampleFlags say how to read a table of samples.
type cropSampleFlags struct {
	Date   string    `placeholder:"COLUMN" default:"date" help:"Column of the date."`
	NoData []float64 `name:"nodata" placeholder:"V" help:"Number that stands for a gap. Repeatable."`
	Ignore []string  `placeholder:"A,B" help:"Columns that are no features."`
}

// columns joins both kinds of flags.
func (f cropLabelFlags) columns(s cropSampleFlags) (crop.Columns, error) {
	rename, err := renames(f.Map)
	return crop.Columns{
		ID: f.ID, Label: f.Label, Date: s.Date, NoData: s.NoData, Ignore: s.Ignore,
		Rename: rename, DropLabels: f.DropLabels,
	}, err
}

// renames reads pairs A=B, and files of pairs.
func renames(args []string) (map[string]string, error) {
	out := map[string]string{}
	for _, a := range args {
		if from, to, ok := strings.Cut(a, "="); ok {
			out[from] = to
			continue
		}
		err := withFile(a, func(r io.Reader) error {
			rows, err := csv.NewReader(r).ReadAll()
			if err != nil {
				return err
			}
			if len(rows) == 0 || !slices.Equal(rows[0], []string{"from", "to"}) {
				return fmt.Errorf("want the columns from and to")
			}
			for _, row := range rows[1:] {
				out[row[0]] = row[1]
			}
			return nil
		})
		if err != nil {
			return nil, usageError{fmt.Errorf("--map %s: %w", a, err)}
		}
	}
	return out, nil
}

// withFile opens a file, unpacks it where it is gzip, and hands it to use. "-"
// is the standard input.
func withFile(path string, use func(io.Reader) error) error {
	var in io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	buffered := bufio.NewReaderSize(in, 1<<20)
	if head, _ := buffered.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return fmt.Errorf("%s: %w: not gzip, or cut short", path, err)
		}
		if err := use(unpacked); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	if err := use(buffered); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
