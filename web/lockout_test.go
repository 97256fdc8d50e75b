package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parus/internal/publication"
	"parus/web"
)

// clocked are servers of one database by a clock that tests move.
func clocked(t *testing.T, s seeded, ahead *atomic.Int64, edit func(*web.Config)) *httptest.Server {
	t.Helper()
	cfg := web.Config{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }}
	if edit != nil {
		edit(&cfg)
	}
	h, err := web.New(cfg, s.db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// Ten failures are free; then a minute, two, four. Each server's own limit is in
// memory, so that every attempt here comes to a server that has just started.
func TestALockHoldsOnEveryServerAndGrows(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "Locked", publication.Officer, own.code)
	var ahead atomic.Int64
	try := func(password string) (int, string) {
		status, body := newBrowser(t, clocked(t, s, &ahead, nil)).send(http.MethodPost, "/v1/session", map[string]string{"name": "Locked", "password": password})
		return status, string(body)
	}
	for i := range 10 {
		if status, body := try("guess"); status != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d %s", i+1, status, body)
		}
	}
	for _, minutes := range []int{1, 2, 4} {
		if status, body := try(secret); status != http.StatusTooManyRequests || !strings.Contains(body, `"locked"`) || !strings.Contains(body, fmt.Sprintf("in %d min", minutes)) {
			t.Fatalf("while it is locked for %d min: %d %s", minutes, status, body)
		}
		ahead.Add(int64(time.Duration(minutes)*time.Minute + time.Second))
		if minutes < 4 {
			if status, _ := try("guess"); status != http.StatusUnauthorized {
				t.Fatalf("after %d min: %d", minutes, status)
			}
		}
	}
	if status, body := try(secret); status != http.StatusOK {
		t.Fatalf("the right password after the lock: %d %s", status, body)
	}
	if status, _ := try("guess"); status != http.StatusUnauthorized {
		t.Errorf("after a sign-in failures are not forgotten: %d", status)
	}
}

func TestSessionsEndWhenIdleAndAtTheirEnd(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "idler", publication.Officer, own.code)
	var ahead atomic.Int64
	srv := clocked(t, s, &ahead, nil)
	asks := func(b *browser) int { status, _ := b.get("/v1/session"); return status }
	b := signedIn(t, srv, "idler")
	for range 7 { // used every 100 minutes: 11:40
		ahead.Add(int64(100 * time.Minute))
		if got := asks(b); got != http.StatusOK {
			t.Fatalf("used within two hours: %d", got)
		}
	}
	ahead.Add(int64(21 * time.Minute)) // 12:01
	if got := asks(b); got != http.StatusUnauthorized {
		t.Errorf("after twelve hours: %d", got)
	}
	b = signedIn(t, srv, "idler")
	ahead.Add(int64(121 * time.Minute))
	if got := asks(b); got != http.StatusUnauthorized {
		t.Errorf("after two idle hours: %d", got)
	}
}

func TestASignInTakesNoSessionThatTheBrowserBrings(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "victim", publication.Officer, own.code)
	srv := serve(t, s)
	base, _ := url.Parse(srv.URL)
	b := newBrowser(t, srv)
	planted := &http.Cookie{Name: "parus", Value: strings.Repeat("A", 43)}
	b.http.Jar.SetCookies(base, []*http.Cookie{planted})
	in := map[string]string{"name": "victim", "password": secret}
	if status, body := b.send(http.MethodPost, "/v1/session", in); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	first := b.http.Jar.Cookies(base)[0].Value
	if first == planted.Value {
		t.Error("the planted cookie is the session")
	}
	if status, _ := b.send(http.MethodPost, "/v1/session", in); status != http.StatusOK || b.http.Jar.Cookies(base)[0].Value == first {
		t.Error("a second sign-in keeps the secret of the first")
	}
	old := newBrowser(t, srv)
	old.http.Jar.SetCookies(base, []*http.Cookie{{Name: "parus", Value: first}})
	if status, _ := old.get("/v1/session"); status != http.StatusUnauthorized {
		t.Errorf("the session before answers %d", status)
	}
}

