package credit

import "math"

// BaselK is the capital for unexpected loss, per unit lent, of the other-retail
// class: K = LGD·(Φ((G(PD)+√R·G(0.999))/√(1−R)) − PD) with R from 0.16 down to
// 0.03 as PD grows (Basel II framework, paragraph 330; CRE31.16). floor is the
// least R: a lender who holds that a harvest fails for many at once sets it
// higher.
func BaselK(pd, lgd, floor float64) float64 {
	if pd <= 0 || pd >= 1 {
		return 0
	}
	w := (1 - exp(float64(-35*pd), twoTo())) / (1 - exp(-35, twoTo()))
	r := math.Max(floor, float64(0.03*w)+float64(0.16*(1-w)))
	z := (normalQuantile(pd) + float64(math.Sqrt(r)*normalQuantile(0.999))) / math.Sqrt(1-r)
	return float64(lgd * (normalCDF(z) - pd))
}

// risk is what a line costs the lender.
type risk struct {
	pdIncome, pd, k float64
	apr, aprFree    float64 // within the cap; without
}

// price computes PD and APR: PD = 1 − (1−PD_income)(1−PD_willing), kept in the
// policy's bounds; APR = funding + operating + PD·LGD/T + K·hurdle.
func (p Policy) price(pdIncome, years float64) risk {
	r := risk{pdIncome: pdIncome}
	r.pd = 1 - float64((1-pdIncome)*(1-p.PDWilling))
	r.pd = math.Max(p.PDMin, math.Min(p.PDMax, r.pd))
	r.k = BaselK(r.pd, p.LGD, p.CorrelationFloor)
	r.aprFree = p.FundingRate + p.OperatingRate + float64(r.pd*p.LGD)/years + float64(r.k*p.HurdleRate)
	r.apr = math.Min(r.aprFree, p.APRCap)
	return r
}

// roundRate keeps rates and probabilities to a hundredth of a percent.
func roundRate(x float64) float64 { return math.Floor(float64(x*1e4)+0.5) / 1e4 }
