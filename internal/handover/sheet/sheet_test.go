package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"parus/credit"
	"parus/internal/handover/sheet"
)

func date(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func row(t testing.TB) sheet.Row {
	t.Helper()
	return sheet.Row{Number: "370199-17", County: "370199", Season: "2026-summer", Village: "370199001001", Household: "370199001001000123", HolderMask: "王*明",
		State: "accepted", AskedFen: 900_000, LineFen: 700_050, Currency: "CNY", PD: .0312, APR: .0825, DueDate: date(t, "2026-11-10"),
		ReferralZH: "=HYPERLINK(\"http://x\")", Applied: time.Date(2026, 4, 1, 20, 30, 59, 0, time.UTC), Late: true,
		Schedule: []credit.Instalment{{Date: date(t, "2026-07-15"), PrincipalFen: 300_050, InterestFen: 3_955}, {Date: date(t, "2026-11-10"), PrincipalFen: 400_000, InterestFen: 4_611}},
		Reasons:  []credit.Reason{{Code: credit.ReasonParcelMatch, EffectFen: 280_000, ZH: "地块匹配", EN: "match", LiftZH: "核实", LiftEN: "confirm"}}}
}

func rows(list ...sheet.Row) iter.Seq2[sheet.Row, error] {
	return func(yield func(sheet.Row, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func write(t testing.TB, l sheet.Layout, list ...sheet.Row) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := sheet.Write(&b, l, rows(list...))
	if err != nil || n != len(list) {
		t.Fatalf("%v: %d rows", err, n)
	}
	return b.Bytes()
}

func TestACSVOpensAsItIsMeant(t *testing.T) {
	t.Parallel()
	out := write(t, sheet.Layout{Format: sheet.CSV}, row(t))
	if !bytes.HasPrefix(out, []byte("\xef\xbb\xbf申请编号,")) || !bytes.Contains(out, []byte("\r\n")) {
		t.Errorf("no mark of UTF-8 or no CRLF: %q", out[:40])
	}
	all, err := csv.NewReader(bytes.NewReader(out[3:])).ReadAll()
	if err != nil || len(all) != 3 {
		t.Fatalf("%v: %d rows", err, len(all))
	}
	got := map[string]string{}
	for i, name := range all[1] {
		got[name] = all[2][i]
	}
	for name, want := range map[string]string{"application": "370199-17", "household": "370199001001000123\t", "village": "370199001001\t", "county": "370199",
		"asked, CNY": "9000.00", "line, CNY": "7000.50", "drawn, CNY": "", "pd": "0.0312", "due": "2026-11-10", "applied": "2026-04-02 04:30", "decided": "",
		"why referred": "'=HYPERLINK(\"http://x\")", "state": "已接受 accepted", "paid late": "是 yes"} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}

func TestOtherTablesAndLanguages(t *testing.T) {
	t.Parallel()
	out := string(write(t, sheet.Layout{Format: sheet.CSV, Table: "schedule", Language: sheet.English}, row(t)))
	if want := "\ufeffapplication or household,instalment,due,\"principal, CNY\",\"interest, CNY\"\r\n370199-17,1,2026-07-15,3000.50,39.55\r\n370199-17,2,2026-11-10,4000.00,46.11\r\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
	out = string(write(t, sheet.Layout{Format: sheet.CSV, Table: "reasons", Language: sheet.Chinese}, row(t)))
	if want := "370199-17,1,R01_PARCEL_MATCH,2800.00,地块匹配,核实\r\n"; !strings.HasSuffix(out, want) {
		t.Errorf("%q, want %q", out, want)
	}
	if _, err := sheet.Write(io.Discard, sheet.Layout{Format: sheet.CSV, Table: "people"}, rows()); err == nil {
		t.Error("an unknown table is written")
	}
	if _, err := sheet.Write(io.Discard, sheet.Layout{Format: "pdf"}, rows()); err == nil {
		t.Error("an unknown format is written")
	}
}

func TestTextsThatSpreadsheetsWouldMistake(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+86": "'+86", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", "\t=1": "' =1", "\r\n=1": "'  =1", " =1": "' =1", "　=1": "'　=1",
		"＝1": "'＝1", "|calc": "'|calc", "12345678901": "12345678901", "123456789012": "123456789012\t", "007": "007\t", "0": "0", "a\nb": "a b", "\xff": "\ufffd",
	} {
		if got := sheet.Harmless(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzHarmless(f *testing.F) {
	for _, s := range []string{"=1", "+1", "\t=cmd|' /C calc'!A0", "\u00a0@x", "0012", "王", "\xff=1", "\ufeff=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := sheet.Harmless(s)
		if begin := strings.TrimLeft(got, " \t\u00a0\u3000\ufeff"); begin != "" && strings.ContainsRune("=+-@", []rune(begin)[0]) {
			t.Errorf("%q becomes %q, which a spreadsheet computes", s, got)
		}
		if strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("%q becomes %q, which breaks its row", s, got)
		}
	})
}

func TestAWorkbookHasNumbersDaysAndTexts(t *testing.T) {
	t.Parallel()
	r := row(t)
	f, err := excelize.OpenReader(bytes.NewReader(write(t, sheet.Layout{Format: sheet.XLSX}, r)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := fmt.Sprint(f.GetSheetList()); got != "[申请与决定 还款计划 原因]" {
		t.Errorf("sheets %s", got)
	}
	for _, c := range []struct {
		sheet, cell, raw, shown string
		kind                    excelize.CellType
	}{
		{"申请与决定", "E3", "370199001001000123", "370199001001000123", excelize.CellTypeInlineString},
		{"申请与决定", "H3", "9000", "9,000.00", excelize.CellTypeUnset},
		{"申请与决定", "I3", "7000.5", "7,000.50", excelize.CellTypeUnset},
		{"申请与决定", "M3", "0.0312", "3.12%", excelize.CellTypeUnset},
		{"申请与决定", "O3", "46336", "2026-11-10", excelize.CellTypeUnset}, // days since 1899-12-30
		{"申请与决定", "P3", `=HYPERLINK("http://x")`, `=HYPERLINK("http://x")`, excelize.CellTypeInlineString},
		{"申请与决定", "Q3", "46114.1875", "2026-04-02 04:30", excelize.CellTypeUnset},
		{"还款计划", "D3", "3000.5", "3,000.50", excelize.CellTypeUnset},
		{"还款计划", "C4", "46336", "2026-11-10", excelize.CellTypeUnset},
		{"原因", "C3", "R01_PARCEL_MATCH", "R01_PARCEL_MATCH", excelize.CellTypeInlineString},
	} {
		kind, err := f.GetCellType(c.sheet, c.cell)
		raw, _ := f.GetCellValue(c.sheet, c.cell, excelize.Options{RawCellValue: true})
		shown, _ := f.GetCellValue(c.sheet, c.cell)
		formula, _ := f.GetCellFormula(c.sheet, c.cell)
		if err != nil || raw != c.raw || shown != c.shown || kind != c.kind || formula != "" {
			t.Errorf("%v: %s %s holds %q, shown %q, of type %d, formula %q; want %q, %q, %d", err, c.sheet, c.cell, raw, shown, kind, formula, c.raw, c.shown, c.kind)
		}
	}
}

func TestATableGoesOnOnAnotherSheet(t *testing.T) {
	t.Parallel()
	f, err := excelize.OpenReader(bytes.NewReader(write(t, sheet.Layout{Format: sheet.XLSX, Rows: 4, Language: sheet.English}, row(t), row(t), row(t))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// One row of headers: 3 applications fit on one sheet, 6 instalments take two.
	if got := fmt.Sprint(f.GetSheetList()); got != "[applications schedule reasons schedule 2]" {
		t.Errorf("sheets %s", got)
	}
	for name, want := range map[string]int{"applications": 4, "schedule": 4, "schedule 2": 4, "reasons": 4} {
		if got, err := f.GetRows(name); err != nil || len(got) != want {
			t.Errorf("%v: %s has %d rows, want %d", err, name, len(got), want)
		}
	}
}

func TestRowsThatFailFailTheWhole(t *testing.T) {
	t.Parallel()
	broken := errors.New("the database went away")
	for _, f := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		_, err := sheet.Write(io.Discard, sheet.Layout{Format: f}, func(yield func(sheet.Row, error) bool) {
			_ = yield(row(t), nil) && yield(sheet.Row{}, broken)
		})
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// A hundred times the rows leave the same on the heap while the last is written.
func TestMemoryDoesNotGrowWithRows(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 40,000 rows")
	}
	live := func(n int) uint64 {
		var m runtime.MemStats
		r := row(t)
		_, err := sheet.Write(io.Discard, sheet.Layout{Format: sheet.CSV}, func(yield func(sheet.Row, error) bool) {
			for i := range n {
				if i == n-1 {
					runtime.GC()
					runtime.ReadMemStats(&m)
				}
				if !yield(r, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return m.HeapAlloc
	}
	few, many := live(400), live(40_000)
	if many > few+1<<20 {
		t.Errorf("400 rows leave %d bytes, 40,000 %d", few, many)
	}
}

func BenchmarkXLSX(b *testing.B) {
	r := row(b)
	for b.Loop() {
		_, err := sheet.Write(io.Discard, sheet.Layout{Format: sheet.XLSX}, func(yield func(sheet.Row, error) bool) {
			for range 10_000 {
				if !yield(r, nil) {
					return
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "rows/s")
}
