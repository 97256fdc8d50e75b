package trees

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Task says what is learned from which rows.
type Task struct {
	Classes int     // at least 2; labels are 0 … Classes-1
	Train   []int32 // rows to learn from
	Watch   []int32 // rows to follow the loss on, never learned from; may be nil
}

func (t Task) check(x *Binned, labels []int32) error {
	if t.Classes < 2 {
		return fmt.Errorf("fit trees: %d classes: at least 2 are needed", t.Classes)
	}
	if len(labels) != x.Rows {
		return fmt.Errorf("fit trees: %d labels for %d rows", len(labels), x.Rows)
	}
	if len(t.Train) == 0 {
		return fmt.Errorf("fit trees: no row to learn from")
	}
	for _, r := range t.Train {
		if r < 0 || int(r) >= x.Rows || labels[r] < 0 || int(labels[r]) >= t.Classes {
			return fmt.Errorf("fit trees: row %d is outside the table or its label outside 0 to %d", r, t.Classes-1)
		}
	}
	return nil
}

// BoostOptions tune [Boost]; zero values take the defaults, in brackets.
type BoostOptions struct {
	Rounds       int     // trees [300]
	Depth        int     // levels of splits [4]
	LearningRate float64 // [0.25]
	RowShare     float64 // rows seen by a tree [0.9]
	ColShare     float64 // columns seen by a tree [0.6]
	L2           float64 // ridge on leaf values, in units of rows [1]
	MinLeaf      int     // rows a leaf [5]
	Seed         uint64
	Threads      int // 0: one a core
}

func (o BoostOptions) withDefaults() BoostOptions {
	o.Rounds = or(o.Rounds, 300)
	o.Depth = or(o.Depth, 4)
	o.LearningRate = or(o.LearningRate, .25)
	o.RowShare = or(o.RowShare, .9)
	o.ColShare = or(o.ColShare, .6)
	o.L2 = or(o.L2, 1)
	o.MinLeaf = or(o.MinLeaf, 5)
	return o
}

func or[T int | float64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Boosted is the outcome of [Boost].
type Boosted struct {
	Ensemble
	Loss []float64 // mean log loss over the watched rows after each round
}

// Boost fits one tree a round, whose leaves hold a step for every class at
// once, to the gradient of the multinomial log loss (Friedman, "Greedy function
// approximation", 2001). Splits are searched on a random projection of the
// gradient ([sketchDims]); leaf values are Newton steps on all classes.
// It stops early, with ctx's error, when ctx ends.
func Boost(ctx context.Context, x *Binned, labels []int32, task Task, o BoostOptions) (*Boosted, error) {
	if err := task.check(x, labels); err != nil {
		return nil, err
	}
	b := newBooster(x, labels, task, o.withDefaults())
	for round := range b.o.Rounds {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("fit trees: round %d: %w", round, err)
		}
		b.round(round)
	}
	return &b.out, nil
}

type booster struct {
	o       BoostOptions
	x       *Binned
	labels  []int32
	task    Task
	rows    []int32   // train, then watch
	margins []float32 // Classes a row, in the order of rows
	grads   []float32 // of the train rows
	at      []int32   // position in rows by row of the table
	grow    growth
	width   int
	out     Boosted
}

func newBooster(x *Binned, labels []int32, task Task, o BoostOptions) *booster {
	k := task.Classes
	b := &booster{o: o, x: x, labels: labels, task: task, width: x.Bins.widest()}
	b.rows = append(append(b.rows, task.Train...), task.Watch...)
	b.at = make([]int32, x.Rows)
	for i, r := range b.rows {
		b.at[r] = int32(i)
	}
	counts := make([]float64, k)
	for _, r := range task.Train {
		counts[labels[r]]++
	}
	b.out.Classes, b.out.Base = k, make([]float32, k)
	for c, n := range counts {
		b.out.Base[c] = float32(math.Log((n + 1) / float64(len(task.Train)+k)))
	}
	b.margins = make([]float32, len(b.rows)*k)
	for i := range b.rows {
		copy(b.margins[i*k:], b.out.Base)
	}
	b.grads = make([]float32, len(task.Train)*k)
	b.grow = growth{
		x: x, depth: o.Depth, minLeaf: o.MinLeaf, width: b.width, threads: o.Threads,
		tmpRows: make([]int32, len(task.Train)), tmpVals: make([]pair, len(task.Train)),
		rows: make([]int32, 0, len(task.Train)), vals: make([]pair, 0, len(task.Train)),
	}
	b.grow.inverse = make([]float64, len(task.Train)+1)
	for n := range b.grow.inverse {
		b.grow.inverse[n] = 1 / (float64(n) + o.L2)
	}
	b.grow.g.packed = make([]pair, len(task.Train))
	return b
}

