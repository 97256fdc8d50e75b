package yield

import (
	"math"
	"slices"
)

// panelRows are rows of a table as the mixed model sees them: regions, groups
// and years by number, targets in SDs around their mean, features as scores.
type panelRows struct {
	regions, groups []string
	years           []int // every year that is modelled, with or without rows
	groupOf         map[string]int
	memories        square  // correlation of a drift between years
	byRegion        [][]int // rows of each region, by year
	group, year     []int   // of each row; the group is that of its region's last row
	target          []float64
	weight          []float64 // of each row's precision; an outlier's is low
	features        [][]float64
	own, shared     int // number of scores of each kind
	mean, sd        float64
	regionMean      map[string][]float64 // of the scores
}

// newPanelRows prepares rows that all have a target; more are years to be
// predicted.
func newPanelRows(t scored, more []int) *panelRows {
	p := &panelRows{regions: distinct(t.keys), groups: distinct(t.groups), groupOf: map[string]int{}, own: t.own, shared: t.shared,
		mean: mean(t.target), regionMean: map[string][]float64{}}
	p.years = slices.Concat(t.years, more)
	slices.Sort(p.years)
	p.years = slices.Compact(p.years)
	for _, y := range t.target {
		p.sd += (y - p.mean) * (y - p.mean) / float64(len(t.target))
	}
	p.sd = math.Max(math.Sqrt(p.sd), 1e-9)
	p.remember()
	p.byRegion = make([][]int, len(p.regions))
	for i, k := range t.keys {
		r, _ := slices.BinarySearch(p.regions, k)
		p.byRegion[r] = append(p.byRegion[r], i)
		p.groupOf[k], _ = slices.BinarySearch(p.groups, t.groups[i])
		y, _ := slices.BinarySearch(p.years, t.years[i])
		p.year = append(p.year, y)
		p.target, p.weight = append(p.target, (t.target[i]-p.mean)/p.sd), append(p.weight, 1)
	}
	for r, rows := range p.byRegion {
		slices.SortFunc(rows, func(a, b int) int { return p.year[a] - p.year[b] })
		m := make([]float64, t.own+t.shared)
		for _, i := range rows {
			for j, v := range t.scores[i] {
				m[j] += v / float64(len(rows))
			}
		}
		p.regionMean[p.regions[r]] = m
	}
	for i, k := range t.keys {
		p.group, p.features = append(p.group, p.groupOf[k]), append(p.features, p.anomaly(k, t.scores[i]))
	}
	return p
}

// mostAnomaly bounds a score, whose SD is 1 at most: beyond lies a broken file.
const mostAnomaly = 4.0

// anomaly is a row's scores less those of the region's mean; a region without
// history has none.
func (p *panelRows) anomaly(key string, scores []float64) []float64 {
	out := make([]float64, len(scores))
	if m, ok := p.regionMean[key]; ok {
		for j, v := range scores {
			out[j] = math.Max(-mostAnomaly, math.Min(mostAnomaly, v-m[j]))
		}
	}
	return out
}

// withinShare is the part of the target's variance that lies within regions.
func (p *panelRows) withinShare() float64 {
	var within float64
	for _, rows := range p.byRegion {
		var m float64
		for _, i := range rows {
			m += p.target[i] / float64(len(rows))
		}
		for _, i := range rows {
			within += (p.target[i] - m) * (p.target[i] - m) / float64(len(p.target))
		}
	}
	return math.Max(0.02, math.Min(0.98, within))
}

// time is a year in the unit of slopes, from the middle of the years.
func (p *panelRows) time(year int) float64 {
	return (float64(p.years[year]) - float64(p.years[0]+p.years[len(p.years)-1])/2) / slopeYears
}

// remember fills in the correlation of a drift between any two years.
func (p *panelRows) remember() {
	p.memories = newSquare(len(p.years))
	for a, x := range p.years {
		for b, y := range p.years {
			p.memories.row(a)[b] = math.Exp(-math.Abs(float64(x-y)) / memoryYears)
		}
	}
}

// regionCovariance is that of a region's own parts between two years.
func (p *panelRows) regionCovariance(v variances, a, b int) float64 {
	return v.Region + v.RegionDrift*p.memories.row(a)[b]
}

// ownCovariance is regionCovariance between all years.
func (p *panelRows) ownCovariance(v variances) square {
	out := newSquare(len(p.years))
	for i, m := range p.memories.v {
		out.v[i] = v.Region + v.RegionDrift*m
	}
	return out
}

// sharedSize is the number of effects that several regions share: one for each
// year, one for each group and year, one for each score.
func (p *panelRows) sharedSize() int { return len(p.years)*p.blocks() + p.own + p.shared }

// blocks is the number of blocks of years.
func (p *panelRows) blocks() int {
	if len(p.groups) > 1 {
		return 1 + len(p.groups)
	}
	return 1
}

// yearFactors are the Cholesky factors of the covariance between years of what
// all share, and of what a group shares.
func (p *panelRows) yearFactors(v variances) (all, group square) {
	n := len(p.years)
	all, group = newSquare(n), newSquare(n)
	for a := range n {
		for b := range n {
			m := p.memories.row(a)[b]
			all.row(a)[b] = v.Slope*p.time(a)*p.time(b) + v.Drift*m
			group.row(a)[b] = v.Group + v.GroupDrift*m
		}
		all.row(a)[a] += v.Year + 1e-9
		group.row(a)[a] += v.GroupYear + 1e-9
	}
	all.factor()
	group.factor()
	return all, group
}

// scoreSD is the prior SD of the weight of score j.
func (p *panelRows) scoreSD(v variances, j int) float64 {
	if j < p.own {
		return math.Sqrt(v.Own)
	}
	return math.Sqrt(v.Shared)
}

// distinct lists the different words, sorted.
func distinct(words []string) []string {
	out := slices.Clone(words)
	slices.Sort(out)
	return slices.Compact(out)
}
