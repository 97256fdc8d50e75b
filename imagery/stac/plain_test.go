package stac_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/stac"
)

const wfv = `sensor: gaofen-wfv
datetime: 2025-04-18T03:02:11Z
cloud_cover: 12.5
bound: [117, 36, 118, 37]
file: wfv.tif
bands:
  - {name: B1, index: 1, scale: 0.0001}
  - {name: green, index: 2, scale: 0.0001}
  - {name: B3, index: 3, scale: 0.0001, offset: -0.01}
  - {name: B4, index: 4, scale: 0.0001, nodata: 0}
`

func TestPlainRastersAreTakenByTheirDescription(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]any{"GF1.scene.yaml": wfv, "wfv.tif": "x"})
	for _, source := range []string{dir, filepath.Join(dir, "GF1.scene.yaml")} {
		got := load(t, source, stac.Query{})
		if len(got.Scenes) != 1 || len(got.Refused) != 0 {
			t.Fatalf("%s: %+v", source, got)
		}
		s := got.Scenes[0]
		if s.ID != "GF1" || s.Sensor != "gaofen-wfv" || *s.CloudCover != 12.5 || !s.Datetime.Equal(time.Date(2025, 4, 18, 3, 2, 11, 0, time.UTC)) ||
			s.Bound != (orb.Bound{Min: orb.Point{117, 36}, Max: orb.Point{118, 37}}) || len(s.InputDigest) != 64 {
			t.Errorf("%+v", s)
		}
		zero := 0.0
		want := imagery.Band{Name: "B4", Href: filepath.Join(dir, "wfv.tif"), Index: 4, Scale: 1e-4, ScaleSource: "item", NoData: &zero}
		if b, _ := s.Band("B4"); cmp.Diff(want, b) != "" {
			t.Error(cmp.Diff(want, b))
		}
		if b, ok := s.Band("B2"); !ok || b.Index != 2 {
			t.Errorf("the alias green: %+v", b)
		}
	}
	if got := load(t, dir, stac.Query{Start: time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC)}); len(got.Scenes)+len(got.Refused) != 0 {
		t.Errorf("a scene before the query: %+v", got)
	}
	if got := load(t, dir, stac.Query{Bound: &orb.Bound{Min: orb.Point{10, 10}, Max: orb.Point{11, 11}}}); len(got.Scenes)+len(got.Refused) != 0 {
		t.Errorf("a scene elsewhere: %+v", got)
	}
}

func TestDescriptionsThatCannotBeUsedAreRefusedByName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"no such sensor":         {strings.Replace(wfv, "gaofen-wfv", "spot", 1), `sensor "spot" is not known: name one of gaofen-wfv, landsat-c2-l2`},
		"no such band":           {strings.Replace(wfv, "green", "B9", 1), "gaofen-wfv has no such band"},
		"a band that is missing": {strings.Replace(wfv, "  - {name: B4, index: 4, scale: 0.0001, nodata: 0}\n", "", 1), "band B4 is missing"},
		"a file that is missing": {strings.Replace(wfv, "wfv.tif", "other.tif", 1), "file other.tif is missing"},
		"a path that leaves":     {strings.Replace(wfv, "wfv.tif", "../wfv.tif", 1), "no path beside the description"},
		"an absolute path":       {strings.Replace(wfv, "wfv.tif", "/etc/passwd", 1), "no path beside the description"},
		"an unknown key":         {wfv + "colour: red\n", "cannot be read"},
		"no time":                {strings.Replace(wfv, "2025-04-18T03:02:11Z", "yesterday", 1), "is no time"},
		"twice the same band":    {wfv + "  - {name: nir, index: 1}\n", "B4 is given twice"},
		"no scale above zero":    {strings.Replace(wfv, "scale: 0.0001, offset", "scale: 0, offset", 1), "no number above 0"},
		"offset without scale":   {strings.Replace(wfv, "scale: 0.0001, offset", "offset", 1), "offset without scale"},
		"gain without the sun":   {strings.Replace(wfv, "scale: 0.0001, offset: -0.01", "gain: 0.17", 1), "needs esun"},
		"an unknown unit":        {strings.Replace(wfv, "nodata: 0", "unit: volt", 1), "none of decibel"},
	} {
		got := load(t, write(t, map[string]any{"bad.scene.yaml": c.text, "wfv.tif": "x", "good.scene.yml": wfv}), stac.Query{})
		if len(got.Refused) != 1 || len(got.Scenes) != 1 || !strings.Contains(got.Refused[0].Reason, c.want) || !strings.HasPrefix(got.Refused[0].ID, "bad") {
			t.Errorf("%s: %+v and %d scenes", name, got.Refused, len(got.Scenes))
		}
	}
}

