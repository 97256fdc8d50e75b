package yield

import (
	"context"
	"math"
)

// variances are the prior variances of the mixed model's parts, in units of the
// target's variance.
type variances struct {
	Region      float64 `json:"region"`       // a region's level
	RegionDrift float64 `json:"region_drift"` // its slow departures, forgotten over memoryYears
	Group       float64 `json:"group"`        // the same of a group of regions
	GroupDrift  float64 `json:"group_drift"`
	GroupYear   float64 `json:"group_year"` // a year's weather in a group
	Slope       float64 `json:"slope"`      // of all regions, for slopeYears years
	Drift       float64 `json:"drift"`
	Year        float64 `json:"year"`
	Own         float64 `json:"own"`    // all features together, as anomalies of the region against its group
	Shared      float64 `json:"shared"` // the same of the group's mean
	Noise       float64 `json:"noise"`
}

// The units of time: years in the unit of slopes, and the years over which a
// drift is forgotten to 1/e.
const (
	slopeYears  = 3.0
	memoryYears = 5.0
)

// logPriorSD is the width of the prior of each variance's logarithm: a factor
// of e² either way is one SD, so that the data decide wherever they can.
const logPriorSD = 2.0

// knobs lists the variances that a table can tell of.
func (v *variances) knobs(p *panelRows) []*float64 {
	k := []*float64{&v.Region, &v.RegionDrift, &v.Slope, &v.Drift, &v.Year, &v.Noise}
	if len(p.groups) > 1 {
		k = append(k, &v.Group, &v.GroupDrift, &v.GroupYear)
	}
	if p.own > 0 {
		k = append(k, &v.Own)
	}
	if p.shared > 0 {
		k = append(k, &v.Shared)
	}
	return k
}

// startVariances is where the search begins and what it is drawn towards: the
// variance between regions is levels; that within them is shared out, a fifth
// or a quarter to each drift and to noise, a tenth or less to the rest.
func startVariances(p *panelRows) variances {
	w := p.withinShare()
	v := variances{Region: 1 - w, RegionDrift: .2 * w, Slope: .1 * w, Drift: .25 * w, Year: .1 * w, Noise: .2 * w}
	if len(p.groups) > 1 {
		v.Group, v.GroupDrift, v.GroupYear = .1, .25*w, .1*w
	}
	if p.own > 0 {
		v.Own = .1 * w
	}
	if p.shared > 0 {
		v.Shared = .1 * w
	}
	return v
}

// tune finds the variances of greatest posterior density: marginal likelihood
// of the rows (Patterson and Thompson 1971 call the idea restricted maximum
// likelihood) times log-normal priors around start. It never looks at a row
// that p does not hold. The search goes along one logarithm after another and
// halves its step, in units of the logarithm, where none helps, down to a half.
// It ends with ctx's error when that does.
func (v variances) tune(ctx context.Context, p *panelRows, start variances, step float64) (variances, error) {
	x, centre := v.knobs(p), start.knobs(p)
	goal := func() float64 {
		f := -p.likelihood(v)
		for i := range x {
			d := math.Log(*x[i] / *centre[i]) / logPriorSD
			f += d * d / 2
		}
		return f
	}
	best := goal()
	for step > 0.5 {
		moved := false
		for i := range x {
			for _, factor := range []float64{math.Exp(step), math.Exp(-step)} {
				if err := ctx.Err(); err != nil {
					return variances{}, err
				}
				was := *x[i]
				*x[i] *= factor
				if f := goal(); f < best-1e-3 {
					best, moved = f, true
					break
				}
				*x[i] = was
			}
		}
		if !moved {
			step /= 2
		}
	}
	return v, nil
}
