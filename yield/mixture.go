package yield

import "math"

// mix fills in mean, SD and quantiles of the mixture over the parcel's crops.
// Chances are scaled to add up to 1; a parcel without any known crop keeps
// NaN.
func (e *ParcelEstimate) mix() {
	var total, mean, square float64
	for _, c := range e.PerCrop {
		total += c.P
		s2 := c.SDCounty*c.SDCounty + c.SDModel*c.SDModel
		mean += c.P * c.MeanKgPerHa
		square += c.P * c.MeanKgPerHa * c.MeanKgPerHa * math.Exp(s2) // E[Y²] of a lognormal with this mean
	}
	if total <= 0 {
		nan := math.NaN()
		e.P10, e.P50, e.P90, e.Mean, e.SD = nan, nan, nan, nan, nan
		e.Notes = append(e.Notes, "no crop that the catalogue holds: no yield")
		return
	}
	e.Mean = mean / total
	e.SD = math.Sqrt(math.Max(0, square/total-e.Mean*e.Mean))
	m := newMixture(e.PerCrop, total)
	e.P10, e.P50, e.P90 = m.quantile(0.1), m.quantile(0.5), m.quantile(0.9)
}

// mixture is a mixture of lognormals and a point mass at zero.
type mixture struct {
	zero       float64 // mass at zero
	p, mu, sig []float64
	low, top   float64 // bounds of ln yield that hold every quantile of interest
}

func newMixture(crops []CropYield, total float64) mixture {
	m := mixture{low: math.Inf(1), top: math.Inf(-1)}
	for _, c := range crops {
		if c.P <= 0 {
			continue
		}
		if c.MeanKgPerHa <= 0 {
			m.zero += c.P / total
			continue
		}
		s2 := c.SDCounty*c.SDCounty + c.SDModel*c.SDModel
		mu, sig := math.Log(c.MeanKgPerHa)-s2/2, math.Sqrt(math.Max(s2, 1e-12))
		m.p, m.mu, m.sig = append(m.p, c.P/total), append(m.mu, mu), append(m.sig, sig)
		m.low, m.top = math.Min(m.low, mu-8*sig), math.Max(m.top, mu+8*sig)
	}
	return m
}

// cdf is P(ln Y ≤ x) and its density.
func (m mixture) cdf(x float64) (p, density float64) {
	p = m.zero
	for i := range m.p {
		z := (x - m.mu[i]) / m.sig[i]
		p += m.p[i] * 0.5 * math.Erfc(-z/math.Sqrt2)
		density += m.p[i] / m.sig[i] * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	}
	return p, density
}

// quantile solves cdf(x) = q by Newton's steps kept inside a bracket.
func (m mixture) quantile(q float64) float64 {
	if m.zero >= q || len(m.p) == 0 {
		return 0
	}
	low, top := m.low, m.top
	x := (low + top) / 2
	for range 80 {
		p, density := m.cdf(x)
		if p < q {
			low = x
		} else {
			top = x
		}
		next := x - (p-q)/density
		if !(next > low && next < top) {
			next = (low + top) / 2
		}
		if math.Abs(next-x) < 1e-10 {
			x = next
			break
		}
		x = next
	}
	return math.Exp(x)
}
