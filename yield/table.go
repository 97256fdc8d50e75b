package yield

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Table is a panel of regions and years with a target and features, one row
// each.
type Table struct {
	Keys     []string
	Years    []int
	Target   []float64 // NaN where not known; nil where the file has no such column
	Features []string
	Values   [][]float64 // [row][feature], NaN where not known
	Notes    []string
}

// TableColumns names the columns of a file.
type TableColumns struct {
	Key, Year, Target string
	Ignore            []string // columns that are no features
}

// ReadTable reads a CSV. Every column that is not named and holds numbers is a
// feature; others are left out with a note. A missing target column is allowed
// (tables to predict); a key and year that occur twice are an error.
func ReadTable(r io.Reader, c TableColumns) (Table, error) {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace = true
	head, err := rows.Read()
	if err != nil {
		return Table{}, fmt.Errorf("table: header: %w", err)
	}
	for i := range head {
		head[i] = strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff"))
	}
	key, year, target := slices.Index(head, c.Key), slices.Index(head, c.Year), slices.Index(head, c.Target)
	if key < 0 || year < 0 {
		return Table{}, fmt.Errorf("table: want the columns %q (key) and %q (year); it has %s", c.Key, c.Year, strings.Join(head, ", "))
	}
	records, err := rows.ReadAll()
	if err != nil {
		return Table{}, fmt.Errorf("table: %w", err)
	}
	if len(records) == 0 {
		return Table{}, errors.New("table: no rows")
	}
	var t Table
	used := t.pickFeatures(head, records, func(i int) bool {
		return i == key || i == year || i == target || slices.Contains(c.Ignore, head[i])
	})
	seen := map[string]bool{}
	for n, rec := range records {
		y, err := strconv.Atoi(strings.TrimSpace(rec[year]))
		if err != nil {
			return Table{}, fmt.Errorf("table: row %d: year %q is not a whole number", n+2, rec[year])
		}
		id := rec[key] + "\x00" + rec[year]
		if seen[id] {
			return Table{}, fmt.Errorf("table: row %d: %s %d occurs twice: keep one", n+2, rec[key], y)
		}
		seen[id] = true
		t.Keys, t.Years = append(t.Keys, rec[key]), append(t.Years, y)
		if target >= 0 {
			v, ok := cell(rec[target])
			if !ok {
				return Table{}, fmt.Errorf("table: row %d: %s %q is not a number", n+2, c.Target, rec[target])
			}
			t.Target = append(t.Target, v)
		}
		values := make([]float64, len(used))
		for j, i := range used {
			values[j], _ = cell(rec[i])
		}
		t.Values = append(t.Values, values)
	}
	return t, nil
}

// pickFeatures lists the columns that hold numbers in every given cell.
func (t *Table) pickFeatures(head []string, records [][]string, skip func(int) bool) (used []int) {
	for i := range head {
		if skip(i) {
			continue
		}
		numbers := 0
		ok := true
		for _, rec := range records {
			v, number := cell(rec[i])
			ok = ok && number
			if number && !math.IsNaN(v) {
				numbers++
			}
		}
		if !ok || numbers == 0 {
			t.Notes = append(t.Notes, fmt.Sprintf("column %q holds words or nothing: not a feature", head[i]))
			continue
		}
		used, t.Features = append(used, i), append(t.Features, head[i])
	}
	return used
}

// cell reads a number; an empty cell is NaN.
func cell(s string) (v float64, ok bool) {
	if isGap(s) {
		return math.NaN(), true
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN(), false
	}
	return v, true
}

// rows is the table with some of its rows.
func (t Table) rows(keep []int) Table {
	out := Table{Features: t.Features}
	for _, i := range keep {
		out.Keys, out.Years, out.Values = append(out.Keys, t.Keys[i]), append(out.Years, t.Years[i]), append(out.Values, t.Values[i])
		if t.Target != nil {
			out.Target = append(out.Target, t.Target[i])
		}
	}
	return out
}

// known is the table's rows that have a target.
func (t Table) known() Table {
	var keep []int
	for i, v := range t.Target {
		if !math.IsNaN(v) {
			keep = append(keep, i)
		}
	}
	return t.rows(keep)
}

// years lists the years, sorted.
func (t Table) years() []int {
	out := slices.Clone(t.Years)
	slices.Sort(out)
	return slices.Compact(out)
}
