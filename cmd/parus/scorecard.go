package main

import (
	"fmt"
	"io"

	"parus/credit/scorecard"
)

type scorecardCmd struct {
	Fit      scorecardFitCmd      `cmd:"" help:"Fit a scorecard to repayment outcomes; below 200 bad outcomes only with --explore, for study."`
	Predict  scorecardPredictCmd  `cmd:"" help:"Score applicants, with probability of default and reasons."`
	Evaluate scorecardEvaluateCmd `cmd:"" help:"Hold probabilities of default against outcomes: AUC, KS, Brier, calibration, stability."`
	Card     scorecardCardCmd     `cmd:"" help:"Print a scorecard for people, in Chinese or English."`
}

// scorecardLanguage picks the language of what people read.
type scorecardLanguage struct {
	Lang string `default:"zh" enum:"zh,en" help:"Language: zh or en."`
}

func (l scorecardLanguage) language() scorecard.Language { return scorecard.Language(l.Lang) }

func readScorecard(path string) (card scorecard.Scorecard, err error) {
	err = withFile(path, func(r io.Reader) error {
		card, err = scorecard.Read(r)
		return err
	})
	return card, err
}

func readScorecardTable(path string, c scorecard.TableColumns) (t scorecard.Table, err error) {
	err = withFile(path, func(r io.Reader) error {
		t, err = scorecard.ReadTable(r, c)
		return err
	})
	return t, err
}

// sayUse warns of a card that decides nothing.
func sayUse(w io.Writer, card scorecard.Scorecard) {
	if err := card.Decides(); err != nil {
		fmt.Fprintf(w, "parus: note: %v\n", err)
	}
}
