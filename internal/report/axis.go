package report

import "math"

// axis maps values between From and To onto pixels between At and Until.
type axis struct {
	From, To  float64
	At, Until float64
}

func (a axis) px(v float64) float64 {
	if a.To == a.From {
		return a.At
	}
	return a.At + (v-a.From)/(a.To-a.From)*(a.Until-a.At)
}

// ticks are the multiples of step within the axis, at most 64.
func (a axis) ticks(step float64) []float64 {
	var out []float64
	for k := math.Ceil(a.From/step - 1e-9); k*step <= a.To+step*1e-9 && len(out) < 64; k++ {
		out = append(out, k*step)
	}
	return out
}

// tickDecimals is how many decimals tell the multiples of step apart.
func tickDecimals(step float64) int {
	for d := range 4 {
		scaled := step * math.Pow10(d)
		if math.Abs(scaled-math.Round(scaled)) < 1e-6 {
			return d
		}
	}
	return 4
}
