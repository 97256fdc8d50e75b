package main

import (
	"path/filepath"
	"strings"
	"testing"

	"parus/fields/crop"
)

// What the small county gives at least without any label. Measured here: 110 of
// 156 crops right, 40 spoken on of which 33 right; lines of 305,900 instead of
// 332,900 CNY.
const (
	leastCold       = 0.5
	leastColdSpoken = 0.75
	mostColdECE     = 0.3 // it is too modest, by intent
)

// testCold runs the county as if nobody had ever labelled a field of it.
func (w *world) testCold(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	var kept []string
	for _, line := range strings.Split(readFile(t, s.county), "\n") {
		if !strings.Contains(line, "crop_model") {
			kept = append(kept, line)
		}
	}
	s.county = filepath.Join(w.dir, "county-cold.yaml")
	writeFile(t, s.county, []byte(strings.Join(kept, "\n")))
	mustExit(t, exitOK, s.run(t))
	said := false
	for _, r := range table(t, filepath.Join(s.out, "outcomes.csv")) {
		said = said || r["stage"] == "recognise" && strings.Contains(r["reason"], "no crop model")
	}
	if !said || !strings.Contains(readFile(t, filepath.Join(s.out, "report.html")), "cold start") {
		t.Error("outcomes and report do not both say that there was no model")
	}
	truth := map[string]string{}
	for _, r := range table(t, filepath.Join(w.dir, "truth", "parcels.csv")) {
		if r["season"] == worldSeason {
			truth[r["parcel_id"]] = r["crop"]
		}
	}
	var share []float64
	var right []bool
	told, ok, spoken, spokenOK := 0, 0, 0, 0
	for _, p := range table(t, filepath.Join(s.out, "parcels.csv")) {
		if p["crop"] == "" {
			continue
		}
		is := p["crop"] == truth[p["parcel_id"]]
		share, right = append(share, number(t, p["p_crop"])), append(right, is)
		told++
		if is {
			ok++
		}
		if p["abstained"] == "false" {
			if spoken++; is {
				spokenOK++
			}
		}
	}
	ece := crop.CalibrationError(share, right)
	t.Logf("cold: crop right on %d of %d; speaks on %d, %d of them right; calibration error %.3f", ok, told, spoken, spokenOK, ece)
	if float64(ok) < leastCold*float64(told) || spoken == 0 || spoken == told || float64(spokenOK) < leastColdSpoken*float64(spoken) || ece > mostColdECE {
		t.Errorf("want %.2f right, %.2f of what it speaks on, some abstention and a calibration error under %.2f", leastCold, leastColdSpoken, mostColdECE)
	}
	cold, warm := lines(t, readFile(t, filepath.Join(s.out, "lines.csv"))), lines(t, w.undisturbed["lines.csv"])
	t.Logf("lines of %.0f CNY cold, %.0f with a model", cold, warm)
	if cold >= warm {
		t.Errorf("lines of %.0f CNY without a model, %.0f with one: doubt must cost something", cold, warm)
	}
}

// lines adds up the lines of lines.csv.
func lines(t *testing.T, text string) float64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines.csv")
	writeFile(t, path, []byte(text))
	sum := 0.0
	for _, r := range table(t, path) {
		sum += number(t, r["line_cny"])
	}
	return sum
}
