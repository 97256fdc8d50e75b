package yield

import (
	"fmt"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"
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

// miss is how far a prediction was off, and the SD that was predicted; 1 for
// baselines.
type miss struct{ error, sd float64 }

// missesOf predicts a fold from its training part alone; from is where the
// search for variances begins.
func missesOf(t scored, method Method, f split, from variances) []miss {
	var out []miss
	train, test := t.rows(f.train), t.rows(f.test)
	if method == MethodMixed {
		values, sds := fitMixed(newPanelRows(train, test.years), from).predictRows(test)
		for i, v := range values {
			out = append(out, miss{v - test.target[i], sds[i]})
		}
		return out
	}
	h := histories(train)
	for i, k := range test.keys {
		out = append(out, miss{baseline(method, h, k, test.years[i]) - test.target[i], 1})
	}
	return out
}

func score(m Method, kind string, e []miss) Score {
	s := Score{Method: m, Split: kind, N: len(e)}
	for _, v := range e {
		s.RMSE += v.error * v.error / float64(len(e))
		s.MAE += math.Abs(v.error) / float64(len(e))
	}
	s.RMSE = math.Sqrt(s.RMSE)
	return s
}

// EvaluatePanel repeats the whole fit, choice of method, variances and interval
// included, inside every fold, and lists the errors and interval coverage of
// what would have been used ("chosen") beside those of each baseline.
func EvaluatePanel(t Table, c TableColumns) ([]Score, error) {
	t = t.known()
	var out []Score
	for _, kind := range []string{SplitForward, SplitLeave} {
		folds := foldsWithHistory(t, kind)
		if len(folds) == 0 {
			return nil, fmt.Errorf("evaluate: too few years for a %s split: want %d", kind, leastHistory+2)
		}
		plain := projection{}.score(t)
		for _, b := range baselines() {
			var e []miss
			for _, f := range folds {
				e = append(e, missesOf(plain, b, f, variances{})...)
			}
			out = append(out, score(b, kind, e))
		}
		s, err := evaluateChosen(t, c, kind, folds)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// evaluateChosen fits and predicts every fold, as many at once as there are
// processors; the result does not depend on their number.
func evaluateChosen(t Table, c TableColumns, kind string, folds []split) (Score, error) {
	predictions := make([][]Prediction, len(folds))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for k, f := range folds {
		g.Go(func() error {
			m, err := FitPanel(t.rows(f.train), c)
			if err != nil {
				return err
			}
			predictions[k], err = m.Predict(t.rows(f.test))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Score{}, err
	}
	var e []miss
	inside := 0
	for k, f := range folds {
		for j, i := range f.test {
			p := predictions[k][j]
			e = append(e, miss{p.Mean - t.Target[i], 1})
			if t.Target[i] >= p.P10 && t.Target[i] <= p.P90 {
				inside++
			}
		}
	}
	s := score("chosen", kind, e)
	s.Coverage = float64(inside) / float64(len(e))
	return s, nil
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
