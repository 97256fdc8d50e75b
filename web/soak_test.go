package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/imagery/overlay"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/web"
)

// A day of an office, compressed. Who works there is in the product's list of
// users; how often they ask is an assumption, stated here: officers each open the
// page six times, look up 120 households or parcels and read 80 cards of each with
// their curves, move the map through 900 tiles of parcels and 300 of imagery, try 15
// what-ifs and enter four applications. Numbers are requests an officer and day.
var habits = []struct {
	what  string
	times int
	do    func(c *clerk) int
}{
	{"sign in anew", 2, (*clerk).signIn},
	{"the page", 6, func(c *clerk) int { return c.get("/") }},
	{"publications", 6, func(c *clerk) int { return c.get("/v1/publications") }},
	{"summary", 12, func(c *clerk) int { return c.get(c.of("/summary")) }},
	{"list", 60, func(c *clerk) int {
		return c.get(c.of("/households?limit=50&sort=" + []string{"line", "id"}[c.rng.IntN(2)]))
	}},
	{"search", 120, func(c *clerk) int { id := c.any().id; return c.get(c.of("/search?q=" + id[:6+c.rng.IntN(len(id)-6)])) }},
	{"household's card", 80, func(c *clerk) int { return c.get(c.of("/households/" + c.any().household)) }},
	{"parcel's card", 80, func(c *clerk) int { return c.get(c.of("/parcels/" + c.any().id)) }},
	{"county's band", 80, func(c *clerk) int { return c.get(c.of("/band?crop=" + seedCrops[c.rng.IntN(len(seedCrops))])) }},
	{"parcel tile", 900, func(c *clerk) int {
		return c.get(fmt.Sprintf("/tiles/%d/parcels/%s.mvt", c.release, tileOf(c.any(), 11+c.rng.IntN(6))))
	}},
	{"imagery's dates", 20, func(c *clerk) int { return c.get(c.of("/imagery")) }},
	{"imagery tile", 300, func(c *clerk) int {
		return c.get(scenePath(c.release, seedScenes[0].id, string(overlay.Vegetation), c.any(), 12+c.rng.IntN(3)))
	}},
	{"alerts", 20, func(c *clerk) int { return c.get(c.of("/alerts")) }},
	{"what-if", 15, func(c *clerk) int {
		return c.post(c.of("/households/"+c.household+"/what-if"), `{"settled":[]}`)
	}},
	{"apply and withdraw", 4, (*clerk).apply},
	{"applications", 20, func(c *clerk) int { return c.get(fmt.Sprintf("/v1/applications?publication=%d", c.release)) }},
	{"table of applications", 1, func(c *clerk) int { return c.get(c.of("/applications.csv")) }},
	{"stream of events", 12, (*clerk).listen},
}

// clerk is an officer at a browser.
type clerk struct {
	base, name, address string
	release             int64
	household           string // that this one enters applications of
	parcels             []seedParcel
	rng                 *rand.Rand
	http                *http.Client
	keys                int
	failed              string // the last answer that was none
}

func (c *clerk) any() seedParcel { return c.parcels[c.rng.IntN(len(c.parcels))] }

func (c *clerk) of(path string) string { return fmt.Sprintf("/v1/publications/%d%s", c.release, path) }

