package trees

import (
	"context"
	"math"
	"math/rand/v2"
)

// ExtraOptions tune [Extra]; zero values take the defaults, in brackets.
type ExtraOptions struct {
	Trees   int // [300]
	Columns int // columns tried at a node [1.5·√columns, at least 8]
	MinLeaf int // rows a leaf [1]
	Seed    uint64
	Threads int // 0: one a core
}

// Extra fits extremely randomised trees (Geurts, Ernst and Wehenkel, Machine
// Learning 63, 2006): every tree sees all rows, each node draws one random cut
// for each of a few random columns and keeps the one that lowers the Gini
// impurity most. Scores are mean class frequencies and add up to 1.
func Extra(ctx context.Context, x *Binned, labels []int32, task Task, o ExtraOptions) (*Ensemble, error) {
	if err := task.check(x, labels); err != nil {
		return nil, err
	}
	o.Trees, o.Columns, o.MinLeaf = or(o.Trees, 300), or(o.Columns, max(8, int(1.5*math.Sqrt(float64(len(x.Cols)))))), or(o.MinLeaf, 1)
	e := &Ensemble{Classes: task.Classes, Base: make([]float32, task.Classes), Trees: make([]Tree, o.Trees)}
	tries := min(len(x.Cols), o.Columns)
	inParallel(o.Trees, o.Threads, func(t int) {
		if ctx.Err() != nil {
			return
		}
		g := &extraGrowth{
			x: x, labels: labels, k: task.Classes, minLeaf: o.MinLeaf, tries: tries,
			rng:   rand.New(rand.NewPCG(o.Seed, uint64(t))),
			share: 1 / float32(o.Trees),
			rows:  append([]int32(nil), task.Train...), tmp: make([]int32, len(task.Train)),
			order: make([]int32, len(x.Cols)), counts: make([]int32, 2*task.Classes), all: make([]int32, task.Classes),
		}
		for c := range g.order {
			g.order[c] = int32(c)
		}
		g.tree.Nodes = []Node{{}}
		g.grow(0, 0, len(g.rows))
		e.Trees[t] = g.tree
	})
	return e, ctx.Err()
}

type extraGrowth struct {
	x          *Binned
	labels     []int32
	k, minLeaf int
	tries      int
	rng        *rand.Rand
	share      float32
	rows, tmp  []int32
	order      []int32 // columns, shuffled as they are drawn
	counts     []int32 // per side and class, of the cut on trial
	all        []int32 // per class, of the node
	tree       Tree
}

func (g *extraGrowth) grow(node int32, begin, end int) {
	rows := g.rows[begin:end]
	clear(g.all)
	for _, r := range rows {
		g.all[g.labels[r]]++
	}
	best := split{}
	if len(rows) >= 2*g.minLeaf && !pure(g.all, len(rows)) {
		best = g.choose(rows)
	}
	if best.gain <= 0 {
		g.leaf(node, len(rows))
		return
	}
	mid := begin + g.partition(rows, best)
	left := int32(len(g.tree.Nodes))
	cut := float32(maxFloat32)
	if cuts := g.x.Bins.Cuts[best.col]; int(best.bin) <= len(cuts) {
		cut = cuts[best.bin-1]
	}
	g.tree.Nodes[node] = Node{Feature: best.col, Cut: cut, Next: left, MissingLeft: best.missingLeft, bin: best.bin}
	g.tree.Nodes = append(g.tree.Nodes, Node{}, Node{})
	g.grow(left, begin, mid)
	g.grow(left+1, mid, end)
}

func pure(counts []int32, n int) bool {
	for _, c := range counts {
		if int(c) == n {
			return true
		}
	}
	return false
}

func (g *extraGrowth) leaf(node int32, n int) {
	g.tree.Nodes[node] = Node{Feature: -1, Next: int32(len(g.tree.Leaves) / g.k)}
	for _, c := range g.all {
		g.tree.Leaves = append(g.tree.Leaves, g.share*float32(c)/float32(n))
	}
}

// choose draws columns until enough of them vary, and keeps the best cut.
func (g *extraGrowth) choose(rows []int32) split {
	best, found := split{}, 0
	for i := 0; i < len(g.order) && found < g.tries; i++ {
		j := i + g.rng.IntN(len(g.order)-i)
		g.order[i], g.order[j] = g.order[j], g.order[i]
		s, ok := g.draw(rows, g.order[i])
		if !ok {
			continue
		}
		found++
		if s.gain = g.gain(rows, s); s.gain > best.gain {
			best = s
		}
	}
	return best
}

// draw picks a cut uniformly between the least and the largest value of a
// column, and a side for its missing values; not ok where nothing varies.
func (g *extraGrowth) draw(rows []int32, c int32) (split, bool) {
	col, cuts := g.x.Cols[c], g.x.Bins.Cuts[c]
	low, high, missing := uint8(255), uint8(0), false
	for _, r := range rows {
		b := col[r]
		if b == 0 {
			missing = true
			continue
		}
		low, high = min(low, b), max(high, b)
	}
	if high == 0 || (low == high && !missing) {
		return split{}, false
	}
	s := split{col: c, bin: high, missingLeft: g.rng.IntN(2) == 0}
	if low == high { // only missing against not
		s.missingLeft = false
		return s, true
	}
	a, z := cuts[low-1], cuts[high-2]
	v := a + float32(g.rng.Float64())*(z-a)
	s.bin = max(low, min(high-1, binOf(cuts, v)))
	return s, true
}

// gain is the fall of the Gini impurity times the rows, up to a constant.
func (g *extraGrowth) gain(rows []int32, s split) float64 {
	col, k := g.x.Cols[s.col], g.k
	clear(g.counts)
	first := uint8(1)
	if s.missingLeft {
		first = 0
	}
	span := s.bin - first
	for _, r := range rows {
		side := 0
		if col[r]-first > span { // wraps below first
			side = k
		}
		g.counts[side+int(g.labels[r])]++
	}
	var n [2]float64
	var sq [2]float64
	whole := 0.0
	for c := range k {
		l, r := float64(g.counts[c]), float64(g.counts[k+c])
		n[0], n[1] = n[0]+l, n[1]+r
		sq[0], sq[1] = sq[0]+l*l, sq[1]+r*r
		whole += (l + r) * (l + r)
	}
	if int(n[0]) < g.minLeaf || int(n[1]) < g.minLeaf {
		return 0
	}
	return sq[0]/n[0] + sq[1]/n[1] - whole/(n[0]+n[1])
}

func (g *extraGrowth) partition(rows []int32, s split) int {
	col := g.x.Cols[s.col]
	n, m := 0, 0
	for _, r := range rows {
		if b := col[r]; b <= s.bin && (b != 0 || s.missingLeft) {
			rows[n] = r
			n++
		} else {
			g.tmp[m] = r
			m++
		}
	}
	copy(rows[n:], g.tmp[:m])
	return n
}
