package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// squares writes parcels of a hundredth of a degree side by side, those from
// first on shifted to the north.
func squares(t *testing.T, n, first int) string {
	t.Helper()
	var features []string
	for i := range n {
		x, y := 117+float64(i)*.01, 36.0
		if i >= first {
			y += .0005
		}
		features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"parcel_id":"p%d","household_id":"h%d","village":"370199101001","name":"东地%d","area_m2":%d},"geometry":{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}}`,
			i, i/2, i, 1_000_000, x, y, x+.009, y, x+.009, y+.01, x, y+.01, x, y))
	}
	path := filepath.Join(t.TempDir(), "land.geojson")
	writeFile(t, path, []byte(`{"type":"FeatureCollection","features":[`+strings.Join(features, ",\n")+`]}`))
	return path
}

func TestReleasesComeGoBackAndAreExported(t *testing.T) {
	t.Parallel()
	env, _ := servers(t)
	w := &told{env: env}
	on := func(args ...string) []string { return append(args, "--county", "370199") }
	mustExit(t, exitOK, w.parus(t, on("registry", "import", squares(t, 4, 9))...))
	second := w.parus(t, on("registry", "import", squares(t, 5, 3), "--valid-from", "2026-01-01")...)
	mustExit(t, exitOK, second)
	// p0 to p2 stay, p3 moves, p4 comes with household h2.
	if !strings.Contains(second.errors, "parcels: 1 added, 0 removed, 1 changed; households: 1 added, 0 removed, 0 changed since release 1") {
		t.Errorf("%s", second.errors)
	}
	export := func(release string) string {
		t.Helper()
		out := filepath.Join(t.TempDir(), "o.geojson")
		args := on("registry", "export", "--format", "geojson", "-o", out)
		if release != "" {
			args = append(args, "--release", release)
		}
		mustExit(t, exitOK, w.parus(t, args...))
		return readFile(t, out)
	}
	if text := export(""); strings.Count(text, `"Feature"`) != 5 || !strings.Contains(text, `"determination:datetime":"2026-01-01T00:00:00Z"`) || !strings.Contains(text, `"collection":"370199-2"`) {
		t.Errorf("release in force: %s", text)
	}
	if text := export("1"); strings.Count(text, `"Feature"`) != 4 {
		t.Errorf("release 1: %s", text)
	}
	if r := w.parus(t, on("registry", "delete", "2")...); r.code != exitFail || !strings.Contains(r.errors, "in force") {
		t.Errorf("delete what is in force: %+v", r)
	}
	mustExit(t, exitOK, w.parus(t, on("registry", "activate", "--previous")...))
	if r := w.parus(t, on("registry", "import", squares(t, 5, 3))...); r.code != exitOK || !strings.Contains(r.errors, "another one is in force") {
		t.Errorf("import what is there and not in force: %+v", r)
	}
	mustExit(t, exitOK, w.parus(t, on("registry", "delete", "2")...))
	if r := w.parus(t, on("registry", "activate", "2")...); r.code != exitFail {
		t.Errorf("activate what is gone: %+v", r)
	}
	for _, args := range [][]string{{"registry", "activate"}, {"registry", "activate", "1", "--previous"}} {
		if r := w.parus(t, on(args...)...); r.code != exitUsage {
			t.Errorf("%v: %+v", args, r)
		}
	}
	if r := w.parus(t, "registry", "export", "--county", "370198", "--release", "1", "--format", "gpkg", "-o", filepath.Join(t.TempDir(), "x")); r.code != exitFail {
		t.Errorf("a release of another county: %+v", r)
	}
}

// What is exported and imported again is the same land: nothing has changed
// but what the format has no place for.
func TestAnExportImportedAgainIsTheSameLand(t *testing.T) {
	t.Parallel()
	env, _ := servers(t)
	w := &told{env: env}
	on := func(args ...string) []string { return append(args, "--county", "370199") }
	mustExit(t, exitOK, w.parus(t, on("registry", "import", squares(t, 6, 3))...))
	for _, c := range []struct{ name, format, want string }{
		{"o.gpkg", "gpkg", "parcels: 0 added, 0 removed, 0 changed; households: 0 added, 0 removed, 0 changed"},
		{"o.parquet", "fiboa", "parcels: 0 added, 0 removed, 6 changed"}, // fiboa has no households, villages and names
		{"o.geojson", "geojson", "parcels: 0 added, 0 removed, 6 changed"},
	} {
		out := filepath.Join(t.TempDir(), c.name)
		mustExit(t, exitOK, w.parus(t, on("registry", "export", "--release", "1", "--format", c.format, "-o", out)...))
		r := w.parus(t, on("registry", "import", out)...)
		mustExit(t, exitOK, r)
		if !strings.Contains(r.errors, c.want) {
			t.Errorf("%s: %s", c.name, r.errors)
		}
		mustExit(t, exitOK, w.parus(t, on("registry", "activate", "1")...))
	}
}

// testInForce runs the season from the release that the undisturbed run has
// imported, and scores it again.
func (w *world) testInForce(t *testing.T) {
	s := w.order(t)
	s.env, s.registry = w.env, ""
	r := s.run(t)
	mustExit(t, exitOK, r)
	if !strings.Contains(r.errors, "release 1 is in force") {
		t.Errorf("%s", r.errors)
	}
	sameFiles(t, files(t, s.out), w.undisturbed)
	out := filepath.Join(t.TempDir(), "out")
	mustExit(t, exitOK, program(t, w.env, "rescore", "--county", "370199", "--season", worldSeason, "--out", out))
	sameFiles(t, files(t, out), w.undisturbed)
}