const mtl = `GROUP = LANDSAT_METADATA_FILE
  GROUP = PRODUCT_CONTENTS
    LANDSAT_PRODUCT_ID = "XYZ"
    PROCESSING_LEVEL = "L2SP"
    FILE_NAME_BAND_4 = "XYZ_SR_B4.TIF"
    FILE_NAME_BAND_5 = "XYZ_SR_B5.TIF"
    FILE_NAME_QUALITY_L1_PIXEL = "XYZ_QA_PIXEL.TIF"
  END_GROUP = PRODUCT_CONTENTS
  GROUP = IMAGE_ATTRIBUTES
    DATE_ACQUIRED = 2025-04-18
    SCENE_CENTER_TIME = "02:48:31.5764700Z"
    CLOUD_COVER = 3.25
  END_GROUP = IMAGE_ATTRIBUTES
  GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
    REFLECTANCE_MULT_BAND_4 = 2.75e-05
    REFLECTANCE_ADD_BAND_4 = -0.2
    REFLECTANCE_MULT_BAND_5 = 2.75e-05
    REFLECTANCE_ADD_BAND_5 = -0.2
  END_GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
END_GROUP = LANDSAT_METADATA_FILE
END
`

// landsatProduct is a product's files in a folder.
func landsatProduct(folder, id string) map[string]any {
	files := map[string]any{folder + id + "_MTL.txt": strings.ReplaceAll(mtl, "XYZ", id)}
	for _, b := range []string{"SR_B4", "SR_B5", "QA_PIXEL"} {
		files[folder+id+"_"+b+".TIF"] = id + b
	}
	// The item that comes with the product points to the network.
	files[folder+id+"_SR_stac.json"] = fields{"type": "Feature", "id": id, "properties": fields{"datetime": "2025-04-18T00:00:00Z"},
		"collection": "landsat-c2l2-sr", "assets": fields{"SR_B4.TIF": fields{"href": "https://example.test/B4.TIF"}}}
	return files
}

func TestLandsatProductsAreTakenByTheirMetadata(t *testing.T) {
	t.Parallel()
	const one, two = "LC08_L2SP_122035_20250418_20250425_02_T1", "LC09_L2SP_122035_20250418_20250426_02_T1"
	flat, deep := landsatProduct("", one), landsatProduct(two+"/", two)
	for name, v := range deep {
		flat[name] = v
	}
	dir := write(t, flat)
	got := load(t, dir, stac.Query{})
	if want := []string{one, two}; !slices.Equal(ids(got.Scenes), want) || len(got.Refused) != 0 {
		t.Fatalf("scenes %v, want %v; refused %+v", ids(got.Scenes), want, got.Refused)
	}
	alone := load(t, filepath.Join(dir, two), stac.Query{})
	byFile := load(t, filepath.Join(dir, two, two+"_MTL.txt"), stac.Query{})
	if len(alone.Scenes) != 1 || cmp.Diff(alone, byFile) != "" {
		t.Fatalf("a folder and its metadata file differ: %s", cmp.Diff(alone, byFile))
	}
	s := alone.Scenes[0]
	red, _ := s.Band("SR_B4")
	if s.Sensor != "landsat-c2-l2" || *s.CloudCover != 3.25 || red.Scale != 2.75e-5 || red.Offset != -.2 || red.Href != filepath.Join(dir, two, two+"_SR_B4.TIF") {
		t.Errorf("%+v", s)
	}
}

