package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parus/fields/crop"
)

// cropRows are samples of two crops in long form with red and near infrared, the
// first row the header.
func cropRows(samples int) [][]string {
	rows := [][]string{{"sample_id", "date", "label", "B04", "B08"}}
	for i := range samples {
		name, peak := "maize", 240.
		if i%2 == 1 {
			name, peak = "winter_wheat", 130
		}
		for d := 0; d < 360; d += 15 {
			green := math.Exp(-math.Pow((float64(d)-peak-float64(i%7))/40, 2))
			date := time.Date(2020, 1, 1+d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			rows = append(rows, []string{fmt.Sprintf("s%02d", i), date, name, fmt.Sprintf("%.4f", .18-.14*green), fmt.Sprintf("%.4f", .22+.28*green)})
		}
	}
	return rows
}

// csvText joins rows by a separator and a line end.
func csvText(rows [][]string, comma, end string) string {
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = strings.Join(r, comma)
	}
	return strings.Join(lines, end) + end
}

// altered copies rows and sets some cells.
func altered(rows [][]string, set func(line int, row []string)) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		out[i] = slices.Clone(r)
		set(i+1, out[i])
	}
	return out
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

// cropFiles writes what the cases read, and fits a model.
type cropFiles struct {
	t              *testing.T
	dir, ok, model string
	rows           [][]string
}

func newCropFiles(t *testing.T) cropFiles {
	t.Helper()
	f := cropFiles{t: t, dir: t.TempDir(), rows: cropRows(24)}
	f.ok, f.model = f.file("ok.csv", csvText(f.rows, ",", "\n")), filepath.Join(f.dir, "model")
	if code, _, errs := parus("crop", "fit", "--samples", f.ok, "-o", f.model, "--trees", "20", "--folds", "2"); code != 0 {
		t.Fatal(errs)
	}
	return f
}

func (f cropFiles) file(name, text string) string {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	writeFile(f.t, path, []byte(text))
	return path
}

// Each of these must be refused with these words, by fit and, where it reads the
// same, by predict.
func TestBadTablesOfSeriesAreRefusedWithLineAndColumn(t *testing.T) {
	t.Parallel()
	f := newCropFiles(t)
	rows := f.rows
	cell := func(at, column int, value string) string {
		return csvText(altered(rows, func(line int, r []string) {
			if line == at {
				r[column] = value
			}
		}), ",", "\n")
	}
	whole := csvText(rows, ",", "\n")
	packed := gzipped(whole)
	for _, c := range []struct{ name, text, want string }{
		{"an empty file", "", "read samples: the file is empty: want a header and rows"},
		{"a header alone", "sample_id,date,label,B04,B08\n", "read samples: the file has a header but no row"},
		{"semicolons", csvText(rows, ";", "\n"), "read samples: the columns are parted by semicolons: save the table as CSV with commas"},
		{"tabs", csvText(rows, "\t", "\n"), "read samples: the columns are parted by tabs: save the table as CSV with commas"},
		{"a head in GBK", strings.Replace(whole, "label", "label,\xd7\xf7\xce\xef", 1), "read samples: column 4 of the header is not UTF-8 (GBK, perhaps): save the table as UTF-8"},
		{"a sample's name in GBK", cell(3, 0, "\xb5\xd8\xbf\xe9"), `read samples: line 3: column sample_id: "?ؿ?" is not UTF-8 (GBK, perhaps): save the table as UTF-8`},
		{"UTF-16", "s\x00a\x00,\x00", "read samples: column 1 of the header holds a zero byte (UTF-16, or no text at all): save the table as CSV in UTF-8"},
		{"a column twice", strings.Replace(whole, "B04,B08", "B04,B04", 1), `read samples: column "B04" comes twice in the header`},
		{"infinity", cell(4, 3, "Inf"), `read samples: line 4: column B04: infinite value "Inf": this is no measurement: leave the cell empty where there is none`},
		{"minus infinity", cell(4, 4, "-Infinity"), `read samples: line 4: column B08: infinite value "-Infinity"`},
		{"a mark of gaps that nobody named", cell(5, 4, "-9999"), "read samples: line 5: column B08: -9999: this is no measurement, as it stands for a gap in many files: say so with --nodata=-9999"},
		{"a word among numbers", cell(6, 3, "cloud"), `read samples: line 6: column B04: "cloud" is no number`},
		{"a date twice", cell(3, 1, "2020-01-01"), `read samples: line 3: column date: sample "s00" has a row of 2020-01-01 before: keep one row a sample and date`},
		{"no date", cell(3, 1, "May"), `read samples: line 3: column date: "May" is no date: want YYYY-MM-DD`},
		{"a short row", whole + "s99,2020-01-01\n", "read samples: line 578: the row has not as many columns as the header"},
		{"gzip cut short", string(packed[:len(packed)/2]), "read samples: the file is cut short within its compressed data: copy it again"},
		{"gzip damaged", string(packed[:len(packed)-8]) + "\x00\x00\x00\x00" + string(packed[len(packed)-4:]), "read samples: the compressed data are damaged (gzip: invalid checksum): copy the file again"},
		{"gzip cut within its head", string(packed[:5]), "not gzip, or cut short"},
	} {
		path := f.file("bad.csv", c.text)
		out := filepath.Join(f.dir, "out")
		for _, args := range [][]string{{"fit", "--samples", path, "-o", out}, {"predict", "--model", f.model, "--samples", path, "-o", out}} {
			code, _, errs := parus(append([]string{"crop"}, args...)...)
			if code != exitFail || !strings.Contains(errs, c.want) {
				t.Errorf("%s, %s: exit %d, %q; want %q", c.name, args[0], code, errs, c.want)
			}
			if _, err := os.Stat(out); err == nil {
				t.Fatalf("%s, %s: a file is left behind", c.name, args[0])
			}
		}
	}
}

