package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// cell writes v with a fixed number of decimals, or nothing where it is
// unknown. Negative zero is written as zero.
func cell(v float64, decimals int) string {
	if !known(v) {
		return ""
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return s
}

// amount writes hundredths as units with two decimals: 700050 is "7000.50".
func amount(fen int64) string {
	sign, u := "", uint64(fen)
	if fen < 0 {
		sign, u = "-", -u
	}
	s := strconv.FormatUint(u%100, 10)
	return sign + strconv.FormatUint(u/100, 10) + "." + strings.Repeat("0", 2-len(s)) + s
}

// day writes a date, or nothing where there is none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// grouped writes v with thousands separated by commas, or a dash where it is
// unknown.
func grouped(v float64, decimals int) string {
	s := cell(v, decimals)
	if s == "" {
		return "–"
	}
	whole, frac, _ := strings.Cut(s, ".")
	sign := ""
	if whole[0] == '-' {
		sign, whole = "−", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		whole += "." + frac
	}
	return sign + whole
}

// money writes hundredths as whole units, grouped, and shows the hundredths
// only where there are any.
func money(fen int64) string {
	if fen%100 == 0 {
		return grouped(float64(fen/100), 0)
	}
	return grouped(float64(fen)/100, 2)
}

func count(n int) string { return grouped(float64(n), 0) }

// percent writes a share of one, or a dash where it is unknown.
func percent(v float64, decimals int) string {
	if !known(v) {
		return "–"
	}
	return grouped(v*100, decimals) + "%"
}

// quantile is the p-quantile of ascending values by linear interpolation
// (Hyndman and Fan 1996, type 7), NaN of none.
func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// niceStep is the least of 1, 2, 2.5 or 5 times a power of ten that divides
// span into at most n steps (after Heckbert, Graphics Gems, 1990, who has no
// 2.5).
func niceStep(span float64, n int) float64 {
	if !(span > 0) || math.IsInf(span, 0) {
		return 1
	}
	raw := span / float64(n)
	base := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*base >= raw*(1-1e-9) {
			return m * base
		}
	}
	return 10 * base
}

// roundDown is the greatest of 1, 2 or 5 times a power of ten that is not
// above v, which must be positive.
func roundDown(v float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{5, 2} {
		if m*base <= v {
			return m * base
		}
	}
	return base
}
