package report_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"testing"

	"parus/fields"
	"parus/internal/report"
)

// computed are texts that a spreadsheet would compute.
var computed = []string{`=HYPERLINK("http://x",1)`, "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1"}

func TestNoCellOfATableIsAFormula(t *testing.T) {
	t.Parallel()
	writers := map[string]func(w io.Writer, evil string) error{
		"parcels.csv":  func(w io.Writer, evil string) error { return report.WriteParcelsCSV(w, hostile(evil)) },
		"lines.csv":    func(w io.Writer, evil string) error { return report.WriteLinesCSV(w, hostile(evil)) },
		"outcomes.csv": func(w io.Writer, evil string) error { return report.WriteOutcomesCSV(w, hostile(evil)) },
		"hazards.csv": func(w io.Writer, evil string) error {
			s := hostile(evil)
			s.Parcels[0].Hazards = []report.Hazard{{Kind: evil, Zh: evil, En: evil}}
			return report.WriteHazardsCSV(w, s)
		},
		"proposals.csv": func(w io.Writer, evil string) error {
			return report.WriteProposalsCSV(w, []report.Proposal{{ParcelID: evil, Kind: evil, Zh: evil, En: evil, With: evil, EastM: -2}}, "EPSG:32650")
		},
		"a sheet's table": func(w io.Writer, evil string) error {
			words := report.Words{Zh: evil, En: evil}
			return report.WriteSheetCSV(w, report.Sheet{Facts: []report.SheetFact{{Name: words, Value: evil}}, Sections: []report.SheetSection{{
				Code: "crops", Head: []report.SheetColumn{{Code: "crop"}, {Code: "line_cny"}}, Rows: [][]report.SheetCell{{report.Plain(evil, words), report.Money(-700)}}}}})
		},
	}
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, evil := range computed {
				var b bytes.Buffer
				if err := write(&b, evil); err != nil {
					t.Fatal(err)
				}
				rows, err := csv.NewReader(&b).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				marked := 0
				for _, r := range rows {
					for _, cell := range r {
						if fields.Cell(cell) != cell {
							t.Errorf("a spreadsheet computes %q", cell)
						}
						if cell == "'"+evil {
							marked++
						}
					}
				}
				if marked == 0 {
					t.Errorf("no cell holds %q: the table does not hold what was to be tried", "'"+evil)
				}
			}
		})
	}
}