func TestWhatCannotBeFittedOrPredictedSaysWhy(t *testing.T) {
	t.Parallel()
	f := newCropFiles(t)
	column := func(at int, set func(string) string) string {
		return csvText(altered(f.rows, func(line int, r []string) {
			if line > 1 {
				r[at] = set(r[at])
			}
		}), ",", "\n")
	}
	without := func(at int) [][]string {
		out := altered(f.rows, func(int, []string) {})
		for i := range out {
			out[i] = slices.Delete(out[i], at, at+1)
		}
		return out
	}
	red := f.file("red.csv", csvText(without(4), ",", "\n"))
	other := f.file("other.csv", strings.ReplaceAll(csvText(without(4), ",", "\n"), "\ns", "\nz"))
	tiles := altered(f.rows, func(int, []string) {})
	for i := range tiles {
		tiles[i] = append(tiles[i], map[bool]string{true: "tile", false: "50SNF"}[i == 0])
	}
	words := f.file("words.csv", csvText(tiles, ",", "\n"))
	empty := f.file("empty-column.csv", column(4, func(string) string { return "" }))
	one := f.file("one.csv", column(2, func(string) string { return "maize" }))
	same := f.file("same.csv", csvText(f.rows, ",", "\n"))
	out := filepath.Join(f.dir, "out")
	fit := func(args ...string) []string { return append([]string{"fit", "-o", out}, args...) }
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"a column of words", fit("--samples", words), "read samples: columns without numbers: tile: leave them out with --ignore tile"},
		{"a group that is no column", fit("--samples", f.ok, "--group", "village"), "read samples: no column village in the header (sample_id, date, label, B04, B08)"},
		{"a label that is no column", fit("--samples", f.ok, "--label", "crop"), "read samples: no column crop in the header (sample_id, date, label, B04, B08)"},
		{"a column to ignore that is none", fit("--samples", f.ok, "--ignore", "lon"), "read samples: no column lon in the header (sample_id, date, label, B04, B08)"},
		{"one class", fit("--samples", one), "fit crop model: fewer than two classes among 24 samples with at least 2 samples each: add samples of another crop"},
		{"a layer without a value", fit("--samples", empty), "fit crop model: layer B08 has no value in any sample: ignore it"},
		{"files of other layers", fit("--samples", f.ok, "--samples", other), `fit crop model: sample "z00" has no layer B08, which "s00" has`},
		{"a sample in two files", fit("--samples", f.ok, "--samples", same), `same.csv: sample "s00" is in `},
		{"a layer of the model that is no column", []string{"predict", "--model", f.model, "--samples", red}, "predict crops: the series have no layer [B08], which the model was fitted on: give them, or fit a model on the layers that there are"},
		{"a layer of the model without a value", []string{"predict", "--model", f.model, "--samples", empty}, "read samples: columns without a value in any row: B08: the model needs them; give them, or fit a model without"},
		{"nothing of the model's layers", []string{"predict", "--model", f.model, "--samples", f.file("x.csv", "sample_id,date,vv\na,2020-01-01,1\n")}, "no feature column in the header (sample_id, date, vv)"},
	} {
		code, _, errs := parus(append([]string{"crop"}, c.args...)...)
		if code != exitFail || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q; want %q", c.name, code, errs, c.want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a failed fit left a model behind")
	}
}

