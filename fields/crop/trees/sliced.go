package trees

import (
	"encoding/binary"
	"math"
	"slices"
)

// Shallow trees are scored on bytes: a column's values become the number of the
// ensemble's own cuts below them, eight rows to a word. Every node of a tree
// then decides for eight rows in one addition, and the decisions on a row's way
// down are picked bit by bit, without a branch. Leaves are added as integers,
// two to a word.
const (
	slicedDepth = 6   // deeper trees have too many nodes beside the way down
	slicedCuts  = 126 // cuts of a column, so that a byte's top bit stays free
	slicedRows  = 64  // rows of a block, eight words a column
	slicedTrees = 16  // trees whose leaves stay in the first cache together
	laneWords   = 3   // words of a leaf are added three at a time
)

// sliced is an ensemble in that form.
type sliced struct {
	cuts    [][]int64 // per column, ascending keys; nil for columns that no tree asks
	trees   []slicedTree
	classes int
	words   int     // a leaf, a multiple of laneWords
	unit    float64 // of the leaves: a power of two
	leaves  []uint64
}

// slicedTree is a complete tree, level by level: node n of a level has the
// children 2n and 2n+1 on the next.
type slicedTree struct {
	depth int
	nodes []slicedNode
	first int // of its leaves
}

// slicedNode sends a row right where byte + add reaches 128. Column counts
// twice: missing values are below all others in the first half, above in the
// second.
type slicedNode struct {
	add    uint64 // the same byte eight times
	column int32
}

const everyByte = 0x0101010101010101

// slice returns the sliced form; false where a tree is too deep or a column has
// too many cuts.
func (e *Ensemble) slice(cols int) (*sliced, bool) {
	s := &sliced{cuts: make([][]int64, cols)}
	for i := range e.Trees {
		for _, n := range e.Trees[i].Nodes {
			if n.Feature >= 0 {
				s.cuts[n.Feature] = append(s.cuts[n.Feature], keyOf(n.Cut))
			}
		}
	}
	for c := range s.cuts {
		slices.Sort(s.cuts[c])
		s.cuts[c] = slices.Compact(s.cuts[c])
		if len(s.cuts[c]) > slicedCuts {
			return nil, false
		}
	}
	s.lanes(e)
	for i := range e.Trees {
		t := &e.Trees[i]
		depth := t.depth()
		if depth > slicedDepth {
			return nil, false
		}
		st := slicedTree{depth: depth, nodes: make([]slicedNode, 1<<depth-1), first: len(s.leaves)}
		s.leaves = append(s.leaves, make([]uint64, s.words<<depth)...)
		s.fill(&st, t, 0, 0, 0)
		s.trees = append(s.trees, st)
	}
	return s, true
}

// lanes settles how leaves are packed: whole multiples of a unit so small that
// the largest sum that the trees can reach still fits 31 bits.
func (s *sliced) lanes(e *Ensemble) {
	s.classes, s.words = e.Classes, ((e.Classes+1)/2+laneWords-1)/laneWords*laneWords
	reach := 0.0
	for i := range e.Trees {
		top := 0.0
		for _, v := range e.Trees[i].Leaves {
			top = max(top, math.Abs(float64(v)))
		}
		reach += top
	}
	_, exponent := math.Frexp(reach)
	s.unit = math.Ldexp(1, exponent-30)
}

// depth is the number of splits on the longest way down.
func (t *Tree) depth() int {
	level, deepest := make([]int, len(t.Nodes)), 0
	for i, n := range t.Nodes { // parents come before their children
		if n.Feature >= 0 {
			level[n.Next], level[n.Next+1] = max(level[n.Next], level[i]+1), max(level[n.Next+1], level[i]+1)
			deepest = max(deepest, level[i]+1)
		}
	}
	return deepest
}

// fill lays out the subtree of a node at a place of a level; below a leaf every
// row goes left.
func (s *sliced) fill(st *slicedTree, t *Tree, node int32, level, place int) {
	n := t.Nodes[node]
	if n.Feature < 0 {
		to := s.leaves[st.first+place<<(st.depth-level)*s.words:]
		for c, v := range t.Leaves[int(n.Next)*s.classes : (int(n.Next)+1)*s.classes] {
			// A negative lower half borrows from the upper one, which sum gives back.
			to[c/2] += uint64(int64(math.Round(float64(v)/s.unit))) << (32 * (c % 2))
		}
		return
	}
	c := s.cuts[n.Feature]
	at, _ := slices.BinarySearch(c, keyOf(n.Cut))
	// A value above c[at] has a byte of at+2 or more, see read.
	sn := slicedNode{add: uint64(128-(at+2)) * everyByte, column: 2 * n.Feature}
	if !n.MissingLeft {
		sn.column++
	}
	st.nodes[1<<level-1+place] = sn
	s.fill(st, t, n.Next, level+1, 2*place)
	s.fill(st, t, n.Next+1, level+1, 2*place+1)
}

// slicedBlock holds the bytes of a block of rows, and which leaves they reach
// in a few trees.
type slicedBlock struct {
	words [][slicedRows / 8]uint64 // per column twice
	leaf  [slicedTrees][slicedRows]uint8
	first [slicedTrees]int
	sums  []uint64 // per row, words
}

