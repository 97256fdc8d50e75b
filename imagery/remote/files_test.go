package remote_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parus/imagery/remote"
)

// quick makes retries fast enough for tests.
var quick = remote.Client{Timeout: 5 * time.Second, Attempts: 3, Backoff: time.Millisecond, MaxWait: 2 * time.Second}

// content is bytes that no two offsets have in common.
func content(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// whole serves data as a server should.
func whole(data []byte, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		w.Header().Set("Content-Type", "image/tiff")
		http.ServeContent(w, r, "B04.tif", time.Time{}, bytes.NewReader(data))
	}
}

// serve counts requests on their way to a handler.
func serve(t testing.TB, h http.HandlerFunc) (href string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/B04.tif", asked
}

func TestRandomReadsGiveTheFilesBytes(t *testing.T) {
	t.Parallel()
	for _, etag := range []string{`"v1"`, `W/"v1"`, ""} {
		data := content(700_001)
		href, _ := serve(t, whole(data, etag))
		files := remote.NewFiles(remote.Config{Client: quick})
		s := files.Begin(time.Minute)
		defer s.End()
		if n, err := s.Size(href); n != int64(len(data)) || err != nil {
			t.Fatal(n, err)
		}
		if got := s.Version(href); got != etag {
			t.Errorf("version %q", got)
		}
		r := rand.New(rand.NewPCG(3, 4))
		for range 200 {
			off, n := r.IntN(len(data)+1000), r.IntN(100_000)
			buf := make([]byte, n)
			got, err := s.ReadAt(href, buf, int64(off))
			want := data[min(off, len(data)):min(off+n, len(data))]
			if err != nil || !bytes.Equal(buf[:got], want) {
				t.Fatalf("%d bytes from %d: %d, %v", n, off, got, err)
			}
		}
		if _, n := files.Traffic(); n > int64(len(data))+64<<10 {
			t.Errorf("%d bytes were fetched for %d", n, len(data))
		}
	}
}

func TestReadingOnTakesFewRequests(t *testing.T) {
	t.Parallel()
	data := content(8 << 20)
	href, asked := serve(t, whole(data, `"v1"`))
	s := remote.NewFiles(remote.Config{Client: quick}).Begin(time.Minute)
	defer s.End()
	buf := make([]byte, 10_000)
	for off := 0; off < len(data); off += len(buf) {
		if _, err := s.ReadAt(href, buf, int64(off)); err != nil {
			t.Fatal(err)
		}
	}
	// Pieces of 32 KiB alone would take 256; doubling to 512 KiB takes 16 and
	// the six until then, and each ends where the next begins.
	if n := asked.Load(); n > 30 {
		t.Errorf("%d requests", n)
	}
}

func TestAnotherSessionAsksOnlyForTheVersion(t *testing.T) {
	t.Parallel()
	data := content(200_000)
	href, asked := serve(t, whole(data, `"v1"`))
	files := remote.NewFiles(remote.Config{Client: quick})
	buf := make([]byte, len(data))
	for i := range 3 {
		s := files.Begin(time.Minute)
		if _, err := s.ReadAt(href, buf, 0); err != nil || !bytes.Equal(buf, data) {
			t.Fatal(err)
		}
		s.End()
		if n := asked.Load(); n > int64(2+i) {
			t.Errorf("session %d: %d requests", i, n)
		}
	}
}

// part answers a range of data with changed headers and body.
func part(data []byte, change func(h http.Header, body []byte) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var from, to int
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body := data[from:min(to+1, len(data))]
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+len(body)-1, len(data)))
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Type", "image/tiff")
		body = change(w.Header(), body)
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(body) // the client may have gone
	}
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// afterFirst serves the first request well and the others by h.
func afterFirst(first, h http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			first(w, r)
			return
		}
		h(w, r)
	}
}

