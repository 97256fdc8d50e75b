package yield

import (
	"context"
	"fmt"
)

// solution is the mixed model solved for given variances: best linear unbiased
// prediction (Henderson 1975). Regions are independent of each other given what
// they share and groups given what all share, so that it costs
// regions·years³ + groups·years³ + (years + scores)³.
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

// entries calls do with the shared effects of a row and their coefficients:
// the years of each group, those of all, then the scores.
func (p *panelRows) entries(group, year int, features []float64, do func(at int, x float64)) {
	n, common := len(p.years), len(p.years)*(p.blocks()-1)
	if common > 0 && group >= 0 {
		do(n*group+year, 1)
	}
	do(common+year, 1)
	for j, x := range features {
		do(common+n+j, x)
	}
}

// solve fits the effects.
func (p *panelRows) solve(v variances) solution {
	blocks := make([]square, len(p.byRegion))
	s, b := p.reduce(v, blocks)
	s.blocks = blocks
	s.posterior.up(b)
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

// likelihood is the logarithm of the marginal likelihood of the rows.
func (p *panelRows) likelihood(v variances) float64 {
	s, _ := p.reduce(v, nil)
	return s.logLikelihood
}

// reduce goes as far as the likelihood: regions, then what they share. It
// returns the half-solved right side and, where blocks is not nil, fills it
// with the regions' factors.
func (p *panelRows) reduce(v variances, blocks []square) (s solution, b []float64) {
	s = solution{p: p, v: v}
	s.factors[0], s.factors[1] = p.yearFactors(v)
	g := newGram(p)
	covariance := p.ownCovariance(v)
	scratch := make([]float64, len(p.years)*len(p.years))
	for r, rows := range p.byRegion {
		a := square{n: len(rows), v: scratch[:len(rows)*len(rows)]}
		if blocks != nil {
			a = newSquare(len(rows))
			blocks[r] = a
		}
		p.regionFactor(a, covariance, v.Noise, rows)
		g.add(a, rows)
	}
	s.posterior = g.normal(s)
	s.posterior.factor()
	b = s.transposed(g.right())
	s.posterior.down(b)
	s.logLikelihood = -0.5 * (g.quad - dot(b, b) + g.logDet + s.posterior.logDet())
	return s, b
}

// regionFactor fills a with the Cholesky factor of a region's own covariance.
func (p *panelRows) regionFactor(a, covariance square, noise float64, rows []int) {
	for k, i := range rows {
		from, to := covariance.row(p.year[i]), a.row(k)
		for l, j := range rows[:k+1] {
			to[l] = from[p.year[j]]
		}
		to[k] += noise/p.weight[i] + 1e-9
	}
	a.factor()
}

// factorOf is the factor of block b of years: the last is what all share.
func (s solution) factorOf(b int) square {
	if b == s.p.blocks()-1 {
		return s.factors[0]
	}
	return s.factors[1]
}

// times is L·x, with L the factor of the shared effects' prior covariance.
func (s solution) times(x []float64) []float64 {
	n, out := len(s.p.years), make([]float64, len(x))
	for b := range s.p.blocks() {
		l := s.factorOf(b)
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
		l := s.factorOf(b)
		for i := range n {
			if f := x[b*n+i]; f != 0 {
				axpy(out[b*n:b*n+i+1], f, l.row(i)[:i+1])
			}
		}
	}
	for j := n * s.p.blocks(); j < len(x); j++ {
		out[j] = x[j] * s.p.scoreSD(s.v, j-n*s.p.blocks())
	}
	return out
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
// ends. It stops between two likelihoods when ctx does.
func fitMixed(ctx context.Context, p *panelRows, from variances) (solution, error) {
	start := startVariances(p)
	v, err := from, ctx.Err()
	if v == (variances{}) && err == nil {
		v, err = start.tune(ctx, p, start, 1.4)
	}
	if err != nil {
		return solution{}, fmt.Errorf("mixed model: stopped: %w", err)
	}
	p.solve(v).reweigh()
	if from == (variances{}) || len(p.target) <= retuneRows {
		if v, err = v.tune(ctx, p, start, 0.7); err != nil {
			return solution{}, fmt.Errorf("mixed model: stopped: %w", err)
		}
		p.solve(v).reweigh()
	}
	return p.solve(v), nil
}
