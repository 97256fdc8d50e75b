package scorecard

import "math"

// Quality is how well probabilities of default met outcomes. Standard errors
// of AUC are DeLong's, of KS those of the difference of two shares at its
// threshold, of Brier those of a mean.
type Quality struct {
	Rows      int     `json:"rows"`
	Bads      int     `json:"bads"`
	AUC       float64 `json:"auc"`
	AUCSE     float64 `json:"auc_se"`
	KS        float64 `json:"ks"`
	KSSE      float64 `json:"ks_se"`
	Brier     float64 `json:"brier"`
	BrierSE   float64 `json:"brier_se"`
	LogLoss   float64 `json:"log_loss"`
	Intercept float64 `json:"calibration_intercept"`
	Slope     float64 `json:"calibration_slope"`
	SlopeSE   float64 `json:"calibration_slope_se"`
	ECE       float64 `json:"ece"`
	MeanPD    float64 `json:"mean_pd"`
}

// Evaluate measures probabilities of default against outcomes of both kinds.
// What cannot be measured, such as the slope of one probability for all, is 0.
func Evaluate(pd []float64, bad []bool) (Quality, error) {
	c, err := Calibrate(pd, bad)
	if err != nil {
		return Quality{}, err
	}
	q := Quality{Rows: len(pd), Intercept: number0(c.Intercept), Slope: number0(c.Slope), SlopeSE: number0(c.SlopeSE), ECE: c.ECE}
	for i, p := range pd {
		q.MeanPD += p / float64(len(pd))
		if bad[i] {
			q.Bads++
		}
	}
	if q.AUC, q.AUCSE, err = AUC(pd, bad); err != nil {
		return Quality{}, err
	}
	q.AUCSE = number0(q.AUCSE)
	if q.KS, q.KSSE, err = ksWithError(pd, bad); err != nil {
		return Quality{}, err
	}
	if q.LogLoss, err = LogLoss(pd, bad); err != nil {
		return Quality{}, err
	}
	var square float64
	for i, p := range pd {
		d := (p - outcome(bad[i])) * (p - outcome(bad[i]))
		q.Brier, square = q.Brier+d, square+d*d
	}
	n := float64(len(pd))
	q.Brier /= n
	q.BrierSE = math.Sqrt(max(0, square/n-q.Brier*q.Brier) / n)
	return q, nil
}

func number0(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// interval95 is v ± 1.96 se.
func interval95(v, se float64) (low, high float64) { return v - 1.959964*se, v + 1.959964*se }