// hostile are servers that answer as they should not.
func hostile() map[string]struct {
	handler http.HandlerFunc
	want    string
	asked   int64 // at most
} {
	data, other := content(300_000), content(300_001)
	keep := func(_ http.Header, b []byte) []byte { return b }
	set := func(key, value string) http.HandlerFunc {
		return part(data, func(h http.Header, b []byte) []byte { h.Set(key, value); return b })
	}
	elsewhere := httptest.NewServer(whole(data, `"v1"`)) // another port of this machine; ends with the process
	return map[string]struct {
		handler http.HandlerFunc
		want    string
		asked   int64
	}{
		"403":                           {status(http.StatusForbidden), "403 Forbidden: sign the links", 1},
		"404":                           {status(http.StatusNotFound), "404 Not Found", 1},
		"410":                           {status(http.StatusGone), "410 Gone", 1},
		"503 for good":                  {status(http.StatusServiceUnavailable), "503", 3},
		"429 for good":                  {status(http.StatusTooManyRequests, "Retry-After", "0"), "429", 3},
		"429 with a long wait":          {status(http.StatusTooManyRequests, "Retry-After", "86400"), "asks to wait 24h", 1},
		"429 with a date far away":      {status(http.StatusTooManyRequests, "Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"), "asks to wait", 1},
		"503 with a wait past all sums": {status(http.StatusServiceUnavailable, "Retry-After", "99999999999999"), "asks to wait", 1},
		"the whole file for a part":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }, "sends the whole file where a part", 1},
		"an endless body":               {part(data, func(h http.Header, _ []byte) []byte { h.Del("Content-Length"); return make([]byte, 40<<20) }), "longer than", 1},
		"no Content-Range":              {part(data, func(h http.Header, b []byte) []byte { h.Del("Content-Range"); return b }), "does not say which part", 1},
		"another range":                 {set("Content-Range", "bytes 5-32772/300000"), "sends bytes 5 to 32772", 1},
		"a range of unknown length":     {set("Content-Range", "bytes 0-32767/*"), "does not say which part", 1},
		"a size past all numbers":       {set("Content-Range", "bytes 0-32767/99999999999999999999999"), "does not say which part", 1},
		"a shorter range":               {set("Content-Range", "bytes 0-9/300000"), "sends bytes 0 to 9", 1},
		"a wrong length":                {part(data, func(h http.Header, b []byte) []byte { h.Set("Content-Length", "100"); return b[:100] }), "announces 100 bytes", 1},
		"a body that is cut short": {part(data, func(h http.Header, b []byte) []byte {
			h.Set("Content-Length", strconv.Itoa(len(b)))
			return b[:100]
		}), "cut short", 3},
		"a page instead of an image": {set("Content-Type", "text/html; charset=utf-8"), "sends text/html", 1},
		"a packed part":              {set("Content-Encoding", "gzip"), "packs", 1},
		"another file half-way":      {afterFirst(part(data, keep), part(other, func(h http.Header, b []byte) []byte { h.Set("ETag", `"v2"`); return b })), "changed while it was read", 2},
		"another file by If-Match":   {afterFirst(whole(data, `"v1"`), whole(data, `"v2"`)), "changed while it was read", 2},
		"a cut file half-way":        {afterFirst(whole(data, `"v1"`), status(http.StatusRequestedRangeNotSatisfiable)), "has no byte", 2},
		"an empty file":              {whole(nil, ""), "the whole file", 1},
		"a redirect off the host": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/B04.tif", http.StatusFound)
		}, "leads off", 1},
		"a redirect to another port": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/B04.tif", http.StatusTemporaryRedirect)
		}, "leads off", 1},
		"a redirect to a file": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "leads off", 1},
		"a redirect to itself":      {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "too many redirects", 7},
		"a redirect without a goal": {status(http.StatusFound), "302", 3},
		"a hang":                    {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no whole answer within", 3},
		"a slow trickle": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-32767/300000")
			w.WriteHeader(http.StatusPartialContent)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for i := 0; r.Context().Err() == nil && i < 32768; i++ {
				_, _ = w.Write(data[i : i+1])
				w.(http.Flusher).Flush()
				<-tick.C
			}
		}, "no whole answer within", 3},
		"a line that breaks": {func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = c.Close()
			}
		}, "EOF", 3},
	}
}

func TestHostileServersEndInAPlainReason(t *testing.T) {
	t.Parallel()
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			href, asked := serve(t, c.handler)
			conf := quick
			if strings.Contains(c.want, "no whole answer") {
				conf.Timeout = 150 * time.Millisecond
			}
			s := remote.NewFiles(remote.Config{Client: conf}).Begin(30 * time.Second)
			defer s.End()
			_, err := s.ReadAt(href+"?token=secret", make([]byte, 10), 0)
			if err == nil { // faults that come later
				_, err = s.ReadAt(href+"?token=secret", make([]byte, 10), 200_000)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), href) || strings.Contains(err.Error(), "secret") {
				t.Fatalf("%v, want %q and the address without its token", err, c.want)
			}
			if n := asked.Load(); n > c.asked {
				t.Errorf("asked %d times, at most %d are right", n, c.asked)
			}
			before := asked.Load()
			if _, again := s.ReadAt(href+"?token=secret", make([]byte, 10), 0); again == nil || asked.Load() != before {
				t.Errorf("a file that failed is asked again: %v", again)
			}
		})
	}
}

