package trees

import (
	"math"
	"math/rand/v2"
)

// sketch projects the gradients onto a few random directions and packs them.
func (b *booster) sketch(rng *rand.Rand) {
	k, n := b.task.Classes, len(b.task.Train)
	dirs := directions(rng, k)
	values := make([][sketchDims]float32, n)
	tops := make([]float32, (n+blockRows-1)/blockRows)
	inParallel(len(tops), b.o.Threads, func(t int) {
		for i := t * blockRows; i < min(n, (t+1)*blockRows); i++ {
			var v [sketchDims]float32
			for c, g := range b.grads[i*k : (i+1)*k] {
				d := &dirs[c]
				v[0] += g * d[0]
				v[1] += g * d[1]
				v[2] += g * d[2]
			}
			values[i] = v
			for _, x := range v {
				tops[t] = max(tops[t], x, -x)
			}
		}
	})
	top := float32(1e-20)
	for _, t := range tops {
		top = max(top, t)
	}
	// A dimension's sum must stay below 2^32 for all rows together.
	levels := min(32767, math.Floor(float64(1<<31-1)/float64(n)))
	g := &b.grow.g
	g.bias = levels
	scale := float32(levels) / top
	inParallel(len(tops), b.o.Threads, func(t int) {
		for i := t * blockRows; i < min(n, (t+1)*blockRows); i++ {
			var q [sketchDims]uint64
			for d, x := range values[i] {
				q[d] = uint64(math.Round(float64(x*scale)) + levels)
			}
			g.packed[i] = pair{1<<32 | q[0], q[1]<<32 | q[2]}
		}
	})
}

// directions returns, per class, its weights in each projection: for up to
// three classes, one direction a class that matters; for more, Gaussian ones.
func directions(rng *rand.Rand, classes int) [][sketchDims]float32 {
	d := make([][sketchDims]float32, classes)
	if classes <= sketchDims {
		for c := range d {
			d[c][c] = 1
		}
		return d
	}
	for c := range d {
		for j := range d[c] {
			d[c][j] = float32(rng.NormFloat64() / math.Sqrt(sketchDims))
		}
	}
	return d
}

// steps fills in the leaf values: the Newton step −G/(H+λ) of each class times
// the learning rate and (K−1)/K (Friedman 2001, algorithm 6), where H sums
// p(1−p). A step is held within ±maxStep.
func (b *booster) steps(t *Tree, leaves [][2]int32) {
	const maxStep = 4
	k := b.task.Classes
	t.Leaves = make([]float32, len(leaves)*k)
	eta := b.o.LearningRate * float64(k-1) / float64(k)
	inParallel(len(leaves), b.o.Threads, func(l int) {
		sumG, sumH := make([]float64, k), make([]float64, k)
		for _, r := range b.grow.rows[leaves[l][0]:leaves[l][1]] {
			i := int(b.at[r])
			y := b.labels[r]
			for c, g := range b.grads[i*k : (i+1)*k] {
				p := float64(g)
				sumG[c] += p
				if int32(c) == y {
					p++
				}
				sumH[c] += p * (1 - p)
			}
		}
		for c := range sumG {
			step := -eta * sumG[c] / (sumH[c] + hessianL2*b.o.L2)
			t.Leaves[l*k+c] = float32(max(-maxStep, min(maxStep, step)))
		}
	})
}

// hessianL2 turns the ridge from units of rows to units of p(1−p), at most ¼.
const hessianL2 = .25
