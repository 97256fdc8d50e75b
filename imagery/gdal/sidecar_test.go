package gdal_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"

	"parus/imagery"
	"parus/imagery/gdal"
)

// masked writes a file of 4×4 pixels, 10 20 30 40 in its first row, and beside
// it a mask that hides the second.
func masked(t *testing.T) string {
	t.Helper()
	src, err := godal.Open(raw(t, godal.UInt16, nil, filled([]uint16{10, 20, 30, 40}, 50)))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	path := filepath.Join(t.TempDir(), "B04.tif")
	ds, err := src.Translate(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ds.CreateMaskBand(0x02, godal.ConfigOption("GDAL_TIFF_INTERNAL_MASK=NO"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Write(0, 0, filled([]uint8{255, 0, 255, 255}, 255), 4, 4); err != nil {
		t.Fatal(err)
	}
	if err := ds.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".msk"); err != nil {
		t.Fatal(err)
	}
	return path
}

var firstRow = imagery.Window{Width: 4, Height: 1}

func TestAMaskBesideALocalFileHidesPixels(t *testing.T) {
	t.Parallel()
	path := masked(t)
	if diff := cmp.Diff([]int32{10, nd, 30, 40}, read(t, path, 1, grid10(), firstRow)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int32{10, nd, 30, 40}, read(t, "file://"+path, 1, grid10(), firstRow)); diff != "" {
		t.Error(diff)
	}
}

func TestAMaskThatComesOrGoesIsNoticed(t *testing.T) {
	t.Parallel()
	path := masked(t)
	cache := gdal.NewCache(1 << 20)
	first := func() []int32 {
		r := cache.Reader()
		defer r.Close()
		dst := make([]int32, 4)
		if err := r.Read(t.Context(), imagery.Band{Name: "B04", Href: path, Index: 1}, grid10(), firstRow, dst); err != nil {
			t.Fatal(err)
		}
		return dst
	}
	if got := first(); got[1] != nd {
		t.Errorf("with the mask: %v", got)
	}
	if err := os.Rename(path+".msk", path+".away"); err != nil {
		t.Fatal(err)
	}
	if got := first(); got[1] != 20 {
		t.Errorf("without: %v", got)
	}
	if err := os.Rename(path+".away", path+".msk"); err != nil {
		t.Fatal(err)
	}
	if got := first(); got[1] != nd {
		t.Errorf("with it again: %v", got)
	}
}

func TestAMaskThatIsNoneIsNamed(t *testing.T) {
	t.Parallel()
	other := func(content []byte) string {
		path := masked(t)
		if err := os.WriteFile(path+".msk", content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	small, err := os.ReadFile(tiff{epsg: 32650, transform: imagery.GeoTransform{500000, 10, 0, 4000040, 0, -10}, width: 2, bands: [][]uint16{{7, 7}}}.write(t))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(masked(t) + ".msk")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, want string }{
		"an empty file":                    {other(nil), "no TIFF"},
		"a VRT, which names other files":   {other([]byte(`<VRTDataset rasterXSize="4" rasterYSize="4">`)), "no TIFF"},
		"a picture that is no mask":        {other(small), "no mask that all bands share"},
		"a mask that is cut in its middle": {other(whole[:40]), "B04.tif"},
	} {
		r := gdal.NewReader()
		err := r.Read(t.Context(), imagery.Band{Name: "B04", Href: c.path, Index: 1}, grid10(), firstRow, make([]int32, 4))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNoMaskIsLookedForBesideARemoteFile(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(masked(t))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/B04.tif" {
			asked.Add(1)
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "B04.tif", time.Unix(1, 0), io.NewSectionReader(strings.NewReader(string(data)), 0, int64(len(data))))
	}))
	defer srv.Close()
	if diff := cmp.Diff([]int32{10, 20, 30, 40}, read(t, srv.URL+"/B04.tif", 1, grid10(), firstRow)); diff != "" {
		t.Error(diff)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests beside the file", n)
	}
}
