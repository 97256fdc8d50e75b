package main

import "io"

type scorecardCardCmd struct {
	Model string `required:"" placeholder:"CARD.json" help:"Card of scorecard fit."`
	Out   string `short:"o" placeholder:"FILE" help:"Where to write (default: standard output)."`
	scorecardLanguage
}

// Run prints the card.
func (c scorecardCardCmd) Run(s *streams) error {
	card, err := readScorecard(c.Model)
	if err != nil {
		return err
	}
	return writeWhole(c.Out, s.Out, func(w io.Writer) error { return card.Print(w, c.language()) })
}
