package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"parus/web"
)

// noStore answers nothing: what is tested here asks no database.
type noStore struct{ web.Store }

func pageServer(t *testing.T, files fstest.MapFS) *httptest.Server {
	t.Helper()
	h, err := web.New(web.Config{Page: files}, noStore{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// fetched is an answer that was read to its end.
type fetched struct {
	StatusCode int
	Header     http.Header
}

func fetch(t *testing.T, url string) (fetched, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fetched{res.StatusCode, res.Header}, string(body)
}

func TestPageAnswersEveryAddressOfItsOwn(t *testing.T) {
	t.Parallel()
	srv := pageServer(t, fstest.MapFS{
		"index.html": {Data: []byte("<p>page</p>")}, "assets/a-1.js": {Data: []byte("1")}, ".keep": {},
	})
	for _, c := range []struct {
		path, content, cache string
		want                 int
	}{
		{"/", "<p>page</p>", "no-cache", 200},
		{"/h/370199101201000001", "<p>page</p>", "no-cache", 200},
		{"/p/3701991012010000001", "<p>page</p>", "no-cache", 200},
		{"/a/17", "<p>page</p>", "no-cache", 200},
		{"/applications", "<p>page</p>", "no-cache", 200},
		{"/upload", "<p>page</p>", "no-cache", 200},
		{"/upload/AAAAAAAAAAAAAAAAAAAAAA", "<p>page</p>", "no-cache", 200},
		{"/assets/a-1.js", "1", "public, max-age=31536000, immutable", 200},
		{"/assets/none.js", "not_found", "no-store", 404},
		{"/v1/none", "not_found", "no-store", 404},
		{"/.keep", "not_found", "no-store", 404},
		{"/..%2f..%2fgo.mod", "not_found", "no-store", 404},
	} {
		res, body := fetch(t, srv.URL+c.path)
		if res.StatusCode != c.want || !strings.Contains(body, c.content) || res.Header.Get("Cache-Control") != c.cache {
			t.Errorf("%s: status %d, cache %q: %s", c.path, res.StatusCode, res.Header.Get("Cache-Control"), body)
		}
	}
}

func TestPackedFormsOfAFileAreServedToWhomTheySuit(t *testing.T) {
	t.Parallel()
	srv := pageServer(t, fstest.MapFS{
		"index.html": {Data: []byte("<p>page</p>")}, "index.html.gz": {Data: []byte("gz of page")},
		"assets/a-1.js": {Data: []byte("plain")}, "assets/a-1.js.br": {Data: []byte("br")}, "assets/a-1.js.gz": {Data: []byte("gz")},
	})
	for _, c := range []struct{ path, accept, encoding, body string }{
		{"/assets/a-1.js", "gzip, deflate, br", "br", "br"},
		{"/assets/a-1.js", "gzip", "gzip", "gz"},
		{"/assets/a-1.js", "br;q=0, gzip;q=0.5", "gzip", "gz"},
		{"/assets/a-1.js", "br;q=0.0", "", "plain"},
		{"/assets/a-1.js", "identity", "", "plain"},
		{"/h/370199101201000001", "br, gzip", "gzip", "gz of page"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", c.accept)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.Header.Get("Content-Encoding") != c.encoding || string(body) != c.body {
			t.Errorf("%s with %q: %q in %q, %v; want %q in %q", c.path, c.accept, body, res.Header.Get("Content-Encoding"), err, c.body, c.encoding)
		}
		if !strings.Contains(strings.Join(res.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s with %q does not say that it varies", c.path, c.accept)
		}
	}
	if res, _ := fetch(t, srv.URL+"/assets/a-1.js.br"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a packed form by its own name: status %d", res.StatusCode)
	}
}

// TestThePageKeepsToItsBudget holds what the browser fetches, packed: the list
// is usable after index, script and style; the map comes after it.
func TestThePageKeepsToItsBudget(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("ui/dist/assets/*.br")
	if err != nil || len(files) == 0 {
		t.Skip("the page is not built: run make page")
	}
	page, err := os.ReadFile("ui/dist/index.html")
	if err != nil {
		t.Fatal(err)
	}
	weights := map[string]int64{}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(filepath.Base(f), "-")
		if strings.HasSuffix(f, ".css.br") {
			name += " style"
		}
		weights[name] += info.Size()
		if file := strings.TrimSuffix(filepath.Base(f), ".br"); strings.HasSuffix(file, ".js") && strings.Contains(string(page), file) {
			weights["first"] += info.Size() // what the page names itself, in however many files
		}
	}
	for _, c := range []struct {
		name   string
		budget int64 // bytes of brotli
	}{{"first", 48_000}, {"index style", 10_000}, {"map", 250_000}, {"map style", 12_000}, {"maplibre", 140_000}, {"imagery", 4_000}, {"still", 4_000}} {
		if got := weights[c.name]; got == 0 || got > c.budget {
			t.Errorf("%s takes %d bytes, its budget is %d", c.name, got, c.budget)
		}
	}
	t.Logf("bytes of brotli: %v", weights)
}

func TestWithoutAPageTheServerSaysHowToBuildIt(t *testing.T) {
	t.Parallel()
	srv := pageServer(t, fstest.MapFS{".keep": {}})
	if res, body := fetch(t, srv.URL+"/"); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "make page") {
		t.Errorf("status %d: %s", res.StatusCode, body)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	srv := pageServer(t, fstest.MapFS{"index.html": {Data: []byte("page")}})
	for _, path := range []string{"/", "/docs", "/openapi.json", "/healthz", "/metrics", "/v1/session", "/none"} {
		res, _ := fetch(t, srv.URL+path)
		csp := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, res.Header)
		}
	}
}

func TestTheReaderLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	srv := pageServer(t, fstest.MapFS{})
	away := regexp.MustCompile(`(?:src|href|import|url)\W{1,3}(?:https?:)?//`)
	for _, path := range []string{"/docs", "/docs/reader.js", "/docs/reader.css"} {
		res, body := fetch(t, srv.URL+path)
		if res.StatusCode != http.StatusOK || away.MatchString(body) {
			t.Errorf("%s: status %d, loads %q", path, res.StatusCode, away.FindString(body))
		}
	}
	if _, body := fetch(t, srv.URL+"/openapi.json"); !strings.Contains(body, `"openapi":"3.1.0"`) {
		t.Errorf("no OpenAPI 3.1: %.200s", body)
	}
}

func TestMetricsNameRoutesAndNoIDs(t *testing.T) {
	t.Parallel()
	srv := pageServer(t, fstest.MapFS{"index.html": {Data: []byte("page")}})
	fetch(t, srv.URL+"/h/370199101201000001")
	fetch(t, srv.URL+"/v1/publications/1/households/370199101201000001")
	_, body := fetch(t, srv.URL+"/metrics")
	if !strings.Contains(body, `route="GET /v1/publications/{publication}/households/{id}"`) || strings.Contains(body, "370199") {
		t.Errorf("metrics: %s", body)
	}
}