func (c *clerk) ask(method, path, body string, read func(io.Reader) string) (status int, answer string) {
	req, err := http.NewRequestWithContext(context.Background(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.failed = err.Error()
		return 0, ""
	}
	req.Header.Set("X-Forwarded-For", c.address) // attempts to sign in are counted by address
	if method == http.MethodGet {
		req.Header.Set("Accept-Encoding", "gzip") // as it comes: nobody here reads it
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if path == "/v1/applications" {
		c.keys++
		req.Header.Set("Idempotency-Key", fmt.Sprintf("%s-%d", strings.ReplaceAll(c.name, " ", "-"), c.keys))
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.failed = err.Error()
		return 0, ""
	}
	defer res.Body.Close()
	if answer = read(res.Body); res.StatusCode >= http.StatusBadRequest {
		c.failed = fmt.Sprintf("%s %s: %d %.300s", method, path, res.StatusCode, answer)
	}
	return res.StatusCode, answer
}

func whole(r io.Reader) string {
	b, _ := io.ReadAll(r) // what is cut short has its status
	return string(b)
}

func (c *clerk) get(path string) int {
	status, _ := c.ask(http.MethodGet, path, "", whole)
	return status
}

func (c *clerk) post(path, body string) int {
	status, _ := c.ask(http.MethodPost, path, body, whole)
	return status
}

func (c *clerk) signIn() int {
	return c.post("/v1/session", fmt.Sprintf(`{"name":%q,"password":%q}`, c.name, secret))
}

func (c *clerk) apply() int {
	status, answer := c.ask(http.MethodPost, "/v1/applications", fmt.Sprintf(`{"publication":%d,"household_id":%q,"asked_fen":300000,"identity":"checked"}`, c.release, c.household), whole)
	_, rest, _ := strings.Cut(answer, `"id":`)
	id, _, _ := strings.Cut(rest, ",")
	if status != http.StatusCreated {
		return status
	}
	return c.post("/v1/applications/"+id+"/moves", `{"act":"withdraw","reason":"no longer needed"}`)
}

// listen hears the first event of a stream and goes.
func (c *clerk) listen() int {
	status, _ := c.ask(http.MethodGet, "/v1/events", "", func(r io.Reader) string {
		line, _ := bufio.NewReader(r).ReadString('\n')
		return line
	})
	return status
}

// servesMark turns this test binary into a server of the database that it names.
const servesMark = "PARUS_TEST_SERVES"

// serveAlone serves as parusd does, until it is told to stop.
func serveAlone(url string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	db, err := postgis.Open(ctx, url)
	if err == nil {
		defer db.Close()
		var h http.Handler
		proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		if h, err = web.New(web.Config{Proxies: proxies, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}, db); err == nil {
			var l net.Listener
			if l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err == nil {
				fmt.Fprintf(os.Stderr, "parusd: answering on http://%s\n", l.Addr())
				err = web.Serve(ctx, l, h, web.Patience{})
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is a server in a process of its own.
type process struct {
	cmd  *exec.Cmd
	base string
	mu   sync.Mutex
	said []string
}

// begin starts parusd where PARUS_SOAK_SERVER names it, else this binary.
func begin(t *testing.T, url string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), servesMark+"="+url)
	if program := os.Getenv("PARUS_SOAK_SERVER"); program != "" {
		p.cmd = exec.Command(program, "--listen", "127.0.0.1:0", "--database-url", url, "--proxies", "127.0.0.1/32", "--request-rate", "0") //nolint:gosec // whoever starts the soak names it
	}
	words, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, ready, read := bufio.NewScanner(words), make(chan string, 1), make(chan struct{})
	go func() {
		defer close(read)
		for lines.Scan() {
			if _, base, ok := strings.Cut(lines.Text(), "answering on "); ok {
				ready <- base
			}
			p.mu.Lock()
			p.said = append(p.said, lines.Text())
			p.mu.Unlock()
		}
		close(ready)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(os.Interrupt) // it may have ended
		<-read
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("the server ends with %v: %s", err, p.words())
		}
	})
	if p.base = <-ready; p.base == "" {
		t.Fatalf("the server does not start: %s", p.words())
	}
	return p
}

func (p *process) words() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.said, "\n")
}

// sample is what a server holds while nobody asks.
type sample struct{ rss, heap, goroutines, sockets, files int }

