package series

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// SmoothParams says how to smooth. The zero value of each field but Start and
// End stands for its default.
type SmoothParams struct {
	Start, End time.Time // first and last day, UTC midnights
	StepDays   int       // grid of the curve; default 1
	Lambda     float64   // stiffness for a daily grid; default DefaultLambda
	MinValid   float64   // clear share under which a date does not count; default 0.2
	MaxGapDays int       // gap that the curve may bridge and call known; default 40
}

// DefaultLambda lets half of a wave of about 70 days through when a parcel is
// seen once a week: λ(2π/T)⁴ = 1/7 a day gives T = 2π(7λ)^¼ = 68 days for 2000.
// A season of a crop is longer, leftovers of clouds are shorter.
const DefaultLambda = 2000

// Curve is a smoothed layer on a regular grid of days.
type Curve struct {
	Start    time.Time
	StepDays int
	Values   []float64 // no NaN; beyond the first and last date the nearest value holds
	Known    []bool    // false in gaps longer than MaxGapDays and beyond the dates
	Used     int       // how many dates count
}

// Date returns the day of step i.
func (c Curve) Date(i int) time.Time { return c.Start.AddDate(0, 0, i*c.StepDays) }

// ErrNoDates is wrapped by Smooth where too few dates are clear.
var ErrNoDates = errors.New("too few clear dates")

// minDates is how many dates a curve with a second-order penalty needs.
const minDates = 3

// Smooth fits a Whittaker curve to one layer (Eilers 2003, Analytical Chemistry
// 75, 3631–3636): z minimises Σ w(y−z)² + λ Σ(Δ²z)². Weights are the clear
// share of each date, zero for outliers and where nothing is clear, so gaps
// are bridged and not filled with zeros. On a grid of h days λ becomes λ/h³,
// which keeps the curve the same (Δ² grows with h², the number of steps falls
// with h).
func Smooth(s Series, layer string, p SmoothParams) (Curve, error) {
	p = p.withDefaults()
	values, ok := s.Layer(layer)
	if !ok {
		return Curve{}, fmt.Errorf("smooth: the series has no layer %q", layer)
	}
	n := days(p.Start, p.End)/p.StepDays + 1
	if days(p.Start, p.End) < 2*p.StepDays {
		return Curve{}, fmt.Errorf("smooth: from %s to %s are fewer than three steps", p.Start.Format(time.DateOnly), p.End.Format(time.DateOnly))
	}
	y, w := make([]float64, n), make([]float64, n)
	c := Curve{Start: p.Start, StepDays: p.StepDays}
	outlier := Outliers(s)
	for i, d := range s.Dates {
		at := int(math.Round(float64(days(p.Start, d)) / float64(p.StepDays)))
		if at < 0 || at >= n || outlier[i] || isNaN(values[i]) || float64(s.Valid[i]) < p.MinValid {
			continue
		}
		weight := float64(s.Valid[i])
		y[at] = (y[at]*w[at] + float64(values[i])*weight) / (w[at] + weight)
		w[at] += weight
		c.Used++
	}
	if c.Used < minDates {
		return Curve{}, fmt.Errorf("smooth %s: %d dates between %s and %s: %w", layer, c.Used,
			p.Start.Format(time.DateOnly), p.End.Format(time.DateOnly), ErrNoDates)
	}
	h := float64(p.StepDays)
	c.Values = whittaker(y, w, p.Lambda/(h*h*h))
	c.Known = known(w, p.MaxGapDays/p.StepDays)
	hold(c.Values, w)
	return c, nil
}

func (p SmoothParams) withDefaults() SmoothParams {
	if p.StepDays <= 0 {
		p.StepDays = 1
	}
	if p.Lambda <= 0 {
		p.Lambda = DefaultLambda
	}
	if p.MinValid <= 0 {
		p.MinValid = 0.2
	}
	if p.MaxGapDays <= 0 {
		p.MaxGapDays = 40
	}
	return p
}

// whittaker solves (W + λD'D)z = Wy, D the second differences, by a Cholesky
// factorisation LDL' of the band matrix (half width 2), in O(n).
func whittaker(y, w []float64, lambda float64) []float64 {
	n := len(y)
	d, e, f := make([]float64, n), make([]float64, n), make([]float64, n) // D, first and second subdiagonal of L
	z := make([]float64, n)
	diag := func(i int) float64 { // of D'D: 1 5 6 … 6 5 1 (sums of squares of 1 −2 1)
		var v float64
		if i+2 < n {
			v++
		}
		if i >= 1 && i+1 < n {
			v += 4
		}
		if i >= 2 {
			v++
		}
		return v
	}
	first := func(i int) float64 { // between i and i+1: −2 −4 … −4 −2
		var v float64
		if i+2 < n {
			v -= 2
		}
		if i >= 1 {
			v -= 2
		}
		return v
	}
	for i := range n {
		d[i] = w[i] + lambda*diag(i)
		z[i] = w[i] * y[i]
		if i >= 1 {
			d[i] -= e[i-1] * e[i-1] * d[i-1]
			z[i] -= e[i-1] * z[i-1]
		}
		if i >= 2 {
			d[i] -= f[i-2] * f[i-2] * d[i-2]
			z[i] -= f[i-2] * z[i-2]
		}
		if i+1 < n {
			e[i] = lambda * first(i)
			if i >= 1 {
				e[i] -= e[i-1] * f[i-1] * d[i-1]
			}
			e[i] /= d[i]
		}
		if i+2 < n {
			f[i] = lambda / d[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		z[i] /= d[i]
		if i+1 < n {
			z[i] -= e[i] * z[i+1]
		}
		if i+2 < n {
			z[i] -= f[i] * z[i+2]
		}
	}
	return z
}

// known marks steps between two observed ones that are at most maxGap apart.
func known(w []float64, maxGap int) []bool {
	out := make([]bool, len(w))
	last := -1
	for i := range w {
		if w[i] == 0 {
			continue
		}
		out[i] = true
		if last >= 0 && i-last <= maxGap {
			for j := last + 1; j < i; j++ {
				out[j] = true
			}
		}
		last = i
	}
	return out
}

// hold replaces what lies before the first and after the last observed step,
// where a second-order curve runs away along a line, by the value there.
func hold(z, w []float64) {
	first, last := 0, len(w)-1
	for w[first] == 0 {
		first++
	}
	for w[last] == 0 {
		last--
	}
	for i := range first {
		z[i] = z[first]
	}
	for i := last + 1; i < len(z); i++ {
		z[i] = z[last]
	}
}
