package credit

import (
	"fmt"
	"math"
	"strings"
)

// Fen is an amount in the minor unit of the case's currency: for CNY 1/100
// yuan.
type Fen int64

// Units of money.
const (
	FenPerYuan = Fen(100)
	mostFen    = 1e15 // 10¹³ yuan: beyond any case, far inside int64 and exact in float64
)

// Yuan is the amount in major units, for formulas.
func (f Fen) Yuan() float64 { return float64(f) / 100 }

// String writes the amount with two decimals and no currency.
func (f Fen) String() string {
	sign, v := "", int64(f)
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%02d", sign, v/100, v%100)
}

// Grouped writes the amount for people: thousands apart by commas, the two
// decimals only where there are any, −1,234.50 or 12,000.
func (f Fen) Grouped() string {
	whole, decimals, _ := strings.Cut(strings.TrimPrefix(f.String(), "-"), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if f < 0 {
		whole = "−" + whole
	}
	if decimals == "00" {
		return whole
	}
	return whole + "." + decimals
}

// RoundFen is the one place where an amount of the formulas becomes money:
// to the nearest fen, halves up. Amounts beyond 10¹³ yuan are cut there, and what
// is no number becomes −10¹³ yuan, which every check refuses.
func RoundFen(yuan float64) Fen {
	if math.IsNaN(yuan) {
		return -mostFen
	}
	fen := math.Floor(float64(yuan*100) + 0.5)
	return Fen(math.Max(-mostFen, math.Min(mostFen, fen)))
}

// FloorTo is the largest multiple of step that is not above f, at least 0.
func (f Fen) FloorTo(step Fen) Fen {
	if f <= 0 {
		return 0
	}
	return f / step * step
}
