package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

const twoParcels = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"parcel_id":"a"},"geometry":{"type":"Polygon","coordinates":[[[3,50],[3.001,50],[3.001,50.001],[3,50.001],[3,50]]]}},
{"type":"Feature","properties":{"parcel_id":"b"},"geometry":{"type":"Polygon","coordinates":[[[3.01,50],[3.011,50.001],[3.011,50],[3.01,50.001],[3.01,50]]]}}]}`

// parus runs the command line in the process.
func parusOn(t *testing.T, args ...string) (code int, out, words string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, &streams{Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func TestRegistryCheckWritesItsReportAndItsMap(t *testing.T) {
	dir := t.TempDir()
	in, report, places := filepath.Join(dir, "p.geojson"), filepath.Join(dir, "r.json"), filepath.Join(dir, "d.geojson")
	if err := os.WriteFile(in, []byte(twoParcels), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, words := parusOn(t, "registry", "check", in, "--report", report, "--geojson", places); code != exitOK {
		t.Fatalf("exit %d: %s", code, words)
	}
	var r struct {
		Rows    struct{ In, Accepted, Corrected, Quarantined int }
		Defects []struct{ Code, Severity, Layer, Key, Message, Fix string }
	}
	readJSON(t, report, &r)
	if r.Rows.In != 2 || r.Rows.Accepted != 1 || r.Rows.Quarantined != 1 || len(r.Defects) != 1 || r.Defects[0].Code != "GEOM_INVALID" || r.Defects[0].Key != "b" {
		t.Errorf("%+v", r)
	}
	var fc struct {
		Features []struct {
			Geometry   struct{ Coordinates [2]float64 }
			Properties struct{ Code string }
		}
	}
	readJSON(t, places, &fc)
	// The bow-tie's sides cross half-way: 3.0105, 50.0005.
	if c := fc.Features[0].Geometry.Coordinates; len(fc.Features) != 1 || c[0] < 3.01049 || c[0] > 3.01051 || c[1] < 50.00049 || c[1] > 50.00051 {
		t.Errorf("%+v", fc)
	}
}

func TestRegistryCheckFailsButReportsWhereNothingIsUsable(t *testing.T) {
	dir := t.TempDir()
	in, report := filepath.Join(dir, "p.geojson"), filepath.Join(dir, "r.json")
	empty := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"parcel_id":"a"},"geometry":null}]}`
	if err := os.WriteFile(in, []byte(empty), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, words := parusOn(t, "registry", "check", in, "--report", report); code != exitFail {
		t.Errorf("exit %d: %s", code, words)
	}
	var r struct{ Rows struct{ In, Quarantined int } }
	readJSON(t, report, &r)
	if r.Rows.In != 1 || r.Rows.Quarantined != 1 {
		t.Errorf("%+v", r)
	}
}

func TestRegistryExportWritesWhatIsUsable(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "p.geojson")
	if err := os.WriteFile(in, []byte(twoParcels), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"o.geojson", "o.parquet", "o.gpkg"} {
		format := "fiboa"
		if filepath.Ext(name) == ".gpkg" {
			format = "gpkg"
		}
		out := filepath.Join(dir, name)
		if code, _, words := parusOn(t, "registry", "export", "--package", in, "--format", format, "-o", out); code != exitOK {
			t.Fatalf("%s: exit %d: %s", name, code, words)
		}
		if code, _, words := parusOn(t, "registry", "check", out, "--report", filepath.Join(dir, "again.json")); code != exitOK {
			t.Errorf("%s does not read back: %s", name, words)
		}
	}
	if code, _, _ := parusOn(t, "registry", "export", "--format", "gpkg", "-o", filepath.Join(dir, "x.gpkg")); code != exitUsage {
		t.Errorf("exit %d without a source, want %d", code, exitUsage)
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestACountysTablesAreMappedConfirmedAndJoined(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if code, _, words := parusOn(t, "fixtures", "county", "--seed", "5", "--households", "30", "--size-px", "160", "--package-only", "-o", in("county")); code != exitOK {
		t.Fatalf("exit %d: %s", code, words)
	}
	packages, err := filepath.Glob(in("county/registry/*"))
	if err != nil || len(packages) != 1 {
		t.Fatal(packages, err)
	}
	for kind, table := range map[string]string{"subsidies": "subsidies.csv", "plantings": "planting.csv"} {
		file, mapping := in("county/"+table), in(kind+".yaml")
		read := func() (int, string) {
			code, _, words := parusOn(t, "registry", kind, file, "--package", packages[0], "--mapping", mapping, "--report", in(kind+".json"), "-o", in(kind+".csv"))
			return code, words
		}
		if code, _, words := parusOn(t, "registry", "mapping", "suggest", file, "--kind", kind, "-o", mapping); code != exitOK {
			t.Fatalf("exit %d: %s", code, words)
		}
		if code, words := read(); code != exitFail {
			t.Errorf("an unconfirmed mapping is used: exit %d: %s", code, words)
		}
		if code, _, words := parusOn(t, "registry", "mapping", "confirm", mapping, "--by", "李四"); code != exitOK {
			t.Fatalf("exit %d: %s", code, words)
		}
		if code, words := read(); code != exitOK {
			t.Fatalf("exit %d: %s", code, words)
		}
		var r struct{ Rows struct{ In, Accepted int } }
		readJSON(t, in(kind+".json"), &r)
		text, err := os.ReadFile(in(kind + ".csv"))
		if err != nil || r.Rows.In == 0 || bytes.Count(text, []byte("\n")) != r.Rows.Accepted+1 {
			t.Errorf("%s: %+v, %d lines, %v", kind, r, bytes.Count(text, []byte("\n")), err)
		}
	}
}

func TestRegistryCheckTakesAMappingAndWritesAPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, mapping, page := filepath.Join(dir, "p.geojson"), filepath.Join(dir, "m.yaml"), filepath.Join(dir, "r.html")
	for path, text := range map[string]string{in: twoParcels, mapping: "kind: parcels\nconfirmed_by: 李四\ncolumns: {id: parcel_id}\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, words := parusOn(t, "registry", "check", in, "--mapping", mapping, "--report", filepath.Join(dir, "r.json"), "--html", page); code != exitOK {
		t.Fatalf("exit %d: %s", code, words)
	}
	text, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(text, []byte("李四")) || !bytes.Contains(text, []byte("GEOM_INVALID")) {
		t.Errorf("%v: %.300s", err, text)
	}
	if code, _, words := parusOn(t, "registry", "check", in, "--mapping", in, "--report", filepath.Join(dir, "r.json")); code != exitUsage {
		t.Errorf("exit %d for what is no mapping: %s", code, words)
	}
}
