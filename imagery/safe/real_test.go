package safe_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"parus/imagery/safe"
)

// realProducts returns the folders of real metadata, or skips.
func realProducts(t *testing.T) []string {
	t.Helper()
	root := os.Getenv("PARUS_REAL_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	found, _ := filepath.Glob(filepath.Join(root, "conformance", "safe", "*.SAFE"))
	if len(found) == 0 {
		t.Skipf("SKIPPED: no real SAFE metadata under %s; set PARUS_REAL_DATA", root)
	}
	return found
}

// expected is the part of the STAC item beside each real product that is
// compared.
type expected struct {
	BBox       []float64 `json:"bbox"`
	Properties struct {
		Datetime  time.Time `json:"datetime"`
		Cloud     float64   `json:"eo:cloud_cover"`
		Grid      string    `json:"grid:code"`
		Generated time.Time `json:"s2:generation_time"`
		Baseline  string    `json:"s2:processing_baseline"`
		URI       string    `json:"s2:product_uri"`
	} `json:"properties"`
	Assets map[string]struct {
		Href   string `json:"href"`
		Raster []struct {
			Scale  float64 `json:"scale"`
			Offset float64 `json:"offset"`
		} `json:"raster:bands"`
	} `json:"assets"`
}

func readExpected(t *testing.T, folder string) expected {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "expected_output.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e expected
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRealProductsReadAsExpected(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, folder := range realProducts(t) {
		p, err := safe.Read(os.DirFS(folder))
		if strings.Contains(folder, "MSIL1C") {
			if !errors.Is(err, safe.ErrLevel1C) {
				t.Errorf("%s: error %v, want ErrLevel1C", folder, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", folder, err)
			continue
		}
		compared++
		e := readExpected(t, folder)
		compareProduct(t, p, e)
		comparePixels(t, p, e)
		// without its images, the product is no scene, and the reason names a file
		if _, err := p.Scene(os.DirFS(folder), sentinel(t), func(s string) string { return s }); err == nil || !strings.Contains(err.Error(), "B02_10m.jp2 is missing") {
			t.Errorf("%s: error %v, want the missing file", p.Name, err)
		}
	}
	if compared == 0 {
		t.Error("no Level-2A product was compared")
	}
}

func compareProduct(t *testing.T, p safe.Product, e expected) {
	t.Helper()
	w := e.Properties
	if p.Name+".SAFE" != w.URI || !p.Sensed.Equal(w.Datetime) || !p.Made.Equal(w.Generated) || p.Baseline != w.Baseline || "MGRS-"+p.Tile != w.Grid {
		t.Errorf("got %s %v %v %s %s, want %+v", p.Name, p.Sensed, p.Made, p.Baseline, p.Tile, w)
	}
	if p.CloudCover == nil || *p.CloudCover != w.Cloud {
		t.Errorf("%s: cloud cover %v, want %g", p.Name, p.CloudCover, w.Cloud)
	}
	b := p.Footprint.Bound()
	for i, got := range []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]} {
		if math.Abs(got-e.BBox[i]) > 1e-6 { // the expected are rounded to six decimals
			t.Errorf("%s: bound %v, want %v", p.Name, b, e.BBox)
			break
		}
	}
}

// comparePixels gives the product empty images and compares the bands' files,
// scales and offsets with the expected assets.
func comparePixels(t *testing.T, p safe.Product, e expected) {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, im := range p.Images {
		fsys[im.Path+".jp2"] = &fstest.MapFile{}
	}
	s, err := p.Scene(fsys, sentinel(t), func(s string) string { return s })
	if err != nil {
		t.Errorf("%s: %v", p.Name, err)
		return
	}
	found := 0
	for _, a := range e.Assets {
		for _, b := range s.Bands {
			if strings.TrimSuffix(filepath.Base(a.Href), filepath.Ext(a.Href)) != strings.TrimSuffix(filepath.Base(b.Href), ".jp2") || len(a.Raster) != 1 {
				continue
			}
			found++
			if a.Raster[0].Scale != b.Scale || a.Raster[0].Offset != b.Offset {
				t.Errorf("%s: %s has scale %g offset %g, want %+v", p.Name, b.Name, b.Scale, b.Offset, a.Raster[0])
			}
		}
	}
	if found != len(s.Bands) || found != 13 {
		t.Errorf("%s: %d of %d bands are expected assets, want 13", p.Name, found, len(s.Bands))
	}
}
