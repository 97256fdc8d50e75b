package remote_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/imagery/remote"
)

// FuzzAnswer has a server answer anything: what is read is what was sent for
// the range, or nothing.
func FuzzAnswer(f *testing.F) {
	f.Add(206, "bytes 0-4/5", `"v1"`, "", []byte("hello"))
	f.Add(206, "bytes 0-4/*", "", "1", []byte("hello"))
	f.Add(429, "", "", "Fri, 31 Dec 1999 23:59:59 GMT", []byte{})
	f.Add(206, "bytes 0-32767/9223372036854775807", `W/"v"`, "-1", bytes.Repeat([]byte("x"), 32768))
	var mu sync.Mutex
	var handler http.HandlerFunc
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		handler(w, r)
	}))
	f.Cleanup(srv.Close)
	once := remote.Client{Timeout: time.Second, Attempts: 1, Backoff: time.Millisecond, MaxWait: time.Millisecond}
	files := remote.NewFiles(remote.Config{Client: once})
	f.Fuzz(func(t *testing.T, status int, contentRange, etag, retryAfter string, body []byte) {
		if status < 200 || status > 599 || strings.ContainsAny(contentRange+etag+retryAfter, "\r\n\x00") {
			return
		}
		mu.Lock()
		handler = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", contentRange)
			w.Header().Set("ETag", etag)
			w.Header().Set("Retry-After", retryAfter)
			w.Header().Set("Content-Type", "image/tiff")
			w.WriteHeader(status)
			_, _ = w.Write(body) // a status may allow none
		}
		mu.Unlock()
		s := files.Begin(5 * time.Second)
		defer s.End()
		buf := make([]byte, 100)
		n, err := s.ReadAt(srv.URL+"/x.tif?"+t.Name(), buf, 0)
		if err != nil {
			return
		}
		if status != http.StatusPartialContent || n > len(body) || !bytes.Equal(buf[:n], body[:n]) && s.Version(srv.URL+"/x.tif?"+t.Name()) == "" {
			t.Errorf("%d %q %q: read %q of %q", status, contentRange, etag, buf[:n], body)
		}
	})
}
