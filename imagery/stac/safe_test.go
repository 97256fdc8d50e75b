package stac_test

import (
	"archive/zip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parus/imagery/stac"
)

// product returns the files of a small SAFE product under its folder's name.
func product(name string) map[string]any {
	parts := strings.Split(name, "_") // platform, product, sensing, baseline, orbit, tile, made
	granule := "GRANULE/L2A_" + parts[5] + "_A1"
	files := map[string]any{}
	var listed string
	for _, band := range []string{"B04_10m", "B08_10m", "SCL_20m"} {
		image := fmt.Sprintf("%s/IMG_DATA/R%s/%s_%s_%s", granule, band[4:], parts[5], parts[2], band)
		listed += "<IMAGE_FILE>" + image + "</IMAGE_FILE>"
		files[name+".SAFE/"+image+".jp2"] = name + band
	}
	at, err := time.Parse("20060102T150405", parts[2])
	if err != nil {
		panic(err)
	}
	files[name+".SAFE/MTD_MSIL2A.xml"] = `<Level-2A_User_Product><General_Info><Product_Info><PRODUCT_START_TIME>` + at.Format(time.RFC3339) + `</PRODUCT_START_TIME>
<PRODUCT_URI>` + name + `.SAFE</PRODUCT_URI><PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL><PROCESSING_BASELINE>` + parts[3][1:3] + "." + parts[3][3:] + `</PROCESSING_BASELINE>
<Product_Organisation><Granule_List><Granule>` + listed + `</Granule></Granule_List></Product_Organisation></Product_Info>
<Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE>10000</BOA_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST></Product_Image_Characteristics></General_Info>
<Geometric_Info><Product_Footprint><Product_Footprint><Global_Footprint><EXT_POS_LIST>36 117 36 118 37 118 37 117 36 117</EXT_POS_LIST></Global_Footprint></Product_Footprint></Product_Footprint></Geometric_Info></Level-2A_User_Product>`
	files[name+".SAFE/"+granule+"/MTD_TL.xml"] = `<Level-2A_Tile_ID><General_Info><TILE_ID>S2B_OPER_A1_` + parts[5] + `_N05.10</TILE_ID></General_Info></Level-2A_Tile_ID>`
	return files
}

// pack writes files into a zip.
func pack(t *testing.T, path string, files map[string]any) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, v := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(v.(string))); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

const (
	first  = "S2B_MSIL2A_20240501T025539_N0510_R032_T50SMF_20240501T063021"
	second = "S2A_MSIL2A_20240506T025541_N0510_R032_T50SMF_20240506T070000"
	older  = "S2A_MSIL2A_20240506T025541_N0509_R032_T50SMF_20240506T060000"
)

func TestSAFEFolderByItsNameOrItsMetadata(t *testing.T) {
	t.Parallel()
	dir := write(t, product(first))
	for _, source := range []string{first + ".SAFE", first + ".SAFE/MTD_MSIL2A.xml"} {
		r := load(t, filepath.Join(dir, source), stac.Query{})
		if len(r.Scenes) != 1 || len(r.Refused) != 0 {
			t.Fatalf("%s: %+v", source, r)
		}
		s := r.Scenes[0]
		red, _ := s.Band("B04")
		want := filepath.Join(dir, first+".SAFE", "GRANULE/L2A_T50SMF_A1/IMG_DATA/R10m/T50SMF_20240501T025539_B04_10m.jp2")
		if s.ID != first || s.MGRSTile != "50SMF" || red.Href != want || red.Scale != 1e-4 || red.ScaleSource != "item" {
			t.Errorf("%+v", s)
		}
	}
}

func TestZipIsTheSameSceneAsItsFolder(t *testing.T) {
	t.Parallel()
	files := product(first)
	dir := write(t, files)
	inner := map[string]any{}
	for name, v := range files {
		inner[strings.TrimPrefix(name, first+".SAFE/")] = v
	}
	pack(t, filepath.Join(dir, "whole.zip"), files)
	pack(t, filepath.Join(dir, "inner.ZIP"), inner)
	folder := load(t, filepath.Join(dir, first+".SAFE"), stac.Query{}).Scenes[0]
	for name, root := range map[string]string{"whole.zip": first + ".SAFE/", "inner.ZIP": ""} {
		r := load(t, filepath.Join(dir, name), stac.Query{})
		if len(r.Scenes) != 1 {
			t.Fatalf("%s: %+v", name, r)
		}
		s := r.Scenes[0]
		red, _ := s.Band("B04")
		want := "/vsizip/{" + filepath.Join(dir, name) + "}/" + root + "GRANULE/L2A_T50SMF_A1/IMG_DATA/R10m/T50SMF_20240501T025539_B04_10m.jp2"
		if red.Href != want || s.InputDigest != folder.InputDigest {
			t.Errorf("%s: href %s\nwant %s\ndigest %s, of the folder %s", name, red.Href, want, s.InputDigest, folder.InputDigest)
		}
	}
}

func TestFolderOfSeveralProducts(t *testing.T) {
	t.Parallel()
	files := product(first)
	files["S2A_MSIL1C_20240506T025541_N0510_R032_T50SMF_20240506T050000.SAFE/MTD_MSIL1C.xml"] = "<a/>"
	files["empty.SAFE/readme.txt"] = ""
	files["notes/readme.txt"] = ""
	files["broken.zip"] = "PK"
	missing := product("S2A_MSIL2A_20240511T025541_N0510_R032_T50SMF_20240511T070000")
	for name, v := range missing {
		if !strings.Contains(name, "SCL") {
			files[name] = v
		}
	}
	dir := write(t, files)
	pack(t, filepath.Join(dir, "both.zip"), merge(product(second), product(older)))
	pack(t, filepath.Join(dir, "other.zip"), map[string]any{"a/readme.txt": ""})
	r := load(t, dir, stac.Query{})
	if diff := cmp.Diff([]string{first, older, second}, ids(r.Scenes)); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{
		"S2A_MSIL1C_20240506T025541_N0510_R032_T50SMF_20240506T050000": "Level-1C",
		"S2A_MSIL2A_20240511T025541_N0510_R032_T50SMF_20240511T070000": "T50SMF_20240511T025541_SCL_20m.jp2 is missing",
		"empty": "MTD_MSIL2A.xml is missing", "broken.zip": "zip", "other.zip": "MTD_MSIL2A.xml is missing",
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

func merge(all ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, m := range all {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestQueryNarrowsProducts(t *testing.T) {
	t.Parallel()
	dir := write(t, merge(product(first), product(second)))
	r := load(t, dir, stac.Query{Start: time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)})
	if diff := cmp.Diff([]string{second}, ids(r.Scenes)); diff != "" || len(r.Refused) > 0 {
		t.Errorf("%s refused %v", diff, r.Refused)
	}
	if _, err := stac.Load(context.Background(), dir, stac.Query{MaxItems: 1}); err == nil || !strings.Contains(err.Error(), "more than 1") {
		t.Errorf("%v", err)
	}
	if r := load(t, dir, stac.Query{Bands: []string{"B11"}}); len(r.Scenes) > 0 || len(r.Refused) != 2 || !strings.Contains(r.Refused[0].Reason, "B11") {
		t.Errorf("%+v", r)
	}
}

func TestZipsThatAreNoProductFailByName(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]any{"broken.zip": "PK"})
	pack(t, filepath.Join(dir, "other.zip"), map[string]any{"a/b/MTD_MSIL2A.xml": "<a/>"})
	for _, name := range []string{"broken.zip", "other.zip"} {
		if r, err := stac.Load(context.Background(), filepath.Join(dir, name), stac.Query{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}