// rest waits until the server has let go of what it was asked, and looks.
func (p *process) rest(t *testing.T) (s sample) {
	t.Helper()
	alone := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for same, last := 0, -1; same < 2; last = s.goroutines {
		<-tick.C
		res, err := alone.Get(p.base + "/metrics")
		if err != nil {
			t.Fatalf("%v: %s", err, p.words())
		}
		figures := map[string]int{}
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), " ")
			f, _ := strconv.ParseFloat(value, 64) // comments
			figures[name] = int(f)
		}
		res.Body.Close()
		s = sample{figures["process_resident_memory_bytes"], figures["go_gc_heap_live_bytes"], figures["go_goroutines"], 0, figures["process_open_fds"]}
		if same++; s.goroutines > last && last >= 0 || s.goroutines < last {
			same = 0
		}
	}
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, "socket:") {
			s.sockets++
		}
	}
	return s
}

const (
	counters  = 8  // clerks who ask at the same time
	stretches = 16 // after each of which the server is looked at
)

// office is who asks, and what they were answered.
type office struct {
	clerks   []*clerk
	mu       sync.Mutex
	answered map[string]int // by what and status
	failed   []string
}

// TestADayOfRequests asks a server of its own for what an office asks in a day, as
// fast as it is answered, and holds what it keeps. PARUS_SOAK_OFFICERS sets how many
// officers there are; without it eight work for a hundredth of a day.
func TestADayOfRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("a server of its own is left to the full test")
	}
	t.Parallel()
	officers, _ := strconv.Atoi(os.Getenv("PARUS_SOAK_OFFICERS"))
	share := 1.0
	if officers == 0 {
		officers, share = counters, .01
	}
	l := &lender{seeded: seed(t), asOf: time.Now().UTC().AddDate(0, 0, -5)}
	l.households = l.score(t, connectTo(t, l.url), l.own, counters)
	p := begin(t, l.url)
	o := &office{answered: map[string]int{}}
	parcels := slices.SortedFunc(maps.Values(l.rows), func(a, b seedParcel) int { return strings.Compare(a.id, b.id) })
	parcels = slices.DeleteFunc(parcels, func(s seedParcel) bool { return !strings.HasPrefix(s.id, own.code) })
	for i := range officers {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &clerk{base: p.base, name: fmt.Sprint("clerk ", i), address: fmt.Sprintf("10.0.%d.%d", i/250, i%250+1), release: l.own, household: l.households[i%counters],
			parcels: parcels, rng: rand.New(rand.NewPCG(11, uint64(i))), http: &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 6}}}
		addAccount(t, l.seeded, c.name, publication.Officer, own.code)
		if status := c.signIn(); status != http.StatusOK {
			t.Fatalf("%s: %s", c.name, c.failed)
		}
		o.clerks = append(o.clerks, c)
	}
	begun := time.Now()
	samples := o.work(t, p, share)
	total := 0
	for _, n := range o.answered {
		total += n
	}
	t.Logf("%d officers, %.2f of a day: %d requests in %s, %.0f a second", officers, share, total, time.Since(begun).Round(time.Second), float64(total)/time.Since(begun).Seconds())
	for _, what := range slices.Sorted(maps.Keys(o.answered)) {
		t.Logf("%7d  %s", o.answered[what], what)
	}
	t.Log("after stretch: RSS MiB, heap after collection MiB, goroutines, sockets, files")
	for i, s := range samples {
		t.Logf("%2d: %6.1f %6.1f %4d %4d %4d", i+1, mebi(s.rss), mebi(s.heap), s.goroutines, s.sockets, s.files)
	}
	for _, f := range o.failed {
		t.Error(f)
	}
	for _, f := range grown(samples) {
		t.Error(f)
	}
	if words := p.words(); strings.Contains(words, `"level":"ERROR"`) {
		t.Errorf("the server says: %.3000s", words)
	}
}

func mebi(bytes int) float64 { return float64(bytes) / (1 << 20) }