func TestADamagedModelIsRefused(t *testing.T) {
	t.Parallel()
	f := newCropFiles(t)
	good := []byte(readFile(t, f.model))
	changed := func(at int, to byte) []byte {
		b := slices.Clone(good)
		b[at] ^= to
		return b
	}
	version := slices.Clone(good)
	binary.LittleEndian.PutUint32(version[len("parus crop model\n"):], 99)
	const again = ": fit it again with `parus crop fit`"
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"an empty file", nil, "load crop model: not a crop model file" + again},
		{"another file", []byte("sample_id,date\n"), "load crop model: not a crop model file" + again},
		{"another version", version, fmt.Sprintf("load crop model: crop model of another format version: the file has version 99, this build reads %d", crop.FormatVersion) + again},
		{"cut in its head", good[:10], "load crop model: crop model file is cut short or damaged" + again},
		{"cut in its card", good[:100], "load crop model: crop model file is cut short or damaged" + again},
		{"cut by a byte", good[:len(good)-1], "load crop model: crop model file is cut short or damaged" + again},
		{"a byte too many", append(slices.Clone(good), 0), "load crop model: crop model file is cut short or damaged" + again},
		{"a flipped bit in the card", changed(60, 1), "load crop model: crop model file is cut short or damaged" + again},
		{"a flipped bit in a tree", changed(len(good)/2, 4), "load crop model: crop model file is cut short or damaged" + again},
		{"a flipped bit in the digest", changed(len(good)-3, 128), "load crop model: crop model file is cut short or damaged" + again},
	} {
		path := f.file("bad.model", string(c.data))
		if code, _, errs := parus("crop", "predict", "--model", path, "--samples", f.ok); code != exitFail || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q; want %q", c.name, code, errs, c.want)
		}
	}
}

// What other programs write differently, and rows in another order, change no
// byte of what is predicted.
func TestTheSameSeriesWrittenOtherwiseGiveTheSamePredictions(t *testing.T) {
	t.Parallel()
	f := newCropFiles(t)
	predict := func(path string, more ...string) (string, string) {
		t.Helper()
		code, out, errs := parus(append([]string{"crop", "predict", "--model", f.model, "--samples", path}, more...)...)
		if code != 0 {
			t.Fatalf("%s: %s", path, errs)
		}
		return out, errs
	}
	want, _ := predict(f.ok)
	back := slices.Clone(f.rows)
	for from := 1; from < len(back); from += 24 { // each sample's dates from the last to the first
		slices.Reverse(back[from : from+24])
	}
	gap := func(mark string) string {
		return csvText(altered(f.rows, func(line int, r []string) {
			if line%3 != 1 {
				r[3], r[4] = mark, mark
			}
		}), ",", "\n")
	}
	whole := csvText(f.rows, ",", "\n")
	for name, text := range map[string]string{
		"a byte order mark":  "\ufeff" + whole,
		"CRLF":               csvText(f.rows, ",", "\r\n"),
		"gzip":               string(gzipped(whole)),
		"dates backwards":    csvText(back, ",", "\n"),
		"times of day":       strings.ReplaceAll(whole, "-01,", "-01 10:30:00,"),
		"a column more":      strings.ReplaceAll(strings.Replace(whole, "label,", "label,lon,", 1), "maize,", "maize,117.1,"),
		"no end of the last": strings.TrimSuffix(whole, "\n"),
	} {
		if name == "a column more" {
			text = strings.ReplaceAll(text, "winter_wheat,", "winter_wheat,117.2,")
		}
		if got, _ := predict(f.file("same.csv", text)); got != want {
			t.Errorf("%s: %s", name, firstDifference(got, want))
		}
	}
	empty, _ := predict(f.file("gaps.csv", gap("")))
	for _, mark := range []string{"NaN", "NA", "null"} {
		if got, _ := predict(f.file("gaps.csv", gap(mark))); got != empty {
			t.Errorf("%s is no gap: %s", mark, firstDifference(got, empty))
		}
	}
	if got, _ := predict(f.file("gaps.csv", gap("-9999")), "--nodata=-9999"); got != empty {
		t.Errorf("--nodata=-9999: %s", firstDifference(got, empty))
	}
	if empty == want {
		t.Error("gaps change nothing: the case shows nothing")
	}
}