func TestPassingFailuresAreAskedAgain(t *testing.T) {
	t.Parallel()
	data := content(50_000)
	for _, first := range []http.HandlerFunc{
		status(http.StatusServiceUnavailable), status(http.StatusTooManyRequests, "Retry-After", "1"), status(http.StatusBadGateway),
		part(data, func(h http.Header, b []byte) []byte { h.Set("Content-Length", strconv.Itoa(len(b))); return b[:7] }),
	} {
		href, asked := serve(t, afterFirst(first, whole(data, `"v1"`)))
		s := remote.NewFiles(remote.Config{Client: quick}).Begin(time.Minute)
		buf := make([]byte, len(data))
		if _, err := s.ReadAt(href, buf, 0); err != nil || !bytes.Equal(buf, data) {
			t.Error(err)
		}
		s.End()
		if asked.Load() < 2 {
			t.Error("asked once")
		}
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	data := content(100)
	href, _ := serve(t, afterFirst(status(http.StatusTooManyRequests, "Retry-After", "1"), whole(data, `"v1"`)))
	s := remote.NewFiles(remote.Config{Client: quick}).Begin(time.Minute)
	defer s.End()
	began := time.Now()
	if _, err := s.Size(href); err != nil || time.Since(began) < time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestASessionsTimeIsBounded(t *testing.T) {
	t.Parallel()
	href, _ := serve(t, status(http.StatusServiceUnavailable, "Retry-After", "2"))
	s := remote.NewFiles(remote.Config{Client: quick}).Begin(200 * time.Millisecond)
	defer s.End()
	began := time.Now()
	_, err := s.Size(href)
	if err == nil || !strings.Contains(err.Error(), "more than 200ms to fetch") || !strings.Contains(err.Error(), "503") || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestPlainHTTPAndOtherSchemesAreRefused(t *testing.T) {
	t.Parallel()
	s := remote.NewFiles(remote.Config{Client: quick}).Begin(time.Minute)
	defer s.End()
	for href, want := range map[string]string{
		"http://data.example/B04.tif":       "only https",
		"http://169.254.169.254/latest":     "only https",
		"https://169.254.169.254/latest":    "is not asked",
		"https://[fe80::1]/B04.tif":         "is not asked",
		"https://100.100.100.200/latest":    "is not asked",
		"https://[fd00:ec2::254]/latest":    "is not asked",
		"https://[::ffff:169.254.169.254]/": "is not asked",
		"https://0.0.0.0/B04.tif":           "is not asked",
		"https://":                          "cannot be read",
		"/vsicurl/http://data.example/x":    "only https",
		"https://user:secret@0.0.0.0/x.tif": "is not asked",
	} {
		if _, err := s.Size(href); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", href, err, want)
		}
	}
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	for href, want := range map[string]string{
		"/vsicurl/https://a.example/b": "https://a.example/b", "/vsis3/bucket/key": "s3://bucket/key", "/vsigs/bucket/key": "gs://bucket/key",
		"/data/B04.tif": "/data/B04.tif", "/vsizip/{a.zip}/b": "/vsizip/{a.zip}/b",
	} {
		if got := remote.URL(href); got != want {
			t.Errorf("%s: %s", href, got)
		}
		if got := remote.IsRemote(href); got != strings.Contains(want, "://") {
			t.Errorf("%s: remote %v", href, got)
		}
	}
	if !remote.OnThisMachine("127.8.8.8") || !remote.OnThisMachine("localhost") || remote.OnThisMachine("10.0.0.1") {
		t.Error("loopback")
	}
}

// BenchmarkSequential is the cost of reading through, per megabyte.
func BenchmarkSequential(b *testing.B) {
	data := content(8 << 20)
	href, _ := serve(b, whole(data, `"v1"`))
	buf := make([]byte, 1<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		s := remote.NewFiles(remote.Config{Client: quick}).Begin(time.Minute)
		for off := 0; off < len(data); off += len(buf) {
			if _, err := s.ReadAt(href, buf, int64(off)); err != nil {
				b.Fatal(err)
			}
		}
		s.End()
	}
}
