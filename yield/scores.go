package yield

import (
	"math"
	"slices"
)

// The number of scores that stand for a table's features, at most. Steps of a
// season are so much alike that a dozen hold nearly all their variance.
const (
	mostOwn    = 12
	mostShared = 8
)

// scored are rows with their features as scores.
type scored struct {
	keys, groups []string
	years        []int
	target       []float64
	scores       [][]float64 // own, then shared
	own, shared  int
}

func (s scored) rows(keep []int) scored {
	out := scored{own: s.own, shared: s.shared}
	for _, i := range keep {
		out.keys, out.groups, out.years = append(out.keys, s.keys[i]), append(out.groups, s.groups[i]), append(out.years, s.years[i])
		out.target, out.scores = append(out.target, s.target[i]), append(out.scores, s.scores[i])
	}
	return out
}

// projection turns features into scores: principal components (Pearson 1901) of
// what is particular to a region's year within its group, and of what the
// group's mean shows. Both are used as departures from the region's own mean,
// so that they never stand in for the region itself.
type projection struct {
	Own    [][]float64 `json:"own"` // [score][feature]
	Shared [][]float64 `json:"shared"`
}

// newProjection learns components from rows; targets are not looked at.
func newProjection(t Table) projection {
	if len(t.Features) == 0 {
		return projection{}
	}
	own, shared := splitFeatures(t)
	groups, years := len(distinct(t.groupNames())), len(t.years())
	return projection{
		Own:    components(centreByKey(t.Keys, own), mostOwn),
		Shared: components(centreByKey(t.Keys, shared), min(mostShared, max(0, groups*years-groups-1))),
	}
}

// score gives every row its scores.
func (p projection) score(t Table) scored {
	s := scored{keys: t.Keys, groups: t.groupNames(), years: t.Years, target: t.Target, own: len(p.Own), shared: len(p.Shared)}
	own, shared := splitFeatures(t)
	for i := range t.Keys {
		x := make([]float64, 0, s.own+s.shared)
		for _, w := range p.Own {
			x = append(x, dot(w, own[i]))
		}
		for _, w := range p.Shared {
			x = append(x, dot(w, shared[i]))
		}
		s.scores = append(s.scores, x)
	}
	return s
}

// splitFeatures parts every value into the mean of the row's group and year and
// the rest; gaps count as the mean, or 0 where nothing is known.
func splitFeatures(t Table) (own, shared [][]float64) {
	type cell struct {
		group string
		year  int
	}
	sums, counts := map[cell][]float64{}, map[cell][]float64{}
	groups := t.groupNames()
	for i := range t.Keys {
		c := cell{groups[i], t.Years[i]}
		if sums[c] == nil {
			sums[c], counts[c] = make([]float64, len(t.Features)), make([]float64, len(t.Features))
		}
		for j, v := range t.Values[i] {
			if v == v {
				sums[c][j] += v
				counts[c][j]++
			}
		}
	}
	for i := range t.Keys {
		c := cell{groups[i], t.Years[i]}
		o, s := make([]float64, len(t.Features)), make([]float64, len(t.Features))
		for j, v := range t.Values[i] {
			if counts[c][j] > 0 {
				s[j] = sums[c][j] / counts[c][j]
			}
			if v == v {
				o[j] = v - s[j]
			}
		}
		own, shared = append(own, o), append(shared, s)
	}
	return own, shared
}

// centreByKey subtracts each region's mean.
func centreByKey(keys []string, rows [][]float64) [][]float64 {
	sums, n := map[string][]float64{}, map[string]float64{}
	for i, k := range keys {
		if sums[k] == nil {
			sums[k] = make([]float64, len(rows[i]))
		}
		n[k]++
		for j, v := range rows[i] {
			sums[k][j] += v
		}
	}
	out := make([][]float64, len(rows))
	for i, k := range keys {
		out[i] = slices.Clone(rows[i])
		for j := range out[i] {
			out[i][j] -= sums[k][j] / n[k]
		}
	}
	return out
}

// components finds at most k principal components of standardised columns by
// subspace iteration, scaled so that all scores together have a variance of 1.
func components(rows [][]float64, k int) [][]float64 {
	features := len(rows[0])
	sd := make([]float64, features)
	for _, r := range rows {
		for j, v := range r {
			sd[j] += v * v / float64(len(rows))
		}
	}
	useful := 0
	for j := range sd {
		if sd[j] = math.Sqrt(sd[j]); sd[j] > 0 {
			useful++
		}
	}
	k = min(k, useful, len(rows)-1)
	if k < 1 {
		return nil
	}
	z := make([][]float64, len(rows))
	for i, r := range rows {
		z[i] = make([]float64, features)
		for j, v := range r {
			if sd[j] > 0 {
				z[i][j] = math.Max(-4, math.Min(4, v/sd[j]))
			}
		}
	}
	w := subspace(z, k)
	var total float64
	for _, r := range z {
		for _, c := range w {
			s := dot(c, r)
			total += s * s / float64(len(rows))
		}
	}
	for _, c := range w {
		for j := range c {
			if sd[j] > 0 {
				c[j] /= sd[j] * math.Sqrt(total)
			}
		}
	}
	return w
}

// subspace is the leading k-dimensional subspace of ZᵀZ, orthonormal; it starts
// from the cosines so that the result never differs.
func subspace(z [][]float64, k int) [][]float64 {
	features := len(z[0])
	w := make([][]float64, k)
	for c := range w {
		w[c] = make([]float64, features)
		for j := range w[c] {
			w[c][j] = math.Cos(math.Pi * (float64(j) + .5) * float64(c) / float64(features))
		}
	}
	for range 30 {
		for c := range w {
			next := make([]float64, features)
			for _, r := range z {
				s := dot(w[c], r)
				for j, v := range r {
					next[j] += s * v
				}
			}
			w[c] = next
		}
		orthonormal(w)
	}
	return w
}

// orthonormal makes the vectors so by Gram and Schmidt; what is left of one that
// depends on the others is zeros.
func orthonormal(w [][]float64) {
	for c := range w {
		before := math.Sqrt(dot(w[c], w[c]))
		for range 2 {
			for _, o := range w[:c] {
				s := dot(o, w[c])
				for j := range w[c] {
					w[c][j] -= s * o[j]
				}
			}
		}
		n := math.Sqrt(dot(w[c], w[c]))
		if n <= 1e-9*before {
			clear(w[c])
			continue
		}
		for j := range w[c] {
			w[c][j] /= n
		}
	}
}
