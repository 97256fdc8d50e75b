package main

import (
	"fmt"
	"io"

	"parus/credit/scorecard"
)

type scorecardEvaluateCmd struct {
	Table     string `required:"" placeholder:"T.csv[.gz]" help:"One row per loan whose outcome is known."`
	Target    string `required:"" placeholder:"COLUMN" help:"Outcome: 1 bad, 0 good."`
	ID        string `name:"id" required:"" placeholder:"COLUMN" help:"Column of the row's id."`
	Model     string `xor:"from" required:"" placeholder:"CARD.json" help:"Card to hold against the outcomes; with the stability of its characteristics."`
	Predicted string `xor:"from" required:"" placeholder:"P.csv[.gz]" help:"Or probabilities of default by id, of any origin, in a column pd."`
	PredID    string `name:"predicted-id" default:"id" placeholder:"COLUMN" help:"Column of the id in --predicted."`
	Out       string `short:"o" placeholder:"FILE" help:"Where to write (default: standard output)."`
	scorecardLanguage
}

// Run prints how probabilities met outcomes.
func (c scorecardEvaluateCmd) Run(s *streams) error {
	var pd []float64
	var bad []bool
	var stability func(io.Writer) error
	var err error
	if c.Model != "" {
		pd, bad, stability, err = c.byCard(s)
	} else {
		pd, bad, err = c.byFile(s)
	}
	if err != nil {
		return err
	}
	q, err := scorecard.Evaluate(pd, bad)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Table, err)
	}
	return writeWhole(c.Out, s.Out, func(w io.Writer) error {
		if err := q.Print(w, c.language()); err != nil {
			return err
		}
		if stability == nil {
			return nil
		}
		return stability(w)
	})
}

func (c scorecardEvaluateCmd) byCard(s *streams) (pd []float64, bad []bool, stability func(io.Writer) error, err error) {
	card, err := readScorecard(c.Model)
	if err != nil {
		return nil, nil, nil, err
	}
	columns := card.Columns(c.ID)
	columns.Target = c.Target
	t, err := readScorecardTable(c.Table, columns)
	if err != nil {
		return nil, nil, nil, err
	}
	all, err := card.Predict(t)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", c.Table, err)
	}
	shifts, err := card.Stability(t)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", c.Table, err)
	}
	psi, err := card.PSI(all)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", c.Table, err)
	}
	for _, p := range all {
		pd = append(pd, p.PD)
	}
	sayUse(s.Err, card)
	return pd, t.Bad, func(w io.Writer) error { return scorecard.PrintStability(w, psi, shifts, c.language()) }, nil
}

// byFile joins outcomes and probabilities by id.
func (c scorecardEvaluateCmd) byFile(s *streams) (pd []float64, bad []bool, err error) {
	truth, err := readScorecardTable(c.Table, scorecard.TableColumns{ID: c.ID, Target: c.Target, Only: []string{}})
	if err != nil {
		return nil, nil, err
	}
	predicted, err := readScorecardTable(c.Predicted, scorecard.TableColumns{ID: c.PredID, Only: []string{"pd"}})
	if err != nil {
		return nil, nil, err
	}
	column := predicted.Columns[0]
	if column.Numbers == nil {
		return nil, nil, fmt.Errorf("%s: column %q holds words: want probabilities from 0 to 1", c.Predicted, column.Name)
	}
	at := map[string]int{}
	for i, id := range predicted.IDs {
		at[id] = i
	}
	for i, id := range truth.IDs {
		k, ok := at[id]
		if !ok {
			continue
		}
		pd, bad = append(pd, column.Numbers[k]), append(bad, truth.Bad[i])
	}
	if len(pd) < len(truth.IDs) || len(pd) < len(predicted.IDs) {
		fmt.Fprintf(s.Err, "parus: %d rows compared; %d outcomes without a prediction, %d predictions without an outcome\n", len(pd), len(truth.IDs)-len(pd), len(predicted.IDs)-len(pd))
	}
	return pd, bad, nil
}
