package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cropTable writes samples of two crops that differ by season, one place a
// sample, as CSV in long form, gzipped.
func cropTable(t *testing.T, path string, samples int) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintln(z, "sample_id,timestamp,crop,place,lon,S2-L2A-B04,S2-L2A-B08")
	for i := range samples {
		name, peak := "mais", 240.
		if i%2 == 1 {
			name, peak = "winter_wheat", 130
		}
		if i == 0 {
			name = "ignore"
		}
		for d := 0; d < 360; d += 15 {
			green := math.Exp(-math.Pow((float64(d)-peak-float64(i%7))/40, 2))
			date := time.Date(2020, 1, 1+d, 0, 0, 0, 0, time.UTC).Format(time.DateTime)
			fmt.Fprintf(z, "s%d,%s,%s,v%d,7.%d,%.0f,%.0f\n", i, date, name, i/3, i, 1800-1400*green, 2200+2800*green)
		}
	}
	z.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func parus(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(context.Background(), args, &streams{Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func TestCropVerbsFromTableToFigures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table, model, predicted := filepath.Join(dir, "s.csv.gz"), filepath.Join(dir, "m.crop"), filepath.Join(dir, "p.csv")
	cropTable(t, table, 41)
	names := []string{"--date", "timestamp", "--ignore", "lon", "--trees", "40"}
	code, out, errs := parus(append([]string{"crop", "fit", "--samples", table, "-o", model, "--label", "crop", "--group", "place",
		"--map", "mais=maize", "--drop-labels", "ignore"}, names...)...)
	if code != 0 || !strings.Contains(out, "cross-validated accuracy 1.0000 (5 folds)") || !strings.Contains(out, "40 in 14 groups") {
		t.Fatalf("fit: %d\n%s%s", code, out, errs)
	}
	again := filepath.Join(dir, "again.crop")
	if code, _, errs := parus(append([]string{"crop", "fit", "--samples", table, "-o", again, "--label", "crop", "--group", "place", "--threads", "1",
		"--map", "mais=maize", "--drop-labels", "ignore"}, names...)...); code != 0 {
		t.Fatal(errs)
	}
	a, _ := os.ReadFile(model)
	b, _ := os.ReadFile(again)
	if !bytes.Equal(a, b) {
		t.Error("two fits gave different files")
	}
	if code, _, errs := parus("crop", "predict", "--model", model, "--samples", table, "-o", predicted, "--date", "timestamp"); code != 0 {
		t.Fatalf("predict: %d %s", code, errs)
	}
	checkPredictions(t, predicted, 41)
	code, out, errs = parus("crop", "evaluate", "--truth", table, "--predicted", predicted, "--label", "crop", "--map", "mais=maize", "--drop-labels", "ignore")
	if code != 0 || !strings.Contains(out, "overall accuracy  1.0000") || !strings.Contains(out, "40 compared; 0 truths without a prediction, 1 predictions without a truth") {
		t.Errorf("evaluate: %d\n%s%s", code, out, errs)
	}
	code, out, _ = parus("crop", "evaluate", "--json", "--truth", table, "--predicted", predicted, "--label", "crop")
	if code != 0 || !strings.Contains(out, `"unknown": [`) || !strings.Contains(out, `"mais"`) {
		t.Errorf("evaluate with a class that the model never saw: %d\n%s", code, out)
	}
}

// checkPredictions holds the file to the contract.
func checkPredictions(t *testing.T, path string, samples int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != samples+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := strings.Join(rows[0], ","); got != "sample_id,label,probability,abstained,reason,model,p_maize,p_winter_wheat,set,stage_day" {
		t.Fatalf("header %s", got)
	}
	for _, r := range rows[1:] {
		maize, _ := strconv.ParseFloat(r[6], 64)
		wheat, _ := strconv.ParseFloat(r[7], 64)
		if r[8] != r[1] || r[9] != "345" || math.Abs(maize+wheat-1) > 1e-9 || (r[1] == "maize") != (maize >= wheat) || len(r[5]) != 64 {
			t.Errorf("row %v", r)
		}
	}
}

func TestCropVerbsInTheMiddleOfASeason(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table, staged, whole := filepath.Join(dir, "s.csv.gz"), filepath.Join(dir, "staged"), filepath.Join(dir, "whole")
	cropTable(t, table, 40)
	fit := []string{"crop", "fit", "--samples", table, "--date", "timestamp", "--label", "crop", "--ignore", "place,lon", "--drop-labels", "ignore", "--trees", "20", "--folds", "2", "--step", "31"}
	code, out, errs := parus(append(fit, "-o", staged, "--cutoffs", "150,2020-08-20")...)
	// Series begin on 1 January: 20 August 2020 is day 232 (31+29+31+30+31+30+31+19).
	if code != 0 || !strings.Contains(out, "by date (cross-validated)") || !strings.Contains(out, "  150  05-31 ") || !strings.Contains(out, "  232  08-21 ") || !strings.Contains(out, "F1 by day") {
		t.Fatalf("fit: %d\n%s%s", code, out, errs)
	}
	if code, out, errs := parus(append(fit, "-o", whole)...); code != 0 || strings.Contains(out, "by date") {
		t.Fatalf("fit without stages: %d\n%s%s", code, out, errs)
	}
	for _, c := range []struct {
		model, cutoff, says, row string
	}{
		{staged, "2020-06-10", "40 samples judged by the stage of day 150", ";150"},
		{staged, "240", "40 samples judged by the stage of day 232", ";232"},
		{staged, "30", "warning: 40 samples that no stage", ";"},
		{whole, "2020-06-10", "warning: 40 samples that no stage", ";"},
	} {
		predicted := filepath.Join(dir, filepath.Base(c.model)+c.cutoff)
		code, _, errs := parus("crop", "predict", "--model", c.model, "--samples", table, "--date", "timestamp", "--cutoff", c.cutoff, "-o", predicted)
		if code != 0 || !strings.Contains(errs, c.says) {
			t.Errorf("cut-off %s: %d %s", c.cutoff, code, errs)
		}
		rows, err := csv.NewReader(strings.NewReader(readFile(t, predicted))).ReadAll()
		if err != nil || len(rows) != 41 {
			t.Fatalf("cut-off %s: %d rows, %v", c.cutoff, len(rows), err)
		}
		for _, r := range rows[1:] {
			unjudged := c.row == ";"
			if !strings.HasSuffix(";"+r[9], c.row) || unjudged && (r[3] != "true" || r[8] != "mais;winter_wheat") {
				t.Fatalf("cut-off %s: row %v", c.cutoff, r)
			}
		}
		code, out, _ := parus("crop", "evaluate", "--truth", table, "--predicted", predicted, "--label", "crop", "--drop-labels", "ignore")
		if code != 0 || !strings.Contains(out, "conformal sets    100.0 % hold the truth") {
			t.Errorf("cut-off %s: evaluate: %d\n%s", c.cutoff, code, out)
		}
	}
}

func TestCropVerbsRefuseInWords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table, model, broken := filepath.Join(dir, "s.csv.gz"), filepath.Join(dir, "m"), filepath.Join(dir, "broken")
	cropTable(t, table, 9)
	if err := os.WriteFile(broken, []byte("parus crop model\n\x01"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.csv")
	if err := os.WriteFile(other, []byte("a,b\nx,y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no samples given", []string{"fit", "-o", model}, 2, "--samples"},
		{"a file that is not there", []string{"fit", "--samples", table + "x", "-o", model}, 1, "no such file"},
		{"columns of words", []string{"fit", "--samples", table, "-o", model, "--date", "timestamp", "--label", "crop"}, 1, "--ignore place"},
		{"one class", []string{"fit", "--samples", table, "-o", model, "--date", "timestamp", "--label", "crop", "--ignore", "place,lon", "--drop-labels", "mais,ignore"}, 1, "fewer than two classes"},
		{"a cut-off that is none", []string{"fit", "--samples", table, "-o", model, "--cutoff", "soon"}, 2, "YYYY-MM-DD"},
		{"cut-offs of which one is none", []string{"fit", "--samples", table, "-o", model, "--cutoffs", "60,soon"}, 2, "YYYY-MM-DD"},
		{"an error of abstention above one", []string{"fit", "--samples", table, "-o", model, "--abstain-error", "2"}, 2, "between 0 and 1"},
		{"a map that is no map", []string{"fit", "--samples", table, "-o", model, "--map", other}, 2, "from and to"},
		{"a model cut short", []string{"predict", "--model", broken, "--samples", table}, 1, "cut short"},
		{"a model that is none", []string{"predict", "--model", other, "--samples", table}, 1, "not a crop model"},
		{"a truth without labels", []string{"evaluate", "--truth", other, "--predicted", other}, 1, "sample_id and label"},
	} {
		code, _, errs := parus(append([]string{"crop"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q; want %d and %q", c.name, code, errs, c.code, c.want)
		}
	}
	if _, err := os.Stat(model); err == nil {
		t.Error("a failed fit left a model behind")
	}
}
