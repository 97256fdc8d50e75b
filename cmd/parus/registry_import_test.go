package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestAMappingIsKeptForTheNextHandOverOnceSomebodyStandsBehindIt(t *testing.T) {
	t.Parallel()
	env, _ := servers(t)
	w := &told{env: env}
	dir := t.TempDir()
	mapping, page, list := filepath.Join(dir, "m.yaml"), filepath.Join(dir, "r.html"), filepath.Join(dir, "r.json")
	const text = "kind: parcels\nconfirmed_by: 'BY'\ncolumns: {id: parcel_id, household: household_id, area: area_m2}\n"
	imports := func(file string, more ...string) result {
		t.Helper()
		return w.parus(t, append([]string{"registry", "import", file, "--county", "370199"}, more...)...)
	}
	writeFile(t, mapping, []byte(strings.Replace(text, "BY", "", 1)))
	if r := imports(squares(t, 4, 9), "--mapping", mapping); r.code != exitFail || !strings.Contains(r.errors, "is not confirmed") {
		t.Errorf("a mapping that nobody confirmed: %+v", r)
	}
	if r := w.parus(t, "registry", "check", squares(t, 4, 9), "--mapping", mapping, "--report", list); r.code != exitOK || !strings.Contains(r.errors, "not confirmed") {
		t.Errorf("check does not say so, or does not go on: %+v", r)
	}
	writeFile(t, mapping, []byte(strings.Replace(text, "BY", "李四", 1)))
	mustExit(t, exitOK, imports(squares(t, 4, 9), "--mapping", mapping))
	if r := imports(squares(t, 5, 9)); r.code != exitOK || !strings.Contains(r.errors, "mapping of the last hand-over") || !strings.Contains(r.errors, "李四") {
		t.Errorf("the mapping is not used again: %+v", r)
	}
	other := squares(t, 5, 2)
	writeFile(t, other, []byte(strings.ReplaceAll(readFile(t, other), "household_id", "owner")))
	if r := imports(other); r.code != exitOK || !strings.Contains(r.errors, "does not fit") {
		t.Errorf("a file that it does not fit: %+v", r)
	}
	mustExit(t, exitOK, w.parus(t, "registry", "report", "--county", "370199", "--release", "1", "--html", page, "--json", list))
	if html, json := readFile(t, page), readFile(t, list); !strings.Contains(html, "370199") || !strings.Contains(json, `"in": 4`) {
		t.Errorf("the report of release 1: %s", json)
	}
	if r := w.parus(t, "registry", "report", "--county", "370199"); r.code != exitUsage {
		t.Errorf("a report that goes nowhere: %+v", r)
	}
}
