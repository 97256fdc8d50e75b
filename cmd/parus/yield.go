package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"parus/yield"
)

// yieldCmd predicts the yields of regions with statistics.
type yieldCmd struct {
	Fit      yieldFitCmd      `cmd:"" help:"Fit a model of regions' yields to a table of past years, or fall back on the best baseline."`
	Predict  yieldPredictCmd  `cmd:"" help:"Predict the yields of a table's rows with their spread."`
	Evaluate yieldEvaluateCmd `cmd:"" help:"Compare what would have been used with the baselines, forward in time and leaving a year out."`
}

// yieldTable is a table and its columns.
type yieldTable struct {
	Table  string   `required:"" help:"CSV with one row per region and year." placeholder:"FILE"`
	Key    string   `required:"" help:"Column that names the region." placeholder:"COLUMN"`
	Year   string   `required:"" help:"Column with the harvest year." placeholder:"COLUMN"`
	Target string   `required:"" help:"Column with the yield." placeholder:"COLUMN"`
	Group  string   `help:"Column that groups regions, such as a province; without it one is looked for." placeholder:"COLUMN"`
	Ignore []string `help:"Columns that are no features, comma-separated; name any that is computed from the yield." placeholder:"COLUMN"`
}

func (y yieldTable) columns() yield.TableColumns {
	return yield.TableColumns{Key: y.Key, Year: y.Year, Target: y.Target, Group: y.Group, Ignore: y.Ignore}
}

func readYieldTable(path string, c yield.TableColumns, words io.Writer) (yield.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return yield.Table{}, err
	}
	defer f.Close()
	t, err := yield.ReadTable(f, c)
	if err != nil {
		return yield.Table{}, fmt.Errorf("%s: %w", path, err)
	}
	for _, n := range t.Notes {
		fmt.Fprintf(words, "%s: %s\n", path, n)
	}
	return t, nil
}

type yieldFitCmd struct {
	yieldTable
	Output string `short:"o" required:"" help:"Model file to write." placeholder:"FILE"`
}

// Run fits, prints the comparison and writes the model.
func (c yieldFitCmd) Run(ctx context.Context, s *streams) error {
	t, err := readYieldTable(c.Table, c.columns(), s.Err)
	if err != nil {
		return err
	}
	m, err := yield.FitPanel(ctx, t, c.columns(), newProgress(s.Err, "yield fit", "folds", time.Now))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Table, err)
	}
	if err := writeWhole(c.Output, s.Out, m.Save); err != nil {
		return err
	}
	if err := printScores(s.Out, m.Scores); err != nil {
		return err
	}
	for _, n := range m.Notes {
		fmt.Fprintf(s.Err, "%s: %s\n", c.Table, n)
	}
	_, err = fmt.Fprintf(s.Out, "used: %s; %s\n", m.Method, m.Verdict)
	return err
}

type yieldPredictCmd struct {
	Model  string `required:"" help:"Model from yield fit." placeholder:"FILE"`
	Table  string `required:"" help:"CSV with the model's key, year and feature columns." placeholder:"FILE"`
	Output string `short:"o" default:"-" help:"CSV to write; - is standard output." placeholder:"FILE"`
}

// Run writes key, year, p10, p50, p90, mean and sd of every row.
func (c yieldPredictCmd) Run(s *streams) error {
	f, err := os.Open(c.Model)
	if err != nil {
		return err
	}
	defer f.Close()
	m, err := yield.LoadPanel(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Model, err)
	}
	t, err := readYieldTable(c.Table, m.Columns, s.Err)
	if err != nil {
		return err
	}
	p, err := m.Predict(t)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Table, err)
	}
	return writeWhole(c.Output, s.Out, func(w io.Writer) error { return writePredictions(w, m.Columns, p) })
}

type yieldEvaluateCmd struct{ yieldTable }

// Run prints the table of errors and interval coverage.
func (c yieldEvaluateCmd) Run(ctx context.Context, s *streams) error {
	t, err := readYieldTable(c.Table, c.columns(), s.Err)
	if err != nil {
		return err
	}
	scores, err := yield.EvaluatePanel(ctx, t, c.columns(), newProgress(s.Err, "yield evaluate", "folds", time.Now))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Table, err)
	}
	return printScores(s.Out, scores)
}

func printScores(w io.Writer, scores []yield.Score) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"split", "method", "n", "rmse", "mae", "coverage_80"}}
	for _, x := range scores {
		coverage := ""
		if x.Coverage > 0 {
			coverage = strconv.FormatFloat(x.Coverage, 'f', 3, 64)
		}
		rows = append(rows, []string{x.Split, string(x.Method), strconv.Itoa(x.N), decimals(x.RMSE), decimals(x.MAE), coverage})
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return out.Error()
}

func writePredictions(w io.Writer, c yield.TableColumns, p []yield.Prediction) error {
	out := csv.NewWriter(w)
	rows := [][]string{{c.Key, c.Year, "p10", "p50", "p90", "mean", "sd"}}
	for _, x := range p {
		rows = append(rows, []string{x.Key, strconv.Itoa(x.Year), decimals(x.P10), decimals(x.P50), decimals(x.P90), decimals(x.Mean), decimals(x.SD)})
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return out.Error()
}

func decimals(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
