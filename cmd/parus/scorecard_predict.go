package main

import (
	"fmt"
	"io"

	"parus/credit/scorecard"
)

type scorecardPredictCmd struct {
	Model string `required:"" placeholder:"CARD.json" help:"Card of scorecard fit."`
	Table string `required:"" placeholder:"T.csv[.gz]" help:"One row per applicant, with the card's columns; others are passed over."`
	ID    string `name:"id" required:"" placeholder:"COLUMN" help:"Column of the row's id."`
	Out   string `short:"o" placeholder:"P.csv" help:"Predictions (default: standard output)."`
	scorecardLanguage
}

// Run writes id, score, pd, reason and the card's digest for every row.
func (c scorecardPredictCmd) Run(s *streams) error {
	card, err := readScorecard(c.Model)
	if err != nil {
		return err
	}
	t, err := readScorecardTable(c.Table, card.Columns(c.ID))
	if err != nil {
		return err
	}
	all, err := card.Predict(t)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Table, err)
	}
	sayUse(s.Err, card)
	return writeWhole(c.Out, s.Out, func(w io.Writer) error {
		return scorecard.WritePredictions(w, all, card.Digest(), c.language())
	})
}
