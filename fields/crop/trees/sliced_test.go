package trees_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"parus/fields/crop/trees"
)

// walked scores one row by following the nodes, as the documentation of
// [trees.Node] says.
func walked(e *trees.Ensemble, row []float32) []float64 {
	out := make([]float64, e.Classes)
	for c, b := range e.Base {
		out[c] = float64(b)
	}
	for _, t := range e.Trees {
		n := t.Nodes[0]
		for n.Feature >= 0 {
			v, next := row[n.Feature], n.Next
			if v > n.Cut || (v != v && !n.MissingLeft) {
				next++
			}
			n = t.Nodes[next]
		}
		for c := range out {
			out[c] += float64(t.Leaves[int(n.Next)*e.Classes+c])
		}
	}
	return out
}

func TestScoresAreThoseOfWalkingDownTheTrees(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		depth, classes, rows int
		gaps                 bool
	}{{1, 2, 3, false}, {3, 5, 130, true}, {4, 12, 200, false}, {4, 7, 200, true}, {5, 3, 65, true}, {6, 4, 64, true}, {9, 3, 100, true}} {
		name := fmt.Sprintf("depth %d, %d classes, %d rows, gaps %v", c.depth, c.classes, c.rows, c.gaps)
		table, labels := rings(600, 5, c.classes)
		if c.gaps {
			for i := range table.Values {
				if i%5 == 0 {
					table.Values[i] = float32(math.NaN())
				}
			}
		}
		x := trees.NewBins(table, 64, 1).Apply(table, 1)
		b, err := trees.Boost(context.Background(), x, labels, trees.Task{Classes: c.classes, Train: upTo(600)}, trees.BoostOptions{Rounds: 40, Depth: c.depth})
		if err != nil {
			t.Fatal(err)
		}
		few := trees.Table{Rows: c.rows, Cols: 5, Values: table.Values[:5*c.rows]}
		out := make([]float32, c.rows*c.classes)
		b.Score(few, out, 2)
		for r := range c.rows {
			for k, want := range walked(&b.Ensemble, few.Row(r)) {
				// 40 roundings of float32 and of 2⁻³⁰ of the reach, at most 160.
				if got := float64(out[r*c.classes+k]); math.Abs(got-want) > 1e-5*max(1, math.Abs(want)) {
					t.Fatalf("%s: row %d class %d: %v, walking gives %v", name, r, k, got, want)
				}
			}
		}
	}
}

func TestAValueOnACutGoesLeftAndSignsOfZeroAreOne(t *testing.T) {
	t.Parallel()
	zero := float32(math.Copysign(0, -1))
	e := trees.Ensemble{Classes: 2, Base: []float32{0, 0}, Trees: []trees.Tree{{
		Nodes:  []trees.Node{{Feature: 0, Cut: zero, Next: 1}, {Feature: -1, Next: 0}, {Feature: 0, Cut: 2, Next: 3, MissingLeft: true}, {Feature: -1, Next: 1}, {Feature: -1, Next: 2}},
		Leaves: []float32{1, -1, 2, -2, 3, -3},
	}}}
	values := []float32{-1, zero, 0, .5, 2, 2.5, float32(math.NaN())}
	out := make([]float32, 2*len(values))
	e.Score(trees.Table{Rows: len(values), Cols: 1, Values: values}, out, 1)
	// A missing value goes right at the root and left below.
	for i, want := range []float32{1, 1, 1, 2, 2, 3, 2} {
		if out[2*i] != want || out[2*i+1] != -want {
			t.Errorf("value %v scores %v, want %v and %v", values[i], out[2*i:2*i+2], want, -want)
		}
	}
}
