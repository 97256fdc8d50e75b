package stac_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/stac"
)

// fields builds JSON objects in tests.
type fields = map[string]any

// testItem is a Sentinel-2 item with one file per resolution, like many
// folders that people keep.
func testItem(id, datetime string) fields {
	return fields{
		"type": "Feature", "stac_version": "1.0.0", "id": id,
		"geometry":   fields{"type": "Polygon", "coordinates": [][][]float64{{{117, 36}, {118, 36}, {118, 37}, {117, 37}, {117, 36}}}},
		"properties": fields{"datetime": datetime, "constellation": "sentinel-2", "processing:level": "L2A", "eo:cloud_cover": 12.5},
		"links":      []any{},
		"assets": fields{
			"bands_10m": fields{"href": "./ten.tif", "type": "image/tiff", "roles": []string{"data"},
				"eo:bands": []fields{{"name": "B02"}, {"name": "B03"}, {"name": "B04"}, {"name": "B08"}}},
			"bands_20m": fields{"href": "./twenty.tif", "type": "image/tiff", "roles": []string{"data"},
				"eo:bands": []fields{{"name": "B05"}, {"name": "B11"}, {"name": "SCL"}}},
			"thumbnail": fields{"href": "./t.png", "roles": []string{"thumbnail"}},
		},
	}
}

// write stores values as JSON, or text as it is, under a new folder.
func write(t *testing.T, files map[string]any) string {
	t.Helper()
	dir := t.TempDir()
	for name, v := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data, ok := v.(string)
		if !ok {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			data = string(b)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, source string, q stac.Query) stac.Result {
	t.Helper()
	r, err := stac.Load(context.Background(), source, q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ids(scenes []imagery.Scene) []string {
	var out []string
	for _, s := range scenes {
		out = append(out, s.ID)
	}
	return out
}

func TestItemWithSeveralBandsAFile(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]any{"item.json": testItem("a", "2024-05-01T03:00:00Z"), "ten.tif": "10", "twenty.tif": "20"})
	r := load(t, filepath.Join(dir, "item.json"), stac.Query{})
	if len(r.Scenes) != 1 || len(r.Refused) != 0 {
		t.Fatalf("%+v", r)
	}
	s := r.Scenes[0]
	var got []string
	for _, b := range s.Bands {
		got = append(got, fmt.Sprintf("%s %s %d", b.Name, filepath.Base(b.Href), b.Index))
	}
	want := []string{"B02 ten.tif 1", "B03 ten.tif 2", "B04 ten.tif 3", "B05 twenty.tif 1", "B08 ten.tif 4", "B11 twenty.tif 2", "SCL twenty.tif 3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s.Sensor != "sentinel-2-l2a" || *s.CloudCover != 12.5 || s.Bound.Max != (orb.Point{118, 37}) || len(s.InputDigest) != 64 {
		t.Errorf("%+v", s)
	}
}

func TestFilesInASubfolderAreFoundWithANote(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]any{"items.json": fields{"type": "FeatureCollection", "features": []any{testItem("a", "2024-05-01T03:00:00Z")}},
		"sentinel2/ten.tif": "10", "sentinel2/twenty.tif": "20"})
	r := load(t, filepath.Join(dir, "items.json"), stac.Query{})
	if len(r.Scenes) != 1 || len(r.Scenes[0].Notes) != 1 || !strings.Contains(r.Scenes[0].Notes[0], "sentinel2") {
		t.Fatalf("%+v", r)
	}
}

func TestItemsThatCannotBeUsedAreRefusedAndStopNobody(t *testing.T) {
	t.Parallel()
	edit := func(id string, f func(fields)) fields {
		it := testItem(id, "2024-05-02T03:00:00Z")
		f(it)
		return it
	}
	assets := func(it fields) fields { return it["assets"].(fields) }
	features := []any{
		testItem("good", "2024-05-01T03:00:00Z"),
		edit("no mask", func(it fields) { assets(it)["bands_20m"].(fields)["eo:bands"] = []fields{{"name": "B05"}} }),
		edit("no red", func(it fields) {
			assets(it)["bands_10m"].(fields)["eo:bands"] = []fields{{"name": "B02"}, {"name": "B08"}}
		}),
		edit("no file", func(it fields) { assets(it)["bands_10m"].(fields)["href"] = "./gone.tif" }),
		edit("no sensor", func(it fields) { it["properties"].(fields)["constellation"] = "spot" }),
		edit("no time", func(it fields) { delete(it["properties"].(fields), "datetime") }),
		edit("bad time", func(it fields) { it["properties"].(fields)["datetime"] = "yesterday" }),
		edit("no assets", func(it fields) { delete(it, "assets") }),
		edit("bad geometry", func(it fields) { it["geometry"] = fields{"type": "Polygon", "coordinates": "x"} }),
		edit("bad assets", func(it fields) { it["assets"] = "x" }),
	}
	dir := write(t, map[string]any{"items.json": fields{"type": "FeatureCollection", "features": features}, "ten.tif": "10", "twenty.tif": "20"})
	r := load(t, filepath.Join(dir, "items.json"), stac.Query{})
	if diff := cmp.Diff([]string{"good"}, ids(r.Scenes)); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{
		"no mask": "SCL is missing", "no red": "B04 is missing", "no file": "gone.tif is missing", "no sensor": "sensor unknown",
		"no time": "no datetime", "bad time": "yesterday", "no assets": "no asset", "bad geometry": "geometry", "bad assets": "cannot be read",
	}
	for _, ref := range r.Refused {
		if w, ok := want[ref.ID]; !ok || !strings.Contains(ref.Reason, w) {
			t.Errorf("%s: %q, want %q", ref.ID, ref.Reason, w)
		}
		delete(want, ref.ID)
	}
	if len(want) > 0 {
		t.Errorf("not refused: %v", want)
	}
}

