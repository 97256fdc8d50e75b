package gdal_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"

	"parus/imagery"
	"parus/imagery/gdal"
)

// pictures writes a large tiled raster of noise as GeoTIFF and as lossless JPEG
// 2000, and returns their folder. Tests that use it run alone: what they read
// pushes blocks out of GDAL's cache that other tests are about to write.
func pictures(t testing.TB) (dir string, g imagery.Grid) {
	t.Helper()
	gdal.Register()
	const side = 1024
	dir = t.TempDir()
	g = imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{500000, 10, 0, 4010240, 0, -10}, Width: side, Height: side}
	w, err := gdal.CreateGeoTIFF(filepath.Join(dir, "B04.tif"), gdal.RasterSpec{Grid: g, Bits: 16, Bands: []string{"B04"}})
	if err != nil {
		t.Fatal(err)
	}
	dn, r := make([]uint16, side*side), rand.New(rand.NewPCG(5, 6))
	for i := range dn {
		dn[i] = uint16(r.IntN(4000))
	}
	if err := w.WriteRows(1, 0, dn); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ds, err := godal.Open(filepath.Join(dir, "B04.tif"))
	if err != nil {
		t.Fatal(err)
	}
	defer ds.Close()
	jp2, err := ds.Translate(filepath.Join(dir, "B04.jp2"), []string{"-of", "JP2OpenJPEG", "-co", "REVERSIBLE=YES", "-co", "QUALITY=100", "-co", "BLOCKXSIZE=256", "-co", "BLOCKYSIZE=256"})
	if err != nil {
		t.Fatal(err)
	}
	if err := jp2.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, g
}

// serveFolder serves a folder by ranges and counts.
func serveFolder(t testing.TB, dir fs.FS) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	files := http.FileServerFS(dir)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/octet-stream")
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

func window(t testing.TB, href string, g imagery.Grid, w imagery.Window) []int32 {
	t.Helper()
	r := gdal.NewReader()
	defer r.Close()
	dst := make([]int32, w.Width*w.Height)
	if err := r.Read(t.Context(), imagery.Band{Name: "B04", Href: href, Index: 1}, g, w, dst); err != nil {
		t.Fatal(err)
	}
	return dst
}

func TestRemotePixelsAreThoseOfTheFile(t *testing.T) {
	dir, g := pictures(t)
	url, asked := serveFolder(t, os.DirFS(dir))
	for _, name := range []string{"B04.tif", "B04.jp2"} {
		fi, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range []imagery.Window{{X: 700, Y: 10, Width: 64, Height: 64}, {Width: 1024, Height: 1024}, {X: -5, Y: 1000, Width: 90, Height: 90}} {
			before := asked.Load()
			got := window(t, url+"/"+name+"?token=secret", g, w)
			if !slices.Equal(got, window(t, filepath.Join(dir, name), g, w)) {
				t.Errorf("%s %v: other pixels", name, w)
			}
			t.Logf("%s of %d bytes, window %v: %d requests", name, fi.Size(), w, asked.Load()-before)
		}
	}
}

func TestASmallWindowTakesAPartOfTheFile(t *testing.T) {
	dir, g := pictures(t)
	var bytes atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(counted{w, &bytes}, r, filepath.Join(dir, "B04.tif"))
	}))
	defer srv.Close()
	window(t, srv.URL+"/B04.tif", g, imagery.Window{X: 600, Y: 600, Width: 100, Height: 100})
	fi, err := os.Stat(filepath.Join(dir, "B04.tif"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Load(); n > fi.Size()/2 {
		t.Errorf("%d of %d bytes were sent for a hundredth of the pixels", n, fi.Size())
	}
}

type counted struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return c.ResponseWriter.Write(b)
}

func TestRemoteScenesAreProbedAndKeepTheirVersion(t *testing.T) {
	t.Parallel()
	local := s2scene(t, 1200, 1e-4, -.1, "05.09")
	served := http.NewServeMux()
	var etag atomic.Pointer[string]
	one, two := `"one"`, `"two"`
	etag.Store(&one)
	remote := local
	remote.Bands = slices.Clone(local.Bands)
	srv := httptest.NewServer(served)
	defer srv.Close()
	for i, b := range local.Bands {
		at := fmt.Sprintf("/%d.tif", i)
		served.HandleFunc(at, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", *etag.Load())
			http.ServeFile(w, r, b.Href)
		})
		remote.Bands[i].Href = srv.URL + at
	}
	want, err := probe(t, local)
	if err != nil {
		t.Fatal(err)
	}
	got, err := probe(t, remote)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Bands {
		if got.Bands[i].Version != one {
			t.Errorf("version %q", got.Bands[i].Version)
		}
		want.Bands[i].Href, want.Bands[i].Version = got.Bands[i].Href, one
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	etag.Store(&two)
	r := gdal.NewReader()
	defer r.Close()
	err = r.Read(t.Context(), got.Bands[0], grid10(), whole, make([]int32, 16))
	if err == nil || !strings.Contains(err.Error(), "changed since the scene was verified") || !strings.Contains(err.Error(), srv.URL) {
		t.Errorf("%v", err)
	}
}