func TestWhoeverIsDisabledOrHasANewPasswordIsOutAtOnce(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "keeper", publication.Admin, own.code)
	addAccount(t, s, "worker", publication.Officer, own.code)
	addAccount(t, s, "higher", publication.Officer, "3701")
	srv := serve(t, s)
	keeper, here, there := signedIn(t, srv, "keeper"), signedIn(t, srv, "worker"), signedIn(t, srv, "worker")
	if status, body := here.send(http.MethodPost, "/v1/session/password", map[string]string{"current": secret, "new": "a sentence of my own"}); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, body)
	}
	if a, _ := here.get("/v1/session"); a != http.StatusOK {
		t.Errorf("the one that has changed it: %d", a)
	}
	if a, _ := there.get("/v1/session"); a != http.StatusUnauthorized {
		t.Errorf("another session: %d", a)
	}
	id := map[string]int64{}
	for _, c := range read[items[publication.AccountCard]](keeper, "/v1/accounts").Items {
		id[c.Name] = c.ID
	}
	if _, ok := id["higher"]; ok || len(id) != 2 {
		t.Errorf("an administrator of one county is shown %v", id)
	}
	if status, _ := keeper.send(http.MethodPatch, fmt.Sprintf("/v1/accounts/%d", id["worker"]), map[string]any{"disabled": true}); status != http.StatusOK {
		t.Fatal(status)
	}
	if a, _ := here.get("/v1/publications"); a != http.StatusUnauthorized {
		t.Errorf("a disabled account is answered %d", a)
	}
	if status, body := keeper.send(http.MethodPatch, fmt.Sprintf("/v1/accounts/%d", id["keeper"]), map[string]any{"role": "officer"}); status != http.StatusConflict {
		t.Errorf("the own account: %d %s", status, body)
	}
	for _, counties := range [][]string{{""}, {"3701"}, {foreign.code}, {own.code, foreign.code}} {
		body := map[string]any{"name": "greedy", "role": "officer", "counties": counties}
		if status, answer := keeper.send(http.MethodPost, "/v1/accounts", body); status != http.StatusForbidden {
			t.Errorf("counties %v are granted: %d %s", counties, status, answer)
		}
	}
}

func TestOneWhoAsksTooMuchWaits(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "hasty", publication.Officer, own.code)
	addAccount(t, s, "calm", publication.Officer, own.code)
	at := time.Now()
	var ahead atomic.Int64
	srv := clocked(t, s, &ahead, func(c *web.Config) {
		c.RequestRate = 1
		c.Now = func() time.Time { return at.Add(time.Duration(ahead.Load())) }
	})
	b, other := signedIn(t, srv, "hasty"), signedIn(t, srv, "calm")
	for i := range 11 { // ten seconds' worth and one
		if status, _ := b.get("/v1/session"); status != http.StatusOK {
			t.Fatalf("request %d: %d", i+1, status)
		}
	}
	if status, body := b.get("/v1/session"); status != http.StatusTooManyRequests || !strings.Contains(string(body), "too_many_requests") {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := other.get("/v1/session"); status != http.StatusOK {
		t.Errorf("somebody else waits too: %d", status)
	}
	ahead.Store(int64(time.Second))
	if status, _ := b.get("/v1/session"); status != http.StatusOK {
		t.Errorf("a second later: %d", status)
	}
}

func TestTheAddressIsTheProxysWordOnlyIfTheProxyIsKnown(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "far", publication.Officer, own.code)
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		want    string
	}{
		"nobody is believed":    {nil, "127.0.0.1"},
		"the proxy is believed": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, "203.0.113.9"},
		"and the one before it": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("203.0.113.0/24")}, "198.51.100.7"},
	} {
		srv := clocked(t, s, new(atomic.Int64), func(cfg *web.Config) { cfg.Proxies = c.proxies })
		b := newBrowser(t, srv)
		req, err := http.NewRequest(http.MethodPost, srv.URL+"/v1/session", strings.NewReader(`{"name":"far","password":"`+secret+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", "10.9.9.9, 198.51.100.7, 203.0.113.9")
		if status := statusOf(t, b.http, req); status != http.StatusOK {
			t.Fatal(status)
		}
		list := read[items[publication.SessionCard]](b, "/v1/session/list").Items
		i := 0
		for ; i < len(list) && !list[i].Current; i++ {
		}
		if i == len(list) || list[i].Address != c.want {
			t.Errorf("%s: %+v, want %s", name, list, c.want)
		}
	}
}
