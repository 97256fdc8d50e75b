package letter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"parus/credit"
	"parus/fields/catalogue"
)

// grouped separates thousands of a plain decimal with commas.
func grouped(s string) string {
	whole, frac, dot := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + frac
	}
	return sign + whole
}

// money writes an amount with its currency: ¥7,100.00, USD 7,100.00.
func (l Letter) money(f credit.Fen) string {
	if l.Currency == "CNY" {
		return "¥" + grouped(f.String())
	}
	return l.Currency + " " + grouped(f.String())
}

// percent writes a fraction of 1 with two decimals: 8.52%.
func percent(v float64) string { return strconv.FormatFloat(v*100, 'f', 2, 64) + "%" }

// area writes mu with hectares behind.
func area(mu float64, lang Language) string {
	if math.IsNaN(mu) || math.IsInf(mu, 0) || mu < 0 {
		return "—"
	}
	m := grouped(strconv.FormatFloat(mu, 'f', 2, 64))
	ha := grouped(strconv.FormatFloat(mu/catalogue.MuPerHectare, 'f', 3, 64))
	return lang.of(m+" 亩（"+ha+" 公顷）", m+" mu ("+ha+" ha)")
}

// day writes a date: 2024年9月20日, 20 September 2024; a dash for none.
func day(d credit.Date, lang Language) string {
	if d.IsZero() {
		return "—"
	}
	t := d.Time()
	return lang.of(fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day()), t.Format("2 January 2006"))
}

// seasonWords says a season's name as people do: 2025-winter is 2025年冬季;
// others stay as they are.
func seasonWords(name string, lang Language) string {
	year, part, cut := strings.Cut(name, "-")
	if n, err := strconv.Atoi(year); err != nil || n < 1000 || n > 9999 {
		return name
	}
	if !cut {
		return lang.of(year+"年", year)
	}
	zh := map[string]string{"spring": "春季", "summer": "夏季", "autumn": "秋季", "winter": "冬季"}[part]
	if zh == "" {
		return name
	}
	return lang.of(year+"年"+zh, part+" "+year)
}

// days counts from one day to another.
func days(from, to credit.Date) int { return int(to.Time().Sub(from.Time()) / (24 * time.Hour)) }
