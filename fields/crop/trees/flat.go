package trees

import "math"

// flatDepth is the deepest tree that is walked in lock step; deeper ones are
// mostly shallow and leave early instead.
const flatDepth = 10

// flat is a tree laid out for walking four rows in lock step: a leaf points to
// itself, so that every walk takes depth steps and nothing branches.
type flat struct {
	nodes []flatNode
	depth int
}

type flatNode struct {
	feature int32
	cut     float32
	next    int32
}

// flatten returns the lock-step form, or one of depth 0 for a deep tree.
func (t *Tree) flatten() flat {
	f := flat{nodes: make([]flatNode, len(t.Nodes))}
	level := make([]int, len(t.Nodes))
	for i, n := range t.Nodes { // parents come before their children
		if n.Feature < 0 {
			f.nodes[i] = flatNode{0, float32(math.Inf(1)), int32(i)}
			f.depth = max(f.depth, level[i])
			continue
		}
		f.nodes[i] = flatNode{n.Feature, n.Cut, n.Next}
		level[n.Next], level[n.Next+1] = level[i]+1, level[i]+1
	}
	if f.depth > flatDepth {
		return flat{}
	}
	return f
}

// four walks four rows without missing values down to their leaf nodes.
func (f *flat) four(r *[4][]float32) (i0, i1, i2, i3 int32) {
	nodes := f.nodes
	a, b, c, d := r[0], r[1], r[2], r[3]
	for range f.depth {
		n0, n1, n2, n3 := &nodes[i0], &nodes[i1], &nodes[i2], &nodes[i3]
		i0 = n0.next + above(a[n0.feature], n0.cut)
		i1 = n1.next + above(b[n1.feature], n1.cut)
		i2 = n2.next + above(c[n2.feature], n2.cut)
		i3 = n3.next + above(d[n3.feature], n3.cut)
	}
	return i0, i1, i2, i3
}

func above(v, cut float32) int32 {
	var x int32
	if v > cut {
		x = 1
	}
	return x
}

// complete tells whether rows have no missing value.
func complete(values []float32) bool {
	for _, v := range values {
		if v != v {
			return false
		}
	}
	return true
}
