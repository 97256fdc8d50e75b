package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"parus/credit"
	"parus/credit/backtest"
	"parus/internal/governance"
	"parus/internal/postgis"
	"parus/internal/season"
)

type policyBacktestCmd struct {
	Policy  string `arg:"" help:"Version or digest, or a file for a dry run that is not kept."`
	County  string `required:"" placeholder:"CODE" help:"Code of the county."`
	Season  string `required:"" placeholder:"NAME" help:"A season that has been decided."`
	Output  string `short:"o" type:"path" placeholder:"FILE" help:"Report: .csv with a row per household, .json or .html."`
	As      string `placeholder:"NAME" help:"Account that tests; needed to keep the result."`
	Reason  string `placeholder:"TEXT" help:"Why; it is kept in the history."`
	Threads int    `help:"Households at once; default: the processors."`
	database
}

// Run decides every stored case of the season again and keeps the result with a
// stored policy.
func (c *policyBacktestCmd) Run(ctx context.Context, s *streams) error {
	format := strings.ToLower(filepath.Ext(c.Output))
	if c.Output != "" && format != ".csv" && format != ".json" && format != ".html" {
		return usageError{fmt.Errorf("-o %s: want a name that ends in .csv, .json or .html", c.Output)}
	}
	policy, digest, err := findPolicy(ctx, c.database, s, c.Policy)
	if err != nil {
		return err
	}
	if digest != "" && c.As == "" {
		return usageError{errors.New("--as NAME: the back-test of a stored policy is kept; name a risk manager, or give a file for a dry run")}
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		r, err := c.run(ctx, db, policy, digest, format, s)
		if err != nil {
			return err
		}
		if err := backtest.WriteText(s.Out, r); err != nil {
			return err
		}
		if digest == "" {
			_, err = fmt.Fprintln(s.Out, "dry run: not kept")
			return err
		}
		return c.keep(ctx, db, r, s)
	})
}

func (c *policyBacktestCmd) run(ctx context.Context, db *postgis.DB, policy credit.Policy, digest, format string, s *streams) (r backtest.Report, err error) {
	run, total, err := db.DecidedRun(ctx, bank, c.County, c.Season)
	if err != nil {
		return r, err
	}
	threads := c.Threads
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	job := backtest.Job{Policy: policy, Threads: threads, Total: total, Progress: newProgress(s.Err, "back-test", "households", time.Now)}
	source := func(ctx context.Context, each func(backtest.Item) error) error {
		return db.Decisions(ctx, bank, run, func(d season.StoredDecision) error {
			return each(backtest.Item{Household: d.Household, Village: d.Village, Snapshot: d.Snapshot})
		})
	}
	decide := func(each func(backtest.Pair) error) error {
		r, err = backtest.Run(ctx, job, source, each)
		r.County, r.Season, r.Run, r.Digest = c.County, c.Season, run, digest
		return err
	}
	return r, writeBacktest(c.Output, format, decide, &r)
}

// writeBacktest runs a comparison and writes it; a table is written while it
// runs, and is not left behind where it fails.
func writeBacktest(path, format string, decide func(each func(backtest.Pair) error) error, r *backtest.Report) error {
	if path == "" {
		return decide(nil)
	}
	return writeWhole(path, nil, func(w io.Writer) error {
		if format == ".csv" {
			table, err := backtest.NewCSV(w)
			if err != nil {
				return err
			}
			return errors.Join(decide(table.Add), table.Flush())
		}
		if err := decide(nil); err != nil {
			return err
		}
		if format == ".json" {
			return backtest.WriteJSON(w, *r)
		}
		return backtest.WriteHTML(w, *r)
	})
}

func (c *policyBacktestCmd) keep(ctx context.Context, db *postgis.DB, r backtest.Report, s *streams) error {
	if r.Households == 0 {
		return fmt.Errorf("back-test of policy %s: none of %d households could be compared, so it is not kept", r.Policy, r.Failed)
	}
	report, err := json.Marshal(r)
	if err != nil {
		return err
	}
	id, err := db.SaveBacktest(ctx, governance.Move{Account: c.As, Reason: c.Reason, At: time.Now().UTC()}, governance.Backtest{
		Digest: r.Digest, County: r.County, Season: r.Season, Run: r.Run, EngineVersion: r.EngineVersion, Households: r.Households, Report: report})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "kept as back-test %d; next: parus policy approve %s, by an approver\n", id, r.Policy)
	return err
}
