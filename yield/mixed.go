package yield

import (
	"math"
	"slices"
)

// variances are the prior variances of the mixed model's parts, in units of
// the target's variance.
type variances struct {
	Region, RegionSlope, Slope, Year, Features, Noise float64
}

// candidates are the settings that the inner validation chooses from. Region
// levels are nearly free; what differs between tables is how noisy a year is
// and how much the features tell.
func candidates(features bool) []variances {
	var out []variances
	for _, noise := range []float64{0.08, 0.2} {
		for _, slope := range []float64{0.003, 0.02} {
			for _, f := range []float64{0, 0.003, 0.01} {
				if f > 0 && !features {
					continue
				}
				out = append(out, variances{Region: 1, RegionSlope: slope, Slope: 0.05, Year: 0.2, Features: f, Noise: noise})
			}
		}
	}
	return out
}

// slopeYears is the number of years in the unit of the slopes.
const slopeYears = 3.0

// mixed is a fitted mixed model: best linear unbiased prediction (Henderson
// 1975) of levels, slopes and features as ridge regression with a variance for
// each part. Features enter as anomalies: from the year's mean over regions,
// then from the region's own mean, so that they tell what is particular to a
// region's year and never stand in for the region itself.
type mixed struct {
	Mean, SD    float64            `json:"-"`
	MiddleYear  float64            `json:"-"`
	Level       map[string]float64 `json:"-"`
	RegionSlope map[string]float64 `json:"-"`
	Slope       float64            `json:"-"`
	Weights     []float64          `json:"-"`
	Scale       anomalies          `json:"-"`
}

// anomalies turns features into anomalies of unit variance.
type anomalies struct {
	RegionMean map[string][]float64 `json:"region_mean"` // of the year-centred feature; "" is for unknown regions
	SD         []float64            `json:"sd"`
}

// yearCentred subtracts each feature's mean over the regions of the row's
// year; gaps become 0, and so does a year with a single row.
func yearCentred(t Table) [][]float64 {
	sums, counts := map[int][]float64{}, map[int][]float64{}
	for i, y := range t.Years {
		if sums[y] == nil {
			sums[y], counts[y] = make([]float64, len(t.Features)), make([]float64, len(t.Features))
		}
		for j, v := range t.Values[i] {
			if v == v {
				sums[y][j] += v
				counts[y][j]++
			}
		}
	}
	out := make([][]float64, len(t.Keys))
	for i, y := range t.Years {
		out[i] = make([]float64, len(t.Features))
		for j, v := range t.Values[i] {
			if v == v {
				out[i][j] = v - sums[y][j]/counts[y][j]
			}
		}
	}
	return out
}

// newAnomalies learns region means and spreads from year-centred rows.
func newAnomalies(keys []string, rows [][]float64, features int) anomalies {
	a := anomalies{RegionMean: map[string][]float64{"": make([]float64, features)}, SD: make([]float64, features)}
	n := map[string]float64{}
	for i, k := range keys {
		if a.RegionMean[k] == nil {
			a.RegionMean[k] = make([]float64, features)
		}
		n[k]++
		for j, v := range rows[i] {
			a.RegionMean[k][j] += v
		}
	}
	for k, m := range a.RegionMean {
		for j := range m {
			m[j] /= math.Max(1, n[k])
		}
	}
	for i, k := range keys {
		for j, v := range rows[i] {
			d := v - a.RegionMean[k][j]
			a.SD[j] += d * d / float64(len(keys))
		}
	}
	for j := range a.SD {
		a.SD[j] = math.Sqrt(a.SD[j])
	}
	return a
}

// of turns a year-centred row into anomalies, kept within five SDs.
func (a anomalies) of(key string, row []float64) []float64 {
	m, ok := a.RegionMean[key]
	if !ok {
		m = a.RegionMean[""]
	}
	out := make([]float64, len(row))
	for j, v := range row {
		if a.SD[j] > 0 {
			out[j] = math.Max(-5, math.Min(5, (v-m[j])/a.SD[j]))
		}
	}
	return out
}

// design is the sparse part of a row (one region, its slope, the common slope,
// one year) and the features.
type design struct {
	region, year []int
	time         []float64
	features     [][]float64
	regions      int
	years        int
	sqrt         [5]float64 // of the variances: region, region slope, slope, year, one feature
}

func (d design) size() int {
	f := 0
	if len(d.features) > 0 {
		f = len(d.features[0])
	}
	return 2*d.regions + 1 + d.years + f
}

