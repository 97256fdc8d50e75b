package portfolio

import (
	"math"

	"parus/credit"
)

// bins is a quantity by bin of the county's shock, worst first.
type bins [credit.ShockBins]float64

// conditional is the chance of default by bin, of both causes:
// p_b = 1 − (1 − income_b)(1 − willing), scaled to the mean PD where one is
// given.
func (e Exposure) conditional(fallback func(pd float64) *bins) bins {
	var out bins
	if len(e.PDByShock) == 0 {
		out = *fallback(e.PDIncome)
	} else {
		copy(out[:], e.PDByShock)
	}
	var mean float64
	for b, p := range out {
		out[b] = 1 - float64((1-p)*(1-e.PDWilling))
		mean += out[b]
	}
	mean /= credit.ShockBins
	if e.PD <= 0 || mean <= 0 {
		return out
	}
	for b := range out {
		out[b] = math.Min(1, float64(out[b]*e.PD)/mean)
	}
	return out
}

// fine is into how many parts of equal probability a bin is divided where the
// tail is looked at: 2,048 in all, twenty of them in the worst hundredth.
const (
	fine  = 64
	cells = credit.ShockBins * fine
)

// shockAt are the normal values in the middle of each cell, worst first.
func shockAt() []float64 {
	z := make([]float64, cells)
	for i := range z {
		z[i] = credit.NormalQuantile((float64(i) + 0.5) / cells)
	}
	return z
}

// SingleFactor spreads a probability over the bins as the single-factor model
// does: p(Z) = Φ((Φ⁻¹(p) − √R·Z)/√(1−R)) (Vasicek 2002), averaged over each bin.
// correlation is R, 0 ≤ R < 1.
func SingleFactor(pd, correlation float64) []float64 {
	out := singleFactor(shockAt(), pd, correlation)
	return out[:]
}

func singleFactor(z []float64, pd, correlation float64) *bins {
	var out bins
	if pd <= 0 || pd >= 1 {
		for b := range out {
			out[b] = math.Max(0, math.Min(1, pd))
		}
		return &out
	}
	g, a, c := credit.NormalQuantile(pd), math.Sqrt(correlation), math.Sqrt(1-correlation)
	for i, x := range z {
		out[i/fine] += credit.NormalCDF((g-float64(a*x))/c) / fine
	}
	return &out
}

// curve refines a mean loss rate by bin to one by cell, so that a tail finer
// than a bin can be read: within a bin the rate is Φ(a + s·Z), s the slope
// between the neighbouring bins on the probit scale, and its mean over the
// bin's cells is the bin's to the last digits. For a single-factor portfolio
// the probit of the rate is a straight line in Z, and the curve is exact but
// for the cells' width. It returns the slope at the middle too.
func curve(z []float64, rate bins, out []float64) {
	var probit, at, slope bins
	for b, r := range rate {
		probit[b] = credit.NormalQuantile(math.Max(1e-9, math.Min(1-1e-9, r)))
		at[b] = z[b*fine+fine/2]
	}
	for range 8 { // where in its bin a rate is the mean follows from the slopes
		slopes(&probit, &at, &slope)
		for b, s := range slope {
			if s == 0 {
				continue
			}
			a := probit[b] - float64(s*at[b])
			var mean float64
			for _, x := range z[b*fine : (b+1)*fine] {
				mean += credit.NormalCDF(a+float64(s*x)) / fine
			}
			low, high := z[b*fine], z[(b+1)*fine-1]
			at[b] = math.Max(low, math.Min(high, (credit.NormalQuantile(mean)-a)/s))
		}
	}
	slopes(&probit, &at, &slope)
	for b, r := range rate {
		a, part := probit[b]-float64(slope[b]*at[b]), out[b*fine:(b+1)*fine]
		var mean float64
		for i, x := range z[b*fine : (b+1)*fine] {
			part[i] = credit.NormalCDF(a + float64(slope[b]*x))
			mean += part[i] / fine
		}
		for i := range part {
			if r <= 0 || mean <= 0 {
				part[i] = math.Max(0, r)
				continue
			}
			part[i] = float64(part[i]*r) / mean
		}
	}
}

// slopes are central differences of the probit over the shock, one-sided at
// the ends; never positive, since a better harvest defaults no more.
func slopes(probit, at, out *bins) {
	for b := range out {
		low, high := max(0, b-1), min(credit.ShockBins-1, b+1)
		out[b] = 0
		if d := at[high] - at[low]; d > 0 {
			out[b] = math.Min(0, (probit[high]-probit[low])/d)
		}
	}
}
