package trees_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parus/fields/crop/trees"
)

// rings makes a table whose classes lie in nested squares of the first two
// columns; the other columns are noise. No single column separates them.
func rings(rows, cols, classes int) (trees.Table, []int32) {
	rng := rand.New(rand.NewPCG(1, 2))
	t := trees.Table{Rows: rows, Cols: cols, Values: make([]float32, rows*cols)}
	labels := make([]int32, rows)
	for r := range rows {
		for c := range cols {
			t.Values[r*cols+c] = rng.Float32()*2 - 1
		}
		far := max(math.Abs(float64(t.Values[r*cols])), math.Abs(float64(t.Values[r*cols+1])))
		labels[r] = min(int32(far*far*float64(classes)), int32(classes-1))
	}
	return t, labels
}

func upTo(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

func accuracy(scores []float32, labels []int32, k int) float64 {
	ok := 0
	for i, y := range labels {
		best := 0
		for c := range k {
			if scores[i*k+c] > scores[i*k+best] {
				best = c
			}
		}
		if best == int(y) {
			ok++
		}
	}
	return float64(ok) / float64(len(labels))
}

type fitter func(x *trees.Binned, y []int32, task trees.Task, threads int) *trees.Ensemble

func fitters(t testing.TB) map[string]fitter {
	return map[string]fitter{
		"boosted": func(x *trees.Binned, y []int32, task trees.Task, threads int) *trees.Ensemble {
			b, err := trees.Boost(context.Background(), x, y, task, trees.BoostOptions{Rounds: 30, Threads: threads})
			if err != nil {
				t.Fatal(err)
			}
			return &b.Ensemble
		},
		"extra": func(x *trees.Binned, y []int32, task trees.Task, threads int) *trees.Ensemble {
			e, err := trees.Extra(context.Background(), x, y, task, trees.ExtraOptions{Trees: 30, Threads: threads})
			if err != nil {
				t.Fatal(err)
			}
			return e
		},
	}
}

func TestEnsemblesLearnWhatNoSingleColumnTells(t *testing.T) {
	t.Parallel()
	for _, k := range []int{2, 3, 5} {
		table, labels := rings(1500, 4, k)
		x := trees.NewBins(table, 64, 2).Apply(table, 2)
		for name, fit := range fitters(t) {
			e := fit(x, labels, trees.Task{Classes: k, Train: upTo(1000)}, 2)
			out := make([]float32, table.Rows*k)
			e.Score(table, out, 2)
			// The largest class has at most 1/2 of the rows.
			if got := accuracy(out[1000*k:], labels[1000:], k); got < .9 {
				t.Errorf("%s, %d classes: %.3f of the held-out rows are right, want at least .9", name, k, got)
			}
		}
	}
}

func TestAFitIsTheSameForAnyNumberOfThreads(t *testing.T) {
	t.Parallel()
	table, labels := rings(700, 21, 5)
	x := trees.NewBins(table, 64, 1).Apply(table, 1)
	for name, fit := range fitters(t) {
		one := fit(x, labels, trees.Task{Classes: 5, Train: upTo(600)}, 1)
		four := fit(x, labels, trees.Task{Classes: 5, Train: upTo(600)}, 4)
		if d := cmp.Diff(one, four, cmpopts.IgnoreUnexported(trees.Node{})); d != "" {
			t.Errorf("%s: one thread and four differ: %s", name, d)
		}
	}
}

func TestBinnedAndPlainValuesGoDownTheSameWay(t *testing.T) {
	t.Parallel()
	table, labels := rings(600, 5, 3)
	for i := range table.Values {
		if i%7 == 0 {
			table.Values[i] = float32(math.NaN())
		}
	}
	x := trees.NewBins(table, 32, 2).Apply(table, 2)
	for name, fit := range fitters(t) {
		e := fit(x, labels, trees.Task{Classes: 3, Train: upTo(600)}, 2)
		plain, binned := make([]float32, 1800), make([]float32, 1800)
		e.Score(table, plain, 1)
		e.ScoreBinned(x, upTo(600), binned, 3)
		// Sums of shallow trees are rounded to 2⁻³⁰ of what they can reach.
		if d := cmp.Diff(plain, binned, cmpopts.EquateApprox(0, 1e-5)); d != "" {
			t.Errorf("%s: scores differ: %s", name, d)
		}
	}
}

func TestAMissingValueMayBeTheWholeSignal(t *testing.T) {
	t.Parallel()
	table := trees.Table{Rows: 200, Cols: 1, Values: make([]float32, 200)}
	labels := make([]int32, 200)
	for r := range 200 {
		table.Values[r] = float32(r % 5)
		if r%2 == 1 {
			table.Values[r], labels[r] = float32(math.NaN()), 1
		}
	}
	x := trees.NewBins(table, 16, 1).Apply(table, 1)
	for name, fit := range fitters(t) {
		e := fit(x, labels, trees.Task{Classes: 2, Train: upTo(200)}, 1)
		out := make([]float32, 400)
		e.Score(table, out, 1)
		if got := accuracy(out, labels, 2); got != 1 {
			t.Errorf("%s: %.3f right, want 1", name, got)
		}
	}
}

func TestRowsOnWatchAreNotLearnedFrom(t *testing.T) {
	t.Parallel()
	table, labels := rings(500, 4, 3)
	x := trees.NewBins(table, 64, 1).Apply(table, 1)
	fit := func(labels []int32) *trees.Boosted {
		b, err := trees.Boost(context.Background(), x, labels, trees.Task{Classes: 3, Train: upTo(500)[:350], Watch: upTo(500)[350:]}, trees.BoostOptions{Rounds: 10})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	swapped := append([]int32(nil), labels...)
	for i := 350; i < 500; i++ {
		swapped[i] = (swapped[i] + 1) % 3
	}
	a, b := fit(labels), fit(swapped)
	if d := cmp.Diff(a.Ensemble, b.Ensemble, cmpopts.IgnoreUnexported(trees.Node{})); d != "" {
		t.Errorf("labels of watched rows changed the trees: %s", d)
	}
	if last := len(a.Loss) - 1; last != 9 || a.Loss[last] >= a.Loss[0] || b.Loss[last] <= a.Loss[last] {
		t.Errorf("loss %v must fall on true labels and end above it on wrong ones %v", a.Loss, b.Loss)
	}
}

func TestCutsLieBetweenNeighbouringValues(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	for _, c := range []struct {
		name   string
		values []float32
		limit  int
		want   []float32
	}{
		{"two values get one cut half-way", []float32{1, 3, 1, 3}, 8, []float32{2}},
		{"a constant gets none", []float32{5, 5, 5}, 8, nil},
		{"missing values are left out", []float32{nan, 2, nan, 4}, 8, []float32{3}},
		{"a run of equal values stays in one bin", []float32{1, 1, 1, 1, 1, 2}, 4, []float32{1.5}},
		{"four values in two bins are cut at the median", []float32{1, 2, 3, 4}, 2, []float32{2.5}},
		{"an empty column has no cut", []float32{nan}, 8, nil},
	} {
		got := trees.NewBins(trees.Table{Rows: len(c.values), Cols: 1, Values: c.values}, c.limit, 1).Cuts[0]
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestWhatCannotBeFittedIsRefused(t *testing.T) {
	t.Parallel()
	table, labels := rings(50, 2, 2)
	x := trees.NewBins(table, 8, 1).Apply(table, 1)
	done, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		y    []int32
		task trees.Task
	}{
		{"one class", context.Background(), labels, trees.Task{Classes: 1, Train: upTo(50)}},
		{"no rows", context.Background(), labels, trees.Task{Classes: 2}},
		{"fewer labels than rows", context.Background(), labels[:9], trees.Task{Classes: 2, Train: upTo(50)}},
		{"a label out of range", context.Background(), append([]int32{7}, labels[1:]...), trees.Task{Classes: 2, Train: upTo(50)}},
		{"a row outside the table", context.Background(), labels, trees.Task{Classes: 2, Train: []int32{50}}},
		{"an ended context", done, labels, trees.Task{Classes: 2, Train: upTo(50)}},
	} {
		if _, err := trees.Boost(c.ctx, x, c.y, c.task, trees.BoostOptions{}); err == nil {
			t.Errorf("%s: boost gave no error", c.name)
		}
		if _, err := trees.Extra(c.ctx, x, c.y, c.task, trees.ExtraOptions{}); err == nil {
			t.Errorf("%s: extra trees gave no error", c.name)
		}
	}
}

func BenchmarkBoost(b *testing.B) {
	table, labels := rings(30000, 60, 12)
	for b.Loop() {
		x := trees.NewBins(table, 64, 0).Apply(table, 0)
		if _, err := trees.Boost(context.Background(), x, labels, trees.Task{Classes: 12, Train: upTo(30000)}, trees.BoostOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(30000*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkScore(b *testing.B) {
	table, labels := rings(30000, 60, 12)
	x := trees.NewBins(table, 64, 0).Apply(table, 0)
	e, err := trees.Boost(context.Background(), x, labels, trees.Task{Classes: 12, Train: upTo(30000)}, trees.BoostOptions{})
	if err != nil {
		b.Fatal(err)
	}
	out := make([]float32, table.Rows*12)
	for b.Loop() {
		e.Score(table, out, 0)
	}
	b.ReportMetric(float64(30000*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func ExampleBoost() {
	table, labels := rings(500, 3, 2)
	x := trees.NewBins(table, 64, 2).Apply(table, 2)
	e, err := trees.Boost(context.Background(), x, labels, trees.Task{Classes: 2, Train: upTo(400)}, trees.BoostOptions{Rounds: 30})
	fmt.Println(len(e.Trees), err)
	// Output: 30 <nil>
}
