package web_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"parus/internal/publication"
	"parus/internal/services/servicetest"

	"parus/internal/postgis"
	"parus/web"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// TestTilesTable measures tiles, search and pages of features over
// PARUS_BENCH_PARCELS parcels and as many households, and writes a table to PARUS_BENCH. Beside Parus stands a
// server of tiles as made by SQL: the statement that pg_tileserv 1.0 sends for a
// table (ST_AsMVT over ST_AsMVTGeom where ST_Intersects, margin 256, 10,000
// features at most), over the same rows, with as many connections and the same
// client. Its access control is the cheapest there is, the county and publication
// in the statement: under row-level security ST_Intersects may use no index, and
// each tile would read a million rows. Not having its own parsing, logging and
// rendering of templates, it flatters the original. PARUS_BENCH_DATABASE names a
// database that is filled once and kept.
func TestTilesTable(t *testing.T) {
	out := os.Getenv("PARUS_BENCH")
	n, err := strconv.Atoi(os.Getenv("PARUS_BENCH_PARCELS"))
	if out == "" || err != nil {
		t.Skip("set PARUS_BENCH to a file and PARUS_BENCH_PARCELS to a number to measure tiles and search")
	}
	file, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := io.MultiWriter(file, os.Stderr)
	m := newBenchMap(t, n, w)
	m.tiles(t, w)
	m.search(t, w)
	m.features(t, w)
}

// benchMap is one county of a square field pattern, 52 × 45 km for a million
// parcels, published.
type benchMap struct {
	db      *postgis.DB
	url     string
	id      int64
	side    [2]int // parcels west to east and south to north
	parcels int
	cookie  string
	srv     *httptest.Server
}

const benchWest, benchSouth = 115.885, 36.63

// A parcel of 46 × 51 m, 0.35 mu... of 0.23 ha, is as common as any in the plain.
const stepLon, stepLat = 0.000519, 0.000468

func newBenchMap(t *testing.T, n int, w io.Writer) *benchMap {
	ctx := t.Context()
	m := &benchMap{parcels: n, id: 1, url: os.Getenv("PARUS_BENCH_DATABASE")}
	if m.url == "" {
		m.url = servicetest.Database(t)
	}
	m.side[0] = int(math.Ceil(math.Sqrt(float64(n) * 4 / 3)))
	m.side[1] = (n + m.side[0] - 1) / m.side[0]
	var err error
	if m.db, err = postgis.Open(ctx, m.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.db.Close)
	if err := m.db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, m.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	q := &ids{ctx: ctx, conn: conn}
	if q.one(`select count(*) from publication`) > 0 {
		m.restart(t)
		return m
	}
	if _, err := conn.Exec(ctx, `insert into county (code, name) values ('370199', '青禾县')`); err != nil {
		t.Fatal(err)
	}
	registry := q.one(`insert into registry_release (county, digest, source, report) values ('370199', 'd', 'invented', '{}') returning id`)
	run := q.one(`insert into season_run (county, season, registry, spec, digest, state) values ('370199', '2025-summer', $1, '{"season":{"Start":"2025-06-01T00:00:00Z","End":"2025-10-31T00:00:00Z"}}', 'd', 'done') returning id`, registry)
	m.id = q.one(`insert into publication (county, season, registry, run, in_force) values ('370199', '2025-summer', $1, $2, true) returning id`, registry, run)
	if q.err != nil {
		t.Fatal(q.err)
	}
	m.copy(t, conn)
	begun := time.Now()
	if _, err := m.db.KeepMissing(ctx); err != nil {
		t.Fatal(err)
	}
	packed := time.Since(begun)
	var size, sheets int64
	if err := conn.QueryRow(ctx, `select sum(length(shapes) + length(lines)), count(*) from map_sheet`).Scan(&size, &sheets); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(w, "%d parcels packed in %.1f s: %d sheets, %.1f MB\n\n", n, packed.Seconds(), sheets, float64(size)/1e6)
	addAccount(t, seeded{db: m.db}, "officer", publication.Officer, "370199")
	m.restart(t)
	return m
}

