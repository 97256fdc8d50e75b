package yield

// gram sums over regions what the shared effects need of them: Fᵀ·A⁻¹·F and
// Fᵀ·A⁻¹·y, by group, since rows of a region are of one group; of symmetric
// matrices the lower half.
type gram struct {
	p            *panelRows
	years        []square    // of each group: Σ A⁻¹
	cross        [][]float64 // of each group: Σ A⁻¹·scores, [year·scores + score]
	yearsY       [][]float64 // of each group: Σ A⁻¹·y
	scores       square      // Σ scoresᵀ·A⁻¹·scores
	scoresY      []float64
	quad, logDet float64 // Σ yᵀ·A⁻¹·y, Σ ln det A

	root, inverse []float64 // of the region at hand
	x             []float64
}

func newGram(p *panelRows) *gram {
	n, scores := len(p.years), p.own+p.shared
	g := &gram{p: p, scores: newSquare(scores), scoresY: make([]float64, scores),
		root: make([]float64, n*n), inverse: make([]float64, n*n), x: make([]float64, scores)}
	for range max(1, len(p.groups)) {
		g.years, g.cross, g.yearsY = append(g.years, newSquare(n)), append(g.cross, make([]float64, n*scores)), append(g.yearsY, make([]float64, n))
	}
	return g
}

// add counts a region, whose covariance has the Cholesky factor a; its rows are
// in the order of years.
func (g *gram) add(a square, rows []int) {
	p, n, scores := g.p, a.n, len(g.x)
	inverse := square{n: n, v: g.inverse[:n*n]}
	a.invert(inverse, square{n: n, v: g.root[:n*n]})
	g.logDet += a.logDet()
	group := p.group[rows[0]]
	years, yearsY, cross := g.years[group], g.yearsY[group], g.cross[group]
	for k, i := range rows {
		line, to := inverse.row(k), years.row(p.year[i])
		var ay float64
		for l, j := range rows {
			ay += line[l] * p.target[j]
		}
		for l, j := range rows[:k+1] {
			to[p.year[j]] += line[l]
		}
		g.quad += p.target[i] * ay
		yearsY[p.year[i]] += ay
		if scores == 0 {
			continue
		}
		clear(g.x)
		for l, j := range rows {
			axpy(g.x, line[l], p.features[j])
		}
		axpy(cross[p.year[i]*scores:(p.year[i]+1)*scores], 1, g.x)
		axpy(g.scoresY, ay, p.features[i])
		for c, f := range p.features[i] {
			axpy(g.scores.row(c)[:c+1], f, g.x[:c+1])
		}
	}
}

// right is Fᵀ·A⁻¹·y in the order of [panelRows.entries].
func (g *gram) right() []float64 {
	n, b := len(g.p.years), g.p.blocks()
	out := make([]float64, g.p.sharedSize())
	for k, y := range g.yearsY {
		if b > 1 {
			copy(out[k*n:], y)
		}
		axpy(out[(b-1)*n:b*n], 1, y)
	}
	copy(out[b*n:], g.scoresY)
	return out
}

// normal is the lower half of I + Lᵀ·Fᵀ·A⁻¹·F·L, with L the factors of s.
// Groups meet only in what all share, so that their rows hold nothing outside
// their own block, and the Cholesky factor neither.
func (g *gram) normal(s solution) square {
	p := g.p
	n, last := len(p.years), p.blocks()-1
	out := newSquare(p.sharedSize())
	out.from = make([]int, out.n)
	years, cross := newSquare(n), make([]float64, len(g.cross[0]))
	for b, sum := range g.years {
		sum.mirror()
		axpy(years.v, 1, sum.v)
		axpy(cross, 1, g.cross[b])
		if last == 0 {
			continue
		}
		half := sum.timesLower(s.factors[1])
		s.factors[1].addTransposedTimes(half, out, b*n, b*n)
		s.factors[0].addTransposedTimes(half, out, last*n, b*n)
		g.scoreRows(s, g.cross[b], b, out)
		for i := range n {
			out.from[b*n+i] = b * n
		}
	}
	s.factors[0].addTransposedTimes(years.timesLower(s.factors[0]), out, last*n, last*n)
	g.scoreRows(s, cross, last, out)
	for c := range g.x {
		for d, f := range g.scores.row(c)[:c+1] {
			out.row((last+1)*n + c)[(last+1)*n+d] = p.scoreSD(s.v, c) * p.scoreSD(s.v, d) * f
		}
	}
	for i := range out.n {
		out.row(i)[i]++
	}
	return out
}

// scoreRows writes the rows of scores in the columns of a block of years.
func (g *gram) scoreRows(s solution, cross []float64, block int, out square) {
	n, l := len(g.p.years), s.factorOf(block)
	for c := range g.x {
		to := out.row(g.p.blocks()*n + c)[block*n : (block+1)*n]
		sd := g.p.scoreSD(s.v, c)
		for y := range n {
			axpy(to[:y+1], sd*cross[y*len(g.x)+c], l.row(y)[:y+1])
		}
	}
}
