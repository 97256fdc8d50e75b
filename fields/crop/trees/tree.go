package trees

import "sync"

// Node is one node of a tree. A leaf has Feature -1 and Next its leaf number.
// Elsewhere rows with value ≤ Cut go to node Next, the others to Next+1, and
// missing values go left where MissingLeft is set.
type Node struct {
	Feature     int32
	Cut         float32
	Next        int32
	MissingLeft bool
	bin         uint8 // the same cut on binned values; only while fitting
}

// Tree is a binary tree whose leaves hold one value a class: leaf l's values
// are Leaves[l*classes:(l+1)*classes]. Node 0 is the root.
type Tree struct {
	Nodes  []Node
	Leaves []float32
}

// leaf walks one row of values down to its leaf.
func (t *Tree) leaf(row []float32) int32 {
	nodes := t.Nodes
	i := int32(0)
	for {
		n := &nodes[i]
		if n.Feature < 0 {
			return n.Next
		}
		v := row[n.Feature]
		if v != v {
			i = n.Next
			if !n.MissingLeft {
				i++
			}
			continue
		}
		var right int32
		if v > n.Cut {
			right = 1
		}
		i = n.Next + right
	}
}

// leafBinned walks one row of bins down to its leaf.
func (t *Tree) leafBinned(x *Binned, row int32) int32 {
	i := int32(0)
	for {
		n := &t.Nodes[i]
		if n.Feature < 0 {
			return n.Next
		}
		i = n.Next
		if b := x.Cols[n.Feature][row]; b > n.bin || (b == 0 && !n.MissingLeft) {
			i++
		}
	}
}

// Ensemble is a sum of trees: score = Base + Σ leaf values, one a class.
type Ensemble struct {
	Classes int
	Base    []float32 // one a class
	Trees   []Tree
}

// scoreBlock is how many rows go down one tree after another, so that a tree
// stays in cache while the rows do too.
const scoreBlock = slicedRows

// Score writes the scores of all rows of t, row by row and Classes a row, into
// out. Columns must be those the ensemble was fitted to.
func (e *Ensemble) Score(t Table, out []float32, threads int) {
	e.Scorer(t.Cols).Score(t, out, threads)
}

// Scorer is an ensemble made ready to score tables of some number of columns;
// worth keeping where many small tables are scored. It is safe for concurrent
// use, and the ensemble must not change any more.
type Scorer struct {
	e      *Ensemble
	sliced *sliced // nil where trees are too deep for it
}

// Scorer makes the ensemble ready to score.
func (e *Ensemble) Scorer(cols int) *Scorer {
	s, ok := e.slice(cols)
	if !ok {
		s = nil
	}
	return &Scorer{e, s}
}

// Score is [Ensemble.Score].
func (s *Scorer) Score(t Table, out []float32, threads int) {
	pool := sync.Pool{New: func() any { return &slicedBlock{words: make([][slicedRows / 8]uint64, 2*t.Cols)} }}
	k := s.e.Classes
	inParallel((t.Rows+scoreBlock-1)/scoreBlock, threads, func(b int) {
		first, end := b*scoreBlock, min((b+1)*scoreBlock, t.Rows)
		for r := first; r < end; r++ {
			copy(out[r*k:(r+1)*k], s.e.Base)
		}
		if s.sliced != nil {
			block := pool.Get().(*slicedBlock)
			s.sliced.score(block, t, out, first, end)
			pool.Put(block)
			return
		}
		for i := range s.e.Trees {
			tree := &s.e.Trees[i]
			for r := first; r < end; r++ {
				addTo(out[r*k:(r+1)*k], tree.Leaves, int(tree.leaf(t.Row(r)))*k)
			}
		}
	})
}

// ScoreBinned is [Ensemble.Score] for some rows of a binned table, while the
// ensemble is fresh from fitting: out holds Classes a row, in the order of rows.
func (e *Ensemble) ScoreBinned(x *Binned, rows []int32, out []float32, threads int) {
	k := e.Classes
	inParallel((len(rows)+scoreBlock-1)/scoreBlock, threads, func(b int) {
		first, end := b*scoreBlock, min((b+1)*scoreBlock, len(rows))
		for i := first; i < end; i++ {
			copy(out[i*k:(i+1)*k], e.Base)
		}
		for t := range e.Trees {
			tree := &e.Trees[t]
			for i := first; i < end; i++ {
				addTo(out[i*k:(i+1)*k], tree.Leaves, int(tree.leafBinned(x, rows[i]))*k)
			}
		}
	})
}

func addTo(dst, leaves []float32, at int) {
	src := leaves[at : at+len(dst)]
	for len(dst) >= 4 && len(src) >= 4 {
		d, s := (*[4]float32)(dst), (*[4]float32)(src)
		d[0] += s[0]
		d[1] += s[1]
		d[2] += s[2]
		d[3] += s[3]
		dst, src = dst[4:], src[4:]
	}
	for i, v := range src {
		dst[i] += v
	}
}

// Check tells whether every index within the ensemble is in range for tables of
// so many columns, and every path ends: what a reader of untrusted files asks.
func (e *Ensemble) Check(classes, cols int) bool {
	if e.Classes != classes || len(e.Base) != classes {
		return false
	}
	for i := range e.Trees {
		t := &e.Trees[i]
		if len(t.Nodes) == 0 || len(t.Leaves)%classes != 0 {
			return false
		}
		leaves := len(t.Leaves) / classes
		for j, n := range t.Nodes {
			switch {
			case n.Feature == -1:
				if n.Next < 0 || int(n.Next) >= leaves {
					return false
				}
			case n.Feature < 0 || int(n.Feature) >= cols || int(n.Next) <= j || int(n.Next)+1 >= len(t.Nodes):
				return false
			}
		}
	}
	return true
}
