package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parus/imagery/gdal"
)

// badInputs are the cases of input that is wrong, each with what a person gets
// to read.
func (w *world) badInputs() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"a scene whose file is missing is named, and the rest goes on":     w.testMissingFile,
		"a scene that is cut short is named, and the rest goes on":         w.testCorruptFile,
		"where every scene is corrupt the run fails and names each":        w.testAllCorrupt,
		"a band without a scale takes its sensor's, and says so":           w.testNoScale,
		"scenes that touch no parcel end the run with the reason":          w.testNoOverlap,
		"parcels without a usable shape are named, and the rest goes on":   w.testBadParcels,
		"an empty registry ends the run with the reason":                   w.testEmptyRegistry,
		"amounts of households that can not be are refused":                w.testBadFinance,
		"a season without a clear date ends the run with the reason":       w.testAllCloud,
		"files that are not there or not what they should be are refused":  w.testWrongFiles,
		"what breaks decoders or comes from hostile servers is named":      w.testHostile,
		"items that are named twice and mended later leave no old outcome": w.testMended,
	}
}

// fails runs an order that must fail with words that hold all of want.
func (s order) fails(t *testing.T, want ...string) result {
	t.Helper()
	r := s.run(t)
	mustExit(t, exitFail, r)
	for _, part := range want {
		if !strings.Contains(r.errors, part) {
			t.Errorf("said %q without %q", r.errors, part)
		}
	}
	for _, name := range []string{"parcels.csv", "lines.csv", "report.html", "parcels.gpkg"} {
		if _, err := os.Stat(filepath.Join(s.out, name)); err == nil {
			t.Errorf("%s was written by a run that failed", name)
		}
	}
	return r
}

// assets visits the assets of an item.
func assets(it item, visit func(band string, a item)) {
	for band, a := range it["assets"].(map[string]any) {
		visit(band, a.(map[string]any))
	}
}

// rehome copies an asset's file into a folder of the test, changed.
func rehome(t *testing.T, a item, change func([]byte) []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.Base(a["href"].(string)))
	writeFile(t, path, change([]byte(readFile(t, a["href"].(string)))))
	a["href"] = path
}

func (w *world) testMissingFile(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	var lost string
	s.scenes = w.catalogue(t, func(items []item) []item {
		lost = items[3]["id"].(string)
		assets(items[3], func(band string, a item) {
			if band == "B08" {
				a["href"] = "/nowhere/B08.tif"
			}
		})
		return items
	})
	mustExit(t, exitOK, s.run(t))
	if o, reason := outcome(t, s.out, "catalogue", lost); o != "failed" || !strings.Contains(reason, "B08") || !strings.Contains(reason, "missing") {
		t.Errorf("%s: %s", o, reason)
	}
}

// half keeps the first half of a file.
func half(b []byte) []byte { return b[:len(b)/2] }

func (w *world) testCorruptFile(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	var broken string
	s.scenes = w.catalogue(t, func(items []item) []item {
		broken = items[2]["id"].(string)
		assets(items[2], func(band string, a item) {
			if band == "B04" {
				rehome(t, a, half)
			}
		})
		return items
	})
	mustExit(t, exitOK, s.run(t))
	for _, r := range table(t, filepath.Join(s.out, "outcomes.csv")) {
		if strings.Contains(r["item"], broken) && r["outcome"] == "failed" {
			if !strings.Contains(r["reason"], "B04") {
				t.Errorf("the reason does not name the file: %s", r["reason"])
			}
			return
		}
	}
	t.Errorf("no outcome names %s as failed", broken)
}

func (w *world) testAllCorrupt(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	var all []string
	s.scenes = w.catalogue(t, func(items []item) []item {
		for _, it := range items[:3] {
			all = append(all, it["id"].(string))
			assets(it, func(_ string, a item) { rehome(t, a, func([]byte) []byte { return []byte("no picture") }) })
		}
		return items[:3]
	})
	s.fails(t, "nothing usable is left after stage verify", "3 failed", "outcomes.csv")
	for _, id := range all {
		if o, reason := outcome(t, s.out, "verify", id); o != "failed" || reason == "" {
			t.Errorf("%s: %s %s", id, o, reason)
		}
	}
}

