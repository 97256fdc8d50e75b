package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parus/internal/publication"
	"parus/web"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	var ahead atomic.Int64
	h, err := web.New(web.Config{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }}, s.db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)

	b := newBrowser(t, srv)
	for name, credentials := range map[string]map[string]string{
		"a wrong password": {"name": "officer", "password": "wrong password"},
		"an unknown name":  {"name": "nobody", "password": secret},
	} {
		status, body := b.send(http.MethodPost, "/v1/session", credentials)
		if status != http.StatusUnauthorized || !strings.Contains(string(body), "wrong_credentials") {
			t.Errorf("%s: status %d, want 401: %s", name, status, body)
		}
		if strings.Contains(string(body), credentials["password"]) {
			t.Errorf("%s: the answer repeats the password", name)
		}
	}
	if _, body := b.send(http.MethodPost, "/v1/session", map[string]any{"name": 7, "password": "s3cret in a bad request"}); strings.Contains(string(body), "s3cret") {
		t.Errorf("a refused request is repeated with its password: %s", body)
	}
	b = signedIn(t, srv, "officer")
	if me := read[publication.Account](b, "/v1/session"); me.Name != "officer" || me.Role != publication.Officer {
		t.Errorf("signed in as %+v", me)
	}
	ahead.Store(int64(13 * time.Hour))
	if status, _ := b.get("/v1/session"); status != http.StatusUnauthorized {
		t.Errorf("after 13 hours the session answers %d, want 401", status)
	}
	ahead.Store(0)
	b = signedIn(t, srv, "officer")
	if status, body := b.send(http.MethodDelete, "/v1/session", nil); status != http.StatusNoContent {
		t.Fatalf("sign out: status %d: %s", status, body)
	}
	if status, _ := b.get("/v1/session"); status != http.StatusUnauthorized {
		t.Errorf("after signing out the session answers %d, want 401", status)
	}
}

func TestAStolenCookieEndsWithTheSession(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	srv := serve(t, s)
	res, err := http.Post(srv.URL+"/v1/session", "application/json", strings.NewReader(`{"name":"officer","password":"`+secret+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || len(cookie.Value) < 40 {
		t.Errorf("cookie %+v, want HttpOnly, SameSite=Lax and 256 random bits", cookie)
	}
	ask := func(method string) int {
		req, err := http.NewRequest(method, srv.URL+"/v1/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(cookie)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := []int{ask(http.MethodGet), ask(http.MethodDelete), ask(http.MethodGet)}; got[0] != 200 || got[1] != 204 || got[2] != 401 {
		t.Errorf("before, at and after signing out: %v, want [200 204 401]", got)
	}
}

func TestAttemptsToSignInAreLimited(t *testing.T) {
	t.Parallel()
	s := seed(t)
	b := newBrowser(t, serve(t, s))
	for range 20 {
		if status, _ := b.send(http.MethodPost, "/v1/session", map[string]string{"name": "x", "password": "guess"}); status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("twenty guesses at one name were all looked at")
}

func TestAnotherSitesPageCannotWrite(t *testing.T) {
	t.Parallel()
	s := seed(t)
	srv := serve(t, s)
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"} {
		req, err := http.NewRequest(http.MethodDelete, srv.URL+"/v1/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(header, value)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s: status %d, want 403", header, value, res.StatusCode)
		}
	}
}
