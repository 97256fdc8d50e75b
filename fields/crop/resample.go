package crop

import "time"

// observed is one layer's valid observations on the day-of-season axis.
type observed struct {
	day   []float64
	value []float32
}

// collect gathers the valid observations of a layer up to the last day, days
// from start; infinities count as gaps.
func collect(into observed, dates []time.Time, values []float32, start time.Time, last int) observed {
	into.day, into.value = into.day[:0], into.value[:0]
	for i, v := range values {
		if v-v != 0 { // NaN or infinite
			continue
		}
		d := days(start, dates[i])
		if d > last {
			break
		}
		into.day, into.value = append(into.day, float64(d)), append(into.value, v)
	}
	return into
}

// holdSteps is how many steps a series is held beyond its first and last value.
const holdSteps = 2

// resample writes the series at the axis' points into out. A point is the mean
// of the observations less than one step away, weighted by 1 − distance/step, so
// that dense noisy dates and composites come to the same scale; where there are
// none, it lies on the line between its neighbours; beyond the ends the last
// value is held for a few steps, then the point is a gap.
func (o observed) resample(a Axis, out []float32) {
	step := float64(a.StepDays)
	n, first := len(o.day), 0
	for k := range a.Steps {
		day := float64(k * a.StepDays)
		for first < n && o.day[first] <= day-step {
			first++
		}
		sum, weight := 0.0, 0.0
		for i := first; i < n && o.day[i] < day+step; i++ {
			w := 1 - max(o.day[i]-day, day-o.day[i])/step
			sum, weight = sum+w*float64(o.value[i]), weight+w
		}
		switch {
		case weight > 0:
			out[k] = float32(sum / weight)
		case first > 0 && first < n:
			f := (day - o.day[first-1]) / (o.day[first] - o.day[first-1])
			out[k] = o.value[first-1] + float32(f)*(o.value[first]-o.value[first-1])
		case first < n && o.day[first]-day <= holdSteps*step:
			out[k] = o.value[first]
		case first == n && n > 0 && day-o.day[n-1] <= holdSteps*step:
			out[k] = o.value[n-1]
		default:
			out[k] = nan32
		}
	}
}
