package scorecard

import (
	"errors"
	"fmt"
	"math"
)

// fitted is a logistic regression: coef[0] is the intercept.
type fitted struct {
	coef, se []float64
	cov      [][]float64 // of standardised coefficients
	ridge    float64     // penalty on coefficients, 0 where the plain likelihood has its maximum
	deviance float64
	steps    int
}

const (
	irlsSteps = 50
	// irlsTolerance is the step in any standardised coefficient below which the
	// maximum is reached. Where classes are told apart completely the likelihood
	// has no maximum (Albert and Anderson 1984): coefficients then go on by
	// about one a step, and the fit never gets there.
	irlsTolerance = 1e-9
	// ridgeOnSeparation is the penalty λ/2·Σβ² on standardised columns that is
	// taken then, ten times as much each time until the fit stands (le Cessie
	// and van Houwelingen 1992).
	ridgeOnSeparation = 0.1
)

var errSingular = errors.New("columns depend on each other")

// logistic fits by iteratively reweighted least squares, Fisher scoring with
// step halving (McCullagh and Nelder 1989, section 4.4). x holds columns. On
// separation, and where columns depend on each other, it falls back on a ridge
// and says so in its result.
func logistic(x [][]float64, bad []bool) (fitted, error) {
	z, mean, scale := standardise(x, len(bad))
	for ridge := 0.0; ridge < 1e6; ridge = max(ridgeOnSeparation, 10*ridge) {
		f, ok := irls(z, bad, ridge)
		if ok {
			return f.unscaled(mean, scale), nil
		}
	}
	return fitted{}, fmt.Errorf("logistic regression: %w even with a ridge", errSingular)
}

// standardise centres columns and brings them to a standard deviation of one,
// so that the ridge treats all alike; constant columns stay at zero.
func standardise(x [][]float64, n int) (z [][]float64, mean, scale []float64) {
	z, mean, scale = make([][]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	for j, column := range x {
		var sum, square float64
		for _, v := range column {
			sum += v
		}
		m := sum / float64(n)
		for _, v := range column {
			square += (v - m) * (v - m)
		}
		s := math.Sqrt(square / float64(n))
		if s < 1e-12*math.Max(1, math.Abs(m)) {
			s = 0
		}
		mean[j], scale[j], z[j] = m, s, make([]float64, n)
		for i, v := range column {
			if s > 0 {
				z[j][i] = (v - m) / s
			}
		}
	}
	return z, mean, scale
}

// irls runs on standardised columns. ok is false where it did not converge to a
// finite maximum.
func irls(z [][]float64, bad []bool, ridge float64) (fitted, bool) {
	p := len(z) + 1
	bads := 0
	for _, b := range bad {
		if b {
			bads++
		}
	}
	if bads == 0 || bads == len(bad) {
		return fitted{}, false
	}
	f := fitted{coef: make([]float64, p), ridge: ridge}
	f.coef[0] = logit(float64(bads) / float64(len(bad)))
	f.deviance = penalised(z, bad, f.coef, ridge)
	for f.steps = 1; f.steps <= irlsSteps; f.steps++ {
		information, gradient := curvature(z, bad, f.coef, ridge)
		root, ok := choleskyOf(information)
		if !ok {
			return fitted{}, false
		}
		step := root.solve(gradient)
		next, deviance, half := f.coef, math.Inf(1), 1.0
		for ; half > 1e-6; half /= 2 {
			next = make([]float64, p)
			for j := range next {
				next[j] = f.coef[j] + half*step[j]
			}
			if deviance = penalised(z, bad, next, ridge); deviance <= f.deviance*(1+1e-12) {
				break
			}
		}
		f.coef, f.deviance = next, deviance
		if half*largest(step) <= irlsTolerance {
			f.cov = root.inverse()
			return f, true
		}
	}
	return fitted{}, false
}

func largest(v []float64) float64 {
	var m float64
	for _, x := range v {
		m = max(m, math.Abs(x))
	}
	return m
}

// unscaled brings a fit on standardised columns back to their own units:
// β_j = γ_j/s_j and β₀ = γ₀ − Σ γ_j m_j/s_j, with standard errors by the same
// linear map. With a ridge these are of the penalised fit.
func (f fitted) unscaled(mean, scale []float64) fitted {
	p := len(f.coef)
	out := fitted{coef: make([]float64, p), se: make([]float64, p), ridge: f.ridge, deviance: f.deviance, steps: f.steps}
	toIntercept := make([]float64, p)
	toIntercept[0], out.coef[0] = 1, f.coef[0]
	for j := range mean {
		if scale[j] == 0 {
			continue
		}
		out.coef[j+1] = f.coef[j+1] / scale[j]
		out.se[j+1] = math.Sqrt(f.cov[j+1][j+1]) / scale[j]
		toIntercept[j+1] = -mean[j] / scale[j]
		out.coef[0] += f.coef[j+1] * toIntercept[j+1]
	}
	var variance float64
	for j, a := range toIntercept {
		for k, b := range toIntercept {
			variance += a * b * f.cov[j][k]
		}
	}
	out.se[0] = math.Sqrt(variance)
	return out
}

func logOdds(z [][]float64, coef []float64, i int) float64 {
	eta := coef[0]
	for j, column := range z {
		eta += coef[j+1] * column[i]
	}
	return eta
}

// penalised is the deviance with the ridge's part.
func penalised(z [][]float64, bad []bool, coef []float64, ridge float64) float64 {
	var sum float64
	for i, b := range bad {
		eta := logOdds(z, coef, i)
		if b {
			eta = -eta
		}
		// −ln(1 − p) = ln(1 + e^η), written so that e^η cannot overflow.
		sum += math.Max(eta, 0) + math.Log1p(math.Exp(-math.Abs(eta)))
	}
	var square float64
	for _, c := range coef[1:] {
		square += c * c
	}
	return 2*sum + ridge*square
}

// curvature is the Fisher information XᵀWX and the gradient Xᵀ(y − p), both
// with the ridge's part.
func curvature(z [][]float64, bad []bool, coef []float64, ridge float64) (information [][]float64, gradient []float64) {
	p := len(coef)
	information, gradient = make([][]float64, p), make([]float64, p)
	for j := range information {
		information[j] = make([]float64, p)
	}
	row := make([]float64, p)
	for i, b := range bad {
		pd := expit(logOdds(z, coef, i))
		row[0] = 1
		for j := range z {
			row[j+1] = z[j][i]
		}
		w, rest := pd*(1-pd), outcome(b)-pd
		for j, v := range row {
			gradient[j] += v * rest
			for k := 0; k <= j; k++ {
				information[j][k] += w * v * row[k]
			}
		}
	}
	for j := 1; j < p; j++ {
		information[j][j] += ridge
		gradient[j] -= ridge * coef[j]
	}
	return information, gradient
}
