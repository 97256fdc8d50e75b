package trees

// sketchDims is how many projections of the gradient the search for splits
// looks at. Iosipoi and Vakhrushev ("SketchBoost", NeurIPS 2022) find that 1 to
// 5 lose nothing against the full gradient.
const sketchDims = 3

// pair packs the sums of a bin into two words, so that a row costs two
// additions: lo = count<<32 | dim 0, hi = dim 1<<32 | dim 2, where each
// dimension is a quantised gradient made non-negative by adding bias. Integers
// add up the same in any order.
type pair struct{ lo, hi uint64 }

// gradient holds the packed sketch of every row and what undoes the packing but
// for the size of a quantum, which no comparison needs.
type gradient struct {
	packed []pair // by row of the table
	bias   float64
}

// growth is what one tree is grown from.
type growth struct {
	x        *Binned
	g        gradient
	cols     []int32 // columns that may split
	depth    int
	minLeaf  int
	inverse  []float64 // 1/(n+λ) by n
	width    int       // bins a column
	threads  int
	free     [][]pair
	rows     []int32 // permuted so that a node's rows are contiguous
	vals     []pair  // of rows, in the same order
	tmpRows  []int32
	tmpVals  []pair
	bestPart [][]split // per chunk of columns, per open node
}

// split is a candidate: rows in bins ≤ bin go left.
type split struct {
	gain        float64
	col         int32
	bin         uint8
	missingLeft bool
	more        bool // the left side has more rows
}

func (s split) better(o split) bool {
	return s.gain > o.gain || (s.gain == o.gain && s.gain > 0 && s.col < o.col)
}

// open is a node that may still split. Its histogram is made from its rows,
// or as the parent's less its sibling's.
type open struct {
	node       int32
	begin, end int32
	total      pair
	hist       []pair
	sibling    int // index of the larger sibling whose histogram this one yields, -1
	derived    bool
	best       split
}

// grow builds one tree over rows (consumed) and returns it with each leaf's
// range of g.rows; the caller fills in the leaf values.
func (w *growth) grow() (Tree, [][2]int32) {
	t := Tree{Nodes: []Node{{}}}
	var leaves [][2]int32
	level := []open{{begin: 0, end: int32(len(w.rows)), sibling: -1}}
	for _, p := range w.vals {
		level[0].total.lo += p.lo
		level[0].total.hi += p.hi
	}
	level[0].hist = w.take()
	for d := 0; len(level) > 0; d++ {
		if d < w.depth {
			w.search(level)
		}
		var next []open
		for i := range level {
			o := &level[i]
			if d == w.depth || o.best.gain <= 0 {
				t.Nodes[o.node].Feature, t.Nodes[o.node].Next = -1, int32(len(leaves))
				leaves = append(leaves, [2]int32{o.begin, o.end})
				w.give(o.hist)
				continue
			}
			next = w.divide(&t, o, next, d+1 < w.depth)
		}
		level = next
	}
	return t, leaves
}

// divide splits node o and appends its children to next, the smaller first.
func (w *growth) divide(t *Tree, o *open, next []open, deeper bool) []open {
	s := o.best
	left := int32(len(t.Nodes))
	cut := float32(0)
	if cuts := w.x.Bins.Cuts[s.col]; len(cuts) > 0 {
		cut = cuts[min(max(int(s.bin)-1, 0), len(cuts)-1)]
	}
	if int(s.bin) > len(w.x.Bins.Cuts[s.col]) { // every value left, missing right
		cut = maxFloat32
	}
	t.Nodes[o.node] = Node{Feature: s.col, Cut: cut, Next: left, MissingLeft: s.missingLeft, bin: s.bin}
	t.Nodes = append(t.Nodes, Node{}, Node{})
	mid, sum := w.partition(o, s)
	a := open{node: left, begin: o.begin, end: mid, total: sum, sibling: -1}
	b := open{node: left + 1, begin: mid, end: o.end, total: pair{o.total.lo - sum.lo, o.total.hi - sum.hi}, sibling: -1}
	if b.end-b.begin < a.end-a.begin {
		a, b = b, a
	}
	if deeper {
		a.hist, a.sibling = w.take(), len(next)+1
		b.hist, b.derived = o.hist, true
	} else {
		w.give(o.hist)
	}
	return append(next, a, b)
}

// partition reorders the rows of o, left ones first, keeping their order.
func (w *growth) partition(o *open, s split) (mid int32, left pair) {
	col := w.x.Cols[s.col]
	n, m := o.begin, 0
	for i := o.begin; i < o.end; i++ {
		r, p := w.rows[i], w.vals[i]
		b := col[r]
		if b <= s.bin && (b != 0 || s.missingLeft) {
			w.rows[n], w.vals[n] = r, p
			left.lo += p.lo
			left.hi += p.hi
			n++
		} else {
			w.tmpRows[m], w.tmpVals[m] = r, p
			m++
		}
	}
	copy(w.rows[n:o.end], w.tmpRows[:m])
	copy(w.vals[n:o.end], w.tmpVals[:m])
	return n, left
}

func (w *growth) take() []pair {
	if n := len(w.free); n > 0 {
		h := w.free[n-1]
		w.free = w.free[:n-1]
		return h
	}
	return make([]pair, len(w.cols)*w.width)
}

func (w *growth) give(h []pair) {
	if h != nil {
		w.free = append(w.free, h)
	}
}
