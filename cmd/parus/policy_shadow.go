package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"parus/credit"
	"parus/credit/backtest"
	"parus/credit/rule"
	"parus/internal/governance"
	"parus/internal/postgis"
	"parus/internal/season"
)

type policyShadowCmd struct {
	Policy string `arg:"" optional:"" help:"Version or digest of a tested or approved policy."`
	County string `required:"" placeholder:"CODE" help:"Code of the county."`
	End    bool   `help:"End the county's shadow instead."`
	acting
	database
}

// Run sets or ends the challenger; it decides from the next run on.
func (c *policyShadowCmd) Run(ctx context.Context, s *streams) error {
	if c.End == (c.Policy != "") {
		return usageError{errors.New("name a policy, or --end")}
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		if c.End {
			if err := db.DismissChallenger(ctx, c.move(), c.County); err != nil {
				return err
			}
			_, err := fmt.Fprintf(s.Out, "county %s has no challenger any more\n", c.County)
			return err
		}
		if err := db.SetChallenger(ctx, c.move(), c.Policy, c.County); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.Out, "policy %s decides in the shadow of county %s from its next run on\n", c.Policy, c.County)
		return err
	})
}

type policyCompareCmd struct {
	County string `required:"" placeholder:"CODE" help:"Code of the county."`
	Season string `required:"" placeholder:"NAME" help:"A season that was decided with a challenger."`
	Output string `short:"o" type:"path" placeholder:"FILE" help:"Report: .csv with a row per household, .json or .html."`
	database
}

// Run compares what was kept; nothing is decided.
func (c *policyCompareCmd) Run(ctx context.Context, s *streams) error {
	format := strings.ToLower(filepath.Ext(c.Output))
	if c.Output != "" && format != ".csv" && format != ".json" && format != ".html" {
		return usageError{fmt.Errorf("-o %s: want a name that ends in .csv, .json or .html", c.Output)}
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		run, total, err := db.DecidedRun(ctx, bank, c.County, c.Season)
		if err != nil {
			return err
		}
		var r backtest.Report
		compare := func(each func(backtest.Pair) error) error {
			tally := backtest.NewTally(nil)
			var challenger, currency string
			n := 0
			err := db.ShadowedDecisions(ctx, bank, run, func(d season.ShadowedDecision) error {
				pair, decided, err := shadowPair(d)
				if err != nil {
					return err
				}
				n++
				challenger, currency = d.Shadow.Policy, decided.Currency
				tally.Add(pair)
				if each != nil {
					return each(pair)
				}
				return nil
			})
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("county %s, season %s was decided without a challenger: set one with `parus policy shadow` and run `parus rescore`", c.County, c.Season)
			}
			r = tally.Report()
			r.County, r.Season, r.Run, r.Digest, r.Currency, r.EngineVersion = c.County, c.Season, run, challenger, currency, credit.EngineVersion
			r.Failed = total - n // the challenger could not decide them
			return c.name(ctx, db, &r)
		}
		if err := writeBacktest(c.Output, format, compare, &r); err != nil {
			return err
		}
		return backtest.WriteText(s.Out, r)
	})
}

// name adds the challenger's version, and what its rules do.
func (c *policyCompareCmd) name(ctx context.Context, db *postgis.DB, r *backtest.Report) error {
	card, err := db.Policy(ctx, bank, r.Digest, governance.DayOf(time.Now()))
	if err != nil {
		return err
	}
	p, err := credit.ReadPolicy(strings.NewReader(card.Document))
	if err != nil {
		return err
	}
	r.Policy = p.Version
	for i := range r.Rules {
		for _, x := range p.Rules {
			if x.Name == r.Rules[i].Name {
				r.Rules[i].Then = x.Then
			}
		}
	}
	return nil
}

// shadowPair sets a decision beside its challenger's. Crops are those that the
// snapshot would tell; the decision alone does not, so households stay in one
// group.
func shadowPair(d season.ShadowedDecision) (backtest.Pair, credit.Decision, error) {
	var decided credit.Decision
	if err := json.Unmarshal(d.Decision, &decided); err != nil {
		return backtest.Pair{}, decided, fmt.Errorf("decision on household %s: %w", d.Household, err)
	}
	x := d.Shadow
	pair := backtest.Pair{Household: d.Household, Village: d.Village, Before: backtest.SideOf(decided), After: backtest.Side{
		LineFen: credit.Fen(x.LineFen), PD: x.PD, APR: x.APR, CapitalFen: credit.Fen(x.CapitalFen), ExpectedLossFen: credit.Fen(x.ExpectedLossFen),
		Referred: x.Referred, Rejected: x.Rejected, Binding: x.Binding}}
	for _, name := range x.Rules {
		pair.Rules = append(pair.Rules, rule.Hit{Name: name})
	}
	return pair, decided, nil
}
