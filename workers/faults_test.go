package workers_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"parus/internal/postgis"
	"parus/internal/season"
	"parus/internal/services/servicetest"
	"parus/internal/wiretest"
	"parus/workers"
)

// proxied puts a proxy before a database and returns the URL through it.
func proxied(t *testing.T, databaseURL string, seed uint64) (*wiretest.Proxy, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", u.Host
	if dir := u.Query().Get("host"); filepath.IsAbs(dir) {
		port := u.Query().Get("port")
		if port == "" {
			port = "5432"
		}
		network, address = "unix", filepath.Join(dir, ".s.PGSQL."+port)
	}
	p := wiretest.New(t, network, address, seed)
	through := url.URL{Scheme: "postgres", User: u.User, Host: p.Address(), Path: u.Path, RawQuery: "sslmode=disable&silence=2s"}
	return p, through.String()
}

// proxiedRedis is the same for a Redis.
func proxiedRedis(t *testing.T, uri string, seed uint64) (*wiretest.Proxy, string) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	network, address, db := "tcp", u.Host, u.Path
	if u.Scheme == "redis-socket" {
		network, address, db = "unix", u.Path, "/"+u.Query().Get("db")
	}
	p := wiretest.New(t, network, address, seed)
	return p, "redis://" + p.Address() + db
}

// over lets a season's workers reach the database by another way; the test's own
// questions go straight.
func (f *farm) over(t *testing.T, databaseURL string) *farm {
	t.Helper()
	db, err := postgis.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	g := *f
	g.db = db
	g.stages = workers.Season(db, g.tools)
	return &g
}

// faults are what a line may suffer for some seconds in the middle of a season.
var faults = []struct {
	name string
	cut  bool // open lines end too
	wiretest.Fault
}{
	{"the line is cut", true, wiretest.Fault{Refuse: true}},
	{"lines are stalled and stay so", false, wiretest.Fault{Stall: true}},
	{"the line is slow", false, wiretest.Fault{Delay: 15 * time.Millisecond, BytesPerSecond: 400_000}},
	{"lines are reset within messages", false, wiretest.Fault{ResetWithin: 20_000}},
}

// soaked is a number that `make soak` asks for.
func soaked(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q: want a number", name, text)
	}
	return n
}

// suffer sets a fault on a proxy's lines, and takes it back after a moment.
func suffer(p *wiretest.Proxy, i int, moment time.Duration) func() {
	return func() {
		p.Set(faults[i].Fault)
		if faults[i].cut {
			p.Cut()
		}
		time.AfterFunc(moment, func() { p.Set(wiretest.Fault{}) })
	}
}

// TestASeasonOutlivesFaultsOfItsWires has the lines to both services suffer one
// fault after the other within one season.
func TestASeasonOutlivesFaultsOfItsWires(t *testing.T) {
	t.Parallel()
	queue, uri := proxiedRedis(t, servicetest.Redis(t), 1)
	f := newFarmIn(t, newHouseBy(t, uri), func(*season.Spec) {})
	base, url := proxied(t, f.url, 2)
	g := f.over(t, url)
	blows := map[int32]func(){}
	for i := range faults { // the season has 72 units
		blows[int32(5+i*16)] = suffer(base, i, 700*time.Millisecond)
		if !faults[i].Stall { // what asynq took on a stalled line waits for a minute and a half: the soak does that
			blows[int32(13+i*16)] = suffer(queue, i, 700*time.Millisecond)
		}
	}
	b := g.strike(blows)
	if err := g.drive(t, g.stages...); err != nil {
		t.Fatal(err)
	}
	f.asCalm(t)
	opened, reset := base.Lines()
	toQueue, resetQueue := queue.Lines()
	if b.seen.Load() < 72 || reset == 0 || opened < 10 || toQueue < 5 {
		t.Errorf("%d units, %d lines to PostGIS, %d reset, %d to Redis: the faults have not come", b.seen.Load(), opened, reset, toQueue)
	}
	t.Logf("%d units were worked on; %d lines to PostGIS, %d reset within a message; %d to Redis, %d reset", b.seen.Load(), opened, reset, toQueue, resetQueue)
}

// TestSoakOfEachFaultOfEachWire is the same for one fault at a time, at moments and
// within messages that a seed draws.
func TestSoakOfEachFaultOfEachWire(t *testing.T) {
	t.Parallel()
	seeds := soaked(t, "PARUS_SOAK_WIRES", 0)
	if seeds == 0 {
		t.Skip("long: `make soak` runs it")
	}
	for i, c := range faults {
		for _, service := range []string{"PostGIS", "Redis"} {
			for seed := range seeds {
				t.Run(fmt.Sprintf("to %s %s, seed %d", service, c.name, seed), func(t *testing.T) {
					t.Parallel()
					uri := servicetest.Redis(t)
					p, through := proxiedRedis(t, uri, uint64(seed))
					if service == "Redis" {
						uri = through
					}
					f := newFarmIn(t, newHouseBy(t, uri), func(*season.Spec) {})
					g := f
					if service == "PostGIS" {
						p, through = proxied(t, f.url, uint64(seed))
						g = f.over(t, through)
					}
					b := g.strike(map[int32]func(){int32(5 + seed*11%60): suffer(p, i, 2*time.Second)})
					began := time.Now()
					if err := g.drive(t, g.stages...); err != nil {
						t.Fatal(err)
					}
					f.asCalm(t)
					opened, reset := p.Lines()
					t.Logf("%s; %d units were worked on; %d lines, %d of them reset", time.Since(began).Round(time.Second/10), b.seen.Load(), opened, reset)
				})
			}
		}
	}
}

func TestASeasonThroughAPooler(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(*season.Spec) {})
	g := f.over(t, servicetest.Pooler(t, f.url, 3))
	if !g.db.ThroughPooler() {
		t.Fatal("the pooler is not noticed")
	}
	if err := g.drive(t, g.stages...); err != nil {
		t.Fatal(err)
	}
	f.asCalm(t)
}
