package stac_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parus/imagery/remote"
	"parus/imagery/stac"
)

// A catalogue that is written while it is read lists an item on two pages, in two
// forms: it counts once, in its newest, whichever page that is on.
func TestAnItemThatChangesBetweenPagesCountsOnceInItsNewestForm(t *testing.T) {
	t.Parallel()
	form := func(updated, file string) fields {
		it := remoteItem("a", "2024-05-01T03:00:00Z")
		it["properties"].(fields)["updated"] = updated
		for _, a := range it["assets"].(fields) {
			a.(fields)["href"] = "https://data.example/" + file
		}
		return it
	}
	older, newer := form("2024-05-02T00:00:00Z", "older.tif"), form("2024-05-03T00:00:00Z", "newer.tif")
	for name, pages := range map[string][2]fields{"later": {older, newer}, "earlier": {newer, older}} {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /one", func(w http.ResponseWriter, _ *http.Request) {
			answer(t, w, collection(fields{"rel": "next", "href": "/two"}, pages[0], remoteItem("b", "2024-05-04T03:00:00Z")))
		})
		mux.HandleFunc("GET /two", func(w http.ResponseWriter, _ *http.Request) { answer(t, w, collection(nil, pages[1])) })
		srv := httptest.NewServer(mux)
		r := load(t, srv.URL+"/one", stac.Query{Client: quick})
		srv.Close()
		if got := ids(r.Scenes); len(got) != 2 || got[0] != "a" || got[1] != "b" {
			t.Errorf("%s: scenes %v", name, got)
			continue
		}
		for _, b := range r.Scenes[0].Bands {
			if b.Href != "https://data.example/newer.tif" {
				t.Errorf("%s: %s of %s: forms are mixed", name, b.Name, b.Href)
			}
		}
		if len(r.Refused) != 1 || r.Refused[0].ID != "a" || !strings.Contains(r.Refused[0].Reason, "listed more than once") {
			t.Errorf("%s: %+v", name, r.Refused)
		}
	}
}

// lying are catalogues that would keep a reader busy, or lead it where it has no
// business. SELF stands for the server's own address.
var lying = map[string]struct {
	pages map[string]string
	want  string
	asked int32 // at most
}{
	"pages that lead to each other": {map[string]string{
		"/":  `{"type":"FeatureCollection","features":[],"links":[{"rel":"next","href":"/b"}]}`,
		"/b": `{"type":"FeatureCollection","features":[],"links":[{"rel":"next","href":"/"}]}`}, "leads to itself", 3},
	"a document of more than the limit": {map[string]string{"/": `{"type":"FeatureCollection","features":[` + strings.Repeat(" ", 2<<20) + `]}`}, "longer than", 1},
	"brackets without end":              {map[string]string{"/": strings.Repeat("[", 500_000)}, "not JSON", 1},
	"a next page at a cloud's metadata": {map[string]string{
		"/": `{"type":"FeatureCollection","features":[],"links":[{"rel":"next","href":"http://169.254.169.254/latest/meta-data/"}]}`}, "leads off", 1},
	"a next page on another port": {map[string]string{
		"/": `{"type":"FeatureCollection","features":[],"links":[{"rel":"next","href":"http://127.0.0.1:1/"}]}`}, "leads off", 1},
	"a search in a file": {map[string]string{
		"/": `{"type":"Catalog","links":[{"rel":"search","href":"file:///etc/passwd"}]}`}, "leads off", 1},
	"a search on another host": {map[string]string{
		"/": `{"type":"Catalog","links":[{"rel":"search","href":"https://elsewhere.example/search","method":"POST"}]}`}, "leads off", 1},
	"a next page whose address holds a password": {map[string]string{
		"/": `{"type":"FeatureCollection","features":[],"links":[{"rel":"next","href":"http://me:hunter2@127.0.0.1:1/"}]}`}, "leads off", 1},
}

func TestCataloguesThatLieEndInAPlainReason(t *testing.T) {
	t.Parallel()
	for name, c := range lying {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				_, _ = w.Write([]byte(c.pages[r.URL.Path])) // the reader may have gone
			}))
			defer srv.Close()
			_, err := stac.Load(t.Context(), srv.URL+"/", stac.Query{Client: quick})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), srv.URL) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v, want %q and the address", err, c.want)
			}
			if n := asked.Load(); n > c.asked {
				t.Errorf("asked %d times, at most %d are right", n, c.asked)
			}
		})
	}
}