func TestQueryNarrowsByTimeAndPlace(t *testing.T) {
	t.Parallel()
	far := testItem("far", "2024-05-02T03:00:00Z")
	far["geometry"] = fields{"type": "Polygon", "coordinates": [][][]float64{{{10, 6}, {11, 6}, {11, 7}, {10, 6}}}}
	dir := write(t, map[string]any{"items.json": fields{"type": "FeatureCollection", "features": []any{
		testItem("before", "2024-04-30T23:59:59Z"), testItem("first", "2024-05-01T00:00:00Z"), testItem("last", "2024-05-31T23:00:00Z"),
		testItem("after", "2024-06-01T00:00:00Z"), far,
	}}, "ten.tif": "10", "twenty.tif": "20"})
	r := load(t, filepath.Join(dir, "items.json"), stac.Query{
		Start: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2024, 5, 31, 0, 0, 0, 0, time.UTC),
		Bound: &orb.Bound{Min: orb.Point{117.5, 36.5}, Max: orb.Point{117.6, 36.6}},
	})
	if diff := cmp.Diff([]string{"first", "last"}, ids(r.Scenes)); diff != "" || len(r.Refused) > 0 {
		t.Errorf("%s refused %v", diff, r.Refused)
	}
}

func TestReprocessedScenesAreAllKeptAndRepeatedOnesOnce(t *testing.T) {
	t.Parallel()
	names := []string{
		"S2B_MSIL2A_20200322T074609_N0214_R135_T36NYH_20200322T112223",
		"S2B_MSIL2A_20200322T074609_N0500_R135_T36NYH_20230612T214223",
		"S2B_MSIL2A_20200322T074609_N0500_R135_T36NYJ_20230612T214223", // the neighbour
	}
	var features []any
	for _, n := range names {
		features = append(features, testItem(n, "2020-03-22T07:46:09.024Z"))
	}
	features = append(features, testItem(names[0], "2020-03-22T07:46:09.024Z"))
	dir := write(t, map[string]any{"items.json": fields{"type": "FeatureCollection", "features": features}, "ten.tif": "10", "twenty.tif": "20"})
	r := load(t, filepath.Join(dir, "items.json"), stac.Query{})
	if diff := cmp.Diff(names, ids(r.Scenes)); diff != "" {
		t.Error(diff)
	}
	if len(r.Refused) != 1 || r.Refused[0].ID != names[0] || !strings.Contains(r.Refused[0].Reason, "more than once") {
		t.Errorf("%+v", r.Refused)
	}
	if s := r.Scenes[1]; s.Baseline != "05.00" || s.MGRSTile != "36NYH" || s.Created.Format(time.DateOnly) != "2023-06-12" {
		t.Errorf("baseline %q tile %q created %v", s.Baseline, s.MGRSTile, s.Created)
	}
}

func TestScaleOffsetAndNoDataOfTheItem(t *testing.T) {
	t.Parallel()
	it := testItem("a", "2024-05-01T03:00:00Z")
	it["assets"] = fields{
		// STAC 1.0 as Earth Search writes it
		"red":    fields{"href": "./r.tif", "type": "image/tiff", "eo:bands": []fields{{"name": "red", "common_name": "red"}}, "raster:bands": []fields{{"nodata": 0, "scale": 0.0001, "offset": -0.1}}},
		"visual": fields{"href": "./v.tif", "type": "image/tiff", "eo:bands": []fields{{"name": "red"}, {"name": "green"}, {"name": "blue"}}},
		// STAC 1.1 as Copernicus writes it, several resolutions
		"B08_10m": fields{"href": "./n10.jp2", "type": "image/jp2", "nodata": 7, "raster:scale": 0.0002, "raster:offset": -0.2, "bands": []fields{{"name": "B08", "eo:common_name": "nir"}}},
		"B08_20m": fields{"href": "./n20.tif", "type": "image/tiff", "bands": []fields{{"name": "B08"}}},
		"SCL_20m": fields{"href": "./s.tif", "type": "image/tiff"},
		"SCL_60m": fields{"href": "./s60.tif", "type": "image/tiff"},
	}
	files := map[string]any{"item.json": it}
	for _, n := range []string{"r.tif", "v.tif", "n10.jp2", "n20.tif", "s.tif", "s60.tif"} {
		files[n] = n
	}
	dir := write(t, files)
	r := load(t, filepath.Join(dir, "item.json"), stac.Query{})
	if len(r.Scenes) != 1 {
		t.Fatalf("%+v", r)
	}
	zero, seven := 0.0, 7.0
	want := []imagery.Band{
		{Name: "B04", Href: filepath.Join(dir, "r.tif"), Index: 1, Scale: .0001, Offset: -.1, ScaleSource: "item", NoData: &zero},
		{Name: "B08", Href: filepath.Join(dir, "n10.jp2"), Index: 1, Scale: .0002, Offset: -.2, ScaleSource: "item", NoData: &seven},
		{Name: "SCL", Href: filepath.Join(dir, "s.tif"), Index: 1, NoData: &zero},
	}
	if diff := cmp.Diff(want, r.Scenes[0].Bands); diff != "" {
		t.Error(diff)
	}
	it["properties"].(fields)["earthsearch:boa_offset_applied"] = true
	dir = write(t, files)
	r = load(t, filepath.Join(dir, "item.json"), stac.Query{})
	if b := r.Scenes[0].Bands[0]; b.Offset != 0 || len(r.Scenes[0].Notes) != 1 {
		t.Errorf("an offset that is applied already is applied again: %+v, notes %v", b, r.Scenes[0].Notes)
	}
}

