package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"parus/internal/publication"
	"parus/web"
)

// hurried is a server as parusd has it, with a second for what clients have half a
// minute for there.
var hurried = web.Patience{Header: time.Second, Body: time.Second, Idle: time.Second}

// serveHurried serves a store the way parusd does and returns its address.
func serveHurried(t *testing.T, store web.Store) string {
	t.Helper()
	h, err := web.New(web.Config{Patience: hurried}, store)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() { ended <- web.Serve(ctx, l, h, hurried) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// slow are clients that hold a connection: what they send at once, and what
// they then send a byte of now and again, for ever.
var slow = map[string]struct{ first, more string }{
	"nothing at all":                      {},
	"the first line byte by byte":         {"", "GET /" + strings.Repeat("x", 1<<20)},
	"a header byte by byte":               {"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", strings.Repeat("a", 1<<20)},
	"one header after another":            {"GET /healthz HTTP/1.1\r\nHost: x\r\n", strings.Repeat("X-A: b\r\n", 1<<17)},
	"a body byte by byte":                 {"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{", strings.Repeat(" ", 100_000)},
	"a body in chunks of a byte":          {"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", strings.Repeat("1\r\n \r\n", 100_000)},
	"a body that stops":                   {"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"name\":", ""},
	"a body where nobody is signed in":    {"PUT /v1/limits HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{", strings.Repeat(" ", 100_000)},
	"a body where none is wanted":         {"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", strings.Repeat(" ", 100_000)},
	"a body where there is no such place": {"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", strings.Repeat(" ", 100_000)},
	"a second request byte by byte":       {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /healthz HTTP/1.1\r\nX-Slow: " + strings.Repeat("a", 1<<20)},
	"silence after an answer":             {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", ""},
}

// hold opens a connection, sends as the client does until it is cut off, and
// tells of a connection that stays open.
func hold(address, first, more string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, first); err != nil {
		return err
	}
	cut := make(chan struct{})
	trickled := make(chan struct{})
	go func() {
		defer close(trickled)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for i := 0; i < len(more); i++ {
			select {
			case <-cut:
				return
			case <-tick.C:
			}
			if _, err := c.Write([]byte{more[i]}); err != nil {
				return
			}
		}
	}()
	defer func() { <-trickled }()
	defer close(cut)
	if err := c.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return err
	}
	// A reset is a cut too: it is sent where bytes come that nobody reads.
	if answer, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("the connection stays open; so far it was told %q", answer)
	}
	return nil
}

func TestSlowClientsAreCutOffWhileOthersAreAnswered(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	address := serveHurried(t, s.db)
	const each = 10
	held := make(chan error, each*len(slow))
	for name, c := range slow {
		for range each {
			go func() {
				err := hold(address, c.first, c.more)
				if err != nil {
					err = fmt.Errorf("%s: %w", name, err)
				}
				held <- err
			}()
		}
	}
	b := newBrowserAt(t, "http://"+address)
	if status, body := b.send(http.MethodPost, "/v1/session", map[string]string{"name": "officer", "password": secret}); status != http.StatusOK {
		t.Fatalf("sign in beside slow clients: %d: %s", status, body)
	}
	for left := each * len(slow); left > 0; {
		select {
		case err := <-held:
			left--
			if err != nil {
				t.Error(err)
			}
		default:
			if status, body := b.get(fmt.Sprintf("/v1/publications/%d/households?limit=5", s.own)); status != http.StatusOK {
				t.Fatalf("beside %d slow clients the list answers %d: %s", left, status, body)
			}
		}
	}
}

// lazy is a database that takes longer than clients have for their requests, and
// tells whether it was given up.
type lazy struct {
	web.Store
	takes time.Duration
}

func (l lazy) wait(ctx context.Context) error {
	late := time.NewTimer(l.takes)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("given up: %w", context.Cause(ctx))
	case <-late.C:
		return nil
	}
}

func (l lazy) AccountByName(ctx context.Context, name string) (publication.Account, string, error) {
	if err := l.wait(ctx); err != nil {
		return publication.Account{}, "", err
	}
	return l.Store.AccountByName(ctx, name)
}

func (l lazy) Publications(ctx context.Context, s publication.Scope) ([]publication.Publication, error) {
	if err := l.wait(ctx); err != nil {
		return nil, err
	}
	return l.Store.Publications(ctx, s)
}

// The time for a request to come is none for its answer to be made.
func TestAnAnswerMayTakeLongerThanItsRequestMayTakeToCome(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	base := "http://" + serveHurried(t, lazy{s.db, hurried.Header + hurried.Body + 500*time.Millisecond})
	b := signedIn(t, serve(t, s), "officer")
	b.base = base // cookies are of the host, whatever its port
	got := make(chan int, 2)
	go func() { status, _ := b.get("/v1/publications"); got <- status }()
	go func() {
		status, _ := newBrowserAt(t, base).send(http.MethodPost, "/v1/session", map[string]string{"name": "officer", "password": secret})
		got <- status
	}()
	for range 2 {
		if status := <-got; status != http.StatusOK {
			t.Errorf("an answer that takes its time: %d, want 200", status)
		}
	}
}
