package trees

import "math"

const maxFloat32 = math.MaxFloat32

// chunkCols is how many columns one task of the search takes.
const chunkCols = 8

// search finds the best split of every open node of a level. Columns are
// shared out between threads; each chunk keeps its own best, and the best of
// all is taken in column order, so threads change nothing.
func (w *growth) search(level []open) {
	chunks := (len(w.cols) + chunkCols - 1) / chunkCols
	for len(w.bestPart) < chunks {
		w.bestPart = append(w.bestPart, nil)
	}
	inParallel(chunks, w.threads, func(c int) {
		best := w.bestPart[c][:0]
		for range level {
			best = append(best, split{})
		}
		for j := c * chunkCols; j < min((c+1)*chunkCols, len(w.cols)); j++ {
			w.fill(level, j)
			for i := range level {
				o := &level[i]
				s := w.scan(o, j)
				if s.better(best[i]) {
					best[i] = s
				}
			}
		}
		w.bestPart[c] = best
	})
	for i := range level {
		level[i].best = split{}
		for c := range chunks {
			if s := w.bestPart[c][i]; s.better(level[i].best) {
				level[i].best = s
			}
		}
	}
}

// fill makes the histograms of column w.cols[j] for all nodes of a level.
func (w *growth) fill(level []open, j int) {
	col := w.x.Cols[w.cols[j]]
	at := j * w.width
	for i := range level {
		o := &level[i]
		if o.derived {
			continue
		}
		h := o.hist[at : at+w.width]
		clear(h)
		addRows(h, col, w.rows[o.begin:o.end], w.vals[o.begin:o.end])
		if o.sibling >= 0 {
			p := level[o.sibling].hist[at : at+w.width]
			for b := range p {
				p[b].lo -= h[b].lo
				p[b].hi -= h[b].hi
			}
		}
	}
}

func addRows(h []pair, col []uint8, rows []int32, vals []pair) {
	h = h[:len(h):len(h)]
	vals = vals[:len(rows)]
	for i, r := range rows {
		b := &h[col[r]]
		b.lo += vals[i].lo
		b.hi += vals[i].hi
	}
}

// moments is a pair unpacked: the count and the bias-free sums, in quanta.
type moments struct{ n, a, b, c float64 }

func (g *gradient) moments(p pair) moments {
	const low = 1<<32 - 1
	n := float64(int64(p.lo >> 32))
	off := n * g.bias
	return moments{n, float64(int64(p.lo&low)) - off, float64(int64(p.hi>>32)) - off, float64(int64(p.hi&low)) - off}
}

func (m moments) squares() float64 { return m.a*m.a + m.b*m.b + m.c*m.c }

// scan returns the best split of a node on one column: the one that raises
// Σ S²/(n+λ) over both sides most, S being the sums of the sketched gradient,
// in quanta. Missing values are tried on both sides.
func (w *growth) scan(o *open, j int) split {
	col := w.cols[j]
	nb := len(w.x.Bins.Cuts[col]) + 2
	h := o.hist[j*w.width : j*w.width+nb]
	all := w.g.moments(o.total)
	if int(all.n) < 2*w.minLeaf {
		return split{}
	}
	whole := all.squares() * w.inverse[int(all.n)]
	best := split{col: col, gain: whole * 1e-12}
	none := best.gain
	w.pass(h, pair{}, all, whole, &best)
	if h[0].lo != 0 {
		before := best.gain
		w.pass(h, h[0], all, whole, &best)
		best.missingLeft = best.gain > before
	} else { // nothing learned: missing values follow the majority
		best.missingLeft = best.more
	}
	if best.gain <= none {
		return split{}
	}
	return best
}

// pass tries every cut with acc already on the left.
func (w *growth) pass(h []pair, acc pair, all moments, whole float64, best *split) {
	least := float64(w.minLeaf)
	inverse := w.inverse
	for b := 1; b < len(h); b++ {
		if h[b].lo == 0 {
			continue
		}
		acc.lo += h[b].lo
		acc.hi += h[b].hi
		left := w.g.moments(acc)
		right := moments{all.n - left.n, all.a - left.a, all.b - left.b, all.c - left.c}
		if left.n < least || right.n < least {
			continue
		}
		gain := left.squares()*inverse[int(left.n)] + right.squares()*inverse[int(right.n)] - whole
		if gain > best.gain {
			best.gain, best.bin, best.more = gain, uint8(b), left.n > right.n
		}
	}
}