// A series that tells nothing is no error: it is abstained on, with the reason,
// and counted.
func TestSeriesThatTellNothingAreAbstainedOnAndCounted(t *testing.T) {
	t.Parallel()
	f := newCropFiles(t)
	rows := altered(f.rows, func(_ int, r []string) {
		switch r[0] {
		case "s03": // never clear
			r[3], r[4] = "", ""
		case "s05": // a layer never measured
			r[4] = "NaN"
		}
	})
	path, out := f.file("gaps.csv", csvText(rows, ",", "\n")), filepath.Join(f.dir, "p.csv")
	code, _, errs := parus("crop", "predict", "--model", f.model, "--samples", path, "-o", out)
	if code != 0 {
		t.Fatalf("%d %s", code, errs)
	}
	told := table(t, out)
	abstained := 0
	for _, p := range told {
		if p["abstained"] == "true" {
			abstained++
		}
	}
	if !strings.Contains(errs, fmt.Sprintf("24 samples predicted, %d abstained on", abstained)) {
		t.Errorf("%d abstained, told: %s", abstained, errs)
	}
	for at, want := range map[int]string{3: "no valid observation in the season", 5: "the series cover 33 % of the season"} {
		if p := told[at]; p["abstained"] != "true" || !strings.Contains(p["reason"], want) {
			t.Errorf("%v, want %q", p, want)
		}
	}
}

func TestATruthWithACropThatTheModelNeverSawIsToldApart(t *testing.T) {
	t.Parallel()
	f := newCropFiles(t)
	predicted := filepath.Join(f.dir, "p.csv")
	if code, _, errs := parus("crop", "predict", "--model", f.model, "--samples", f.ok, "-o", predicted); code != 0 {
		t.Fatal(errs)
	}
	truth := f.file("truth.csv", csvText(altered(f.rows, func(_ int, r []string) {
		if r[0] == "s01" || r[0] == "s03" {
			r[2] = "tea"
		}
	}), ",", "\n"))
	code, out, errs := parus("crop", "evaluate", "--truth", truth, "--predicted", predicted)
	if code != 0 || !strings.Contains(errs, "parus: the model was never taught tea: its 2 samples count as wrong; the model abstains on ") || !strings.Contains(out, "never predicted   tea") {
		t.Errorf("%d %s%s", code, out, errs)
	}
	for _, c := range []struct{ name, truth, want string }{
		{"no sample in both", "sample_id,label\nx,maize\n", "no sample is in both truth and predictions: compare their sample ids"},
		{"a sample of two labels", "sample_id,label\ns01,maize\ns01,tea\n", `read truth: line 3: sample "s01" is "tea" here and "maize" before`},
		{"an empty truth", "", "read truth: the file is empty"},
	} {
		if code, _, errs := parus("crop", "evaluate", "--truth", f.file("t.csv", c.truth), "--predicted", predicted); code != exitFail || !strings.Contains(errs, c.want) {
			t.Errorf("%s: %d %s", c.name, code, errs)
		}
	}
}

// A code or a place among the columns is used, for all that is known, but not
// without a word.
func TestAColumnThatNeverChangesWithinASampleIsNamed(t *testing.T) {
	t.Parallel()
	f := newCropFiles(t)
	rows := altered(f.rows, func(int, []string) {})
	for i := range rows {
		rows[i] = append(rows[i], map[bool]string{true: "village", false: "3701990010" + rows[i][0][1:]}[i == 0])
	}
	path := f.file("codes.csv", csvText(rows, ",", "\n"))
	want := "columns that are the same on all dates of every sample: village: they are used as measurements; where they are codes or places, leave them out with --ignore village"
	if code, _, errs := parus("crop", "fit", "--samples", path, "-o", filepath.Join(f.dir, "m"), "--trees", "10", "--folds", "2"); code != 0 || !strings.Contains(errs, want) {
		t.Errorf("%d %s", code, errs)
	}
}
