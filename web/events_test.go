package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/publication"
	"parus/web"
)

// quick is a stream for tests: it looks often and says often that it lives.
var quick = web.LiveConfig{Every: 20 * time.Millisecond, Beat: 50 * time.Millisecond, PerAccount: 3}

func serveLive(t *testing.T, s seeded, cfg web.LiveConfig) *httptest.Server {
	t.Helper()
	h, err := web.New(web.Config{Live: cfg}, s.db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// heard is one event of a stream.
type heard struct{ id, kind, data string }

// ear reads a stream of events.
type ear struct {
	t    *testing.T
	body io.ReadCloser
	in   *bufio.Scanner
	last string // id
}

// listen opens a stream, behind an event where after is not empty.
func (b *browser) listen(after string) *ear {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+"/v1/events", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		b.t.Fatalf("the stream answers %d, %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	b.t.Cleanup(func() { cancel(); res.Body.Close() })
	in := bufio.NewScanner(res.Body)
	in.Buffer(nil, 1<<20)
	return &ear{t: b.t, body: res.Body, in: in, last: after}
}

// next is the next event; false at the stream's end.
func (e *ear) next() (h heard, ok bool) {
	for e.in.Scan() {
		name, value, _ := strings.Cut(e.in.Text(), ": ")
		switch name {
		case "id":
			h.id, e.last = value, value
		case "event":
			h.kind = value
		case "data":
			h.data = value
		case "":
			if h.kind != "" {
				return h, true
			}
		}
	}
	return h, false
}

// until reads events of the kinds that interest, signs of life left out, to the
// first that is wanted.
func (e *ear) until(wanted func(heard) bool) (all []heard) {
	e.t.Helper()
	for {
		h, ok := e.next()
		if !ok {
			e.t.Fatalf("the stream has ended after %v", all)
		}
		if h.kind == "beat" && !wanted(h) {
			continue
		}
		all = append(all, h)
		if wanted(h) {
			return all
		}
	}
}

func isBeat(h heard) bool { return h.kind == "beat" }

// tells puts n lines into the log of a county, each in a transaction of its
// own, and returns what they say.
func tells(t *testing.T, conn *pgx.Conn, county string, from, n int) (said []string) {
	t.Helper()
	for i := from; i < from+n; i++ {
		data := fmt.Sprintf(`{"n": %d}`, i)
		if _, err := conn.Exec(t.Context(), `select tell_feed($1, 'publication', $2::jsonb)`, county, data); err != nil {
			t.Fatal(err)
		}
		said = append(said, data)
	}
	return said
}

func dial(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestAStreamThatIsCutGoesOnWithoutLossOrRepetition(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "risk", publication.Risk, own.code)
	srv := serveLive(t, s, quick)
	b := signedIn(t, srv, "risk")
	conn := dial(t, s.url)
	first := b.listen("")
	first.until(isBeat) // it has begun
	// Somebody writes all the while; connections are cut in the midst of it.
	const lines = 300
	done := make(chan []string, 1)
	go func() { done <- tells(t, conn, own.code, 0, lines) }()
	var got []string
	e, cuts := first, 0
	for len(got) < lines {
		h, ok := e.next()
		if !ok {
			t.Fatalf("the stream has ended after %d events", len(got))
		}
		if h.kind == "publication" {
			got = append(got, h.data)
		}
		if len(got) == 40*(cuts+1) && cuts < 5 {
			cuts++
			e.body.Close()
			e = b.listen(e.last)
		}
	}
	want := <-done
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%d events instead of %d, or in another order", len(got), len(want))
	}
	if cuts < 5 {
		t.Errorf("%d cuts only", cuts)
	}
}

func TestAStreamTellsNothingOfAnotherCountyNorAnotherRole(t *testing.T) {
	t.Parallel()
	s := seed(t)
	for name, role := range map[string]publication.Role{"risk": publication.Risk, "officer": publication.Officer, "partner": publication.Partner} {
		addAccount(t, s, name, role, own.code)
	}
	srv := serveLive(t, s, quick)
	conn := dial(t, s.url)
	for _, sql := range []string{
		`update season_run set state = 'running' where county in ('370199', '370198')`,
		`update season_run set state = 'done' where county in ('370199', '370198')`,
		`update season_run set state = 'running' where county in ('370199', '370198')`,
		`begin; insert into alert_event (alert, county, seq, at, actor, act, state, reason)
			select id, county, 2, now(), 'li', 'acknowledge', 'acknowledged', '' from alert where id % 2 = 0; update alert set state = 'acknowledged' where id % 2 = 0; commit`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	tells(t, conn, foreign.code, 7000, 3)
	tells(t, conn, own.code, 1, 1)
	last := func(h heard) bool { return h.data == `{"n": 1}` }
	for name, want := range map[string]map[string]int{
		// Two publications and one line; runs three times; alerts of one transaction once, beside those that were raised when the county was seeded.
		"risk": {"publication": 2, "run": 4, "alerts": 2}, "officer": {"publication": 2, "alerts": 2}, "partner": {"publication": 2},
	} {
		b := signedIn(t, srv, name)
		e := b.listen("0")
		got := map[string]int{}
		for _, h := range e.until(last) {
			if h.kind != "progress" {
				got[h.kind]++
			}
			if strings.Contains(h.data, foreign.code) || strings.Contains(h.data, "700") {
				t.Errorf("%s is told of another county: %v", name, h)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s hears %v, want %v", name, got, want)
		}
		progress := 0
		for range 8 {
			h, ok := e.next()
			if !ok {
				t.Fatal("the stream has ended")
			}
			if h.kind == "progress" {
				progress++
				if strings.Contains(h.data, foreign.code) {
					t.Errorf("%s is told of another county: %v", name, h)
				}
			}
		}
		status, once := b.get("/v1/events?once=true&after=0")
		told := strings.Count(string(once), "event: progress")
		if want := map[bool]int{true: 1}[name == "risk"]; status != http.StatusOK || told != want || strings.Contains(string(once), foreign.code) {
			t.Errorf("%s reads once: %d, progress of %d runs, want %d: %s", name, status, told, want, once)
		}
	}
}

func TestAStreamOutlivesTheServersDeadlinesAndEndsWithIt(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	h, err := web.New(web.Config{Live: quick}, s.db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	srv.Start()
	t.Cleanup(srv.Close)
	b := signedIn(t, srv, "officer")
	e := b.listen("")
	for range 30 { // signs of life 50 ms apart: five times the deadlines
		if h, ok := e.next(); !ok {
			t.Fatalf("the stream has ended after %v", h)
		}
	}
	e.body.Close()

	ctx, stop := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, l, h, web.Patience{}) }()
	again := &browser{t: t, base: "http://" + l.Addr().String(), http: b.http}
	e = again.listen("")
	e.until(isBeat)
	stop()
	for _, ok := e.next(); ok; _, ok = e.next() { // until it ends
		continue
	}
	if err := <-ended; err != nil {
		t.Errorf("the server with a stream does not stop: %v", err)
	}
}

func TestAStreamEndsWithItsSessionOrItsRights(t *testing.T) {
	t.Parallel()
	s := seed(t)
	srv := serveLive(t, s, quick)
	conn := dial(t, s.url)
	for name, sql := range map[string]string{
		"signed out": "", "disabled": `update account set disabled_at = now() where name = $1`, "another role": `update account set role = 'partner' where name = $1`,
		"other counties": `update account set counties = '{3701980}' where name = $1`, "expired": `update session set expires_at = now() where account = (select id from account where name = $1)`,
	} {
		addAccount(t, s, name, publication.Officer, own.code)
		b := signedIn(t, srv, name)
		e := b.listen("")
		e.until(isBeat)
		if sql == "" {
			b.send(http.MethodDelete, "/v1/session", nil)
		} else if _, err := conn.Exec(t.Context(), sql, name); err != nil {
			t.Fatal(err)
		}
		last := heard{}
		for h, ok := e.next(); ok; h, ok = e.next() {
			last = h
		}
		if last.kind != "end" {
			t.Errorf("%s: the stream ends with %v", name, last)
		}
	}
}

func TestStreamsAreLimitedAndWrongPlacesAreSaid(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	srv := serveLive(t, s, quick)
	b := signedIn(t, srv, "officer")
	open := []*ear{b.listen(""), b.listen(""), b.listen("")}
	if status, body := b.get("/v1/events"); status != http.StatusTooManyRequests || !strings.Contains(string(body), "too_many_streams") {
		t.Errorf("a fourth stream answers %d: %s", status, body)
	}
	for _, e := range open {
		e.body.Close()
	}
	if status, body := b.get("/v1/events?once=true&after=x"); status != http.StatusBadRequest {
		t.Errorf("an id that is none answers %d: %s", status, body)
	}
	if _, body := b.get("/v1/events?once=true&after=99999999"); !strings.Contains(string(body), "event: reset") {
		t.Errorf("an id ahead of all, as after a restore: %s", body)
	}
}

// A thousand listen and none of a hundred of them reads. What the server holds
// for them is bounded, and whoever reads hears everything.
func TestAThousandListenersTakeLittleMemory(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	srv := serveLive(t, s, web.LiveConfig{Every: 50 * time.Millisecond, Beat: time.Minute, PerAccount: 2000})
	b := signedIn(t, srv, "officer")
	at, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookie := b.http.Jar.Cookies(at)[0]
	const clients, deaf, lines = 1000, 100, 200
	before := heap()
	conns := make([]net.Conn, clients)
	for i := range conns {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET /v1/events HTTP/1.1\r\nHost: x\r\nCookie: %s=%s\r\n\r\n", cookie.Name, cookie.Value)
		conns[i] = c
	}
	var ready, all sync.WaitGroup
	counts := make([]int, clients)
	for i, c := range conns {
		ready.Add(1)
		all.Go(func() {
			in := bufio.NewReader(c)
			for begun := false; counts[i] < lines; {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if !begun && strings.HasPrefix(l, "event: beat") {
					begun = true
					ready.Done()
					if i < deaf {
						return
					}
				}
				if strings.HasPrefix(l, "event: publication") {
					counts[i]++
				}
			}
		})
	}
	ready.Wait()
	opened := heap()
	tells(t, dial(t, s.url), own.code, 0, lines)
	all.Wait()
	told := heap()
	for i, n := range counts[deaf:] {
		if n != lines {
			t.Fatalf("listener %d hears %d of %d", i, n, lines)
		}
	}
	// The log that all share holds the lines once; a client's share is what the
	// connection takes, both ends of it here.
	t.Logf("a client takes %d KB when it has joined, and %d B more when %d lines were told", (opened-before)/clients>>10, (told-opened)/clients, lines)
	if each := (opened - before) / clients; each > 160<<10 {
		t.Errorf("a client takes %d KB", each>>10)
	}
	if more := (told - opened) / clients; more > 96<<10 {
		t.Errorf("a client takes %d KB more when %d lines were told", more>>10, lines)
	}
}

// Somebody who reads nothing is given up when the sockets are full, and does
// not keep others waiting.
func TestAListenerThatDoesNotReadIsGivenUp(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	srv := serveLive(t, s, web.LiveConfig{Every: 20 * time.Millisecond, Beat: 50 * time.Millisecond, Write: 300 * time.Millisecond})
	b := signedIn(t, srv, "officer")
	deaf, hearing := b.listen(""), b.listen("")
	deaf.until(isBeat)
	hearing.until(isBeat)
	const lines, size = 120, 100_000 // 12 MB: more than the sockets of both ends hold
	_, err := dial(t, s.url).Exec(t.Context(), fmt.Sprintf(`do $$ begin for i in 1..%d loop
		perform tell_feed('%s', 'publication', jsonb_build_object('x', repeat('x', %d))); end loop; end $$`, lines, own.code, size))
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < lines; {
		h, ok := hearing.next()
		if !ok {
			t.Fatalf("who reads hears %d of %d", n, lines)
		}
		if h.kind == "publication" {
			n++
		}
	}
	for range 20 { // a second and more: the deaf one has been given up by then, or is soon
		hearing.until(isBeat)
	}
	got, err := io.Copy(io.Discard, deaf.body)
	if got > lines*size {
		t.Errorf("who did not read has %d bytes at the end, %v", got, err)
	}
	again := b.listen(deaf.last) // and goes on from where it was
	n := 0
	again.until(func(h heard) bool {
		if h.kind == "publication" {
			n++
		}
		return n == lines
	})
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
