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
