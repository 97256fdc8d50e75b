package monitor

import (
	"math"
	"slices"
)

// Tally counts the values of one characteristic in cells that are a
// thousandth of the value wide, so that millions of households take a few
// kilobytes. Counts add up exactly in any order. Values are 0 or more; NaN is
// missing.
type Tally struct {
	cells   map[uint32]int
	n       int
	missing int
}

// cell keeps ten bits of the mantissa: cells are ordered as their values are.
func cell(v float64) uint32 { return math.Float32bits(float32(math.Max(0, v))) >> 13 }

// Add counts one value.
func (t *Tally) Add(v float64) {
	t.n++
	if math.IsNaN(v) {
		t.missing++
		return
	}
	if t.cells == nil {
		t.cells = map[uint32]int{}
	}
	t.cells[cell(v)]++
}

// N is how many values were counted, missing ones too.
func (t *Tally) N() int { return t.n }

func (t *Tally) sorted() []uint32 {
	keys := make([]uint32, 0, len(t.cells))
	for k := range t.cells {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// edges are the last cells of up to n bins of about equal count, but for the
// last bin, which has no end; equal ones once. A cell that alone holds a bin's
// part, such as no debt at all or a full match, is a bin of its own, so that
// values on either side of it show even where there was none before.
func (t *Tally) edges(n int) []uint32 {
	known := t.n - t.missing
	var out []uint32
	put := func(k uint32) {
		if len(out) == 0 || k > out[len(out)-1] {
			out = append(out, k)
		}
	}
	sum, next := 0, 1
	for _, k := range t.sorted() {
		heavy := t.cells[k]*n >= known
		if heavy && k > 0 {
			put(k - 1)
		}
		if sum += t.cells[k]; heavy || sum*n >= next*known && sum < known {
			put(k)
		}
		for sum*n >= next*known && next < n {
			next++
		}
	}
	return out
}

// shares counts into the bins of edges, the missing ones last.
func (t *Tally) shares(edges []uint32) []float64 {
	out := make([]float64, len(edges)+2)
	if t.n == 0 {
		return out
	}
	counts := make([]int, len(out))
	for k, n := range t.cells {
		at, _ := slices.BinarySearch(edges, k)
		counts[at] += n
	}
	counts[len(counts)-1] = t.missing
	for i, n := range counts {
		out[i] = float64(n) / float64(t.n)
	}
	return out
}

// edge is the upper end of an edge's cell, for people.
func edge(k uint32) float64 { return float64(math.Float32frombits((k + 1) << 13)) }
