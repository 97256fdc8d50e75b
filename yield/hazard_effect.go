package yield

import "math"

// mostLossSD bounds what the doubt about a loss adds to the SD of ln yield.
const mostLossSD = 0.8

// suffer lets what befell a parcel into its distribution, once. Light use has
// seen the green that is gone and has taken λ of it already: with g the share of
// light missed, the index would have been B/(1 − g), and of the loss only
//
//	(1 − L) / carried,  carried = (1 + λ(B/B̄ − 1)) / (1 + λ(B/(1 − g)/B̄ − 1))
//
// is left to do, never more than 1. Findings that no picture confirms stay out
// of the mean and make up HazardLoss.
func (e *ParcelEstimate) suffer(found []Hazard) {
	if len(found) == 0 {
		return
	}
	e.Hazards = found
	left, pending, green, variance := 1.0, 1.0, 0.0, 0.0
	for _, h := range found {
		if !h.Confirmed {
			pending *= 1 - h.Loss
			continue
		}
		left *= 1 - h.Loss
		green = math.Max(green, h.Green)
		variance += math.Pow(h.LossSD/math.Max(0.05, 1-h.Loss), 2)
	}
	e.HazardLoss = 1 - pending
	for k := range e.PerCrop {
		y := &e.PerCrop[k]
		if y.MeanKgPerHa <= 0 || left == 1 {
			continue
		}
		carried := 1.0
		if y.Lambda > 0 {
			whole := math.Min(mostIndex, y.Index/(1-green))
			carried = math.Min(1, (1+y.Lambda*(y.Index-1))/(1+y.Lambda*(whole-1)))
		}
		y.MeanKgPerHa *= math.Min(1, left/carried)
		y.SDModel = math.Sqrt(y.SDModel*y.SDModel + math.Min(mostLossSD*mostLossSD, variance))
	}
}
