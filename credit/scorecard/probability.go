package scorecard

import (
	"fmt"
	"math"
	"slices"
)

// leastPD keeps 0 and 1 out of logarithms.
const leastPD = 1e-12

// Brier is the mean squared distance between probability and outcome (Brier
// 1950): 0 is best.
func Brier(pd []float64, bad []bool) (float64, error) {
	if err := probabilities("Brier", pd, bad); err != nil {
		return 0, err
	}
	var sum float64
	for i, p := range pd {
		d := p - outcome(bad[i])
		sum += d * d
	}
	return sum / float64(len(pd)), nil
}

// LogLoss is the mean negative log-likelihood, in nats. Probabilities are kept
// within 10⁻¹² of 0 and 1.
func LogLoss(pd []float64, bad []bool) (float64, error) {
	if err := probabilities("log loss", pd, bad); err != nil {
		return 0, err
	}
	var sum float64
	for i, p := range pd {
		if !bad[i] {
			p = 1 - p
		}
		sum -= math.Log(min(max(p, leastPD), 1))
	}
	return sum / float64(len(pd)), nil
}

// Calibration tells how stated probabilities meet outcomes.
type Calibration struct {
	// Intercept and Slope of the logistic regression of the outcome on the log
	// odds of the stated probability (Cox 1958): 0 and 1 are best. A slope
	// under 1 means that probabilities are too extreme. Both are NaN where the
	// probabilities are all alike.
	Intercept, Slope     float64
	InterceptSE, SlopeSE float64
	// InTheLarge is the observed less the mean stated rate.
	InTheLarge float64
	// ECE is the expected calibration error over at most ten bins of equal
	// count (Naeini et al. 2015): the mean distance between the stated and the
	// observed rate, weighted by rows.
	ECE float64
}

// Calibrate measures the calibration of pd. The logistic regression needs both
// kinds of outcome.
func Calibrate(pd []float64, bad []bool) (Calibration, error) {
	if err := probabilities("calibration", pd, bad); err != nil {
		return Calibration{}, err
	}
	x, bads, stated := make([]float64, len(pd)), 0, 0.0
	for i, p := range pd {
		x[i] = logit(min(max(p, leastPD), 1-leastPD))
		stated += p
		if bad[i] {
			bads++
		}
	}
	if bads == 0 || bads == len(bad) {
		return Calibration{}, fmt.Errorf("calibration: %w: %d bad of %d", ErrOneClass, bads, len(bad))
	}
	n := float64(len(pd))
	c := Calibration{Intercept: math.NaN(), Slope: math.NaN(), InterceptSE: math.NaN(), SlopeSE: math.NaN(),
		InTheLarge: float64(bads)/n - stated/n, ECE: calibrationError(pd, bad)}
	if slices.Min(x) == slices.Max(x) {
		return c, nil
	}
	f, err := logistic([][]float64{x}, bad)
	if err != nil {
		return Calibration{}, fmt.Errorf("calibration: %w", err)
	}
	c.Intercept, c.Slope, c.InterceptSE, c.SlopeSE = f.coef[0], f.coef[1], f.se[0], f.se[1]
	return c, nil
}

func calibrationError(pd []float64, bad []bool) float64 {
	edges := Bins(pd, 10)
	stated, seen := make([]float64, len(edges)+1), make([]float64, len(edges)+1)
	for i, p := range pd {
		k, _ := slices.BinarySearch(edges, p)
		stated[k] += p
		seen[k] += outcome(bad[i])
	}
	var sum float64
	for k := range stated {
		sum += math.Abs(stated[k] - seen[k])
	}
	return sum / float64(len(pd))
}

func probabilities(what string, pd []float64, bad []bool) error {
	if err := finite(what, pd, bad); err != nil {
		return err
	}
	for i, p := range pd {
		if p < 0 || p > 1 {
			return fmt.Errorf("%s: row %d: %g is no probability: give values from 0 to 1", what, i, p)
		}
	}
	return nil
}

func outcome(bad bool) float64 {
	if bad {
		return 1
	}
	return 0
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

func expit(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}
