package report_test

import (
	"bytes"
	"encoding/csv"
	"math"
	"strings"
	"testing"

	"parus/credit/fairness"
	"parus/credit/monitor"
	"parus/credit/portfolio"
	"parus/internal/report"
)

func sheets(t *testing.T, name string) map[string]report.Sheet {
	t.Helper()
	words := report.Words{Zh: name, En: name}
	book, err := portfolio.NewBook(portfolio.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	for _, county := range []string{"A", "B"} {
		if err := book.Add(portfolio.Exposure{Household: name, County: county, Village: name, AmountFen: 1_000_000, LGD: .65, PDIncome: .03}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := book.Result()
	if err != nil {
		t.Fatal(err)
	}
	stable := monitor.Stability{Reference: name, Current: "2025", Indices: []monitor.Index{{Code: "pd", ZH: "违约概率", EN: "PD", Kind: "PSI", Value: .3, Verdict: monitor.Stops}}, Verdict: monitor.Stops}
	perf := monitor.Performance{Outcomes: 60, Bad: 6, Alarms: 1, AUC: monitor.Figure{Why: name}, Calibration: []monitor.Cell{
		{County: name, Season: "2025", Outcomes: 60, Bad: 6, Expected: .02, Enough: true, Observed: .1, Low: .04, High: .2, Verdict: monitor.BeyondShock},
		{Season: "2025", Outcomes: 3, Verdict: monitor.TooFew}}, Vintages: []monitor.Vintage{{Season: name, Loans: 3, Months: []float64{0, .1}}}}
	one := fairness.Result{Households: 30, Ratio: .8, Behind: 1, Dimensions: []fairness.DimensionResult{{Code: "age", ZH: "年龄", EN: "age"},
		{Code: "sex", ZH: "性别", EN: "sex", Known: true, Groups: []fairness.GroupResult{
			{Code: "women", ZH: name, EN: "women", Households: 30, Approval: fairness.Measure{Value: .5, Ratio: .6, Low: .4, High: .7, Verdict: fairness.Behind}},
			{Code: "men", ZH: "男", EN: "men", Approval: fairness.Measure{Verdict: fairness.Hidden}}}}}}
	return map[string]report.Sheet{
		"portfolio": report.PortfolioSheet(words, report.Portfolio{Result: r, Stressed: []portfolio.Stressed{{Code: "x", ZH: name, EN: "x", LineFen: 1}}}, func(string) report.Words { return words }),
		"monitor":   report.MonitorSheet(words, &stable, &perf), "nothing": report.MonitorSheet(words, nil, nil), "fairness": report.FairnessSheet(words, one),
	}
}

func TestSheetsEscapeWhateverTheyAreGiven(t *testing.T) {
	t.Parallel()
	for kind, s := range sheets(t, `<script>alert("x")</script>&"'`) {
		var b bytes.Buffer
		if err := report.WriteSheet(&b, s); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		for _, bad := range []string{"<script", `alert("x")`, "NaN", "%!", "http://", "https://", "ZgotmplZ"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s holds %q", kind, bad)
			}
		}
		if zh, en := strings.Index(page, "监测"), strings.Index(page, `lang="en"`); zh < 0 || en < 0 || zh > en {
			t.Errorf("%s: Chinese at %d, English at %d", kind, zh, en)
		}
		if kind != "nothing" && (!strings.Contains(page, "<table>") || !strings.Contains(page, "<svg")) {
			t.Errorf("%s has no table or no picture", kind)
		}
	}
}

func TestASheetIsARectangularTable(t *testing.T) {
	t.Parallel()
	for kind, s := range sheets(t, "甲,乙") {
		var b bytes.Buffer
		if err := report.WriteSheetCSV(&b, s); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || strings.Join(rows[0], ",") != "section,row,column,value" {
			t.Fatalf("%s: %v, %v", kind, rows[0], err)
		}
		for _, section := range s.Sections {
			for _, row := range section.Rows {
				if len(row) != len(section.Head) {
					t.Errorf("%s, %s: %d cells under %d heads", kind, section.Code, len(row), len(section.Head))
				}
			}
		}
	}
}

// Three bars: half, a quarter over its limit of a tenth, and one unknown.
func TestBarsShowLimitsAndLeaveGaps(t *testing.T) {
	t.Parallel()
	over := report.Bar(report.Words{Zh: "乙"}, .25)
	over.Mark, over.Bad = .1, true
	svg := string(report.SheetBars{Rows: []report.SheetBar{report.Bar(report.Words{Zh: "甲"}, .5), over, report.Bar(report.Words{Zh: "丙"}, math.NaN())}}.SVG())
	if strings.Count(svg, "<rect") != 2 || strings.Count(svg, `class="bar over"`) != 1 || strings.Count(svg, `class="median"`) != 1 || !strings.Contains(svg, "丙") {
		t.Errorf("%s", svg)
	}
	if svg := (report.SheetBars{}).SVG(); svg != "" {
		t.Errorf("nothing draws %s", svg)
	}
}