// copy fills the publication: parcels with jittered corners that neighbours
// share and a point on each side, one household each, 2,000 to a village.
func (m *benchMap) copy(t *testing.T, conn *pgx.Conn) {
	ctx := t.Context()
	const create = `create temporary table raw (id text, household text, village text, crop text, line bigint, name text, shape text)`
	if _, err := conn.Exec(ctx, create); err != nil {
		t.Fatal(err)
	}
	i := 0
	rng := rand.New(rand.NewPCG(1, 2))
	_, err := conn.CopyFrom(ctx, pgx.Identifier{"raw"}, []string{"id", "household", "village", "crop", "line", "name", "shape"}, pgx.CopyFromFunc(func() ([]any, error) {
		if i >= m.parcels {
			return nil, nil
		}
		// A village is a block of 50 × 40 parcels.
		x, y := i%m.side[0], i/m.side[0]
		village := fmt.Sprintf("370199%06d", (y/40)*1000+x/50+100000)
		k := (y%40)*50 + x%50 + 1
		row := []any{fmt.Sprintf("%s%07d", village, k), fmt.Sprintf("%s%06d", village, k), village,
			seedCrops[rng.IntN(len(seedCrops))], int64(rng.IntN(60000)) * 100, surnames[rng.IntN(len(surnames))] + []string{"*", "**"}[rng.IntN(2)], benchShape(x, y)}
		i++
		return row, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`insert into published_parcel (publication, county, id, household_id, village, name, area_m2, match_p, crop, crop_p, abstained, reason, classes, posterior, observations, yield_detail, line_fen, geom)
			select ` + fmt.Sprint(m.id) + `, '370199', id, household, village, '东地', 2300, 0.8 + (line / 100 % 190) / 1000.0, crop, 0.9, line % 1700 = 0, '', '{}', '{}', 12, '{}', line, ST_Transform(ST_GeomFromText(shape, 4326), 3857) from raw`,
		`insert into published_household (publication, county, id, village, display_name, parcels, area_m2, line_fen, pd, apr, referred, reasons, decision, bound)
			select ` + fmt.Sprint(m.id) + `, '370199', household, village, name, 1, 2300, line, 0.03, 0.06, false, '{}', '{}', ST_GeomFromText(shape, 4326)::box2d from raw`,
		`vacuum analyze published_parcel, published_household`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
}

func benchShape(x, y int) string {
	var b strings.Builder
	b.WriteString("MULTIPOLYGON(((")
	corner := func(i, j int, half int) [2]float64 {
		r := rand.New(rand.NewPCG(uint64(i), uint64(j)*4+uint64(half)))
		return [2]float64{(r.Float64() - .5) * .3, (r.Float64() - .5) * .3}
	}
	first := ""
	put := func(u, v float64, j [2]float64) {
		s := fmt.Sprintf("%.7f %.7f", benchWest+(u+j[0])*stepLon, benchSouth+(v+j[1])*stepLat)
		if first == "" {
			first = s
		}
		b.WriteString(s + ",")
	}
	fx, fy := float64(x), float64(y)
	put(fx, fy, corner(x, y, 0))
	put(fx+.5, fy, corner(x, y, 1))
	put(fx+1, fy, corner(x+1, y, 0))
	put(fx+1, fy+.5, corner(x+1, y, 2))
	put(fx+1, fy+1, corner(x+1, y+1, 0))
	put(fx+.5, fy+1, corner(x, y+1, 1))
	put(fx, fy+1, corner(x, y+1, 0))
	put(fx, fy+.5, corner(x, y, 2))
	return b.String() + first + ")))"
}

// restart serves with nothing held.
func (m *benchMap) restart(t *testing.T) {
	t.Helper()
	h, err := web.New(web.Config{}, m.db)
	if err != nil {
		t.Fatal(err)
	}
	if m.srv != nil {
		m.srv.Close()
	}
	m.srv = httptest.NewServer(h)
	t.Cleanup(m.srv.Close)
	res, err := http.Post(m.srv.URL+"/v1/session", "application/json", strings.NewReader(`{"name":"officer","password":"`+secret+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	m.cookie = res.Header.Get("Set-Cookie")
	m.cookie, _, _ = strings.Cut(m.cookie, ";")
}

// under lists the tiles of a zoom that the county fills, as maps ask for them: screens
// of 4 × 3 tiles, these in a shuffled order. PARUS_BENCH_ORDER=single shuffles
// single tiles, as nobody asks for them.
func (m *benchMap) under(z int) [][2]int {
	n := float64(int(1) << z)
	x0, y0 := mercator([2]float64{benchWest, benchSouth + float64(m.side[1])*stepLat})
	x1, y1 := mercator([2]float64{benchWest + float64(m.side[0])*stepLon, benchSouth})
	wide, high := 4, 3
	if os.Getenv("PARUS_BENCH_ORDER") == "single" {
		wide, high = 1, 1
	}
	at := map[[2]int]int{}
	var screens [][][2]int
	for x := int(x0 * n); x <= int(x1*n); x++ {
		for y := int(y0 * n); y <= int(y1*n); y++ {
			screen := [2]int{x / wide, y / high}
			i, ok := at[screen]
			if !ok {
				i = len(screens)
				at[screen], screens = i, append(screens, nil)
			}
			screens[i] = append(screens[i], [2]int{x, y})
		}
	}
	rng := rand.New(rand.NewPCG(uint64(z), 9))
	rng.Shuffle(len(screens), func(i, j int) { screens[i], screens[j] = screens[j], screens[i] })
	return slices.Concat(screens...)
}

const (
	benchClients = 4
	benchFor     = 8 * time.Second
)

// measured is one column of the table.
type measured struct {
	perSecond, p50, p95 float64 // ms
	bytes               float64 // of an answer, mean
	asked               int
	cpu                 float64 // ms of processors that an answer took: server, client and database
}

// ask lets clients get addresses one after the other for a while, or each once.
func (m *benchMap) ask(t *testing.T, again bool, addresses []string) measured {
	t.Helper()
	var next atomic.Int64
	var mu sync.Mutex
	var took []float64
	var size int64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients, DisableCompression: true}}
	before := m.processors(t)
	begun := time.Now()
	var wait sync.WaitGroup
	for range benchClients {
		wait.Go(func() {
			for time.Since(begun) < benchFor {
				i := int(next.Add(1)) - 1
				if i >= len(addresses) && !again {
					return
				}
				at := time.Now()
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, addresses[i%len(addresses)], nil)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Cookie", m.cookie)
				req.Header.Set("Accept-Encoding", "gzip")
				res, err := client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				n, err := io.Copy(io.Discard, res.Body)
				res.Body.Close()
				ms := float64(time.Since(at).Microseconds()) / 1000
				if err != nil || res.StatusCode >= 400 {
					t.Errorf("%s: status %d, %v", req.URL, res.StatusCode, err)
					return
				}
				mu.Lock()
				took, size = append(took, ms), size+n
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	wall := time.Since(begun).Seconds()
	spent := since(before, m.processors(t))
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))] }
	return measured{float64(len(took)) / wall, at(.5), at(.95), float64(size) / float64(len(took)), len(took), 1000 * spent / float64(len(took))}
}

// since is what processes have taken of processors since an earlier look, those
// of the database that have ended meanwhile left out.
func since(before, after map[int]float64) (seconds float64) {
	for pid, took := range after {
		seconds += took - before[pid]
	}
	return seconds
}

// processors is how many seconds of processors this process (0) and each of the
// database's have taken. On a crowded machine that alone can be compared.
func (m *benchMap) processors(t *testing.T) map[int]float64 {
	t.Helper()
	var self syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		t.Fatal(err)
	}
	took := map[int]float64{0: float64(self.Utime.Nano()+self.Stime.Nano()) / 1e9}
	conn, err := pgx.Connect(t.Context(), m.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
	if err != nil {
		t.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		// proc(5): after the name in parentheses, utime and stime are the 12th and 13th, in hundredths.
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // the database is on another machine
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		user, _ := strconv.ParseFloat(fields[11], 64)
		system, _ := strconv.ParseFloat(fields[12], 64)
		took[pid] = (user + system) / 100
	}
	return took
}

func (m *benchMap) tiles(t *testing.T, w io.Writer) {
	peer := m.sqlTiles(t)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "zoom\tSQL/s\tp95 ms\tCPU ms\tcold/s\tp95 ms\tratio\tCPU ms\tratio\twarm/s\tp95 ms\tratio\tCPU ms\tratio\tkB gzip\tSQL kB\t")
	for z := 12; z <= 16; z++ {
		var ours, theirs []string
		for _, at := range m.under(z) {
			ours = append(ours, fmt.Sprintf("%s/tiles/%d/parcels/%d/%d/%d.mvt", m.srv.URL, m.id, z, at[0], at[1]))
			theirs = append(theirs, fmt.Sprintf("%s/%d/%d/%d", peer, z, at[0], at[1]))
		}
		sql := m.ask(t, true, theirs)
		old := m.srv.URL
		m.restart(t)
		for i := range ours {
			ours[i] = strings.Replace(ours[i], old, m.srv.URL, 1)
		}
		cold := m.ask(t, false, ours)
		warmed := ours[:min(cold.asked, len(ours), 2000)]
		m.ask(t, false, warmed)
		warm := m.ask(t, true, warmed)
		fmt.Fprintf(table, "%d\t%.1f\t%.0f\t%.1f\t%.0f\t%.1f\t%.1f\t%.2f\t%.1f\t%.0f\t%.1f\t%.0f\t%.2f\t%.0f\t%.1f\t%.1f\t\n", z, sql.perSecond, sql.p95, sql.cpu,
			cold.perSecond, cold.p95, cold.perSecond/sql.perSecond, cold.cpu, sql.cpu/cold.cpu,
			warm.perSecond, warm.p95, warm.perSecond/sql.perSecond, warm.cpu, sql.cpu/warm.cpu, warm.bytes/1000, sql.bytes/1000)
	}
	table.Flush()
	fmt.Fprintln(w)
}

// sqlTiles serves tiles made by SQL, with the same attributes, and returns where.
func (m *benchMap) sqlTiles(t *testing.T) string {
	t.Helper()
	const tile = `
with bounds as (select ST_TileEnvelope($1, $2, $3) as clip, ST_TileEnvelope($1, $2, $3, margin => 256.0 / 4096) as near),
drawn as (
    select ST_AsMVTGeom(ST_Transform(p.geom, 3857), bounds.clip, 4096, 256) as geom, p.id, p.crop, p.abstained, p.line_fen / 100 as line, p.match_p as match
    from published_parcel p, bounds
    where ST_Intersects(p.geom, ST_Transform(bounds.near, 3857)) and p.county = '370199' and p.publication = 1 limit 10000
)
select ST_AsMVT(drawn.*, 'public.published_parcel', 4096, 'geom') from drawn`
	cfg, err := pgxpool.ParseConfig(m.url)
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns = benchClients
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var z, x, y int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d/%d", &z, &x, &y); err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		var data []byte
		if err := pool.QueryRow(r.Context(), tile, z, x, y).Scan(&data); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.mapbox-vector-tile")
		w.Header().Set("Content-Encoding", "gzip")
		g := gzip.NewWriter(w)
		_, _ = g.Write(data)
		_ = g.Close()
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// search asks for what officers type, common and rare, found and not.
func (m *benchMap) search(t *testing.T, w io.Writer) {
	rng := rand.New(rand.NewPCG(4, 4))
	village := func() string {
		return fmt.Sprintf("370199%06d", rng.IntN(max(m.side[1]/40, 1))*1000+rng.IntN(max(m.side[0]/50, 1))+100000)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "search\tp50 ms\tp95 ms\tCPU ms\tasked\t")
	for _, c := range []struct {
		name string
		text func() string
	}{
		{"whole parcel code", func() string { return fmt.Sprintf("%s%07d", village(), 1+rng.IntN(2000)) }},
		{"whole household code", func() string { return fmt.Sprintf("%s%06d", village(), 1+rng.IntN(2000)) }},
		{"village code", func() string { return village() }},
		{"start of a code, six digits", func() string { return "370199" }},
		{"one digit", func() string { return strconv.Itoa(rng.IntN(10)) }},
		{"last four digits", func() string { return fmt.Sprintf("%04d", 1+rng.IntN(2000)) }},
		{"last six digits", func() string { return fmt.Sprintf("%06d", rng.IntN(2000)) }},
		{"surname, one character", func() string { return surnames[rng.IntN(len(surnames))] }},
		{"masked name", func() string { return surnames[rng.IntN(len(surnames))] + "**" }},
		{"a character that no name has", func() string { return []string{"龘", "㸚", "靐"}[rng.IntN(3)] }},
		{"a word that is not there", func() string { return fmt.Sprintf("zz%d", rng.IntN(1000)) }},
		{"digits that are not there", func() string { return fmt.Sprintf("99%08d", rng.IntN(1e8)) }},
		{"signs of patterns", func() string { return []string{"%%%%", "____", `\\\`, "%1%", "*"}[rng.IntN(5)] }},
		{"sixty characters", func() string { return strings.Repeat("3701991", 9)[:60] }},
	} {
		var addresses []string
		for range 200 {
			addresses = append(addresses, fmt.Sprintf("%s/v1/publications/%d/search?q=%s", m.srv.URL, m.id, urlEscape(c.text())))
		}
		got := m.ask(t, false, addresses)
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%.1f\t%d\t\n", c.name, got.p50, got.p95, got.cpu, got.asked)
	}
	table.Flush()
}

func urlEscape(s string) string { return url.QueryEscape(s) }
