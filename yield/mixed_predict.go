package yield

import (
	"cmp"
	"math"
	"slices"
)

// predict gives mean and SD of a region's year in the target's unit; the year
// must be among the panel's. A region without history has its group's level
// and the spread of regions around it; group is −1 where that is unknown.
func (s solution) predict(key string, group, year int, scores []float64) (value, sd float64) {
	p := s.p
	r, known := find(p.regions, key)
	if known {
		group = p.groupOf[key]
	}
	g := make([]float64, p.sharedSize())
	p.entries(group, year, p.anomaly(key, scores), func(at int, x float64) {
		g[at] += x
		value += x * s.effects[at]
	})
	variance := p.regionCovariance(s.v, year, year) + s.v.Noise
	if known {
		k := make([]float64, len(p.byRegion[r]))
		for l, i := range p.byRegion[r] {
			k[l] = p.regionCovariance(s.v, year, p.year[i])
		}
		value += dot(k, s.alpha[r])
		s.blocks[r].down(k)
		variance -= dot(k, k)
		s.blocks[r].up(k)
		for l, i := range p.byRegion[r] {
			p.entries(p.group[i], p.year[i], p.features[i], func(at int, x float64) { g[at] -= x * k[l] })
		}
	}
	g = s.transposed(g)
	s.posterior.down(g)
	variance += dot(g, g)
	return p.mean + p.sd*value, p.sd * math.Sqrt(math.Max(variance, 1e-9))
}

// predictRows predicts every row; its years must be among the panel's.
func (s solution) predictRows(t scored) (values, sds []float64) {
	for i, k := range t.keys {
		group, ok := find(s.p.groups, t.groups[i])
		if !ok {
			group = -1
		}
		year, _ := find(s.p.years, t.years[i])
		v, sd := s.predict(k, group, year, t.scores[i])
		values, sds = append(values, v), append(sds, sd)
	}
	return values, sds
}

// find is the place of x in a sorted list.
func find[T cmp.Ordered](list []T, x T) (int, bool) { return slices.BinarySearch(list, x) }
