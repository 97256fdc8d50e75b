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
	Groups   []string // of each row's region; nil where the file tells of none
	Years    []int
	Target   []float64 // NaN where not known; nil where the file has no such column
	Features []string
	Values   [][]float64 // [row][feature], NaN where not known
	Notes    []string
}

// TableColumns names the columns of a file.
type TableColumns struct {
	Key, Year, Target string
	Group             string   // column that groups regions, such as a province; empty: one is looked for
	Ignore            []string // columns that are no features
}

// ReadTable reads a CSV. Every column that is not named and holds numbers is a
// feature; others are left out with a note. A missing target column is allowed
// (tables to predict). Rows that say the same twice count once, with a note; a
// key and year with two different targets are an error.
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
	group, err := t.pickGroup(head, records, key, c)
	if err != nil {
		return Table{}, err
	}
	used := t.pickFeatures(head, records, func(i int) bool {
		return i == key || i == year || i == target || i == group || slices.Contains(c.Ignore, head[i])
	})
	seen := map[string]int{}
	for n, rec := range records {
		y, err := strconv.Atoi(strings.TrimSpace(rec[year]))
		if err != nil {
			return Table{}, fmt.Errorf("table: row %d: year %q is not a whole number", n+2, rec[year])
		}
		id := rec[key] + "\x00" + strconv.Itoa(y)
		if first, ok := seen[id]; ok {
			if !slices.Equal(rec, records[first]) {
				return Table{}, fmt.Errorf("table: row %d: %s %d occurs twice: keep one (a column that tells the rows apart, such as the crop, asks for a table of its own each)", n+2, rec[key], y)
			}
			t.Notes = append(t.Notes, fmt.Sprintf("row %d says again what row %d says: left out", n+2, first+2))
			continue
		}
		seen[id] = n
		t.Keys, t.Years = append(t.Keys, rec[key]), append(t.Years, y)
		if group >= 0 {
			t.Groups = append(t.Groups, rec[group])
		}
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

// pickGroup finds the column that groups regions: the one that is named, else
// the first that holds one word for each region, the same one for three
// regions on average at least. Without, it is −1.
func (t *Table) pickGroup(head []string, records [][]string, key int, c TableColumns) (int, error) {
	if c.Group != "" {
		at := slices.Index(head, c.Group)
		if at < 0 {
			return -1, fmt.Errorf("table: it has no column %q to group by", c.Group)
		}
		return at, nil
	}
	for i := range head {
		if i == key || head[i] == c.Year || head[i] == c.Target || slices.Contains(c.Ignore, head[i]) {
			continue
		}
		of, words, fixed := map[string]string{}, map[string]bool{}, true
		for _, rec := range records {
			w := strings.TrimSpace(rec[i])
			was, ok := of[rec[key]]
			fixed = fixed && w != "" && (!ok || was == w)
			of[rec[key]], words[w] = w, true
		}
		if fixed && len(words) >= 2 && 3*len(words) <= len(of) {
			t.Notes = append(t.Notes, fmt.Sprintf("column %q is the same in every year of a region: it groups the regions", head[i]))
			return i, nil
		}
	}
	return -1, nil
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
		if t.Groups != nil {
			out.Groups = append(out.Groups, t.Groups[i])
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

// groupNames is the group of every row, "" where the table has none.
func (t Table) groupNames() []string {
	if t.Groups != nil {
		return t.Groups
	}
	return make([]string, len(t.Keys))
}

// pick is the table with the named features alone; one that is missing is an
// error.
func (t Table) pick(features []string) (Table, error) {
	out := Table{Keys: t.Keys, Groups: t.Groups, Years: t.Years, Target: t.Target, Features: features, Values: make([][]float64, len(t.Keys))}
	for _, f := range features {
		at := slices.Index(t.Features, f)
		if at < 0 {
			return Table{}, fmt.Errorf("predict: the table has no column %q (or no numbers in it), which the model was fitted on", f)
		}
		for i := range t.Values {
			out.Values[i] = append(out.Values[i], t.Values[i][at])
		}
	}
	return out, nil
}
