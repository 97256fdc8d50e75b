package main

import (
	"path/filepath"
	"strings"
	"testing"

	"parus/fields/catalogue"
)

// Over both seasons every crop of the catalogue is recognised, the summer alone
// with more than twenty, by models fitted on other villages.
func TestMoreThanTwentyCropsAreRecognised(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short mode: fits models of many classes")
	}
	t.Parallel()
	cat, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	recognised := map[string]bool{}
	for _, c := range []struct {
		season  string
		classes int
	}{{"winter", 13}, {"summer", 21}} {
		for name, seed := range map[string]string{"train.csv.gz": "1", "test.csv.gz": "2"} {
			args := []string{"fixtures", "samples", "--season", c.season, "--seed", seed, "--per-crop", "16", "--villages", "8", "-o", in(name)}
			if code, _, errs := parus(args...); code != 0 {
				t.Fatal(errs)
			}
		}
		code, _, errs := parus("crop", "fit", "--samples", in("train.csv.gz"), "--group", "village", "--trees", "40", "--folds", "2", "-o", in("m"))
		if code != 0 {
			t.Fatal(errs)
		}
		if code, _, errs = parus("crop", "predict", "--model", in("m"), "--samples", in("test.csv.gz"), "--ignore", "village", "-o", in("p.csv")); code != 0 {
			t.Fatal(errs)
		}
		code, out, errs := parus("crop", "evaluate", "--truth", in("test.csv.gz"), "--predicted", in("p.csv"))
		if code != 0 {
			t.Fatal(errs)
		}
		t.Logf("%s\n%s", c.season, out)
		seen := 0
		for _, line := range strings.Split(out, "\n") {
			f := strings.Fields(line)
			if len(f) != 6 || f[0] == "class" {
				continue
			}
			seen++
			if _, err := cat.Crop(f[0]); err != nil {
				t.Errorf("%s is no crop of the catalogue: %v", f[0], err)
			}
			if number(t, f[4]) >= .7 && f[0] != "no_crop" && f[0] != "fallow" {
				recognised[f[0]] = true
			}
		}
		if seen != c.classes {
			t.Errorf("%s: %d classes, want %d", c.season, seen, c.classes)
		}
	}
	if len(recognised) < 20 {
		t.Errorf("%d crops have a recall of .7 or more: %v", len(recognised), recognised)
	}
}

// testManyClasses runs the season with a model of thirteen classes fitted on
// another land's samples: crops that the county does not list are ruled out, the
// others are codes of the catalogue.
func (w *world) testManyClasses(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	mustExit(t, exitOK, program(t, nil, "fixtures", "samples", "--season", "winter", "--seed", "3", "--per-crop", "36", "--villages", "18", "--dates", "14", "-o", in("s.csv")))
	mustExit(t, exitOK, program(t, nil, "crop", "fit", "--samples", in("s.csv"), "-o", in("m"), "--group", "village", "--folds", "2", "--trees", "100"))
	s := w.order(t)
	s.env, _ = servers(t)
	s.more = []string{"--crop-model", in("m")}
	mustExit(t, exitOK, s.run(t))
	truth := map[string]string{}
	for _, r := range table(t, filepath.Join(w.dir, "truth", "parcels.csv")) {
		if r["season"] == worldSeason {
			truth[r["parcel_id"]] = r["crop"]
		}
	}
	right, told := 0, 0
	for _, p := range table(t, filepath.Join(s.out, "parcels.csv")) {
		if p["crop"] == "" {
			continue
		}
		if told++; p["crop"] == truth[p["parcel_id"]] {
			right++
		}
	}
	t.Logf("a model of 13 classes is right on %d of %d parcels", right, told)
	if told < len(truth)*9/10 || right < told*8/10 {
		t.Errorf("right on %d of %d parcels of %d", right, told, len(truth))
	}
}
