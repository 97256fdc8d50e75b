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

// scan returns the best split of a node on one column. Missing values are
// tried on both sides.
func (w *growth) scan(o *open, j int) split {
	col := w.cols[j]
	nb := len(w.x.Bins.Cuts[col]) + 2
	h := o.hist[j*w.width : j*w.width+nb]
	n := int(o.total.lo >> 32)
	if n < 2*w.minLeaf {
		return split{}
	}
	whole := w.g.score(o.total, w.l2)
	best := split{col: col}
	missing := h[0]
	var acc pair
	for b := 1; b < nb; b++ {
		if h[b] == (pair{}) {
			continue
		}
		acc.lo += h[b].lo
		acc.hi += h[b].hi
		w.try(o, acc, whole, uint8(b), false, &best)
		if missing.lo != 0 {
			w.try(o, pair{acc.lo + missing.lo, acc.hi + missing.hi}, whole, uint8(b), true, &best)
		}
	}
	if missing.lo == 0 { // nothing learned: missing values follow the majority
		best.missingLeft = best.more
	}
	return best
}

func (w *growth) try(o *open, left pair, whole float64, bin uint8, missingLeft bool, best *split) {
	right := pair{o.total.lo - left.lo, o.total.hi - left.hi}
	if int(left.lo>>32) < w.minLeaf || int(right.lo>>32) < w.minLeaf {
		return
	}
	gain := w.g.score(left, w.l2) + w.g.score(right, w.l2) - whole
	if gain > best.gain+1e-12 {
		best.gain, best.bin, best.missingLeft = gain, bin, missingLeft
		best.more = left.lo>>32 > right.lo>>32
	}
}