func probe(t *testing.T, s imagery.Scene) (imagery.Scene, error) {
	t.Helper()
	r := gdal.NewReader()
	defer r.Close()
	return r.Probe(t.Context(), s)
}

func TestErrorsOfRemoteFilesAreTheNetworksAndTellNoToken(t *testing.T) {
	dir, g := pictures(t)
	if err := os.WriteFile(filepath.Join(dir, "page.tif"), []byte("<html>not a picture</html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	vrt := fmt.Sprintf(`<VRTDataset rasterXSize="4" rasterYSize="4"><VRTRasterBand dataType="UInt16" band="1"><SimpleSource><SourceFilename>%s</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>`,
		filepath.Join(dir, "B04.tif"))
	if err := os.WriteFile(filepath.Join(dir, "vrt.tif"), []byte(vrt), 0o600); err != nil {
		t.Fatal(err)
	}
	url, _ := serveFolder(t, os.DirFS(dir))
	for name, want := range map[string]string{"gone.tif": "404 Not Found", "page.tif": "not recognized", "vrt.tif": "not recognized"} {
		r := gdal.NewReader()
		href := url + "/" + name + "?token=secret"
		err := r.Read(t.Context(), imagery.Band{Name: "B04", Href: href, Index: 1}, g, whole, make([]int32, 16))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), url+"/"+name) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
		for _, secret := range []string{"secret", "/parus-remote/", "/vsisubfile/"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%q tells of %q", err, secret)
			}
		}
		_ = r.Close() // nothing was opened
	}
}

func TestAReadThatFailsHalfWayTellsWhy(t *testing.T) {
	dir, g := pictures(t)
	var n atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 3 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		http.ServeFile(w, r, filepath.Join(dir, "B04.tif"))
	}))
	defer srv.Close()
	r := gdal.NewReader()
	defer r.Close()
	w := imagery.Window{Width: 1024, Height: 1024}
	err := r.Read(t.Context(), imagery.Band{Name: "B04", Href: srv.URL + "/B04.tif", Index: 1}, g, w, make([]int32, w.Width*w.Height))
	if err == nil || !strings.Contains(err.Error(), "403 Forbidden") {
		t.Errorf("%v", err)
	}
}

func TestParcelsAndRastersOfServersAreRead(t *testing.T) {
	dir, _ := pictures(t)
	geo := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"a"},"geometry":{"type":"Polygon","coordinates":[[[117,36],[117.1,36],[117.1,36.1],[117,36]]]}}]}`
	if err := os.WriteFile(filepath.Join(dir, "p.geojson"), []byte(geo), 0o600); err != nil {
		t.Fatal(err)
	}
	url, _ := serveFolder(t, os.DirFS(dir))
	p, err := gdal.ReadParcels(context.Background(), url+"/p.geojson", "", "id")
	if err != nil || len(p.Shapes) != 1 || len(p.Shapes[0].Polygon) != 1 {
		t.Errorf("%+v %v", p, err)
	}
	r, err := gdal.OpenRaster(url + "/B04.tif")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := gdal.ReadPixels(r, 1, imagery.Window{X: 5, Y: 5, Width: 2, Height: 2}, make([]uint16, 4)); err != nil {
		t.Error(err)
	}
}

// BenchmarkReadRemote and BenchmarkReadLocal read the same file whole, so that
// their ratio is what the way over HTTP costs without a network's delay.
func BenchmarkReadRemote(b *testing.B) {
	dir, g := pictures(b)
	url, _ := serveFolder(b, os.DirFS(dir))
	for b.Loop() {
		window(b, fmt.Sprintf("%s/B04.tif?%d", url, time.Now().UnixNano()), g, imagery.Window{Width: 1024, Height: 1024})
	}
}

func BenchmarkReadLocal(b *testing.B) {
	dir, g := pictures(b)
	for b.Loop() {
		window(b, filepath.Join(dir, "B04.tif"), g, imagery.Window{Width: 1024, Height: 1024})
	}
}