// work has each counter ask what its clerks ask in their share of a day, shuffled,
// and looks at the server between stretches.
func (o *office) work(t *testing.T, p *process, share float64) (samples []sample) {
	t.Helper()
	type deed struct {
		clerk *clerk
		habit int
	}
	decks := make([][]deed, counters)
	for i, c := range o.clerks {
		for h, habit := range habits {
			for range max(1, int(share*float64(habit.times))) {
				decks[i%counters] = append(decks[i%counters], deed{c, h})
			}
		}
	}
	for i, d := range decks {
		rand.New(rand.NewPCG(5, uint64(i))).Shuffle(len(d), func(a, b int) { d[a], d[b] = d[b], d[a] })
	}
	for n := range stretches {
		var all sync.WaitGroup
		for _, d := range decks {
			part := d[len(d)*n/stretches : len(d)*(n+1)/stretches]
			all.Go(func() {
				for _, x := range part {
					status := habits[x.habit].do(x.clerk)
					o.note(x.clerk, habits[x.habit].what, status)
				}
			})
		}
		all.Wait()
		for _, c := range o.clerks {
			c.http.CloseIdleConnections()
		}
		samples = append(samples, p.rest(t))
	}
	return samples
}

func (o *office) note(c *clerk, what string, status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answered[fmt.Sprintf("%s: %d", what, status)]++
	if (status == 0 || status >= http.StatusBadRequest) && len(o.failed) < 10 {
		o.failed = append(o.failed, fmt.Sprintf("%s, %s: %s", c.name, what, c.failed))
	}
}

// grown compares the last quarter with the second, in which all that is kept for
// good, such as drawn tiles and connections to the database, is there already. A
// tenth, and what the collector's own rhythm moves, is let pass.
func grown(samples []sample) (faults []string) {
	quarter := func(n int, of func(sample) int) int {
		var v []int
		for _, s := range samples[n*stretches/4 : (n+1)*stretches/4] {
			v = append(v, of(s))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	for _, c := range []struct {
		what  string
		of    func(sample) int
		slack int
		tenth int // 1: and a tenth of the second quarter
	}{
		{"resident memory", func(s sample) int { return s.rss }, 16 << 20, 1},
		{"heap after collection", func(s sample) int { return s.heap }, 8 << 20, 1},
		{"goroutines", func(s sample) int { return s.goroutines }, 4, 0},
		{"sockets", func(s sample) int { return s.sockets }, 4, 0},
		{"files", func(s sample) int { return s.files }, 4, 0},
	} {
		second, last := quarter(1, c.of), quarter(3, c.of)
		if last > second+c.slack+c.tenth*second/10 {
			faults = append(faults, fmt.Sprintf("%s grows: %d in the second quarter, %d in the last", c.what, second, last))
		}
	}
	return faults
}

// The comparison sees what leaks a little with each stretch, and passes what fills
// once.
func TestWhatGrowsWithRequestsIsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at   func(i int) sample
		want string
	}{
		"nothing": {func(int) sample { return sample{rss: 60 << 20, heap: 15 << 20, goroutines: 10, sockets: 9, files: 19} }, ""},
		"a cache that fills at first": {func(i int) sample {
			return sample{rss: min(60+40*i, 180) << 20, heap: min(15+30*i, 120) << 20, goroutines: 10}
		}, ""},
		"a goroutine each stretch":  {func(i int) sample { return sample{goroutines: 10 + i} }, "goroutines grows: 16 in the second quarter, 24 in the last"},
		"a connection each stretch": {func(i int) sample { return sample{sockets: 6 + i, files: 16 + i} }, "sockets grows"},
		"3 MiB each stretch":        {func(i int) sample { return sample{rss: 60<<20 + i*3<<20, heap: 15<<20 + i*3<<20} }, "heap after collection grows"},
	} {
		var samples []sample
		for i := range stretches {
			samples = append(samples, c.at(i))
		}
		if got := strings.Join(grown(samples), "; "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
