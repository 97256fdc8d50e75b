package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"

	"parus/internal/publication"
	"parus/web"

	"golang.org/x/crypto/argon2"
)

const secret = "test password 1"

// cheap is the hash of secret with parameters that cost a test nothing.
func cheap() string {
	salt := []byte("salt of a test 1")
	b := base64.RawStdEncoding
	return "$argon2id$v=19$m=64,t=1,p=1$" + b.EncodeToString(salt) + "$" + b.EncodeToString(argon2.IDKey([]byte(secret), salt, 1, 64, 1, 32))
}

func addAccount(t *testing.T, s seeded, name string, role publication.Role, counties ...string) {
	t.Helper()
	_, err := s.db.AddAccount(context.Background(), publication.NewAccount{Name: name, PasswordHash: cheap(), Role: role, Counties: counties})
	if err != nil {
		t.Fatal(err)
	}
}

func serve(t *testing.T, s seeded) *httptest.Server {
	t.Helper()
	h, err := web.New(web.Config{}, s.db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// browser is a client with its own cookies.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func newBrowser(t *testing.T, srv *httptest.Server) *browser {
	t.Helper()
	return newBrowserAt(t, srv.URL)
}

func newBrowserAt(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: base, http: &http.Client{Jar: jar}}
}

func signedIn(t *testing.T, srv *httptest.Server, name string) *browser {
	t.Helper()
	b := newBrowser(t, srv)
	status, body := b.send(http.MethodPost, "/v1/session", map[string]string{"name": name, "password": secret})
	if status != http.StatusOK {
		t.Fatalf("sign in as %s: status %d: %s", name, status, body)
	}
	return b
}

func (b *browser) send(method, path string, body any) (int, []byte) {
	b.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, b.base+path, in)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	asSaid(b.t, req, res, out)
	return res.StatusCode, out
}

func (b *browser) get(path string) (int, []byte) { return b.send(http.MethodGet, path, nil) }

// read gets path and decodes its JSON; any other status than 200 fails the test.
func read[T any](b *browser, path string) T {
	b.t.Helper()
	status, body := b.get(path)
	if status != http.StatusOK {
		b.t.Fatalf("GET %s: status %d: %s", path, status, body)
	}
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		b.t.Fatalf("GET %s: %v: %s", path, err, body)
	}
	return v
}

type items[T any] struct {
	Items      []T    `json:"items"`
	Total      int    `json:"total"`
	NextCursor string `json:"next_cursor"`
}