func TestPagesWithoutEndAreGivenUp(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"type":"FeatureCollection","features":[],"links":[{"rel":"next","href":"/p%d"}]}`, n.Add(1))
	}))
	defer srv.Close()
	_, err := stac.Load(t.Context(), srv.URL, stac.Query{Client: remote.Client{}})
	if err == nil || !strings.Contains(err.Error(), "more than 2000 pages: narrow the query") || n.Load() > 2001 {
		t.Errorf("%v after %d pages", err, n.Load())
	}
}

func TestChildrenElsewhereAreRefusedByNameAndTheRestIsRead(t *testing.T) {
	t.Parallel()
	elsewhere := []string{"http://169.254.169.254/latest/meta-data/", "http://100.100.100.200/latest/meta-data/", "https://other.example/c.json", "file:///etc/passwd", "http://[::1]:9/c.json"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /catalog.json", func(w http.ResponseWriter, _ *http.Request) {
		links := []fields{{"rel": "item", "href": "./a.json"}}
		for _, e := range elsewhere {
			links = append(links, fields{"rel": "child", "href": e})
		}
		answer(t, w, fields{"type": "Catalog", "links": links})
	})
	mux.HandleFunc("GET /a.json", func(w http.ResponseWriter, _ *http.Request) { answer(t, w, remoteItem("a", "2024-05-01T03:00:00Z")) })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	r := load(t, srv.URL+"/catalog.json", stac.Query{Client: quick})
	if len(r.Scenes) != 1 || len(r.Refused) != len(elsewhere) {
		t.Fatalf("%v, refused %+v", ids(r.Scenes), r.Refused)
	}
	for i, f := range r.Refused {
		if f.ID != elsewhere[i] || !strings.Contains(f.Reason, "leads off") {
			t.Errorf("%+v", f)
		}
	}
}

func TestAssetsOnThisMachineAreRefusedHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, href := range []string{"http://127.0.0.1:1/x.tif", "http://localhost:1/x.tif", "http://[::1]:1/x.tif", "http://[::ffff:127.0.0.1]:1/x.tif", "http://127.9.9.9/x.tif",
		"/vsicurl/http://127.0.0.1:1/x.tif", "file:///etc/passwd", "/vsizip//etc/x.zip/x.tif", "/vsimem/x.tif", "/vsistdin/",
		"http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/x.tif", "https://[fe80::1]/x.tif", "https://100.100.100.200/x.tif", "https://[64:ff9b::7f00:1]/x.tif", "//127.0.0.1/x.tif",
		"ftp://data.example/x.tif", "gopher://data.example/x", "data:image/tiff;base64,AAAA", "jar:file:///etc/x!/x.tif", "file://data.example/etc/passwd"} {
		it := remoteItem("a", "2024-05-01T03:00:00Z")
		for _, a := range it["assets"].(fields) {
			a.(fields)["href"] = href
		}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(t, w, it) }))
		r := load(t, srv.URL, stac.Query{Client: quick})
		srv.Close()
		if len(r.Scenes) != 0 || len(r.Refused) != 1 || !strings.Contains(r.Refused[0].Reason, "may not name") {
			t.Errorf("%s: %v, refused %+v", href, r.Scenes, r.Refused)
		}
	}
}

// A catalogue that stalls in the middle of an answer, again and again, costs its
// attempts and no more.
func TestAnAnswerThatStallsHalfWayIsAskedForAgain(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) < 3 {
			fmt.Fprint(w, `{"type":"FeatureCollection",`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		answer(t, w, collection(nil, remoteItem("a", "2024-05-01T03:00:00Z")))
	}))
	defer srv.Close()
	client := quick
	client.Timeout = 500 * time.Millisecond
	r, err := stac.Load(context.WithoutCancel(t.Context()), srv.URL, stac.Query{Client: client})
	if err != nil || len(r.Scenes) != 1 {
		t.Errorf("%v, %v", r.Scenes, err)
	}
}

// A catalogue on this machine is somebody's own files. It may name others, and
// servers, and nothing by the other ways that GDAL knows.
func TestHrefsOfALocalCatalogue(t *testing.T) {
	t.Parallel()
	for href, want := range map[string]string{
		"./ten.tif": "", "https://data.example/ten.tif": "", "s3://scenes/ten.tif": "", "gs://scenes/ten.tif": "", "/vsicurl/https://data.example/ten.tif": "", "/vsizip/{/data/a.zip}/ten.tif": "",
		"ftp://data.example/ten.tif": "nothing is read by ftp", "data:image/tiff;base64,AAAA": "nothing is read by data", "HTTP://data.example/x.tif": "nothing is read by http",
		"/vsistdin/": "virtual files", "/vsimem/x.tif": "virtual files", "/vsisparse/x.xml": "virtual files", "/vsiaz/scenes/x.tif": "virtual files", "/vsicurl_streaming/https://data.example/x.tif": "virtual files",
		"/vsizip//vsicurl/http://169.254.169.254/x.zip": "virtual files", "/vsizip/{/vsimem/a.zip}/x.tif": "virtual files", "file:///nowhere/ten.tif": "is missing", "../ten.tif": "is missing",
	} {
		it := testItem("a", "2024-05-01T03:00:00Z")
		it["assets"].(fields)["bands_10m"].(fields)["href"] = href
		dir := write(t, map[string]any{"items.json": it, "ten.tif": "10", "twenty.tif": "20"})
		r := load(t, filepath.Join(dir, "items.json"), stac.Query{})
		switch {
		case want == "" && (len(r.Scenes) != 1 || len(r.Refused) != 0):
			t.Errorf("%s is refused: %+v", href, r.Refused)
		case want != "" && (len(r.Scenes) != 0 || len(r.Refused) != 1 || !strings.Contains(r.Refused[0].Reason, want)):
			t.Errorf("%s: %v, refused %+v, want %q", href, ids(r.Scenes), r.Refused, want)
		}
	}
}