func (w *world) testNoScale(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	s.scenes = w.catalogue(t, func(items []item) []item {
		for _, it := range items {
			assets(it, func(_ string, a item) { delete(a, "raster:bands") })
		}
		return items
	})
	mustExit(t, exitOK, s.run(t))
	got := files(t, s.out)["parcels.csv"]
	if strings.Count(got, "\n") != strings.Count(w.undisturbed["parcels.csv"], "\n") {
		t.Error("parcels are missing where scales come from the sensor")
	}
	// An unknown sensor has no scale to fall back on.
	s.scenes = w.catalogue(t, func(items []item) []item {
		for _, it := range items {
			it["collection"] = "mystery"
			it["id"] = "MYSTERY_" + it["id"].(string)[4:]
			p := it["properties"].(map[string]any)
			p["platform"], p["instruments"] = "mystery-1", []any{"eye"}
			assets(it, func(_ string, a item) { delete(a, "raster:bands") })
		}
		return items
	})
	s.out = filepath.Join(t.TempDir(), "mystery")
	s.fails(t, "no usable scene", "MYSTERY_")
	if o, reason := outcome(t, s.out, "catalogue", "MYSTERY_"); o != "failed" || reason == "" {
		t.Errorf("%s: %s", o, reason)
	}
}

func (w *world) testNoOverlap(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	s.scenes = w.catalogue(t, func(items []item) []item {
		for _, it := range items { // a degree to the east
			b := it["bbox"].([]any)
			b[0], b[2] = b[0].(float64)+1, b[2].(float64)+1
			for _, p := range it["geometry"].(map[string]any)["coordinates"].([]any)[0].([]any) {
				p.([]any)[0] = p.([]any)[0].(float64) + 1
			}
		}
		return items
	})
	s.fails(t, "observe", "outcomes.csv")
	if o, reason := outcome(t, s.out, "observe", "S2"); o != "skipped" || !strings.Contains(reason, "touches no parcel") {
		t.Errorf("%s: %s", o, reason)
	}
}

// testBadParcels feeds parcels as GeoJSON: one of them crosses itself, one has
// no shape.
func (w *world) testBadParcels(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	square := func(id, ring string) string {
		return `{"type":"Feature","properties":{"parcel_id":"` + id + `","household_id":"h` + id + `"},"geometry":` + ring + `}`
	}
	at := func(coordinates string) string {
		return `{"type":"Polygon","coordinates":[[` + coordinates + `]]}`
	}
	path := filepath.Join(t.TempDir(), "parcels.geojson")
	writeFile(t, path, []byte(`{"type":"FeatureCollection","features":[`+strings.Join([]string{
		square("good", at("[117.610,36.548],[117.612,36.548],[117.612,36.550],[117.610,36.550],[117.610,36.548]")),
		square("bow", at("[117.613,36.548],[117.615,36.550],[117.615,36.548],[117.613,36.550],[117.613,36.548]")),
		square("shapeless", "null"),
		square("away", at("[117.710,36.548],[117.712,36.548],[117.712,36.550],[117.710,36.550],[117.710,36.548]")),
	}, ",")+`]}`))
	s.registry = path
	text := readFile(t, s.county)
	s.county = filepath.Join(w.dir, "county-parcels.yaml")
	writeFile(t, s.county, []byte(strings.Replace(text, "households: households.csv\n", "", 1)))
	mustExit(t, exitOK, s.run(t))
	named := ""
	for _, r := range table(t, filepath.Join(s.out, "outcomes.csv")) {
		if r["outcome"] != "done" {
			named += r["item"] + " at " + r["stage"] + ": " + r["reason"] + "\n"
		}
	}
	for _, id := range []string{"bow", "shapeless", "parcel away"} {
		if !strings.Contains(named, id) {
			t.Errorf("nothing tells of %s:\n%s", id, named)
		}
	}
	rows := table(t, filepath.Join(s.out, "parcels.csv"))
	if i := slices.IndexFunc(rows, func(r map[string]string) bool { return r["parcel_id"] == "good" }); i < 0 || rows[i]["crop"] == "" {
		t.Errorf("the good parcel has no crop: %v", rows)
	}
	if i := slices.IndexFunc(rows, func(r map[string]string) bool { return r["parcel_id"] == "away" }); i < 0 || rows[i]["crop"] != "" {
		t.Errorf("the parcel that no scene shows: %v", rows)
	}
}

func (w *world) testBadFinance(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	text := readFile(t, s.county)
	s.county = filepath.Join(w.dir, "county-finance.yaml")
	writeFile(t, s.county, []byte(strings.Replace(text, "households: households.csv\n", "households: odd-households.csv\n", 1)))
	for _, amount := range []string{"-5", "NaN", "Inf", "5e30", "much"} {
		writeFile(t, filepath.Join(w.dir, "odd-households.csv"), []byte("household_id,subsidy_cny\n370199101205010001,"+amount+"\n"))
		s.fails(t, "odd-households.csv", "row 2", "subsidy_cny", amount)
	}
}

