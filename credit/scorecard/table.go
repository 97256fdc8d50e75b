package scorecard

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Table is one row per applicant or loan.
type Table struct {
	IDs     []string
	Lines   []int       // of each row in the file, the header being line 1 where no cell holds a line break
	Bad     []bool      // nil where the target was not asked for
	Dates   []time.Time // nil where no date was asked for
	Columns []Column
	Target  string // names of the columns that are no characteristics
	ID      string
	Date    string
	Ignored []string
}

// Column is what might become a characteristic. Cells are trimmed; "" is not
// known. Numbers is parallel, NaN where not known, and nil for words.
type Column struct {
	Name    string
	Cells   []string
	Numbers []float64
}

// TableColumns says what the columns of a file are.
type TableColumns struct {
	ID     string   // needed, one value per row
	Target string   // 0 or 1 (bad); empty: not read
	Date   string   // YYYY-MM-DD, when the outcome's loan began; empty: none
	Ignore []string // no characteristics
	Words  []string // numbers that are codes: read as words
	Only   []string // where given: the only characteristics
}

// ErrTable marks a table that cannot be used as it is.
var ErrTable = errors.New("table")

func tableError(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrTable}, a...)...)
}

// ReadTable reads a CSV in UTF-8, with or without a byte order mark. Every
// column that is not named otherwise is a candidate. A cell that is empty, NA,
// N/A or null is not known. Errors name row and column.
func ReadTable(r io.Reader, c TableColumns) (Table, error) {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace = true
	head, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return Table{}, tableError("it is empty: want a header and rows")
	}
	if err != nil {
		return Table{}, tableError("header: %w", err)
	}
	for i := range head {
		head[i] = strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff"))
	}
	at, err := c.find(head)
	if err != nil {
		return Table{}, err
	}
	t := Table{ID: c.ID, Target: c.Target, Date: c.Date, Ignored: c.Ignore}
	for _, i := range at.features {
		t.Columns = append(t.Columns, Column{Name: head[i]})
	}
	seen := map[string]int{}
	for {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Table{}, tableError("%w: every row needs the header's %d cells", err, len(head))
		}
		line, _ := rows.FieldPos(0)
		if err := t.add(record, at, line, seen); err != nil {
			return Table{}, err
		}
	}
	if len(t.IDs) == 0 {
		return Table{}, tableError("no rows below the header")
	}
	for i := range t.Columns {
		if err := t.Columns[i].parse(t.Lines, slices.Contains(c.Words, t.Columns[i].Name)); err != nil {
			return Table{}, err
		}
	}
	return t, nil
}

// places are positions of columns, −1 for none.
type places struct {
	id, target, date int
	features         []int
}

func (c TableColumns) find(head []string) (places, error) {
	has := strings.Join(head, ", ")
	if len(has) > 400 {
		has = strings.ToValidUTF8(has[:400], "") + " …"
	}
	for i, name := range head {
		if !utf8.ValidString(name) {
			return places{}, tableError("the header is not UTF-8: save the file as CSV UTF-8")
		}
		if slices.Index(head, name) < i {
			return places{}, tableError("two columns are called %q: rename one", name)
		}
	}
	at := places{target: -1, date: -1}
	for _, want := range []struct {
		name, what string
		at         *int
	}{{c.ID, "id", &at.id}, {c.Target, "target", &at.target}, {c.Date, "date", &at.date}} {
		if want.name == "" && want.what != "id" {
			continue
		}
		if *want.at = slices.Index(head, want.name); *want.at < 0 {
			return places{}, tableError("no column %q (%s); it has %s", want.name, want.what, has)
		}
	}
	for _, names := range [][]string{c.Ignore, c.Words, c.Only} {
		for _, name := range names {
			if !slices.Contains(head, name) {
				return places{}, tableError("no column %q; it has %s", name, has)
			}
		}
	}
	for i, name := range head {
		switch {
		case i == at.id || i == at.target || i == at.date || slices.Contains(c.Ignore, name):
		case c.Only != nil && !slices.Contains(c.Only, name):
		case name == "":
			return places{}, tableError("column %d has no name: name it", i+1)
		default:
			at.features = append(at.features, i)
		}
	}
	return at, nil
}

func (t *Table) add(record []string, at places, line int, seen map[string]int) error {
	id := strings.TrimSpace(record[at.id])
	switch first, ok := seen[id]; {
	case id == "":
		return tableError("row %d: column %q is empty: give every row an id", line, t.ID)
	case ok:
		return tableError("row %d: id %q was in row %d already: keep one row per id", line, id, first)
	}
	seen[id] = line
	t.IDs, t.Lines = append(t.IDs, id), append(t.Lines, line)
	if at.target >= 0 {
		v, err := strconv.ParseFloat(strings.TrimSpace(record[at.target]), 64)
		if err != nil || v != 0 && v != 1 {
			return tableError("row %d: column %q is %q: an outcome is 0 (good) or 1 (bad); leave out rows whose outcome is not known yet", line, t.Target, record[at.target])
		}
		t.Bad = append(t.Bad, v == 1)
	}
	if at.date >= 0 {
		d, err := time.Parse(time.DateOnly, strings.TrimSpace(record[at.date]))
		if err != nil {
			return tableError("row %d: column %q is %q: want YYYY-MM-DD", line, t.Date, record[at.date])
		}
		t.Dates = append(t.Dates, d)
	}
	for k, i := range at.features {
		if !utf8.ValidString(record[i]) {
			return tableError("row %d: column %q is not UTF-8: save the file as CSV UTF-8", line, t.Columns[k].Name)
		}
		t.Columns[k].Cells = append(t.Columns[k].Cells, known(record[i]))
	}
	return nil
}

// known is the cell, "" where it says that nothing is known.
func known(cell string) string {
	cell = strings.TrimSpace(cell)
	switch cell {
	case "NA", "N/A", "null", "NULL":
		return ""
	}
	return cell
}

// mostlyNumbers is the share of numbers above which a word is taken for an
// error and not for a category.
const mostlyNumbers = 0.9

// parse reads numbers where all known cells are such.
func (c *Column) parse(lines []int, words bool) error {
	if words {
		return nil
	}
	numbers, cells, odd := make([]float64, len(c.Cells)), 0, -1
	for i, cell := range c.Cells {
		numbers[i] = math.NaN()
		if cell == "" {
			continue
		}
		cells++
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			if odd < 0 {
				odd = i
			}
			continue
		}
		numbers[i] = v
	}
	if odd < 0 {
		c.Numbers = numbers
		return nil
	}
	good := 0
	for _, v := range numbers {
		if !math.IsNaN(v) {
			good++
		}
	}
	if float64(good) >= mostlyNumbers*float64(cells) {
		return numberError(lines[odd], c.Name, c.Cells[odd])
	}
	return nil
}

func numberError(line int, column, cell string) error {
	return tableError("row %d: column %q is %q among numbers: mend it, leave the cell empty where it is not known, or declare the column's values as words", line, column, cell)
}
