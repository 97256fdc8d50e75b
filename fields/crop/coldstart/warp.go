package coldstart

import "math"

// Weight is the logistic weight of time: comparing days g apart costs
// 1 / (1 + exp(−Steepness · (g − Midpoint))) on top of the difference of values
// (Maus et al. 2016, IEEE JSTARS 9(8), equation 3; "A time-weighted dynamic time
// warping method for land-use and land-cover mapping").
type Weight struct {
	Steepness    float64 `yaml:"steepness"`     // per day
	MidpointDays float64 `yaml:"midpoint_days"` // where half of the most is charged
}

// The published setting is a steepness of 0.1 a day with a midpoint of 50 to 100
// days (Maus et al. 2016; Maus et al. 2019, Journal of Statistical Software
// 88(5)). The nearer midpoint is taken: catalogue curves are given in early and
// late variants already, and samples of one region differ by weeks.
const (
	steepness    = .1
	midpointDays = 50.
)

// bandFactor times the midpoint is how far apart days may be matched at all; from
// there on the weight is .99, more than any difference of two indices.
const bandFactor = 2.

// track is values at days, ascending; [day][layer], NaN where a layer is a gap.
type track struct {
	days   []float64
	values [][]float64
}

// warper holds the working rows of the recursion; not safe for concurrent use.
type warper struct {
	weight [1024]float64 // by whole days apart
	band   float64
	before []float64
	here   []float64
}

func newWarper(w Weight) *warper {
	x := &warper{band: bandFactor * w.MidpointDays}
	for g := range x.weight {
		x.weight[g] = 1 / (1 + math.Exp(-w.Steepness*(float64(g)-w.MidpointDays)))
	}
	return x
}

// distance is the mean cost a matched day of the best monotone path from the
// first days of both tracks to the last ones, in units of the layers' scale: the
// symmetric step pattern of Sakoe and Chiba 1978 (IEEE TASSP 26(1)), in which a
// diagonal step counts twice, so that all paths have n + m steps. Days further
// apart than the band are not compared, which makes it O(n · band). It is +Inf
// where the band leaves no path, or no layer is common.
func (x *warper) distance(a, b track, scale []float64) float64 {
	n, m := len(a.days), len(b.days)
	if n == 0 || m == 0 {
		return math.Inf(1)
	}
	low := 0
	// One column before the first day stands for what comes before both tracks.
	x.before, x.here = grown(x.before, m+1), grown(x.here, m+1)
	inf := math.Inf(1)
	for j := range x.before {
		x.before[j], x.here[j] = inf, inf
	}
	x.before[0] = 0
	for i := range n {
		for low < m && b.days[low] < a.days[i]-x.band {
			x.here[low+1] = inf
			low++
		}
		left, corner := inf, x.before[low]
		x.here[low] = inf
		j := low
		for ; j < m && b.days[j] <= a.days[i]+x.band; j++ {
			cost := x.cost(a, i, b, j, scale)
			above := x.before[j+1]
			best := corner + 2*cost
			if v := above + cost; v < best {
				best = v
			}
			if v := left + cost; v < best {
				best = v
			}
			x.here[j+1], left, corner = best, best, above
		}
		for ; j < m; j++ {
			x.here[j+1] = inf
		}
		x.before, x.here = x.here, x.before
	}
	return x.before[m] / float64(n+m)
}

// cost is the root mean square difference over the layers that both days have,
// plus the weight of time.
func (x *warper) cost(a track, i int, b track, j int, scale []float64) float64 {
	g := a.days[i] - b.days[j]
	if g < 0 {
		g = -g
	}
	weight := x.weight[min(len(x.weight)-1, int(g))]
	if len(scale) == 1 {
		d := (a.values[i][0] - b.values[j][0]) / scale[0]
		switch {
		case d != d:
			return math.Inf(1)
		case d < 0:
			return weight - d
		}
		return weight + d
	}
	sum, k := 0.0, 0
	for l, v := range a.values[i] {
		if d := (v - b.values[j][l]) / scale[l]; d == d {
			sum += d * d
			k++
		}
	}
	if k == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(sum/float64(k)) + weight
}

func grown(row []float64, n int) []float64 {
	if cap(row) < n {
		row = make([]float64, n)
	}
	return row[:n]
}