func (w *world) testEmptyRegistry(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	s.registry = filepath.Join(t.TempDir(), "none.geojson")
	writeFile(t, s.registry, []byte(`{"type":"FeatureCollection","features":[]}`))
	s.fails(t, "none.geojson")
	s.registry = t.TempDir()
	s.fails(t, s.registry)
	s.registry = filepath.Join(t.TempDir(), "absent")
	s.fails(t, s.registry)
}

// testAllCloud writes masks that are cloud all over.
func (w *world) testAllCloud(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	s.scenes = w.catalogue(t, func(items []item) []item {
		for _, it := range items[:4] {
			assets(it, func(band string, a item) {
				if band == "SCL" {
					a["href"] = cloudLike(t, a["href"].(string))
				}
			})
		}
		return items[:4]
	})
	s.fails(t, "no parcel is clear on any date", "outcomes.csv")
	if o, reason := outcome(t, s.out, "assemble", "parcel "); o != "skipped" || !strings.Contains(reason, "not clear on any of") {
		t.Errorf("%s: %s", o, reason)
	}
}

// cloudLike writes a mask of the same grid that is class 9, cloud, everywhere.
func cloudLike(t *testing.T, mask string) string {
	t.Helper()
	info, err := gdal.ReadInfo(t.Context(), mask)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "SCL.tif")
	out, err := gdal.CreateGeoTIFF(path, gdal.RasterSpec{Grid: info.Grid, Bits: 8, Bands: []string{"SCL"}})
	if err != nil {
		t.Fatal(err)
	}
	dn := slices.Repeat([]uint16{9}, info.Grid.Width*info.Grid.Height)
	if err := out.WriteRows(1, 0, dn); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func (w *world) testWrongFiles(t *testing.T) {
	county := readFile(t, filepath.Join(w.dir, "county.yaml"))
	env, _ := servers(t)
	variant := func(name, from, to string) string {
		path := filepath.Join(w.dir, name)
		writeFile(t, path, []byte(strings.Replace(county, from, to, 1)))
		return path
	}
	model := readFile(t, filepath.Join(w.dir, "model-winter"))
	writeFile(t, filepath.Join(w.dir, "model-short"), half([]byte(model)))
	for name, c := range map[string]struct {
		change func(*order)
		want   []string
	}{
		"a key that county.yaml does not have": {func(s *order) { s.county = variant("c1.yaml", "currency:", "curency:") }, []string{"c1.yaml", "curency"}},
		"a season that is not listed":          {func(s *order) { s.name = "2031-spring" }, []string{"2031-spring", "county.yaml"}},
		"a crop model that is not there":       {func(s *order) { s.county = variant("c2.yaml", "model-winter", "model-none") }, []string{"crop model", "model-none"}},
		"a crop model that is cut short":       {func(s *order) { s.county = variant("c3.yaml", "model-winter", "model-short") }, []string{"crop model"}},
		"a catalogue that is not there":        {func(s *order) { s.scenes = "/nowhere/items.json" }, []string{"/nowhere/items.json"}},
		"a catalogue that is no STAC":          {func(s *order) { s.scenes = filepath.Join(w.dir, "statistics.csv") }, []string{"statistics.csv"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := w.order(t)
			s.env = env
			c.change(&s)
			r := s.fails(t, c.want...)
			if strings.Contains(r.errors, "goroutine") {
				t.Errorf("a stack is no word for people: %s", r.errors)
			}
		})
	}
}

func (w *world) testMended(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	var lost string
	s.scenes = w.catalogue(t, func(items []item) []item {
		lost = items[3]["id"].(string)
		assets(items[3], func(_ string, a item) { a["href"] = "/nowhere/x.tif" })
		return append(items, items[3]) // named twice
	})
	mustExit(t, exitOK, s.run(t))
	if o, _ := outcome(t, s.out, "catalogue", lost); o != "failed" {
		t.Errorf("%s is %q", lost, o)
	}
	s.scenes = w.catalogue(t, func(items []item) []item { return slices.Delete(items, 3, 4) })
	mustExit(t, exitOK, s.run(t))
	if text := files(t, s.out)["outcomes.csv"]; strings.Contains(text, lost) {
		t.Errorf("outcomes still tell of %s", lost)
	}
}
