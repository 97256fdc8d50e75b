package trees

import (
	"math"
	"slices"
)

// MaxBins is the largest number of bins of values in a column; one more, bin
// 0, holds the missing values, so that a bin fits a byte.
const MaxBins = 255

// binSample is how many rows, evenly spread, are looked at to place the cuts
// of a column; quantiles of 50,000 rows are within .5 % of those of all rows.
const binSample = 50_000

// Bins says where each column of a table is cut: a value v falls into bin b ≥ 1
// where Cuts[b-2] < v ≤ Cuts[b-1]; above the last cut lies one more bin.
// Missing values fall into bin 0.
type Bins struct {
	Cuts [][]float32 // per column, ascending
}

// Binned is a table of bins, column by column.
type Binned struct {
	Bins *Bins
	Rows int
	Cols [][]uint8
}

// NewBins cuts each column of a table at its quantiles, into at most limit bins
// (2 to MaxBins). Cuts lie half-way between neighbouring values.
func NewBins(t Table, limit, threads int) *Bins {
	limit = max(2, min(limit, MaxBins))
	b := &Bins{Cuts: make([][]float32, t.Cols)}
	step := max(1, t.Rows/binSample)
	inParallel(t.Cols, threads, func(c int) {
		values := make([]float32, 0, t.Rows/step+1)
		for r := 0; r < t.Rows; r += step {
			if v := t.Values[r*t.Cols+c]; v == v {
				values = append(values, v)
			}
		}
		slices.Sort(values)
		b.Cuts[c] = cutsOf(values, limit)
	})
	return b
}

// cutsOf places at most limit-1 cuts in ascending values.
func cutsOf(values []float32, limit int) []float32 {
	var cuts []float32
	n := len(values)
	for k, last := 1, 0; k < limit; k++ {
		i := k * n / limit
		for i < n && i > 0 && values[i] == values[i-1] { // cut between runs of equal values
			i++
		}
		if i <= last || i >= n {
			continue
		}
		last = i
		cut := float32((float64(values[i-1]) + float64(values[i])) / 2)
		if !(cut < values[i]) || math.IsInf(float64(cut), 0) {
			cut = values[i-1]
		}
		cuts = append(cuts, cut)
	}
	return cuts
}

// Apply bins a table that has the columns the cuts were made for.
func (b *Bins) Apply(t Table, threads int) *Binned {
	x := &Binned{Bins: b, Rows: t.Rows, Cols: make([][]uint8, t.Cols)}
	inParallel(t.Cols, threads, func(c int) {
		col, cuts := make([]uint8, t.Rows), b.Cuts[c]
		for r := range col {
			col[r] = binOf(cuts, t.Values[r*t.Cols+c])
		}
		x.Cols[c] = col
	})
	return x
}

func binOf(cuts []float32, v float32) uint8 {
	if v != v {
		return 0
	}
	lo, hi := 0, len(cuts)
	for lo < hi {
		m := (lo + hi) / 2
		if v <= cuts[m] {
			hi = m
		} else {
			lo = m + 1
		}
	}
	return uint8(lo + 1)
}

// widest returns the number of bins, bin 0 included, of the column with most.
func (b *Bins) widest() int {
	w := 0
	for _, cuts := range b.Cuts {
		w = max(w, len(cuts)+2)
	}
	return w
}
