package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
	"parus/imagery/overlay"
	"parus/imagery/zonal"
	"parus/internal/decoder"
)

// serveSabotaged is what a child of this binary does: its work, but files named
// sabotage-… do to it what real ones are feared to do.
func serveSabotaged() {
	open := pixelsFor(2)
	_ = decoder.Serve(context.Background(), os.NewFile(decoder.JobsFD, "jobs"), os.NewFile(decoder.AnswersFD, "answers"),
		func(tell decoder.Tell) decoder.Reader {
			return open(func(doing string) {
				tell(doing)
				sabotage(doing)
			})
		})
}

func sabotage(doing string) {
	_, what, _ := strings.Cut(doing, "sabotage-")
	switch {
	case strings.HasPrefix(what, "crash"):
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGSEGV)
		select {}
	case strings.HasPrefix(what, "hang"):
		select {}
	case strings.HasPrefix(what, "orphan"):
		_ = syscall.Kill(syscall.Getppid(), syscall.SIGKILL)
		select {}
	case strings.HasPrefix(what, "hoard"):
		for hoard := [][]byte{}; ; hoard = append(hoard, slices.Repeat([]byte{1}, 8<<20)) {
			continue
		}
	}
}

// hostileServer serves a folder as it should, and under /hostile/ as nobody
// should.
func hostileServer(t *testing.T, dir string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	elsewhere := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(elsewhere.Close)
	answer := func(fate string, h http.HandlerFunc) { mux.HandleFunc("/hostile/"+fate+"/", h) }
	for _, code := range []int{403, 404, 429, 503} {
		answer(fmt.Sprint(code), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	answer("redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/B04.tif", http.StatusFound)
	})
	answer("whole", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	answer("lie", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 77-177/900000")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(make([]byte, 101))
	})
	answer("page", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "login.html", time.Time{}, strings.NewReader("<html>please sign in</html>"))
	})
	answer("hang", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// malformed lists the fuzzed TIFFs of the real data, where they are.
func malformed(t *testing.T) []string {
	t.Helper()
	root := os.Getenv("PARUS_REAL_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	root, err := filepath.Abs(root) // items name files from where they lie
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(root, "conformance", "malformed", "*.tif"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Log("SKIPPED in part: no malformed files; set PARUS_REAL_DATA")
	}
	return found
}

// clone copies an item under another name and time, with one band elsewhere.
func clone(t *testing.T, it item, name string, minutes int, href string) item {
	t.Helper()
	b, err := json.Marshal(it)
	if err != nil {
		t.Fatal(err)
	}
	var c item
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	c["id"] = it["id"].(string) + "_" + name
	p := c["properties"].(map[string]any)
	at, err := time.Parse(time.RFC3339, p["datetime"].(string))
	if err != nil {
		t.Fatal(err)
	}
	p["datetime"] = at.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)
	assets(c, func(band string, a item) {
		if band == "B04" {
			a["href"] = href
		}
	})
	return c
}

// testHostile runs a season whose sound scenes come over HTTP, among scenes
// that are damaged, hostile or deadly to a decoder: each of these is named, and
// the season's numbers are those of the undisturbed run on local files.
func (w *world) testHostile(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	s.env = append(s.env, "GDAL_HTTP_TIMEOUT=2", "GDAL_HTTP_RETRY_DELAY=0.05", "GDAL_HTTP_MAX_RETRY=2", "PARUS_DECODER_TIMEOUT=15s")
	url := hostileServer(t, filepath.Join(w.dir, "scenes"))
	want := map[string]string{
		"crash": "the decoder crashed (SIGSEGV) while opening B04", "hang": "the decoder gave no answer for 15s", "hoard": "of memory",
		"403": "403 Forbidden", "404": "404 Not Found", "429": "429 Too Many", "503": "503 Service", "redirect": "leads off",
		"whole": "sends the whole file where a part is asked for", "lie": "sends bytes 77 to 177", "page": "sends text/html", "hangs": "no whole answer within 2s",
	}
	s.scenes = w.catalogue(t, func(items []item) []item {
		sound := items[3]
		minutes := 0
		add := func(name, href string) {
			minutes++
			items = append(items, clone(t, sound, name, minutes, href))
		}
		for _, fate := range []string{"crash", "hang", "hoard"} {
			path := filepath.Join(t.TempDir(), "sabotage-"+fate+".tif")
			writeFile(t, path, []byte("it is not what is in it that kills"))
			add(fate, path)
		}
		for _, fate := range []string{"403", "404", "429", "503", "redirect", "whole", "lie", "page"} {
			add(fate, url+"/hostile/"+fate+"/B04.tif")
		}
		add("hangs", url+"/hostile/hang/B04.tif")
		for i, path := range malformed(t) {
			name := fmt.Sprintf("malformed%02d", i)
			want[name] = filepath.Base(path)
			add(name, path)
		}
		for _, it := range items {
			assets(it, func(_ string, a item) {
				a["href"] = strings.Replace(a["href"].(string), filepath.Join(w.dir, "scenes"), url, 1)
			})
		}
		return items
	})
	mustExit(t, exitOK, s.run(t))
	got := files(t, s.out)
	for _, name := range []string{"parcels.csv", "lines.csv"} {
		if got[name] != w.undisturbed[name] {
			t.Errorf("%s differs from the run on local files: %s", name, firstDifference(got[name], w.undisturbed[name]))
		}
	}
	for name, reason := range want {
		o, said := outcome(t, s.out, "verify", "_"+name)
		if o != "failed" || !strings.Contains(said, reason) || !strings.Contains(said, "B04") {
			t.Errorf("%s is %s: %s", name, o, said)
		}
	}
}

// TestDamagedPicturesBreakNothing feeds generated pictures, cut short and with
// bits flipped, to a pool of this program's own children: each ends done or
// failed by name, and a sound one is read the same after all of them.
func TestDamagedPicturesBreakNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sound := picturesOf(t, dir)
	pool := decoder.Start(decoder.Config{Program: ownProgram, Args: []string{decodeVerb, "2"}, Jobs: 2, Deadline: time.Minute, MemoryBytes: 6 << 30})
	defer func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	}()
	want := observed(t, pool, sound)
	r := rand.New(rand.NewPCG(7, 8))
	outcomes := map[string]int{}
	for _, b := range []string{"B04.tif", "B08.jp2"} {
		whole := []byte(readFile(t, filepath.Join(dir, b)))
		for i := range 60 {
			s := damaged(t, sound, b, damage(whole, i, r))
			checked, err := pool.Verify(t.Context(), s)
			if err == nil {
				_, _, err = pool.Observe(t.Context(), lookAt(t, checked))
			}
			switch {
			case err == nil:
				outcomes["done"]++
			case strings.Contains(err.Error(), s.ID):
				outcomes["failed"]++
			default:
				t.Errorf("%s: %v does not name the scene", s.ID, err)
			}
		}
	}
	t.Logf("%v", outcomes)
	if outcomes["failed"] == 0 {
		t.Error("no damage was noticed")
	}
	if string(observed(t, pool, sound)) != string(want) {
		t.Error("a sound scene is read otherwise after damaged ones")
	}
}

