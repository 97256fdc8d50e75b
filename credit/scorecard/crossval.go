package scorecard

import (
	"context"
	"fmt"
	"math"
	"sync"

	"golang.org/x/sync/errgroup"
)

// CrossValidation is the quality on rows that were held out from everything
// that is fitted: bins, choice, coefficients, points and calibration. AUC is
// the mean over folds, its error the mean of the folds' (LeDell, Petersen and
// van der Laan 2015); the rest is measured on the held-out probabilities of a
// repetition together. All are means over repetitions, which make the split
// matter less but are no further evidence.
type CrossValidation struct {
	Folds   int `json:"folds"`
	Repeats int `json:"repeats"`
	Quality
	// AUCSpread is the standard deviation of a repetition's AUC over
	// repetitions: what the split alone does.
	AUCSpread float64 `json:"auc_spread"`
}

// crossValidate repeats stratified cross-validation with all steps nested.
func (s sample) crossValidate(ctx context.Context, rows []int, o Options) (CrossValidation, error) {
	qualities := make([][]Quality, o.Repeats) // of each fold
	pds := make([][]float64, o.Repeats)
	var mu sync.Mutex
	done := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(o.Threads)
	for r := range o.Repeats {
		qualities[r], pds[r] = make([]Quality, o.Folds), make([]float64, len(s.bad))
		for f, part := range s.folds(rows, o.Folds, fmt.Sprintf("repeat %d", r)) {
			group.Go(func() error {
				t, err := s.train(ctx, without(rows, part), o.Scale, fmt.Sprintf("repeat %d fold %d", r, f), 1)
				if err != nil {
					return err
				}
				own := make([]float64, len(part))
				for k, v := range t.badLogOdds(s.names, part) {
					own[k] = t.line.pd(v)
					pds[r][part[k]] = own[k]
				}
				if o.Progress != nil {
					mu.Lock()
					done++
					o.Progress(done, o.Folds*o.Repeats+1) // and the card itself
					mu.Unlock()
				}
				qualities[r][f], err = Evaluate(own, s.outcomes(part))
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return CrossValidation{}, err
	}
	return s.summary(rows, pds, qualities, o)
}

func (s sample) summary(rows []int, pds [][]float64, folds [][]Quality, o Options) (CrossValidation, error) {
	cv := CrossValidation{Folds: o.Folds, Repeats: o.Repeats}
	var aucs []float64
	for r, of := range folds {
		pooled := make([]float64, len(rows))
		for k, i := range rows {
			pooled[k] = pds[r][i]
		}
		q, err := Evaluate(pooled, s.outcomes(rows))
		if err != nil {
			return CrossValidation{}, err
		}
		q.AUC, q.AUCSE = meanAUC(of)
		aucs = append(aucs, q.AUC)
		cv.add(q, 1/float64(o.Repeats))
	}
	for _, a := range aucs {
		cv.AUCSpread += (a - cv.AUC) * (a - cv.AUC)
	}
	cv.AUCSpread = math.Sqrt(cv.AUCSpread / math.Max(1, float64(len(aucs)-1)))
	return cv, nil
}

// meanAUC is the mean over folds and its standard error, folds being taken as
// independent.
func meanAUC(folds []Quality) (auc, se float64) {
	k := float64(len(folds))
	for _, q := range folds {
		auc += q.AUC / k
		se += q.AUCSE * q.AUCSE
	}
	return auc, math.Sqrt(se) / k
}

// add adds a repetition's figures with a weight.
func (q *Quality) add(x Quality, weight float64) {
	q.Rows, q.Bads = x.Rows, x.Bads
	for _, f := range []struct {
		to *float64
		v  float64
	}{{&q.AUC, x.AUC}, {&q.AUCSE, x.AUCSE}, {&q.KS, x.KS}, {&q.KSSE, x.KSSE}, {&q.Brier, x.Brier}, {&q.BrierSE, x.BrierSE}, {&q.LogLoss, x.LogLoss},
		{&q.Intercept, x.Intercept}, {&q.Slope, x.Slope}, {&q.SlopeSE, x.SlopeSE}, {&q.ECE, x.ECE}, {&q.MeanPD, x.MeanPD}} {
		*f.to += weight * f.v
	}
}
