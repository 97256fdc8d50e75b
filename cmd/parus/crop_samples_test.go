package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testDeclarations runs the season with a county's declarations, a fifth of them
// wrong, and follows them to where each is used: beside the crop in parcels.csv,
// as labels to fit a model on, and back to the county.
func (w *world) testDeclarations(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	mustExit(t, exitOK, program(t, nil, append([]string{"fixtures", "county", "--package-only", "--misdeclared", "0.2", "-o", in("declared")}, worldArgs...)...))
	planting, mapping := in("declared/planting.csv"), in("m.yaml")
	mustExit(t, exitOK, program(t, nil, "registry", "mapping", "suggest", planting, "--kind", "plantings", "-o", mapping))
	mustExit(t, exitOK, program(t, nil, "registry", "mapping", "confirm", mapping, "--by", "李四", "--beside", planting))
	truth := map[string]map[string]string{}
	for _, r := range table(t, in("declared/truth/declarations.csv")) {
		if r["season"] == worldSeason {
			truth[r["parcel_id"]] = r
		}
	}
	s := w.order(t)
	s.env, _ = servers(t)
	s.county = filepath.Join(w.dir, "county-declared.yaml")
	writeFile(t, s.county, []byte(strings.ReplaceAll(readFile(t, w.order(t).county), "declarations: planting.csv", "declarations: "+planting)))
	mustExit(t, exitOK, s.run(t))
	checkVerdicts(t, s.out, truth)
	w.checkDoubtsOfLabels(t, s.env, truth)
}

// checkVerdicts asks parcels.csv for each declaration, and whether those that it
// doubts are wrong.
func checkVerdicts(t *testing.T, out string, truth map[string]map[string]string) {
	t.Helper()
	told, doubted, right := 0, 0, 0
	for _, p := range table(t, filepath.Join(out, "parcels.csv")) {
		want := truth[p["parcel_id"]]
		if p["declared_crop"] != want["declared"] {
			t.Errorf("%s is declared as %q, parcels.csv says %q", p["parcel_id"], want["declared"], p["declared_crop"])
		}
		if want == nil {
			continue
		}
		told++
		if agrees := p["declaration"] == "agrees"; agrees != (p["crop"] == p["declared_crop"]) {
			t.Errorf("%v", p)
		}
		if p["declaration"] != "doubtful" {
			continue
		}
		doubted++
		if want["wrong"] == "true" {
			right++
		}
		if _, reason := outcome(t, out, "declare", p["parcel_id"]); !strings.Contains(reason, "declared as "+want["declared"]) {
			t.Errorf("%s: %s", p["parcel_id"], reason)
		}
	}
	t.Logf("the run doubts %d of %d declarations, %d of them wrong", doubted, told, right)
	if doubted < 10 || right < doubted*8/10 {
		t.Errorf("%d of %d doubted declarations are wrong", right, doubted)
	}
}

// checkDoubtsOfLabels fits on the declarations alone and asks for the wrong ones.
func (w *world) checkDoubtsOfLabels(t *testing.T, env []string, truth map[string]map[string]string) {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	where := []string{"--county", "370199", "--season", worldSeason}
	r := program(t, env, append([]string{"crop", "samples", "-o", in("s.csv.gz")}, where...)...)
	mustExit(t, exitOK, r)
	if !strings.Contains(r.errors, "declared parcels (as the run kept them); left out: 0 with several crops") {
		t.Errorf("%s", r.errors)
	}
	r = program(t, nil, "crop", "fit", "--samples", in("s.csv.gz"), "-o", in("m"), "--ignore", "village", "--drop-doubts", "--doubts", in("d.csv"), "--trees", "60")
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, "samples whose labels are in doubt") {
		t.Errorf("the card is silent on what was left out:\n%s", r.out)
	}
	mustExit(t, exitOK, program(t, env, append([]string{"crop", "doubts", in("d.csv"), "-o", in("w.csv")}, where...)...))
	wrong, found, told := 0, 0, table(t, in("w.csv"))
	for _, d := range truth {
		if d["wrong"] == "true" {
			wrong++
		}
	}
	for _, row := range told {
		d := truth[row["地块编码 parcel_id"]]
		if d["wrong"] == "true" {
			found++
		}
		if row["申报代码 declared"] != d["declared"] || row["承包方编码 household_id"] == "" || row["申报作物 declared_zh"] == row["申报代码 declared"] {
			t.Errorf("%v, declared as %v", row, d)
		}
	}
	t.Logf("of %d wrong declarations %d are among %d doubts", wrong, found, len(told))
	if 3*found < 2*wrong || 3*found < 2*len(told) {
		t.Errorf("of %d wrong declarations %d are among %d doubts", wrong, found, len(told))
	}
	// What the registry plantings verb writes does as well, and what is no
	// declaration is refused.
	bad := in("bad.csv")
	for text, want := range map[string]string{
		"parcel,crop\n": "want the columns parcel_id and crop",
		"parcel_id,crop,season\np,maize,autumn\n":  `line 2: column season: "autumn"`,
		"parcel_id,crop,year\np,maize,last\n":      `line 2: column year: "last"`,
		"parcel_id,crop,sown\np,maize,yesterday\n": `line 2: column sown: "yesterday"`,
		"parcel_id,crop\np,\n":                     "line 2: parcel_id and crop must not be empty",
		"parcel_id,crop\nelsewhere,maize\n":        "none of the 1 declared parcels",
		"parcel_id,crop,year\np,maize,1999\n":      "no parcel of county 370199 has one declared crop",
	} {
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := program(t, env, append([]string{"crop", "samples", "--declared", bad, "-o", in("x.csv")}, where...)...); r.code != exitFail || !strings.Contains(r.errors, want) {
			t.Errorf("%q: exit %d, %s; want %s", text, r.code, r.errors, want)
		}
	}
	writeFile(t, bad, []byte("sample_id,label,suggested,p_label,p_suggested\nelsewhere,maize,soybean,0.1,0.9\n"))
	if r := program(t, env, append([]string{"crop", "doubts", bad}, where...)...); r.code != exitFail || !strings.Contains(r.errors, `sample "elsewhere" is no parcel of county 370199`) {
		t.Errorf("%+v", r)
	}
}
