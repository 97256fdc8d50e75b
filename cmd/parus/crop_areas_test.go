package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mapTable writes a map of 60 parcels of maize, 40 of rice and two of which
// nothing is known.
func mapTable(t *testing.T, path string) {
	t.Helper()
	rows := [][]string{{"parcel_id", "household_id", "area_ha", "crop", "p_crop"}}
	for i := range 102 {
		name, p := "maize", "0.9"
		switch {
		case i >= 100:
			name, p = "", ""
		case i >= 60:
			name, p = "rice_single", "0.8"
		}
		rows = append(rows, []string{fmt.Sprintf("p%03d", i), "h", fmt.Sprintf("%.2f", .2+.01*float64(i%30)), name, p})
	}
	writeCSV(t, path, rows)
}

func TestAreasFromDesignToIntervals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parcels, visits, areas := filepath.Join(dir, "parcels.csv"), filepath.Join(dir, "v.csv"), filepath.Join(dir, "a.csv")
	mapTable(t, parcels)
	code, _, errs := parus("crop", "sample-design", "--parcels", parcels, "--size", "50", "--mapped-only", "--inclusion", "count", "-o", visits)
	if code != 0 || !strings.Contains(errs, "draws of     60 parcels") {
		t.Fatalf("design: %d %s", code, errs)
	}
	if code, _, errs := parus("crop", "areas", "--parcels", parcels, "--reference", visits, "--mapped-only"); code != exitFail || !strings.Contains(errs, "50 drawn parcels have no label: visit them, or leave them out with --drop-unvisited") {
		t.Fatalf("before anybody went there: %d %s", code, errs)
	}
	rows, err := csv.NewReader(strings.NewReader(readFile(t, visits))).ReadAll()
	if err != nil || len(rows) != 51 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, r := range rows[1:] { // a tenth of what is mapped as maize is rice; rice is told by a name that people use
		r[5] = map[string]string{"maize": "maize", "rice_single": "单季稻"}[r[1]]
		if r[1] == "maize" && i%10 == 0 {
			r[5] = "rice_single"
		}
	}
	filled := filepath.Join(dir, "r.csv")
	writeCSV(t, filled, rows)
	code, _, errs = parus("crop", "areas", "--parcels", parcels, "--reference", filled, "--mapped-only", "-o", areas)
	if code != 0 || !strings.Contains(errs, "50 draws taken as a random sample, each parcel as likely as the next within its mapped crop, without replacement") {
		t.Fatalf("areas: %d %s", code, errs)
	}
	got := table(t, areas)
	if len(got) != 2 || got[0]["crop"] != "maize" || got[1]["crop"] != "rice_single" || number(t, got[0]["area_ha"]) >= number(t, got[0]["mapped_ha"]) || got[0]["users_accuracy"] == "1.0000" {
		t.Errorf("%v", got)
	}
	for _, r := range got {
		low, ha, high, mu := number(t, r["area_ha_low"]), number(t, r["area_ha"]), number(t, r["area_ha_high"]), number(t, r["area_mu"])
		if !(low < ha && ha < high) || mu < 15*ha-.2 || mu > 15*ha+.2 {
			t.Errorf("%v", r)
		}
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"what is unmapped has no reference", []string{"areas", "--parcels", parcels, "--reference", filled}, exitFail, "0 reference parcels are mapped as (unmapped) (0.6 ha): two at least are needed"},
		{"an inclusion that is not the design's", []string{"areas", "--parcels", parcels, "--reference", filled, "--inclusion", "area"}, exitUsage, "was drawn by count, --inclusion says area"},
		{"neither size nor error", []string{"sample-design", "--parcels", parcels}, exitUsage, "give either --size or --se"},
		{"a size too small", []string{"sample-design", "--parcels", parcels, "--size", "5"}, exitFail, "5 draws are fewer than the 22"},
	} {
		if code, _, errs := parus(append([]string{"crop"}, c.args...)...); code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q; want %d and %q", c.name, code, errs, c.code, c.want)
		}
	}
}

func TestAReferenceThatCannotBeUsedIsRefusedInWords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parcels, reference := filepath.Join(dir, "parcels.csv"), filepath.Join(dir, "r.csv")
	mapTable(t, parcels)
	for _, c := range []struct{ name, text, want string }{
		{"no word how it was drawn", "parcel_id,label\np001,maize\n", "does not say how its parcels were drawn: give --inclusion"},
		{"a crop that nobody knows", "parcel_id,label,inclusion\np001,triffid,count\n", `line 2: column label: no crop of the catalogue or the map is called "triffid"`},
		{"a parcel of elsewhere", "parcel_id,label,inclusion\nq,maize,count\n", "reference parcel q is not on the map"},
		{"drawn from another map", "parcel_id,stratum,label,inclusion\np001,cotton,maize,count\n", "drawn as cotton and is mapped as maize"},
		{"a single parcel of a crop", "parcel_id,label,inclusion\np001,maize,count\np002,maize,count\np070,maize,count\n", "1 reference parcels are mapped as rice_single"},
	} {
		if err := os.WriteFile(reference, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, errs := parus("crop", "areas", "--mapped-only", "--parcels", parcels, "--reference", reference)
		if code == 0 || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q; want %q", c.name, code, errs, c.want)
		}
	}
}
