package yield

import (
	"fmt"
	"math"
)

// Score is how a method did on the years that it had not seen.
type Score struct {
	Method   Method  `json:"method"`
	Split    string  `json:"split"` // forward: trained on earlier years; leave-one-year-out
	N        int     `json:"n"`
	RMSE     float64 `json:"rmse"`
	MAE      float64 `json:"mae"`
	Coverage float64 `json:"coverage"` // of the 80 % interval, learned inside each training part; 0 where not asked for
}

// The splits of a panel by year.
const (
	SplitForward = "forward"
	SplitLeave   = "leave-one-year-out"
)

// leastHistory is the number of years that a forward prediction rests on at
// least.
const leastHistory = 3

// split is one fold: rows to learn from and rows to predict.
type split struct{ train, test []int }

// splits makes the folds of a kind.
func splits(t Table, kind string) []split {
	years := t.years()
	var out []split
	for at, y := range years {
		if kind == SplitForward && at < leastHistory {
			continue
		}
		var s split
		for i, x := range t.Years {
			switch {
			case x == y:
				s.test = append(s.test, i)
			case kind == SplitLeave || x < y:
				s.train = append(s.train, i)
			}
		}
		if len(s.train) > 0 && len(s.test) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// residualsOf predicts every fold and lists prediction minus target.
func residualsOf(t Table, centred [][]float64, method Method, v variances, folds []split) []float64 {
	var out []float64
	for _, f := range folds {
		train := t.rows(f.train)
		if method != MethodMixed {
			h := histories(train)
			for _, i := range f.test {
				out = append(out, baseline(method, h, t.Keys[i], t.Years[i])-t.Target[i])
			}
			continue
		}
		c := make([][]float64, len(f.train))
		for k, i := range f.train {
			c[k] = centred[i]
		}
		m := fitMixed(train, c, v)
		for _, i := range f.test {
			out = append(out, m.predict(t.Keys[i], t.Years[i], centred[i])-t.Target[i])
		}
	}
	return out
}

func score(m Method, kind string, e []float64) Score {
	s := Score{Method: m, Split: kind, N: len(e)}
	for _, v := range e {
		s.RMSE += v * v / float64(len(e))
		s.MAE += math.Abs(v) / float64(len(e))
	}
	s.RMSE = math.Sqrt(s.RMSE)
	return s
}

// EvaluatePanel repeats the whole fit, choice of method and interval included,
// inside every fold, and lists the errors and interval coverage of what would
// have been used ("chosen") beside those of each baseline.
func EvaluatePanel(t Table, c TableColumns) ([]Score, error) {
	t = t.known()
	var out []Score
	for _, kind := range []string{SplitForward, SplitLeave} {
		for _, b := range baselines() {
			out = append(out, score(b, kind, residualsOf(t, nil, b, variances{}, foldsWithHistory(t, kind))))
		}
		var e []float64
		inside := 0
		for _, f := range foldsWithHistory(t, kind) {
			m, err := FitPanel(t.rows(f.train), c)
			if err != nil {
				return nil, err
			}
			p, err := m.Predict(t.rows(f.test))
			if err != nil {
				return nil, err
			}
			for k, i := range f.test {
				e = append(e, p[k].Mean-t.Target[i])
				if t.Target[i] >= p[k].P10 && t.Target[i] <= p[k].P90 {
					inside++
				}
			}
		}
		if len(e) == 0 {
			return nil, fmt.Errorf("evaluate: too few years for a %s split: want %d", kind, leastHistory+2)
		}
		s := score("chosen", kind, e)
		s.Coverage = float64(inside) / float64(len(e))
		out = append(out, s)
	}
	return out, nil
}

// foldsWithHistory are the folds whose training part can itself be validated.
func foldsWithHistory(t Table, kind string) []split {
	var out []split
	for _, f := range splits(t, kind) {
		if len(t.rows(f.train).years()) > leastHistory {
			out = append(out, f)
		}
	}
	return out
}