// damage cuts the first twenty short at even steps, and flips 1 to 64 bits of
// the others, half of them near the beginning, where the directory is.
func damage(whole []byte, i int, r *rand.Rand) []byte {
	if i < 20 {
		return whole[:len(whole)*i/20]
	}
	b := slices.Clone(whole)
	reach := len(b)
	if i%2 == 0 {
		reach = 600
	}
	for range 1 + r.IntN(64) {
		b[r.IntN(reach)] ^= 1 << r.IntN(8)
	}
	return b
}

var damagedGrid = imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{500000, 10, 0, 4002560, 0, -10}, Width: 256, Height: 256}

// picturesOf writes a scene of two bands and a mask: GeoTIFF and JPEG 2000.
func picturesOf(t *testing.T, dir string) imagery.Scene {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	write := func(name string, value func() uint16) string {
		path := filepath.Join(dir, name)
		w, err := gdal.CreateGeoTIFF(path, gdal.RasterSpec{Grid: damagedGrid, Bits: 16, Bands: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
		dn := make([]uint16, 256*256)
		for i := range dn {
			dn[i] = value()
		}
		if err := w.WriteRows(1, 0, dn); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	noise := func() uint16 { return uint16(r.IntN(3000)) + 200 }
	gdal.Register()
	red := write("B04.tif", noise)
	ds, err := godal.Open(write("B08.tif", noise))
	if err != nil {
		t.Fatal(err)
	}
	defer ds.Close()
	nir := filepath.Join(dir, "B08.jp2")
	jp2, err := ds.Translate(nir, []string{"-of", "JP2OpenJPEG", "-co", "REVERSIBLE=YES", "-co", "QUALITY=100"})
	if err != nil {
		t.Fatal(err)
	}
	if err := jp2.Close(); err != nil {
		t.Fatal(err)
	}
	return imagery.Scene{ID: "S2_SOUND", Sensor: "sentinel-2-l2a", Datetime: time.Date(2025, 4, 1, 3, 0, 0, 0, time.UTC), Bands: []imagery.Band{
		{Name: "B04", Href: red, Index: 1, Scale: 1e-4}, {Name: "B08", Href: nir, Index: 1, Scale: 1e-4},
		{Name: "SCL", Href: write("SCL.tif", func() uint16 { return 4 }), Index: 1}}}
}

func damaged(t *testing.T, s imagery.Scene, name string, data []byte) imagery.Scene {
	t.Helper()
	s.Bands = slices.Clone(s.Bands)
	for i := range s.Bands {
		if filepath.Base(s.Bands[i].Href) == name {
			s.ID = "S2_DAMAGED_" + s.Bands[i].Name
			s.Bands[i].Href = filepath.Join(t.TempDir(), name)
			writeFile(t, s.Bands[i].Href, data)
		}
	}
	return s
}

func lookAt(t *testing.T, s imagery.Scene) decoder.Look {
	t.Helper()
	c, _ := zonal.Cover(damagedGrid, []zonal.Shape{{ID: "p", Polygon: orb.MultiPolygon{{{{500015, 4000015}, {502000, 4000015}, {502000, 4002005}, {500015, 4000015}}}}}})
	data, err := c.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return decoder.Look{Scene: s, Params: observe.Params{Bands: []string{"B04", "B08"}, Indices: []string{"ndvi"}, MarginPx: 2}, Grid: damagedGrid, Block: "0", Coverage: func(context.Context) ([]byte, error) { return data, nil }}
}

func observed(t *testing.T, pool *decoder.Pool, s imagery.Scene) []byte {
	t.Helper()
	checked, err := pool.Verify(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := pool.Observe(t.Context(), lookAt(t, checked))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDrawingsAreIsolated draws generated pictures, from disk and over HTTP, in
// this program's own children: as in this process, and after files that are
// deadly to who opens them.
func TestDrawingsAreIsolated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sound := picturesOf(t, dir)
	srv := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(srv.Close)
	pool := decoder.Start(decoder.Config{Program: ownProgram, Args: []string{decodeVerb, "2"}, Env: []string{childMark + "=1"}, Jobs: 2, Deadline: time.Minute, MemoryBytes: 6 << 30})
	defer func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	}()
	p, err := gdal.NewProjection(damagedGrid.CRS, "EPSG:4326")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	at, err := p.Point(orb.Point{501280, 4001280}) // the middle
	if err != nil {
		t.Fatal(err)
	}
	area := overlay.AreaOf(orb.Bound{Min: at, Max: at})
	drawn := func(s imagery.Scene) (decoder.Picture, error) {
		return pool.Draw(t.Context(), overlay.Job{Scene: s, Cell: area.Cells()[0], Area: area})
	}
	r := gdal.NewReader()
	defer r.Close()
	r.ForMap()
	want, err := decoder.Paint(t.Context(), r, overlay.Job{Scene: sound, Cell: area.Cells()[0], Area: area})
	if err != nil || len(want.Tiles) != 5 || want.Report.Clear == 0 {
		t.Fatalf("%d tiles, %+v, %v", len(want.Tiles), want.Report, err)
	}
	remote := sound
	remote.Bands = slices.Clone(sound.Bands)
	for i := range remote.Bands {
		remote.Bands[i].Href = srv.URL + "/" + filepath.Base(remote.Bands[i].Href)
	}
	deadly := damaged(t, sound, "B04.tif", []byte("it is not what is in it that kills"))
	for i := range deadly.Bands {
		if deadly.Bands[i].Name == "B04" {
			path := filepath.Join(filepath.Dir(deadly.Bands[i].Href), "sabotage-crash.tif")
			if err := os.Rename(deadly.Bands[i].Href, path); err != nil {
				t.Fatal(err)
			}
			deadly.Bands[i].Href = path
		}
	}
	for name, s := range map[string]imagery.Scene{"from disk": sound, "over HTTP": remote} {
		_, err := drawn(deadly)
		var f *decoder.Fault
		if !errors.As(err, &f) || f.What != decoder.Crashed || !strings.Contains(err.Error(), deadly.ID) || !strings.Contains(err.Error(), "sabotage-crash.tif") {
			t.Errorf("%v", err)
		}
		got, err := drawn(s)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	gone := remote
	gone.Bands = slices.Clone(remote.Bands)
	gone.Bands[0].Href = srv.URL + "/gone.tif"
	if _, err := drawn(gone); err == nil || !strings.Contains(err.Error(), "404 Not Found") {
		t.Errorf("%v", err)
	}
}
