package gdal_test

import (
	"archive/zip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/stac"
)

const safeName = "S2B_MSIL2A_20240501T025539_N0510_R032_T50SMF_20240501T063021"

// jp2 writes a lossless JPEG 2000 file of one band.
func jp2(t *testing.T, path string, f tiff) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	ds, err := godal.Open(f.write(t))
	if err != nil {
		t.Fatal(err)
	}
	defer ds.Close()
	out, err := ds.Translate(path, []string{"-of", "JP2OpenJPEG", "-co", "QUALITY=100", "-co", "REVERSIBLE=YES"})
	if err != nil {
		t.Skipf("SKIPPED: this GDAL writes no JPEG 2000: %v", err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// safeFolder writes a product of 40 × 40 pixels of 10 m: vegetation whose DN
// contain the offset of −1000.
func safeFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), safeName+".SAFE")
	ten := imagery.GeoTransform{500000, 10, 0, 4000040, 0, -10}
	twenty := imagery.GeoTransform{500000, 20, 0, 4000040, 0, -20}
	var listed strings.Builder
	for _, b := range []string{"B02_10m", "B04_10m", "B08_10m", "SCL_20m"} {
		f := tiff{epsg: 32650, transform: ten, width: 40}
		low, n := 1010, 1600
		if b == "SCL_20m" {
			f.transform, f.width, low, n = twenty, 20, 4, 400
		}
		pixels := make([]uint16, n)
		for i := range pixels {
			pixels[i] = uint16(low)
			if n == 1600 {
				pixels[i] += uint16(i % 200)
			}
		}
		f.bands = [][]uint16{pixels}
		image := fmt.Sprintf("GRANULE/L2A_T50SMF_A1/IMG_DATA/R%s/T50SMF_20240501T025539_%s", b[4:], b)
		fmt.Fprintf(&listed, "<IMAGE_FILE>%s</IMAGE_FILE>", image)
		jp2(t, filepath.Join(folder, image+".jp2"), f)
	}
	var offsets strings.Builder
	for i := range 13 {
		fmt.Fprintf(&offsets, `<BOA_ADD_OFFSET band_id="%d">-1000</BOA_ADD_OFFSET>`, i)
	}
	document := `<Level-2A_User_Product><General_Info><Product_Info><PRODUCT_START_TIME>2024-05-01T02:55:39.024Z</PRODUCT_START_TIME><PRODUCT_URI>` + safeName + `.SAFE</PRODUCT_URI>
<PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL><PROCESSING_BASELINE>05.10</PROCESSING_BASELINE><Product_Organisation><Granule_List><Granule>` + listed.String() + `</Granule></Granule_List></Product_Organisation></Product_Info>
<Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE>10000</BOA_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>
<BOA_ADD_OFFSET_VALUES_LIST>` + offsets.String() + `</BOA_ADD_OFFSET_VALUES_LIST></Product_Image_Characteristics></General_Info></Level-2A_User_Product>`
	if err := os.WriteFile(filepath.Join(folder, "MTD_MSIL2A.xml"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// zipped packs a folder, under its own name, into a zip.
func zipped(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scene.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	if err := z.AddFS(os.DirFS(filepath.Dir(folder))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProductIsReadFromFolderAndZip(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	folder := safeFolder(t)
	for title, source := range map[string]string{"folder": folder, "zip": zipped(t, folder)} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			r := gdal.NewReader()
			defer r.Close()
			found, err := stac.Load(ctx, source, stac.Query{})
			if err != nil || len(found.Scenes) != 1 {
				t.Fatalf("%+v, %v", found, err)
			}
			s, err := r.Probe(ctx, found.Scenes[0])
			if err != nil {
				t.Fatal(err)
			}
			red, _ := s.Band("B04")
			if red.Scale != 1e-4 || red.Offset != -.1 || red.ScaleSource != "item" {
				t.Errorf("%+v, notes %v", red, s.Notes)
			}
			dst := make([]int32, 4)
			for band, want := range map[string][]int32{"B04": {1010, 1011, 1050, 1051}, "SCL": {4, 4, 4, 4}} {
				b, _ := s.Band(band)
				if err := r.Read(ctx, b, grid10(), imagery.Window{Width: 2, Height: 2}, dst); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, dst); diff != "" {
					t.Errorf("%s: %s", band, diff)
				}
			}
		})
	}
}
