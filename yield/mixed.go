package yield

import (
	"cmp"
	"math"
	"slices"
)

// solution is the mixed model solved for given variances: best linear unbiased
// prediction (Henderson 1975). Regions are independent of each other given what
// they share, so that it costs regions·years³ + (years·groups + scores)³.
type solution struct {
	p             *panelRows
	v             variances
	logLikelihood float64
	factors       [2]square   // of years: what all share, what a group shares
	posterior     square      // Cholesky factor of I + Lᵀ·Fᵀ·A⁻¹·F·L
	effects       []float64   // of what is shared
	blocks        []square    // Cholesky factor of each region's own covariance
	alpha         [][]float64 // A⁻¹·(y − F·effects), by region
}

// entries calls do with the shared effects of a row and their coefficients.
func (p *panelRows) entries(group, year int, features []float64, do func(at int, x float64)) {
	n := len(p.years)
	do(year, 1)
	if p.blocks() > 1 && group >= 0 {
		do(n*(1+group)+year, 1)
	}
	at := n * p.blocks()
	for j, x := range features {
		do(at+j, x)
	}
}

// solve fits the effects; with onlyLikelihood the rest is left out.
func (p *panelRows) solve(v variances, onlyLikelihood bool) solution {
	s := solution{p: p, v: v}
	s.factors[0], s.factors[1] = p.yearFactors(v)
	m := p.sharedSize()
	normal, right := newSquare(m), make([]float64, m)
	var quad, logDet float64
	s.blocks = make([]square, len(p.byRegion))
	for r, rows := range p.byRegion {
		a := p.regionFactor(v, rows)
		s.blocks[r] = a
		logDet += a.logDet()
		quad += p.gather(a, rows, normal, right)
	}
	s.whiten(normal)
	for i := range m {
		normal.row(i)[i]++
	}
	normal.factor()
	s.posterior = normal
	b := s.transposed(right)
	normal.down(b)
	s.logLikelihood = -0.5 * (quad - dot(b, b) + logDet + normal.logDet())
	if onlyLikelihood {
		return s
	}
	normal.up(b)
	s.effects = s.times(b)
	for r, rows := range p.byRegion {
		e := make([]float64, len(rows))
		for k, i := range rows {
			e[k] = p.target[i]
			p.entries(p.group[i], p.year[i], p.features[i], func(at int, x float64) { e[k] -= x * s.effects[at] })
		}
		s.blocks[r].down(e)
		s.blocks[r].up(e)
		s.alpha = append(s.alpha, e)
	}
	return s
}

// regionFactor is the Cholesky factor of a region's own covariance.
func (p *panelRows) regionFactor(v variances, rows []int) square {
	a := newSquare(len(rows))
	for k, i := range rows {
		for l, j := range rows {
			a.row(k)[l] = p.regionCovariance(v, p.year[i], p.year[j])
		}
		a.row(k)[k] += v.Noise/p.weight[i] + 1e-9
	}
	a.factor()
	return a
}

// gather adds a region's Fᵀ·A⁻¹·F and Fᵀ·A⁻¹·y and returns yᵀ·A⁻¹·y.
func (p *panelRows) gather(a square, rows []int, normal square, right []float64) (quad float64) {
	n, scores, first := len(rows), p.own+p.shared, len(p.years)*p.blocks()
	inverse := newSquare(n)
	y := make([]float64, n)
	for k, i := range rows {
		inverse.row(k)[k] = 1
		a.down(inverse.row(k))
		a.up(inverse.row(k))
		y[k] = p.target[i]
	}
	x := make([]float64, scores) // A⁻¹ times the scores, of one row
	for k, i := range rows {
		ay := dot(inverse.row(k), y)
		quad += y[k] * ay
		clear(x)
		for l, j := range rows {
			w := inverse.row(k)[l]
			for c, f := range p.features[j] {
				x[c] += w * f
			}
			common := normal.row(p.year[i])
			common[p.year[j]] += w
			if p.blocks() > 1 { // rows of a region are of one group
				at, to := len(p.years)*(1+p.group[i])+p.year[i], len(p.years)*(1+p.group[j])+p.year[j]
				common[to] += w
				normal.row(at)[p.year[j]] += w
				normal.row(at)[to] += w
			}
		}
		p.entries(p.group[i], p.year[i], nil, func(at int, _ float64) {
			right[at] += ay
			for c, f := range x {
				normal.row(at)[first+c] += f
				normal.row(first + c)[at] += f
			}
		})
		for c, f := range p.features[i] {
			right[first+c] += f * ay
			for d, g := range x {
				normal.row(first + c)[first+d] += f * g
			}
		}
	}
	return quad
}

// times is L·x, with L the factor of the shared effects' prior covariance.
func (s solution) times(x []float64) []float64 {
	n, out := len(s.p.years), make([]float64, len(x))
	for b := range s.p.blocks() {
		l := s.factors[min(b, 1)]
		for i := range n {
			out[b*n+i] = dot(l.row(i)[:i+1], x[b*n:b*n+i+1])
		}
	}
	for j := n * s.p.blocks(); j < len(x); j++ {
		out[j] = x[j] * s.p.scoreSD(s.v, j-n*s.p.blocks())
	}
	return out
}

// transposed is Lᵀ·x.
func (s solution) transposed(x []float64) []float64 {
	n, out := len(s.p.years), make([]float64, len(x))
	for b := range s.p.blocks() {
		l := s.factors[min(b, 1)]
		for i := range n {
			for j, f := range l.row(i)[:i+1] {
				out[b*n+j] += f * x[b*n+i]
			}
		}
	}
	for j := n * s.p.blocks(); j < len(x); j++ {
		out[j] = x[j] * s.p.scoreSD(s.v, j-n*s.p.blocks())
	}
	return out
}

// whiten replaces a symmetric N by Lᵀ·N·L.
func (s solution) whiten(n square) {
	for i := range n.n {
		copy(n.row(i), s.transposed(n.row(i)))
	}
	column := make([]float64, n.n)
	for j := range n.n {
		for i := range n.n {
			column[i] = n.row(i)[j]
		}
		for i, x := range s.transposed(column) {
			n.row(i)[j] = x
		}
	}
}

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

// tDegrees of freedom of the noise: heavy tails, as in Lange, Little and
// Taylor (1989), so that a failed harvest or a wrong figure moves its region's
// level little.
const tDegrees = 4.0

// reweigh gives every row the weight that its noise earns under Student's t.
func (s solution) reweigh() {
	for r, rows := range s.p.byRegion {
		for k, i := range rows {
			e := s.v.Noise / s.p.weight[i] * s.alpha[r][k]
			s.p.weight[i] = (tDegrees + 1) / (tDegrees + e*e/s.v.Noise)
		}
	}
}

// retuneRows is the size of a table beyond which folds keep the variances that
// were found on all of their training part's table: thousands of rows pin them
// down, and a year more or less moves them little.
const retuneRows = 2000

// fitMixed tunes variances and weights on the rows alone and solves the model;
// from, where it is not zero, is where the search begins, or, in large tables,
// ends.
func fitMixed(p *panelRows, from variances) solution {
	start := startVariances(p)
	v := from
	if v == (variances{}) {
		v = start.tune(p, start, 1.4)
	}
	p.solve(v, false).reweigh()
	if from == (variances{}) || len(p.target) <= retuneRows {
		v = v.tune(p, start, 0.7)
		p.solve(v, false).reweigh()
	}
	return p.solve(v, false)
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
