package report_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parus/fields"
	"parus/internal/report"
)

type writer func(io.Writer, report.Season) error

func text(t *testing.T, w writer, s report.Season) string {
	t.Helper()
	var b bytes.Buffer
	if err := w(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCSVGoldens(t *testing.T) {
	t.Parallel()
	s := county(60, 1)
	golden(t, "parcels.csv", []byte(text(t, report.WriteParcelsCSV, s)))
	golden(t, "lines.csv", []byte(text(t, report.WriteLinesCSV, s)))
	golden(t, "outcomes.csv", []byte(text(t, report.WriteOutcomesCSV, s)))
}

func TestCSVByHand(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, c := range []struct {
		name   string
		write  writer
		season report.Season
		want   string
	}{
		{"an empty season is a header", report.WriteOutcomesCSV, report.Season{}, "item,stage,outcome,reason\n"},
		{
			"what is unknown is an empty cell and negative zero is zero", report.WriteParcelsCSV,
			report.Season{Parcels: []report.Parcel{{ID: "a", AreaHa: nan, MatchP: math.Copysign(0, -1), PCrop: math.Inf(1), YieldP10KgPerHa: -0.04, YieldP50KgPerHa: 6543.25, YieldP90KgPerHa: nan, Abstained: true},
				{ID: "b", AreaHa: 1, MatchP: nan, PCrop: nan, YieldP10KgPerHa: nan, YieldP50KgPerHa: nan, YieldP90KgPerHa: nan, Declared: fields.Declared{Crops: []string{"maize", "soybean"}, P: .5, Verdict: fields.Unclear}},
				{ID: "c", AreaHa: 1, MatchP: nan, PCrop: nan, YieldP10KgPerHa: nan, YieldP50KgPerHa: nan, YieldP90KgPerHa: nan, Declared: fields.Declared{Crops: []string{"maize"}, P: nan, Verdict: fields.Unclear}}}},
			"parcel_id,household_id,area_ha,match_probability,crop,p_crop,abstained,yield_kg_ha_p10,yield_kg_ha_p50,yield_kg_ha_p90,valid_observations,farmer_id,farmer_probability,tenancy_proven,tenancy_reasons,declared_crop,p_declared,declaration,hazards\na,,,0.0000,,,true,0.0,6543.2,,0,,,,,,,,\n" +
				"b,,1.0000,,,,false,,,,0,,,,,maize;soybean,0.5000,unclear,\nc,,1.0000,,,,false,,,,0,,,,,maize,,unclear,\n",
		},
		{
			"fen become units with two decimals and codes are joined", report.WriteLinesCSV,
			report.Season{Households: []report.Household{
				{ID: "h2", LineFen: 700_005, PD: .03, APR: .0825, DueDate: date(2025, 11, 14), Reasons: []report.Reason{{Code: "R01_PARCEL_MATCH"}, {Code: "R09_POLICY_CAP"}}},
				{ID: "h1", LineFen: -7, PD: nan, APR: nan},
				{ID: "h3", LineFen: 5, Undecided: true, PD: nan, APR: nan},
			}},
			"household_id,line_cny,pd,apr,reasons,due_date\nh1,-0.07,,,,\nh2,7000.05,0.030000,0.082500,R01_PARCEL_MATCH;R09_POLICY_CAP,2025-11-14\nh3,,,,,\n",
		},
		{
			"cells with commas, quotes and line ends are quoted, bytes that are no text replaced", report.WriteOutcomesCSV,
			report.Season{Outcomes: []report.Outcome{{Item: "a,\"b\"\nc", Stage: "scene", Outcome: "failed", Reason: "bad \xff byte"}}},
			"item,stage,outcome,reason\n\"a,\"\"b\"\"\nc\",scene,failed,bad \uFFFD byte\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, text(t, c.write, c.season)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRowsAreInTheOrderPeopleCount(t *testing.T) {
	t.Parallel()
	want := []string{"", "007", "7", "08", "p9", "p10", "p10a", "p010b", "q1", "地1", "地12"}
	for shift := range want {
		var s report.Season
		for i := range want {
			s.Parcels = append(s.Parcels, report.Parcel{ID: want[(i*7+shift)%len(want)]})
		}
		rows, err := csv.NewReader(strings.NewReader(text(t, report.WriteParcelsCSV, s))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows[1:] {
			got = append(got, r[0])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("shift %d: %s", shift, diff)
		}
	}
}

func TestOutcomesOfOneItemAreInTheOrderOfWork(t *testing.T) {
	t.Parallel()
	var s report.Season
	for _, stage := range []string{"zebra", "yield", "crop", "scene", "alpha", "series"} {
		s.Outcomes = append(s.Outcomes, report.Outcome{Item: "p1", Stage: stage, Outcome: "done"})
	}
	want := "item,stage,outcome,reason\np1,scene,done,\np1,series,done,\np1,crop,done,\np1,yield,done,\np1,alpha,done,\np1,zebra,done,\n"
	if diff := cmp.Diff(want, text(t, report.WriteOutcomesCSV, s)); diff != "" {
		t.Error(diff)
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAFullDiskIsAnErrorThatNamesTheFile(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]writer{"parcels.csv": report.WriteParcelsCSV, "lines.csv": report.WriteLinesCSV, "outcomes.csv": report.WriteOutcomesCSV, "report.html": report.WriteHTML} {
		err := w(full{}, county(20, 1))
		if !errors.Is(err, errFull) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzOrder(f *testing.F) {
	f.Add("p9", "p10", "p010")
	f.Add("", "0", "00")
	f.Add("3701990010010000001", "a7b", "a07b")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		rows := func(ids ...string) string {
			var s report.Season
			for _, id := range ids {
				s.Outcomes = append(s.Outcomes, report.Outcome{Item: id})
			}
			return text(t, report.WriteOutcomesCSV, s)
		}
		want := rows(a, b, c)
		for _, got := range []string{rows(a, c, b), rows(b, a, c), rows(b, c, a), rows(c, a, b), rows(c, b, a)} {
			if got != want {
				t.Fatalf("the order of input shows: %q and %q", want, got)
			}
		}
	})
}
