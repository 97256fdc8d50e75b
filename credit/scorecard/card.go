package scorecard

import (
	"math"
	"slices"
)

// Scale turns log odds into points: Base points at Odds good to one bad, PDO
// more for each doubling of the odds (Siddiqi 2017, chapter 11).
type Scale struct {
	Base float64 `json:"base"`
	Odds float64 `json:"odds"`
	PDO  float64 `json:"pdo"`
}

// DefaultScale has 600 points at odds of 50 to 1 and 20 points to double them.
func DefaultScale() Scale { return Scale{Base: 600, Odds: 50, PDO: 20} }

// usable tells whether log odds have points, and points log odds.
func (s Scale) usable() bool {
	return math.Abs(s.Base) < 1e6 && s.Odds > 1e-9 && s.Odds < 1e9 && s.PDO > 1e-3 && s.PDO < 1e6
}

func (s Scale) factor() float64 { return s.PDO / math.Ln2 }

// points is the score of log odds of good.
func (s Scale) points(logOdds float64) float64 {
	return s.Base + s.factor()*(logOdds-math.Log(s.Odds))
}

// logOdds of good is what a score says before calibration.
func (s Scale) logOdds(points float64) float64 {
	return math.Log(s.Odds) + (points-s.Base)/s.factor()
}

// pointed is a card without its history: characteristics whose points add up to
// the score.
type pointed struct {
	chars     []Characteristic
	intercept float64 // of the log odds of good
	scale     Scale
	fit       fitted
	left      []Candidate
}

// build chooses, fits and scales on the given rows.
func build(columns []Column, bad []bool, rows []int, scale Scale) (pointed, error) {
	own := make([]bool, len(rows))
	for k, i := range rows {
		own[k] = bad[i]
	}
	kept, left, f, err := choose(columns, rows, own)
	if err != nil {
		return pointed{}, err
	}
	b := newBinning(own)
	p := pointed{scale: scale, fit: f, left: left, intercept: math.Log(float64(b.goods) / float64(b.bads))}
	if len(kept) > 0 {
		p.intercept = -f.coef[0]
	}
	p.intercept = round9(p.intercept)
	for _, k := range kept {
		p.chars = append(p.chars, k.Characteristic)
	}
	p.spread()
	return p, nil
}

// spread gives each bin its points: its weight, and an equal part of the
// intercept and the base (Siddiqi 2017, chapter 11), rounded to whole points.
func (p *pointed) spread() {
	each := p.scale.points(p.intercept) / float64(len(p.chars))
	for j := range p.chars {
		c := &p.chars[j]
		c.Bins = slices.Clone(c.Bins)
		for i := range c.Bins {
			c.Bins[i].Points = int(math.Round(each + p.scale.factor()*c.Coefficient*c.Bins[i].WoE))
		}
	}
}

// scores are the points of some rows.
func (p pointed) scores(columns map[string]Column, rows []int) []int {
	sum := make([]int, len(rows))
	for _, c := range p.chars {
		for k, i := range c.places(columns[c.Name], rows) {
			sum[k] += c.Bins[i].Points
		}
	}
	return sum
}

// badLogOdds are the scores of some rows, as log odds of bad. Without any
// characteristic all rows have those of the intercept.
func (p pointed) badLogOdds(columns map[string]Column, rows []int) []float64 {
	out := make([]float64, len(rows))
	for k, s := range p.scores(columns, rows) {
		out[k] = -p.intercept
		if len(p.chars) > 0 {
			out[k] = -p.scale.logOdds(float64(s))
		}
	}
	return out
}

// byName finds columns by their names.
func byName(columns []Column) map[string]Column {
	out := map[string]Column{}
	for _, c := range columns {
		out[c.Name] = c
	}
	return out
}
