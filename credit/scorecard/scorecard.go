package scorecard

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// FormatVersion is that of the card's file, raised where its meaning changes.
const FormatVersion = 1

// Scorecard is a fitted card with its history. Points of the bins that an
// applicant falls into add up to the score, which is high for good applicants.
type Scorecard struct {
	Use             Use              `json:"use"`
	Target          string           `json:"target"`
	Training        Population       `json:"training"`
	HeldOut         *HeldOut         `json:"held_out,omitempty"`
	CrossValidation CrossValidation  `json:"cross_validation"`
	Scale           Scale            `json:"scale"`
	Intercept       float64          `json:"intercept"` // of the log odds of good
	InterceptSE     float64          `json:"intercept_se"`
	Ridge           float64          `json:"ridge"` // penalty that separation made necessary, else 0
	Characteristics []Characteristic `json:"characteristics"`
	Left            []Candidate      `json:"left"`
	PD              PDLine           `json:"pd"`
	Scores          ScoreShares      `json:"scores"`
	Notes           []Words          `json:"notes"`
}

// Population is what a card learned from.
type Population struct {
	Rows    int      `json:"rows"`
	Bads    int      `json:"bads"`
	From    string   `json:"from,omitempty"` // first and last date, YYYY-MM-DD, where known
	To      string   `json:"to,omitempty"`
	Columns []string `json:"columns"` // looked at, in the card or not
	Digest  string   `json:"digest"`  // SHA-256 of ids, outcomes, dates and cells
}

// HeldOut is the check on rows that nothing was fitted on.
type HeldOut struct {
	ByDate bool   `json:"by_date"` // later than all rows fitted on; else drawn by lot
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Quality
}

// PDLine brings a score to a probability of default:
// logit PD = Intercept + Slope·ln(odds of bad by the score), where Intercept
// holds the correction from the sample's rate to the stated one (King and Zeng
// 2001).
type PDLine struct {
	Intercept  float64 `json:"intercept"`
	Slope      float64 `json:"slope"`
	SampleRate float64 `json:"sample_rate"`
	BaseRate   float64 `json:"base_rate"` // stated; the sample's where none was
}

// ScoreShares is how the scores of those fitted on lie in about ten bins of
// equal count: the expected side of the population stability index.
type ScoreShares struct {
	Edges  []float64 `json:"edges"` // as of [Bins]
	Shares []float64 `json:"shares"`
}

// Prediction is what a card says of one applicant.
type Prediction struct {
	ID      string
	Score   int
	PD      float64 // to 10⁻⁶
	Reasons []Reason
}

// Reason is a characteristic that costs points.
type Reason struct {
	Characteristic string
	Bin            Bin
	BelowBest      int     // points less than the best bin brings
	BelowAverage   float64 // points less than the mean of those fitted on; what reasons are ranked by
}

// MostReasons is how many are given.
const MostReasons = 4

// Columns is what a table must hold to be scored.
func (s Scorecard) Columns(id string) TableColumns {
	c := TableColumns{ID: id}
	for _, x := range s.Characteristics {
		c.Only = append(c.Only, x.Name)
		if x.Words {
			c.Words = append(c.Words, x.Name)
		}
	}
	return c
}

// Score scores one applicant by the cells of its columns; "" is not known. An
// absent column and a word among numbers are errors.
func (s Scorecard) Score(features map[string]string) (Prediction, error) {
	bins := make([]int, len(s.Characteristics))
	for j, c := range s.Characteristics {
		cell, ok := features[c.Name]
		if !ok {
			return Prediction{}, fmt.Errorf("score: no %q: give it, as \"\" where it is not known", c.Name)
		}
		var err error
		if bins[j], err = c.place(known(cell)); err != nil {
			return Prediction{}, fmt.Errorf("score: %w", err)
		}
	}
	return s.predict(bins, s.marks()), nil
}

// Predict scores the rows of a table read with [Scorecard.Columns].
func (s Scorecard) Predict(t Table) ([]Prediction, error) {
	columns := byName(t.Columns)
	at := make([]Column, len(s.Characteristics))
	for j, c := range s.Characteristics {
		column, ok := columns[c.Name]
		if !ok {
			return nil, tableError("no column %q, which the card needs", c.Name)
		}
		at[j] = column
	}
	out := make([]Prediction, len(t.IDs))
	bins, marks := make([]int, len(at)), s.marks()
	for i, id := range t.IDs {
		for j, c := range s.Characteristics {
			var err error
			if bins[j], err = c.place(at[j].Cells[i]); err != nil {
				return nil, tableError("row %d: %w", t.Lines[i], err)
			}
		}
		out[i] = s.predict(bins, marks)
		out[i].ID = id
	}
	return out, nil
}

// mark is what an applicant's points in a characteristic are held against.
type mark struct {
	best    int     // the most that any bin with rows brings
	average float64 // over the rows fitted on
}

func (s Scorecard) marks() []mark {
	out := make([]mark, len(s.Characteristics))
	for j, c := range s.Characteristics {
		out[j].best = math.MinInt
		for i, share := range c.Shares() {
			out[j].average += share * float64(c.Bins[i].Points)
			if share > 0 {
				out[j].best = max(out[j].best, c.Bins[i].Points)
			}
		}
	}
	return out
}

func (s Scorecard) predict(bins []int, marks []mark) Prediction {
	var p Prediction
	for j, i := range bins {
		c := s.Characteristics[j]
		b := c.Bins[i]
		p.Score += b.Points
		r := Reason{c.Name, b, marks[j].best - b.Points, marks[j].average - float64(b.Points)}
		if r.BelowBest > 0 && r.BelowAverage >= 0.5 {
			p.Reasons = append(p.Reasons, r)
		}
	}
	slices.SortStableFunc(p.Reasons, func(x, y Reason) int {
		return cmp.Or(-cmp.Compare(x.BelowAverage, y.BelowAverage), -cmp.Compare(x.BelowBest, y.BelowBest))
	})
	p.Reasons = p.Reasons[:min(len(p.Reasons), MostReasons)]
	p.PD = s.PDOf(p.Score)
	return p
}

// PDOf is the probability of default of a score, to 10⁻⁶.
func (s Scorecard) PDOf(score int) float64 {
	x := -s.Scale.logOdds(float64(score))
	return math.Round(expit(s.PD.Intercept+s.PD.Slope*x)*1e6) / 1e6
}