// score adds the leaves of all trees to out, Classes a row, for rows first to
// end-1 of t, at most slicedRows of them.
func (s *sliced) score(b *slicedBlock, t Table, out []float32, first, end int) {
	s.read(b, t, first, end)
	b.sums = slices.Grow(b.sums[:0], slicedRows*s.words)[:slicedRows*s.words]
	clear(b.sums)
	for i := 0; i < len(s.trees); i += slicedTrees {
		some := s.trees[i:min(i+slicedTrees, len(s.trees))]
		for j := range some {
			b.first[j] = some[j].first
			if some[j].depth == 4 {
				some[j].walkFour(b, &b.leaf[j])
			} else {
				some[j].walk(b, &b.leaf[j])
			}
		}
		s.add(b, len(some), end-first)
	}
	for r := range end - first {
		to := out[(first+r)*s.classes : (first+r+1)*s.classes]
		for c := range to {
			sum := int64(b.sums[r*s.words+c/2])
			low := int64(int32(sum))
			if c%2 == 1 {
				low = (sum - low) >> 32
			}
			to[c] += float32(float64(low) * s.unit)
		}
	}
}

// add adds the leaves that the rows reach in some trees to their sums.
func (s *sliced) add(b *slicedBlock, trees, rows int) {
	for r := range rows {
		for w := 0; w < s.words; w += laneWords {
			sum := (*[laneWords]uint64)(b.sums[r*s.words+w:])
			x, y, z := sum[0], sum[1], sum[2]
			for t := range trees {
				l := (*[laneWords]uint64)(s.leaves[b.first[t&(slicedTrees-1)]+int(b.leaf[t&(slicedTrees-1)][r&(slicedRows-1)])*s.words+w:])
				x, y, z = x+l[0], y+l[1], z+l[2]
			}
			sum[0], sum[1], sum[2] = x, y, z
		}
	}
}

// read fills in the bytes: 1 and the number of cuts below the value; missing
// values are 0 in a column's first half and 127 in its second.
func (s *sliced) read(b *slicedBlock, t Table, first, end int) {
	for c, cuts := range s.cuts {
		if cuts == nil {
			continue
		}
		low, high := &b.words[2*c], &b.words[2*c+1]
		*low, *high = [slicedRows / 8]uint64{}, [slicedRows / 8]uint64{}
		for r := range end - first {
			v := t.Values[(first+r)*t.Cols+c]
			shift := r % 8 * 8
			if v != v {
				high[r/8] |= 127 << shift
				continue
			}
			x := uint64(1+below(cuts, keyOf(v))) << shift
			low[r/8] |= x
			high[r/8] |= x
		}
	}
}

// keyOf is a number that is ordered as the values are.
func keyOf(v float32) int64 {
	b := int32(math.Float32bits(v + 0)) // −0 becomes 0
	return int64(b ^ (b>>31)&math.MaxInt32)
}

// below counts the cuts less than a value by halves, without a branch: which
// way it goes is a coin's toss, and a wrong guess costs more than the step.
func below(cuts []int64, key int64) int {
	at, n := 0, len(cuts)
	for n > 1 {
		half := n / 2
		at += half & int((cuts[at+half-1]-key)>>63)
		n -= half
	}
	return at + int(uint64(cuts[at]-key)>>63)
}

const topBits = 0x80 * everyByte

// walk finds every row's leaf. On each level all nodes decide; the decision of
// the node that a row stands on is picked by the decisions above it, the
// nearest first.
func (t *slicedTree) walk(b *slicedBlock, to *[slicedRows]uint8) {
	var level [1 << (slicedDepth - 1)]uint64
	var way [slicedDepth]uint64
	for w := range slicedRows / 8 {
		leaf := uint64(0)
		for d := range t.depth {
			n := 1 << d
			nodes := t.nodes[n-1 : 2*n-1]
			for i := range nodes {
				level[i] = b.words[nodes[i].column][w] + nodes[i].add
			}
			for up := d - 1; up >= 0; up-- {
				n /= 2
				for i := range n {
					level[i] = either(way[up], level[2*i], level[2*i+1])
				}
			}
			way[d] = level[0]
			leaf = leaf<<1 | (level[0]&topBits)>>7
		}
		binary.LittleEndian.PutUint64(to[8*w:], leaf)
	}
}

// walkFour is walk for four levels, the most common depth, written out.
func (t *slicedTree) walkFour(b *slicedBlock, to *[slicedRows]uint8) {
	n := (*[15]slicedNode)(t.nodes)
	var c [15]*[slicedRows / 8]uint64
	for i := range n {
		c[i] = &b.words[n[i].column]
	}
	for w := range slicedRows / 8 {
		r0 := c[0][w] + n[0].add
		r1 := either(r0, c[1][w]+n[1].add, c[2][w]+n[2].add)
		r2 := either(r0, either(r1, c[3][w]+n[3].add, c[4][w]+n[4].add), either(r1, c[5][w]+n[5].add, c[6][w]+n[6].add))
		left := either(r1, either(r2, c[7][w]+n[7].add, c[8][w]+n[8].add), either(r2, c[9][w]+n[9].add, c[10][w]+n[10].add))
		right := either(r1, either(r2, c[11][w]+n[11].add, c[12][w]+n[12].add), either(r2, c[13][w]+n[13].add, c[14][w]+n[14].add))
		r3 := either(r0, left, right)
		binary.LittleEndian.PutUint64(to[8*w:], (r0&topBits)>>4|(r1&topBits)>>5|(r2&topBits)>>6|(r3&topBits)>>7)
	}
}

// either takes b where by has a bit, a elsewhere; only top bits matter.
func either(by, a, b uint64) uint64 { return a ^ by&(a^b) }
