package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"parus/fields"
	"parus/fields/crop"
	"parus/fields/registry"
	"parus/internal/season"
)

// Tables that verbs write are opened in spreadsheets. Whatever a county's codes and
// names are, no cell of them is a formula, and numbers stay numbers.
func TestNoCellOfAVerbsTableIsAFormula(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{`=HYPERLINK("http://x",1)`, "+cmd|x", "-2+3", "@SUM(A1)", "\t=1", "＝1"} {
		for name, write := range map[string]func(b *bytes.Buffer) error{
			"crop doubts": func(b *bytes.Buffer) error {
				return writeDoubtful(b, evil, []crop.Doubt{{ID: evil, Label: evil, Suggested: evil, P: .1, PSuggested: .9}}, map[string]fields.Parcel{evil: {ID: evil, HouseholdID: evil, Village: evil}})
			},
			"rescore diff": func(b *bytes.Buffer) error {
				w := csv.NewWriter(b)
				row := diffRow{Compared: season.Compared{HouseholdID: evil, Village: evil}, move: "new", drawn: -700, note: evil}
				return w.WriteAll([][]string{row.cells()})
			},
			"registry subsidies and plantings": func(b *bytes.Buffer) error {
				out := filepath.Join(t.TempDir(), "rows.csv")
				c := countyTable{Report: filepath.Join(t.TempDir(), "report.json"), Output: out}
				err := c.write(&streams{Out: b, Err: b}, registry.Report{}, []string{"row", "household_id", "batch"}, [][]string{{"-1", evil, evil}})
				if err != nil {
					return err
				}
				b.Reset()
				table, err := os.ReadFile(out)
				b.Write(table)
				return err
			},
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			marked := 0
			for _, r := range rows {
				for _, cell := range r {
					if fields.Cell(cell) != cell {
						t.Errorf("%s: a spreadsheet computes %q", name, cell)
					}
					if cell == "'"+evil {
						marked++
					}
				}
			}
			if marked < 2 {
				t.Errorf("%s: %d cells hold %q: the table does not hold what was to be tried: %q", name, marked, "'"+evil, rows)
			}
		}
	}
}