func (b *booster) round(round int) {
	rng := rand.New(rand.NewPCG(b.o.Seed, uint64(round)))
	b.gradients()
	b.sketch(rng)
	w := &b.grow
	w.cols = pick(rng, len(b.x.Cols), b.o.ColShare, w.cols[:0])
	w.rows, w.vals = w.rows[:0], w.vals[:0]
	salt := rng.Uint64()
	limit := uint64(b.o.RowShare * (1 << 32))
	for i, r := range b.task.Train {
		if mix(salt^uint64(r))>>32 < limit {
			w.rows = append(w.rows, r)
			w.vals = append(w.vals, w.g.packed[i])
		}
	}
	if len(w.rows) == 0 {
		w.rows, w.vals = append(w.rows, b.task.Train...), append(w.vals, w.g.packed...)
	}
	tree, leaves := w.grow()
	b.steps(&tree, leaves)
	b.apply(&tree)
	b.out.Trees = append(b.out.Trees, tree)
	if len(b.task.Watch) > 0 {
		b.out.Loss = append(b.out.Loss, b.loss())
	}
}

// pick draws a share of n columns, in ascending order, at least one.
func pick(rng *rand.Rand, n int, share float64, into []int32) []int32 {
	want := max(1, min(n, int(math.Ceil(share*float64(n)))))
	for c := range n { // selection sampling: Knuth, TAOCP 3.4.2, algorithm S
		if rng.IntN(n-c) < want-len(into) {
			into = append(into, int32(c))
		}
	}
	return into
}

// blockRows is how many rows one task of a pass over the rows takes.
const blockRows = 2048

// gradients fills in p − y for every class of the train rows.
func (b *booster) gradients() {
	k, n := b.task.Classes, len(b.task.Train)
	inParallel((n+blockRows-1)/blockRows, b.o.Threads, func(t int) {
		for i := t * blockRows; i < min(n, (t+1)*blockRows); i++ {
			g := b.grads[i*k : (i+1)*k]
			Softmax(b.margins[i*k:(i+1)*k], g)
			g[b.labels[b.task.Train[i]]]--
		}
	})
}

// Softmax writes exp(scores) over its sum into out, without overflow.
func Softmax(scores, out []float32) {
	top := scores[0]
	for _, s := range scores[1:] {
		top = max(top, s)
	}
	sum := float32(0)
	for i, s := range scores {
		e := float32(math.Exp(float64(s - top)))
		out[i] = e
		sum += e
	}
	for i := range out {
		out[i] /= sum
	}
}

// apply adds a tree to the margins of all rows.
func (b *booster) apply(t *Tree) {
	k, n := b.task.Classes, len(b.rows)
	inParallel((n+blockRows-1)/blockRows, b.o.Threads, func(c int) {
		for i := c * blockRows; i < min(n, (c+1)*blockRows); i++ {
			addTo(b.margins[i*k:(i+1)*k], t.Leaves, int(t.leafBinned(b.x, b.rows[i]))*k)
		}
	})
}

// loss is the mean log loss of the watched rows.
func (b *booster) loss() float64 {
	k, n := b.task.Classes, len(b.task.Train)
	p := make([]float32, k)
	sum := 0.0
	for i, r := range b.task.Watch {
		Softmax(b.margins[(n+i)*k:(n+i+1)*k], p)
		sum -= math.Log(max(float64(p[b.labels[r]]), 1e-9))
	}
	return sum / float64(len(b.task.Watch))
}