func TestDigestFollowsContentAndNotPlace(t *testing.T) {
	t.Parallel()
	digest := func(files map[string]any) string {
		return load(t, filepath.Join(write(t, files), "item.json"), stac.Query{}).Scenes[0].InputDigest
	}
	files := map[string]any{"item.json": testItem("a", "2024-05-01T03:00:00Z"), "ten.tif": "10", "twenty.tif": "20"}
	first := digest(files)
	if again := digest(files); again != first {
		t.Error("another folder gives another digest")
	}
	files["ten.tif"] = "11"
	if digest(files) == first {
		t.Error("another content gives the same digest")
	}
	second := digest(files)
	files["ten.tif.msk"] = "mask"
	masked := digest(files)
	if masked == second {
		t.Error("a mask beside a file gives the same digest")
	}
	files["ten.tif.msk"] = "another mask"
	if digest(files) == masked {
		t.Error("another mask gives the same digest")
	}
}

func TestFoldersAndStaticCatalogues(t *testing.T) {
	t.Parallel()
	folder := write(t, map[string]any{"b.json": testItem("b", "2024-05-02T03:00:00Z"), "a.json": testItem("a", "2024-05-01T03:00:00Z"),
		"summary.json": fields{"n": 2}, "broken.json": "{", "ten.tif": "10", "twenty.tif": "20"})
	r := load(t, folder, stac.Query{})
	if diff := cmp.Diff([]string{"a", "b"}, ids(r.Scenes)); diff != "" {
		t.Error(diff)
	}
	if len(r.Refused) != 1 || r.Refused[0].ID != "broken.json" {
		t.Errorf("%+v", r.Refused)
	}
	catalogue := write(t, map[string]any{
		"catalog.json": fields{"type": "Catalog", "id": "c", "links": []fields{{"rel": "child", "href": "./y/collection.json"}, {"rel": "self", "href": "./catalog.json"}}},
		"y/collection.json": fields{"type": "Collection", "id": "y", "links": []fields{
			{"rel": "item", "href": "./a.json"}, {"rel": "item", "href": "./missing.json"}, {"rel": "child", "href": "../catalog.json"}, {"rel": "parent", "href": "../catalog.json"}}},
		"y/a.json": testItem("a", "2024-05-01T03:00:00Z"), "y/ten.tif": "10", "y/twenty.tif": "20",
	})
	r = load(t, catalogue, stac.Query{})
	if diff := cmp.Diff([]string{"a"}, ids(r.Scenes)); diff != "" {
		t.Error(diff)
	}
	if len(r.Refused) != 1 || !strings.HasSuffix(r.Refused[0].ID, "missing.json") {
		t.Errorf("%+v", r.Refused)
	}
}

func TestSourcesThatAreNoneFail(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]any{"other.json": fields{"type": "Topology"}, "broken.json": "{\"type\": \"Feat", "empty/readme.txt": ""})
	for _, source := range []string{"other.json", "broken.json", "nowhere.json", "empty"} {
		if r, err := stac.Load(context.Background(), filepath.Join(dir, source), stac.Query{}); err == nil {
			t.Errorf("%s: %+v", source, r)
		} else if !strings.Contains(err.Error(), source) {
			t.Errorf("%s is not named: %v", source, err)
		}
	}
}

func FuzzItem(f *testing.F) {
	b, _ := json.Marshal(testItem("a", "2024-05-01T03:00:00Z"))
	f.Add(b)
	f.Add([]byte(`{"type":"Feature","id":"x","bbox":[1,2,3,4],"properties":{"datetime":"2024-01-01"},"assets":{"B04":{"href":"x","eo:bands":[0]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "item.json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := stac.Load(context.Background(), path, stac.Query{})
		if err == nil {
			for _, s := range r.Scenes {
				if s.ID == "" || len(s.Bands) == 0 || s.InputDigest == "" {
					t.Fatalf("half a scene: %+v", s)
				}
			}
		}
	})
}
