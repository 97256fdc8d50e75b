package main

import (
	"context"
	"fmt"
	"time"

	"parus/credit/scorecard"
)

type scorecardFitCmd struct {
	Table    string   `required:"" placeholder:"T.csv[.gz]" help:"One row per loan whose outcome is known."`
	Target   string   `required:"" placeholder:"COLUMN" help:"Outcome: 1 bad, 0 good."`
	ID       string   `name:"id" required:"" placeholder:"COLUMN" help:"Column of the row's id; never a characteristic."`
	Date     string   `placeholder:"COLUMN" help:"Column of the day the loan began (YYYY-MM-DD): the latest rows are then held out, else rows drawn by lot."`
	HoldFrom string   `placeholder:"DATE" help:"Hold out rows of this day and later (default: the latest days with a fifth of the bad outcomes, 100 at least)."`
	Ignore   []string `placeholder:"A,B" help:"Columns that are no characteristics: what is forbidden, or known only after the loan was given."`
	Words    []string `placeholder:"A,B" help:"Columns of numbers that are codes: each value a category."`
	Explore  bool     `help:"Learn from all rows, however few, with forbidden columns too; the card is marked exploratory, and credit refuses it."`
	BaseRate float64  `placeholder:"SHARE" help:"Rate of bad outcomes among those the card will judge, where it is not the table's."`
	Score    float64  `default:"600" help:"Points at --odds."`
	Odds     float64  `default:"50" help:"Good outcomes to one bad at --score points."`
	PDO      float64  `name:"pdo" default:"20" help:"Points that double the odds."`
	Folds    int      `default:"5" help:"Folds of cross-validation."`
	Repeats  int      `default:"1" help:"Repetitions of it, each with another split."`
	Threads  int      `placeholder:"N" help:"Threads (default: one a core). They change no byte of the card."`
	Out      string   `short:"o" required:"" placeholder:"CARD.json" help:"Card to write."`
	scorecardLanguage
}

// Run reads the table, fits, writes the card and prints it.
func (c scorecardFitCmd) Run(ctx context.Context, s *streams) error {
	var from time.Time
	if c.HoldFrom != "" {
		var err error
		if from, err = time.Parse(time.DateOnly, c.HoldFrom); err != nil {
			return usageError{fmt.Errorf("--hold-from %q: want YYYY-MM-DD", c.HoldFrom)}
		}
		if c.Date == "" {
			return usageError{fmt.Errorf("--hold-from needs --date, the column of days")}
		}
	}
	if c.Folds < 2 || c.Repeats < 1 || c.Threads < 0 || c.PDO <= 0 || c.Odds <= 0 || c.BaseRate < 0 || c.BaseRate >= 1 {
		return usageError{fmt.Errorf("--folds is 2 or more, --repeats 1 or more, --pdo and --odds positive, --base-rate between 0 and 1")}
	}
	t, err := readScorecardTable(c.Table, scorecard.TableColumns{ID: c.ID, Target: c.Target, Date: c.Date, Ignore: c.Ignore, Words: c.Words})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "parus: %s: %d rows, %d columns to choose from\n", c.Table, len(t.IDs), len(t.Columns))
	card, err := scorecard.Fit(ctx, t, scorecard.Options{
		Explore: c.Explore, BaseRate: c.BaseRate, HoldFrom: from, Scale: scorecard.Scale{Base: c.Score, Odds: c.Odds, PDO: c.PDO},
		Folds: c.Folds, Repeats: c.Repeats, Threads: c.Threads,
		Progress: newProgress(s.Err, "scorecard fit", "cards", time.Now),
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Table, err)
	}
	if err := writeWhole(c.Out, s.Out, card.Write); err != nil {
		return err
	}
	if c.Out == "-" {
		return nil
	}
	return card.Print(s.Out, c.language())
}
