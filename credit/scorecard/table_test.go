package scorecard_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"parus/credit/scorecard"
)

func TestReadTable(t *testing.T) {
	t.Parallel()
	table := read(t, []string{"\ufeffloan, debt ,code,crop,default", "a,1.5,1,wheat,0", "b,NA,2, ,1", "c,-2e3,1,rice,1.0"},
		scorecard.TableColumns{ID: "loan", Target: "default", Words: []string{"code"}})
	if strings.Join(table.IDs, "") != "abc" || table.Bad[0] || !table.Bad[1] || !table.Bad[2] || len(table.Columns) != 3 {
		t.Fatalf("%+v", table)
	}
	debt, code, crop := table.Columns[0], table.Columns[1], table.Columns[2]
	if debt.Name != "debt" || debt.Numbers[0] != 1.5 || !math.IsNaN(debt.Numbers[1]) || debt.Numbers[2] != -2000 {
		t.Errorf("%+v", debt)
	}
	if code.Numbers != nil || crop.Numbers != nil || crop.Cells[1] != "" {
		t.Errorf("%+v, %+v", code, crop)
	}
}

func TestReadTableRefusesByRowAndColumn(t *testing.T) {
	t.Parallel()
	twelve := strings.Repeat("%d,1,0\n", 12)
	for i := range 12 {
		twelve = strings.Replace(twelve, "%d", string(rune('a'+i)), 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":                       {"", "it is empty"},
		"a header alone":              {"loan,debt,default\n", "no rows"},
		"no such target":              {"loan,debt\na,1\n", `no column "default" (target); it has loan, debt`},
		"semicolons":                  {"loan;debt;default\na;1;0\n", `no column "loan"`},
		"an id twice":                 {"loan,debt,default\na,1,0\nb,2,1\na,3,0\n", `row 4: id "a" was in row 2`},
		"no id":                       {"loan,debt,default\n ,1,0\n", `row 2: column "loan" is empty`},
		"an outcome of 2":             {"loan,debt,default\na,1,0\nb,1,2\n", `row 3: column "default" is "2"`},
		"an outcome not known":        {"loan,debt,default\na,1,\n", `row 2: column "default" is ""`},
		"an outcome of NaN":           {"loan,debt,default\na,1,NaN\n", `row 2: column "default"`},
		"NaN among numbers":           {"loan,debt,default\n" + twelve + "z,NaN,0\n", `row 14: column "debt" is "NaN" among numbers`},
		"Inf among numbers":           {"loan,debt,default\n" + twelve + "z,-Inf,0\n", `row 14: column "debt" is "-Inf"`},
		"beyond all numbers":          {"loan,debt,default\n" + twelve + "z,1e999,0\n", `row 14: column "debt" is "1e999"`},
		"a word among numbers":        {"loan,debt,default\n" + twelve + "z,much,0\n", `row 14: column "debt" is "much"`},
		"rows of unequal length":      {"loan,debt,default\na,1\n", "every row needs the header's 3 cells"},
		"a column twice":              {"loan,debt,debt,default\na,1,1,0\n", `two columns are called "debt"`},
		"a column without a name":     {"loan,,default\na,1,0\n", "column 2 has no name"},
		"a cell of another encoding":  {"loan,debt,default\na,\xd0\xd4,0\n", `row 2: column "debt" is not UTF-8`},
		"names of another encoding":   {"loan,\xc4\xea\xc1\xe4,default\na,1,0\n", "the header is not UTF-8"},
		"an ignored column not there": {"loan,x,default\na,1,0\n", `no column "debt"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			columns := scorecard.TableColumns{ID: "loan", Target: "default"}
			if strings.HasPrefix(name, "an ignored") {
				columns.Ignore = []string{"debt"}
			}
			_, err := scorecard.ReadTable(strings.NewReader(c.text), columns)
			if !errors.Is(err, scorecard.ErrTable) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	_, err := scorecard.ReadTable(strings.NewReader("loan,day,default\na,2024-13-01,0\n"), scorecard.TableColumns{ID: "loan", Target: "default", Date: "day"})
	if err == nil || !strings.Contains(err.Error(), `row 2: column "day" is "2024-13-01"`) {
		t.Errorf("a month 13: %v", err)
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add("loan,debt,default\na,1,0\nb,,1\n")
	f.Add("\ufeffloan,\"de\nbt\",default\r\na,NA,1\r\n")
	f.Add("loan;debt;default\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := scorecard.ReadTable(strings.NewReader(text), scorecard.TableColumns{ID: "loan", Target: "default"})
		if err != nil {
			if !errors.Is(err, scorecard.ErrTable) {
				t.Errorf("%v is no error of a table", err)
			}
			return
		}
		for _, c := range table.Columns {
			if len(c.Cells) != len(table.IDs) || c.Numbers != nil && len(c.Numbers) != len(table.IDs) || len(table.Bad) != len(table.IDs) {
				t.Fatalf("column %q has %d cells for %d rows", c.Name, len(c.Cells), len(table.IDs))
			}
			for i, v := range c.Numbers {
				if math.IsInf(v, 0) || math.IsNaN(v) != (c.Cells[i] == "") {
					t.Errorf("column %q: %q became %g", c.Name, c.Cells[i], v)
				}
			}
		}
	})
}
