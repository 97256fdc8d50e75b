package yield

import (
	"context"
	"fmt"
	"math"
	"slices"
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

// miss is how far a prediction was off, and the SD that was predicted; 1 for
// baselines.
type miss struct{ error, sd float64 }

// missesOf predicts a fold from its training part alone by every method, in the
// order of baselines and then the mixed model; from is where the search for
// variances begins.
func missesOf(ctx context.Context, t scored, f split, from variances) ([][]miss, error) {
	train, test := t.rows(f.train), t.rows(f.test)
	out := baselineMisses(train, test)
	model, err := fitMixed(ctx, newPanelRows(train, test.years), from)
	if err != nil {
		return nil, err
	}
	values, sds := model.predictRows(test)
	mixed := make([]miss, len(values))
	for i, v := range values {
		mixed[i] = miss{v - test.target[i], sds[i]}
	}
	return append(out, mixed), nil
}

// baselineMisses is missesOf of the baselines.
func baselineMisses(train, test scored) [][]miss {
	h := histories(train)
	var out [][]miss
	for _, method := range baselines() {
		e := make([]miss, len(test.keys))
		for i, k := range test.keys {
			e[i] = miss{baseline(method, h, k, test.years[i]) - test.target[i], 1}
		}
		out = append(out, e)
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
// what would have been used ("chosen") beside those of each baseline. Folds are
// done side by side; the result does not depend on how many. The end of ctx is
// an error that wraps its own.
func EvaluatePanel(ctx context.Context, t Table, c TableColumns, tell Progress) ([]Score, error) {
	t = t.known()
	var folds []split
	for _, kind := range splitKinds() {
		of := foldsWithHistory(t, kind)
		if len(of) == 0 {
			return nil, fmt.Errorf("evaluate: too few years for a %s split: want %d", kind, leastHistory+2)
		}
		folds = append(folds, of...)
	}
	plain := projection{}.score(t)
	done, err := eachFold(ctx, folds, tell, func(ctx context.Context, f split) (foldResult, error) {
		r, err := chosenMisses(ctx, t, c, f)
		r.baselines = baselineMisses(plain.rows(f.train), plain.rows(f.test))
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	var out []Score
	for _, kind := range splitKinds() {
		all := foldResult{baselines: make([][]miss, len(baselines()))}
		for k, f := range folds {
			if f.kind == kind {
				all.add(done[k])
			}
		}
		for b, method := range baselines() {
			out = append(out, score(method, kind, all.baselines[b]))
		}
		s := score("chosen", kind, all.chosen)
		s.Coverage = float64(all.inside) / float64(len(all.chosen))
		out = append(out, s)
	}
	return out, nil
}

// foldResult is how far each baseline and the chosen method were off, and how
// many targets the latter's interval held.
type foldResult struct {
	baselines [][]miss
	chosen    []miss
	inside    int
}

func (r *foldResult) add(o foldResult) {
	for b, e := range o.baselines {
		r.baselines[b] = append(r.baselines[b], e...)
	}
	r.chosen, r.inside = slices.Concat(r.chosen, o.chosen), r.inside+o.inside
}

// chosenMisses fits a fold's training part and predicts its year.
func chosenMisses(ctx context.Context, t Table, c TableColumns, f split) (foldResult, error) {
	m, err := FitPanel(ctx, t.rows(f.train), c, nil)
	if err != nil {
		return foldResult{}, err
	}
	predictions, err := m.Predict(t.rows(f.test))
	if err != nil {
		return foldResult{}, err
	}
	var r foldResult
	for j, i := range f.test {
		p := predictions[j]
		r.chosen = append(r.chosen, miss{p.Mean - t.Target[i], 1})
		if t.Target[i] >= p.P10 && t.Target[i] <= p.P90 {
			r.inside++
		}
	}
	return r, nil
}