// forward is Z·u for row i.
func (d design) forward(u []float64, i int) float64 {
	r, t := d.region[i], d.time[i]
	v := d.sqrt[0]*u[r] + d.sqrt[1]*t*u[d.regions+r] + d.sqrt[2]*t*u[2*d.regions] + d.sqrt[3]*u[2*d.regions+1+d.year[i]]
	if d.sqrt[4] > 0 {
		at := 2*d.regions + 1 + d.years
		var s float64
		for j, x := range d.features[i] {
			s += x * u[at+j]
		}
		v += d.sqrt[4] * s
	}
	return v
}

// back adds Zᵀ·e of row i to g.
func (d design) back(g []float64, e float64, i int) {
	r, t := d.region[i], d.time[i]
	g[r] += d.sqrt[0] * e
	g[d.regions+r] += d.sqrt[1] * t * e
	g[2*d.regions] += d.sqrt[2] * t * e
	g[2*d.regions+1+d.year[i]] += d.sqrt[3] * e
	if d.sqrt[4] > 0 {
		at := 2*d.regions + 1 + d.years
		for j, x := range d.features[i] {
			g[at+j] += d.sqrt[4] * e * x
		}
	}
}

// solve minimises |y − Z·u|² + noise·|u|² by conjugate gradients (Hestenes and
// Stiefel 1952).
func (d design) solve(y []float64, noise float64) []float64 {
	n := d.size()
	u, r := make([]float64, n), make([]float64, n)
	for i := range y {
		d.back(r, y[i], i)
	}
	p, ap := slices.Clone(r), make([]float64, n)
	rr := dot(r, r)
	stop := 1e-16 * rr
	for range 500 {
		if rr <= stop {
			break
		}
		for j := range ap {
			ap[j] = noise * p[j]
		}
		for i := range y {
			d.back(ap, d.forward(p, i), i)
		}
		alpha := rr / dot(p, ap)
		for j := range u {
			u[j] += alpha * p[j]
			r[j] -= alpha * ap[j]
		}
		next := dot(r, r)
		for j := range p {
			p[j] = r[j] + next/rr*p[j]
		}
		rr = next
	}
	return u
}

func dot(a, b []float64) float64 {
	var s float64
	for i, x := range a {
		s += x * b[i]
	}
	return s
}

// fitMixed fits the model to a table whose targets are all known; centred is
// the table's yearCentred rows, which must have been taken over all regions.
func fitMixed(t Table, centred [][]float64, v variances) mixed {
	m := mixed{Mean: mean(t.Target), Level: map[string]float64{}, RegionSlope: map[string]float64{}}
	for _, y := range t.Target {
		m.SD += (y - m.Mean) * (y - m.Mean) / float64(len(t.Target))
	}
	m.SD = math.Max(math.Sqrt(m.SD), 1e-9)
	for _, y := range t.Years {
		m.MiddleYear += float64(y) / float64(len(t.Years))
	}
	regions, years := slices.Clone(t.Keys), t.years()
	slices.Sort(regions)
	regions = slices.Compact(regions)
	d := design{regions: len(regions), years: len(years)}
	m.Scale = newAnomalies(t.Keys, centred, len(t.Features))
	y := make([]float64, len(t.Keys))
	for i, k := range t.Keys {
		r, _ := slices.BinarySearch(regions, k)
		at, _ := slices.BinarySearch(years, t.Years[i])
		d.region, d.year = append(d.region, r), append(d.year, at)
		d.time = append(d.time, (float64(t.Years[i])-m.MiddleYear)/slopeYears)
		d.features = append(d.features, m.Scale.of(k, centred[i]))
		y[i] = (t.Target[i] - m.Mean) / m.SD
	}
	d.sqrt = [5]float64{math.Sqrt(v.Region), math.Sqrt(v.RegionSlope), math.Sqrt(v.Slope), math.Sqrt(v.Year), math.Sqrt(v.Features / math.Max(1, float64(len(t.Features))))}
	u := d.solve(y, v.Noise)
	for r, k := range regions {
		m.Level[k], m.RegionSlope[k] = d.sqrt[0]*u[r], d.sqrt[1]*u[d.regions+r]
	}
	m.Slope = d.sqrt[2] * u[2*d.regions]
	m.Weights = make([]float64, len(t.Features))
	for j := range m.Weights {
		m.Weights[j] = d.sqrt[4] * u[2*d.regions+1+d.years+j]
	}
	return m
}

// predict is the expectation for a region's year; unknown regions get the mean
// level and the common slope.
func (m mixed) predict(key string, year int, centred []float64) float64 {
	t := (float64(year) - m.MiddleYear) / slopeYears
	v := m.Level[key] + (m.Slope+m.RegionSlope[key])*t + dot(m.Weights, m.Scale.of(key, centred))
	return m.Mean + m.SD*v
}
