package scorecard

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Characteristic is a column with its bins and its part in the regression.
type Characteristic struct {
	Name  string  `json:"name"`
	Words bool    `json:"words"` // levels, not numbers
	Bins  []Bin   `json:"bins"`  // in rising order, or of falling weight; then Other, then Missing
	IV    float64 `json:"iv"`
	// FineIV is the information value of bins that may hold outcomes of one kind
	// only: high where a column leaks the outcome, which bins with both cannot
	// show.
	FineIV float64 `json:"fine_iv"`
	// Coefficient of the weight of evidence in the log odds of good, with its
	// standard error and Wald's two-sided p: 1 takes the evidence at its face,
	// less shares it with other characteristics.
	Coefficient float64 `json:"coefficient"`
	SE          float64 `json:"se"`
	P           float64 `json:"p"`
	VIF         float64 `json:"vif"` // variance inflation factor
}

// newCharacteristic bins a column's rows.
func newCharacteristic(c Column, b binning, bad []bool) Characteristic {
	bins := b.column(c, bad)
	return Characteristic{Name: c.Name, Words: c.Numbers == nil, Bins: bins, IV: information(bins)}
}

// fineInformation is the information value of bins that may hold outcomes of
// one kind only.
func fineInformation(c Column, bad []bool) float64 {
	b := newBinning(bad)
	b.leastBads, b.leastGoods = 0, 0
	return information(b.column(c, bad))
}

func (b binning) column(c Column, bad []bool) []Bin {
	if c.Numbers == nil {
		return b.words(c.Cells, bad)
	}
	return b.numbers(c.Numbers, bad)
}

func information(bins []Bin) (iv float64) {
	for _, b := range bins {
		iv += b.IV
	}
	return round9(iv)
}

// place finds the bin of a cell; "" is not known. A word among numbers is an
// error.
func (c Characteristic) place(cell string) (int, error) {
	if cell == "" {
		return c.find(func(b Bin) bool { return b.Missing }), nil
	}
	if c.Words {
		return c.placeWord(cell), nil
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("column %q is %q: want a number, or nothing where it is not known", c.Name, cell)
	}
	return c.placeNumber(v), nil
}

func (c Characteristic) find(is func(Bin) bool) int { return slices.IndexFunc(c.Bins, is) }

func (c Characteristic) placeWord(cell string) int {
	for i, b := range c.Bins {
		if _, ok := slices.BinarySearch(b.Levels, cell); ok {
			return i
		}
	}
	return c.find(func(b Bin) bool { return b.Other })
}

// placeNumber finds the bin of a number; NaN is not known. All bins but the
// last, which holds the missing, are in rising order.
func (c Characteristic) placeNumber(v float64) int {
	last := len(c.Bins) - 1
	if math.IsNaN(v) {
		return last
	}
	return sort.Search(last-1, func(i int) bool { return v <= *c.Bins[i].UpTo })
}

// places finds the bins of some rows of the column.
func (c Characteristic) places(col Column, rows []int) []int {
	out := make([]int, len(rows))
	for k, i := range rows {
		switch {
		case !c.Words:
			out[k] = c.placeNumber(col.Numbers[i])
		case col.Cells[i] == "":
			out[k] = len(c.Bins) - 1
		default:
			out[k] = c.placeWord(col.Cells[i])
		}
	}
	return out
}

// Shares is how the rows that the card was fitted on lie in the bins: the
// expected side of the characteristic's stability index.
func (c Characteristic) Shares() []float64 {
	out, n := make([]float64, len(c.Bins)), 0.0
	for i, b := range c.Bins {
		out[i] = float64(b.Rows)
		n += out[i]
	}
	for i := range out {
		out[i] /= n
	}
	return out
}

// Label says what a bin holds, in Chinese where zh, else in English.
func (b Bin) Label(zh bool) string {
	say := func(chinese, english string) string {
		if zh {
			return chinese
		}
		return english
	}
	switch {
	case b.Missing:
		return say("缺失", "missing")
	case b.Other && len(b.Levels) == 0:
		return say("其他", "other")
	case b.Other:
		return strings.Join(b.Levels, " | ") + " | " + say("其他", "other")
	case b.Levels != nil:
		return strings.Join(b.Levels, " | ")
	case b.Above == nil && b.UpTo == nil:
		return say("全部数值", "any number")
	case b.Above == nil:
		return "≤ " + number(*b.UpTo)
	case b.UpTo == nil:
		return "> " + number(*b.Above)
	}
	return number(*b.Above) + " < · ≤ " + number(*b.UpTo)
}

// number is v for people: whole or short as it is, else to six digits.
func number(v float64) string {
	if exact := strconv.FormatFloat(v, 'f', -1, 64); len(exact) <= 10 {
		return exact
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
