package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// yieldPanel writes a table of 10 regions and 8 years with a trend of 60 and a
// level a region.
func yieldPanel(t *testing.T, path string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, "region,name,year,yield,greenness")
	for k := range 10 {
		for y := range 8 {
			own := math.Sin(float64(7*k + 3*y)) // a fixed scatter
			fmt.Fprintf(&b, "r%d,place,%d,%.1f,%.4f\n", k, 2010+y, 5000+float64(200*k)+60*float64(y)+90*own, .6+.05*own)
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestYieldFitPredictEvaluate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table, model, out := filepath.Join(dir, "y.csv"), filepath.Join(dir, "m.json"), filepath.Join(dir, "p.csv")
	yieldPanel(t, table)
	code, text, errs := parus("yield", "fit", "--table", table, "--key", "region", "--year", "year", "--target", "yield", "-o", model)
	if code != exitOK || !strings.Contains(text, "forward,trend,") || !strings.Contains(text, "used: mixed") || !strings.Contains(errs, "name") {
		t.Fatalf("fit: %d\n%s\n%s", code, text, errs)
	}
	if code, _, errs = parus("yield", "predict", "--model", model, "--table", table, "-o", out); code != exitOK {
		t.Fatalf("predict: %s", errs)
	}
	written, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(written)), "\n")
	if lines[0] != "region,year,p10,p50,p90,mean,sd" || len(lines) != 81 {
		t.Fatalf("%d lines, the first %s", len(lines), lines[0])
	}
	cells := strings.Split(lines[1], ",")
	p10, _ := strconv.ParseFloat(cells[2], 64)
	mean, _ := strconv.ParseFloat(cells[5], 64)
	if cells[0] != "r0" || cells[1] != "2010" || math.Abs(mean-5000) > 150 || p10 >= mean {
		t.Errorf("first row %s", lines[1])
	}
	if code, text, errs = parus("yield", "evaluate", "--table", table, "--key", "region", "--year", "year", "--target", "yield"); code != exitOK || !strings.Contains(text, "leave-one-year-out,chosen,80,") {
		t.Errorf("evaluate: %d\n%s\n%s", code, text, errs)
	}
}

func TestYieldVerbsFailCleanly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table, model := filepath.Join(dir, "y.csv"), filepath.Join(dir, "m.json")
	yieldPanel(t, table)
	for _, tc := range []struct {
		name, want string
		status     int
		args       []string
	}{
		{"a column that is not there", "province", exitFail, []string{"yield", "fit", "--table", table, "--key", "province", "--year", "year", "--target", "yield", "-o", model}},
		{"a file that is not there", "nothing.csv", exitFail, []string{"yield", "fit", "--table", filepath.Join(dir, "nothing.csv"), "--key", "region", "--year", "year", "--target", "yield", "-o", model}},
		{"a model that is none", "format", exitFail, []string{"yield", "predict", "--model", table + ".json", "--table", table}},
		{"no table", "--table", exitUsage, []string{"yield", "fit", "--key", "region", "--year", "year", "--target", "yield", "-o", model}},
	} {
		if err := os.WriteFile(table+".json", []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, errs := parus(tc.args...)
		if code != tc.status || !strings.Contains(errs, tc.want) {
			t.Errorf("%s: status %d, %s", tc.name, code, errs)
		}
		if _, err := os.Stat(model); err == nil {
			t.Errorf("%s: left a model behind", tc.name)
		}
	}
}

func TestYieldVerbsThatAreStoppedLeaveNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table, model := filepath.Join(dir, "y.csv"), filepath.Join(dir, "m.json")
	yieldPanel(t, table)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, verb := range [][]string{{"fit", "-o", model}, {"evaluate"}} {
		var out, errs bytes.Buffer
		args := append([]string{"yield"}, append(verb, "--table", table, "--key", "region", "--year", "year", "--target", "yield")...)
		code := run(stopped, args, &streams{Out: &out, Err: &errs})
		if code != exitFail || out.Len() > 0 || !strings.Contains(errs.String(), context.Canceled.Error()) {
			t.Errorf("%s: status %d, %q, %q", verb[0], code, &out, &errs)
		}
	}
	if _, err := os.Stat(model); err == nil {
		t.Error("it left a model behind")
	}
}
