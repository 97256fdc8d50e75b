package scorecard

import (
	"errors"
	"fmt"
)

// Stability holds the rows of a table against those that the card was fitted
// on: the index of each characteristic (CSI), and by how many points it moves
// the mean score.
type Stability struct {
	Characteristic string
	CSI            float64
	MeanShift      float64
}

// Stability measures how a table of applicants differs from those fitted on.
func (s Scorecard) Stability(t Table) ([]Stability, error) {
	columns := byName(t.Columns)
	var out []Stability
	for _, c := range s.Characteristics {
		column, ok := columns[c.Name]
		if !ok {
			return nil, tableError("no column %q, which the card needs", c.Name)
		}
		actual, points := make([]float64, len(c.Bins)), make([]float64, len(c.Bins))
		for i, cell := range column.Cells {
			at, err := c.place(cell)
			if err != nil {
				return nil, tableError("row %d: %w", t.Lines[i], err)
			}
			actual[at] += 1 / float64(len(column.Cells))
		}
		for i, b := range c.Bins {
			points[i] = float64(b.Points)
		}
		csi, err := PSI(c.Shares(), actual)
		shift, other := MeanShift(c.Shares(), actual, points)
		if err := errors.Join(err, other); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		out = append(out, Stability{c.Name, csi, shift})
	}
	return out, nil
}

// PSI is the population stability index of the scores of some applicants
// against those fitted on.
func (s Scorecard) PSI(all []Prediction) (float64, error) {
	scores := make([]float64, len(all))
	for i, p := range all {
		scores[i] = float64(p.Score)
	}
	return PSI(s.Scores.Shares, Shares(s.Scores.Edges, scores))
}

// scoreShares bins the scores of the rows fitted on.
func (p pointed) scoreShares(columns map[string]Column, rows []int) ScoreShares {
	scores := make([]float64, len(rows))
	for k, v := range p.scores(columns, rows) {
		scores[k] = float64(v)
	}
	edges := Bins(scores, 10)
	out := ScoreShares{Edges: edges, Shares: Shares(edges, scores)}
	for i, v := range out.Shares {
		out.Shares[i] = round9(v)
	}
	return out
}