func TestLandsatProductsWithoutSurfaceReflectanceAreRefused(t *testing.T) {
	t.Parallel()
	const id = "LC08_L2SP_122035_20250418_20250425_02_T1"
	for name, c := range map[string]struct{ old, new, want string }{
		"Level-1":           {`"L2SP"`, `"L1TP"`, "Level-1"},
		"an older form":     {"PRODUCT_CONTENTS", "PRODUCT_METADATA", "Level-1"},
		"another name":      {`"XYZ"`, `"mine"`, "no name of a Collection 2"},
		"no time":           {"2025-04-18", "Friday", "are no time"},
		"no scale":          {"REFLECTANCE_MULT_BAND_4 = 2.75e-05", "", "REFLECTANCE_MULT_BAND_4"},
		"a file elsewhere":  {"XYZ_SR_B4.TIF", "../B4.TIF", "no name of a file"},
		"a band is missing": {"XYZ_SR_B4.TIF", "other.TIF", "band SR_B4 is missing"},
	} {
		files := landsatProduct("", id)
		files[id+"_MTL.txt"] = strings.ReplaceAll(strings.ReplaceAll(mtl, c.old, c.new), "XYZ", id)
		got := load(t, write(t, files), stac.Query{})
		if len(got.Scenes) != 0 || len(got.Refused) != 1 || !strings.Contains(got.Refused[0].Reason, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestRadarItemsKeepTheirDirectionAndUnit(t *testing.T) {
	t.Parallel()
	item := fields{"type": "Feature", "stac_version": "1.0.0", "id": "S1A_IW_GRDH_1SDV_20250401", "collection": "sentinel-1-rtc",
		"bbox":       []float64{117, 36, 118, 37},
		"properties": fields{"datetime": "2025-04-01T10:01:00Z", "sat:orbit_state": "Descending", "sar:polarizations": []string{"VV", "VH"}},
		"assets": fields{
			"vv": fields{"href": "vv.tif", "type": "image/tiff", "raster:bands": []fields{{"unit": "dB", "nodata": -9999}}},
			"vh": fields{"href": "vh.tif", "type": "image/tiff"},
		}}
	got := load(t, write(t, map[string]any{"i.json": item, "vv.tif": "x", "vh.tif": "y"}), stac.Query{})
	if len(got.Scenes) != 1 {
		t.Fatalf("%+v", got)
	}
	s := got.Scenes[0]
	vv, _ := s.Band("VV")
	vh, _ := s.Band("VH")
	if s.Orbit != "descending" || vv.Unit != "decibel" || *vv.NoData != -9999 || vh.Unit != "" {
		t.Errorf("%+v", s)
	}
}

func TestCompositesOfModisAreTaken(t *testing.T) {
	t.Parallel()
	item := fields{"type": "Feature", "stac_version": "1.0.0", "id": "MOD13Q1.A2025097.h27v05.061.2025114000000", "collection": "modis-13Q1-061",
		"bbox":       []float64{115, 35, 122, 40},
		"properties": fields{"datetime": nil, "start_datetime": "2025-04-07T00:00:00Z", "end_datetime": "2025-04-22T23:59:59Z", "platform": "terra"},
		"assets":     fields{}}
	files := map[string]any{}
	for _, key := range []string{"NDVI", "EVI", "red_reflectance", "NIR_reflectance", "composite_day_of_the_year", "pixel_reliability", "VI_Quality"} {
		item["assets"].(fields)["250m_16_days_"+key] = fields{"href": key + ".tif", "type": "image/tiff"}
		files[key+".tif"] = key
	}
	files["item.json"] = item
	got := load(t, write(t, files), stac.Query{})
	if len(got.Scenes) != 1 {
		t.Fatalf("%+v", got)
	}
	var names []string
	for _, b := range got.Scenes[0].Bands {
		names = append(names, b.Name)
	}
	if want := []string{"NDVI", "EVI", "RED", "NIR", "DOY", "RELIABILITY"}; !slices.Equal(names, want) || got.Scenes[0].Datetime.YearDay() != 97 {
		t.Errorf("bands %v on day %d, want %v", names, got.Scenes[0].Datetime.YearDay(), want)
	}
}

func TestFootprintsAcrossTheAntimeridianAreFound(t *testing.T) {
	t.Parallel()
	east := orb.Bound{Min: orb.Point{-179.9, 51}, Max: orb.Point{-179.5, 52}}
	for name, edit := range map[string]func(fields){
		"a bounding box from east to west": func(f fields) { delete(f, "geometry"); f["bbox"] = []float64{179, 51, -179, 52} },
		"a ring that jumps": func(f fields) {
			f["geometry"] = fields{"type": "Polygon", "coordinates": [][][]float64{{{179, 51}, {-179, 51}, {-179, 52}, {179, 52}, {179, 51}}}}
		},
		"a part on each side": func(f fields) {
			f["geometry"] = fields{"type": "MultiPolygon", "coordinates": [][][][]float64{
				{{{179, 51}, {180, 51}, {180, 52}, {179, 52}, {179, 51}}}, {{{-180, 51}, {-179, 51}, {-179, 52}, {-180, 52}, {-180, 51}}}}}
		},
	} {
		item := testItem("S2", "2025-04-01T00:00:00Z")
		edit(item)
		got := load(t, write(t, map[string]any{"i.json": item, "ten.tif": "x", "twenty.tif": "y"}), stac.Query{Bound: &east})
		if len(got.Scenes) != 1 || !got.Scenes[0].Bound.Intersects(east) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
