package sheet

import (
	"fmt"
	"io"
	"iter"
	"time"
	_ "time/tzdata" // people's times do not depend on the machine
)

// Format of what is written.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Language of the headers and words.
type Language string

// The languages.
const (
	Both    Language = "both" // a Chinese row of headers, then an English one
	Chinese Language = "zh"
	English Language = "en"
)

// Layout says how rows are written.
type Layout struct {
	Format   Format
	Language Language       // default Both
	Zone     *time.Location // of instants; default Asia/Shanghai
	Table    string         // of a CSV: applications (default), schedule or reasons
	Rows     int            // of one sheet of a workbook, headers included; default what Excel takes
}

// Tables lists what a CSV may hold.
func Tables() []string {
	var out []string
	for _, t := range tables() {
		out = append(out, t.en)
	}
	return out
}

// Write writes rows as they come and tells how many. It stops at the first
// error of the rows; what it has written by then is not whole.
func Write(w io.Writer, l Layout, rows iter.Seq2[Row, error]) (int, error) {
	if l.Language == "" {
		l.Language = Both
	}
	if l.Zone == nil {
		zone, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			return 0, err
		}
		l.Zone = zone
	}
	switch l.Format {
	case CSV:
		return writeCSV(w, l, rows)
	case XLSX:
		return writeXLSX(w, l, rows)
	}
	return 0, fmt.Errorf("format %q is neither csv nor xlsx", l.Format)
}

// headers are the one or two rows above a table.
func (l Layout) headers(t table) [][]string {
	zh, en := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		zh[i], en[i] = c.zh, c.en
	}
	switch l.Language {
	case Chinese:
		return [][]string{zh}
	case English:
		return [][]string{en}
	default:
		return [][]string{zh, en}
	}
}

// words chooses a language.
func (l Layout) words(b both) string {
	switch {
	case l.Language == Chinese || b.en == "":
		return b.zh
	case l.Language == English || b.zh == "":
		return b.en
	}
	return b.zh + " / " + b.en
}
