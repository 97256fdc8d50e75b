package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"parus/credit"
	"parus/fields"
)

// mark tells spreadsheets that the bytes are UTF-8.
const mark = "\ufeff"

// writeCSV writes one table, rows ending in CRLF as spreadsheets do.
func writeCSV(w io.Writer, l Layout, rows iter.Seq2[Row, error]) (int, error) {
	t, ok := tableOf(l.Table)
	if !ok {
		return 0, fmt.Errorf("table %q is none of %s", l.Table, strings.Join(Tables(), ", "))
	}
	if _, err := io.WriteString(w, mark); err != nil {
		return 0, err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	for _, h := range l.headers(t) {
		if err := c.Write(h); err != nil {
			return 0, err
		}
	}
	n := 0
	cells := make([]string, len(t.columns))
	for r, err := range rows {
		if err != nil {
			return n, err
		}
		for i := range t.lines(r) {
			for k, col := range t.columns {
				cells[k] = l.plain(col.get(r, i))
			}
			if err := c.Write(cells); err != nil {
				return n, err
			}
		}
		n++
	}
	c.Flush()
	return n, c.Error()
}

func tableOf(name string) (table, bool) {
	for _, t := range tables() {
		if name == t.en || name == "" {
			return t, true
		}
	}
	return table{}, false
}

// plain writes a cell: amounts in major units, rates as shares, days and
// instants so that they sort.
func (l Layout) plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case both:
		return Harmless(l.words(v))
	case string:
		return Harmless(v)
	case credit.Fen:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', 4, 64)
	case int:
		return strconv.Itoa(v)
	case credit.Date:
		return v.String()
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.In(l.Zone).Format("2006-01-02 15:04")
	}
	return Harmless(fmt.Sprint(v))
}

// longestNumber is how many digits a spreadsheet shows of a number before it
// writes it with an exponent; beyond 15 it forgets them.
const longestNumber = 11

// Harmless writes a text so that a spreadsheet takes it for one: an apostrophe
// before what begins like a formula (OWASP, CSV injection), a tab after a number
// that it would shorten or whose zeros it would drop. Line breaks become blanks,
// and bytes that are no UTF-8 U+FFFD.
func Harmless(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' || r == 0 {
			return ' '
		}
		return r
	}, s)
	if fields.Computed(s) {
		return "'" + s
	}
	if s != "" && strings.Trim(s, "0123456789") == "" && (len(s) > longestNumber || s[0] == '0' && len(s) > 1) {
		return s + "\t"
	}
	return s
}
