package trees

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
const scoreBlock = 64

// Score writes the scores of all rows of t, row by row and Classes a row, into
// out. Columns must be those the ensemble was fitted to.
func (e *Ensemble) Score(t Table, out []float32, threads int) {
	flats := make([]flat, len(e.Trees))
	for i := range flats {
		flats[i] = e.Trees[i].flatten()
	}
	inParallel((t.Rows+scoreBlock-1)/scoreBlock, threads, func(b int) {
		first, end := b*scoreBlock, min((b+1)*scoreBlock, t.Rows)
		for r := first; r < end; r++ {
			copy(out[r*e.Classes:(r+1)*e.Classes], e.Base)
		}
		whole := complete(t.Values[first*t.Cols : end*t.Cols])
		for i := range e.Trees {
			e.scoreTree(i, &flats[i], whole, t, out, first, end)
		}
	})
}

// scoreTree adds one tree's leaves to the rows first to end-1; whole says that
// none of them has a missing value.
func (e *Ensemble) scoreTree(i int, f *flat, whole bool, t Table, out []float32, first, end int) {
	k, tree, r := e.Classes, &e.Trees[i], first
	if whole && f.depth > 0 {
		for ; r+4 <= end; r += 4 {
			rows := [4][]float32{t.Row(r), t.Row(r + 1), t.Row(r + 2), t.Row(r + 3)}
			a, b, c, d := f.four(&rows)
			o := out[r*k : (r+4)*k]
			addTo(o[:k], tree.Leaves, int(tree.Nodes[a].Next)*k)
			addTo(o[k:2*k], tree.Leaves, int(tree.Nodes[b].Next)*k)
			addTo(o[2*k:3*k], tree.Leaves, int(tree.Nodes[c].Next)*k)
			addTo(o[3*k:], tree.Leaves, int(tree.Nodes[d].Next)*k)
		}
	}
	for ; r < end; r++ {
		addTo(out[r*k:(r+1)*k], tree.Leaves, int(tree.leaf(t.Row(r)))*k)
	}
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
