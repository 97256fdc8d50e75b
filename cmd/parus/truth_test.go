package main

import (
	"path/filepath"
	"strconv"
	"testing"
)

// What the small county gives at least. The generated fields are easier than
// real ones, and the county is small: these floors find a broken chain, they
// are no claim of accuracy. Measured here: 150 of 156 crops, 94 of 116 yields.
const (
	leastAccuracy = 0.90
	// Of the interval from p10 to p90, nominally .8; 116 yields that share one
	// season's weather scatter by more than their number tells.
	leastCoverage, mostCoverage = 0.65, 0.95
)

func (w *world) testTruth(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"parcels.csv", "lines.csv"} {
		writeFile(t, filepath.Join(dir, name), []byte(w.undisturbed[name]))
	}
	truth := map[string]map[string]string{}
	for _, r := range table(t, filepath.Join(w.dir, "truth", "parcels.csv")) {
		if r["season"] == worldSeason {
			truth[r["parcel_id"]] = r
		}
	}
	right, told, inside, yields := 0, 0, 0, 0
	parcels := table(t, filepath.Join(dir, "parcels.csv"))
	if len(parcels) != len(truth) {
		t.Errorf("%d parcels, the truth has %d", len(parcels), len(truth))
	}
	for _, p := range parcels {
		want := truth[p["parcel_id"]]
		if p["crop"] == "" {
			continue
		}
		if told++; p["crop"] == want["crop"] {
			right++
		}
		low, high, is := number(t, p["yield_kg_ha_p10"]), number(t, p["yield_kg_ha_p90"]), number(t, want["yield_kg_ha"])
		if p["crop"] != want["crop"] || is == 0 {
			continue
		}
		if yields++; low <= is && is <= high {
			inside++
		}
	}
	accuracy, coverage := float64(right)/float64(told), float64(inside)/float64(yields)
	t.Logf("crop right on %d of %d parcels (%.3f); yield inside its interval on %d of %d (%.3f)", right, told, accuracy, inside, yields, coverage)
	if accuracy < leastAccuracy || told < len(parcels)*9/10 {
		t.Errorf("accuracy %.3f on %d of %d parcels, want %.2f on nine of ten", accuracy, told, len(parcels), leastAccuracy)
	}
	if coverage < leastCoverage || coverage > mostCoverage {
		t.Errorf("the interval of .8 holds %.3f of the yields, want %.2f to %.2f", coverage, leastCoverage, mostCoverage)
	}
	w.checkHouseholds(t, dir)
}

// checkHouseholds asks for a row of every household, with a line of whole
// hundreds and a chance of default.
func (w *world) checkHouseholds(t *testing.T, dir string) {
	t.Helper()
	lines, given := map[string]map[string]string{}, 0
	for _, r := range table(t, filepath.Join(dir, "lines.csv")) {
		lines[r["household_id"]] = r
		if number(t, r["line_cny"]) > 0 {
			given++
		}
		if pd := number(t, r["pd"]); pd <= 0 || pd >= 1 {
			t.Errorf("household %s has a chance of default of %v", r["household_id"], pd)
		}
	}
	households := table(t, filepath.Join(w.dir, "truth", "households.csv"))
	for _, h := range households {
		if lines[h["household_id"]] == nil {
			t.Errorf("household %s has no row", h["household_id"])
		}
	}
	if len(lines) != len(households) || given < len(lines)/2 {
		t.Errorf("%d rows for %d households, %d with a line", len(lines), len(households), given)
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	if text == "" {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
