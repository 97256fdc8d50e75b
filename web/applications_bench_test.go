package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/services"
	"parus/web"

	"github.com/jackc/pgx/v5"
)

// The load: tellers who each wait for their answer before they ask again, over
// counties of one bank. Households beyond those that may apply are copies of the
// first, with ids and digests of their own but without snapshots, which would
// take 6 GB for a million: what an indexed read has to find its way through.
const (
	benchCounties = 8
	benchTellers  = 16
)

// BenchmarkApplications posts applications through the real handler over real
// sockets, to a PostgreSQL that syncs every commit. PARUS_BENCH_HOUSEHOLDS
// (20,000) households are in the database; PARUS_BENCH_APPLICATIONS (800) apply,
// one after the other for each teller; PARUS_BENCH_HOME keeps the database
// between runs. Every decision is computed again afterwards.
func BenchmarkApplications(b *testing.B) {
	l := newLoad(b)
	for b.Loop() {
		took := l.run(b)
		slices.Sort(took)
		at := func(share float64) float64 {
			return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
		}
		b.ReportMetric(at(.50), "p50-ms")
		b.ReportMetric(at(.95), "p95-ms")
		b.ReportMetric(at(.99), "p99-ms")
		b.ReportMetric(at(1), "max-ms")
		b.ReportMetric(float64(len(took))/l.wall.Seconds(), "applications/s")
	}
	b.ReportMetric(0, "ns/op") // says nothing here
	l.verify(b)
}

type load struct {
	db           *postgis.DB
	url          string
	households   int
	applications int
	pubs         []int64
	srv          *httptest.Server
	wall         time.Duration
	round        int
	last         time.Time // of the events that are there
}

func setting(b *testing.B, name string, otherwise int) int {
	b.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return n
}

func newLoad(b *testing.B) *load {
	b.Helper()
	l := &load{households: setting(b, "PARUS_BENCH_HOUSEHOLDS", 20_000), applications: setting(b, "PARUS_BENCH_APPLICATIONS", 800)}
	home := os.Getenv("PARUS_BENCH_HOME")
	if home == "" {
		var err error
		if home, err = os.MkdirTemp("", "parus-bench-"); err != nil {
			b.Fatal(err)
		}
		if err := os.Chmod(home, 0o711); err != nil { // the account of the services enters it
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = os.RemoveAll(home) })
	}
	sv, err := services.Start(b.Context(), services.Config{Home: home, WithoutRedis: true, Log: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sv.Close() })
	l.url = sv.DatabaseURL
	if l.db, err = postgis.Open(b.Context(), l.url+"&pool_max_conns=16"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(l.db.Close)
	if err := l.db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	l.last = time.Date(2025, 8, 25, 4, 0, 0, 0, time.UTC)
	l.fill(b)
	now := l.last.Add(time.Minute)
	began := time.Now()
	h, err := web.New(web.Config{Today: func() time.Time { return now.Add(time.Since(began)) }}, l.db)
	if err != nil {
		b.Fatal(err)
	}
	l.srv = httptest.NewServer(h)
	b.Cleanup(l.srv.Close)
	return l
}

// county codes that no province begins with.
func benchCounty(i int) string { return fmt.Sprintf("9901%02d", i+1) }

func benchHousehold(county string, n int) string {
	return fmt.Sprintf("%s%03d%03d%06d", county, n/2000, n/100%20, n)
}

// fill makes the database unless it is there already.
func (l *load) fill(b *testing.B) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), l.url)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(b.Context(), `select id from publication order by county`)
	if err != nil {
		b.Fatal(err)
	}
	if l.pubs, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		b.Fatal(err)
	}
	if len(l.pubs) == benchCounties {
		var before int
		if err := conn.QueryRow(b.Context(), `select count(*), greatest(max(updated_at), $1) from application`, l.last).Scan(&before, &l.last); err != nil {
			b.Fatal(err)
		}
		l.round = (before + l.applications - 1) / l.applications // others apply this time
		return
	}
	for i := len(l.pubs); i < benchCounties; i++ {
		l.pubs = append(l.pubs, l.fillCounty(b, conn, benchCounty(i)))
	}
	if _, err := conn.Exec(b.Context(), `vacuum analyze`); err != nil {
		b.Fatal(err)
	}
}

func (l *load) fillCounty(b *testing.B, conn *pgx.Conn, county string) int64 {
	b.Helper()
	const open = `
		with c as (insert into county (code, name) values ($1, $1) returning code),
		r as (insert into registry_release (county, digest, source, report) select code, 'd', 'x', '{}' from c returning id),
		s as (insert into season_run (county, season, registry, spec, digest) select $1, $2, id, '{}', $1 from r returning id, registry),
		w as (insert into work (key, county, stage, item, payload, state) select $1, $1, 'decide', 'x', '{}', 'done' from c returning id),
		p as (insert into publication (county, season, registry, run, in_force) select $1, $2, registry, id, true from s returning id)
		select p.id, w.id from p, w`
	var pub, unit int64
	if err := conn.QueryRow(b.Context(), open, county, seasonOf.Name).Scan(&pub, &unit); err != nil {
		b.Fatal(err)
	}
	real := min(l.households, 4*l.applications) / benchCounties
	l.copyReal(b, conn, county, unit, real)
	more := []string{
		`insert into decision (unit, household_id, digest, snapshot, decision, line_fen, pd, apr, due_date, referred, reasons)
			select unit, id, digest, '{}', jsonb_set(decision, '{digest}', to_jsonb(digest)), line_fen, pd, apr, due_date, referred, reasons
			from (select d.unit, $1 || lpad((n / 2000)::text, 3, '0') || lpad((n / 100 % 20)::text, 3, '0') || lpad(n::text, 6, '0') as id, encode(sha256(($1 || n)::bytea), 'hex') as digest,
				decision, line_fen, pd, apr, due_date, referred, reasons
				from generate_series($2::int, $3::int - 1) n join decision d on d.unit = $4 and d.household_id = ($5::text[])[1 + n % array_length($5, 1)]) x`,
		`insert into published_household (publication, county, id, village, display_name, parcels, area_m2, line_fen, pd, apr, due_date, referred, reasons, decision)
			select $6, $1, household_id, substring(household_id, 1, 12), '王**', 4, 13333, line_fen, pd, apr, due_date, referred, reasons, decision
			from decision where unit = $4 and $2::int <= $3::int and array_length($5::text[], 1) > 0`,
	}
	var first []string
	for n := range min(real, 8) {
		first = append(first, benchHousehold(county, n))
	}
	for i, sql := range more {
		args := []any{county, real, l.households / benchCounties, unit, first, pub}[:5+i]
		if _, err := conn.Exec(b.Context(), sql, args...); err != nil {
			b.Fatal(err)
		}
	}
	const consent = `insert into consent (county, household, at, act, actor, evidence) select $1, id, '2025-03-01', 'give', 'x', 'paper' from published_household where publication = $2`
	if _, err := conn.Exec(b.Context(), consent, county, pub); err != nil {
		b.Fatal(err)
	}
	for kind, yuan := range map[lending.Kind]credit.Fen{lending.OnVillage: 400_000, lending.OnCounty: 50_000_000, lending.OnCrop: 40_000_000} {
		amount := yuan * 100
		err := l.db.SetLimit(b.Context(), publication.Scope{Counties: []string{county}, Scores: true},
			publication.SettingLimit{County: county, Kind: kind, AmountFen: &amount, Account: "he", At: time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			b.Fatal(err)
		}
	}
	return pub
}

// copyReal stores households that the engine has really decided on.
func (l *load) copyReal(b *testing.B, conn *pgx.Conn, county string, unit int64, n int) {
	b.Helper()
	policy, err := credit.DefaultPolicy()
	if err != nil {
		b.Fatal(err)
	}
	engine, err := credit.NewEngine(policy)
	if err != nil {
		b.Fatal(err)
	}
	rows := make([][]any, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	for part := range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := part; i < n; i += runtime.GOMAXPROCS(0) {
				s, err := engine.NewSnapshot(benchFarm(benchHousehold(county, i), i))
				snapshot, e1 := json.Marshal(s)
				decision, e2 := json.Marshal(s.Decision)
				rows[i] = []any{unit, s.Case.HouseholdID, s.Digest, snapshot, decision, int64(s.Decision.LineFen), s.Decision.PD, s.Decision.APR, s.Decision.DueDate.Time(), s.Decision.Referred, []string{}}
				errs[i] = errors.Join(err, e1, e2)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	columns := []string{"unit", "household_id", "digest", "snapshot", "decision", "line_fen", "pd", "apr", "due_date", "referred", "reasons"}
	if _, err := conn.CopyFrom(b.Context(), pgx.Identifier{"decision"}, columns, pgx.CopyFromRows(rows)); err != nil {
		b.Fatal(err)
	}

}

// benchFarm has four parcels of 5 mu.
func benchFarm(id string, i int) credit.Case {
	dice := rand.New(rand.NewPCG(uint64(i), 7))
	on := func(month, day int) credit.Date {
		return credit.DateOf(time.Date(2025, time.Month(month), day, 0, 0, 0, 0, time.UTC))
	}
	c := credit.Case{HouseholdID: id, Season: seasonOf.Name, Currency: "CNY", AsOf: on(8, 20), ModelVersion: "m", FirstSeason: true,
		Market: []credit.Market{{Code: "maize", PricePerKg: 2.3, LogPriceSD: .12, CashCostPerMu: 600, HarvestEnd: on(10, 15)}, {Code: "soybean", PricePerKg: 4, LogPriceSD: .14, CashCostPerMu: 446, HarvestEnd: on(10, 5)}}}
	for p := range 4 {
		maize := .5 + dice.Float64()/2
		c.Parcels = append(c.Parcels, credit.Parcel{ID: fmt.Sprint(id, "-", p), GeometryMu: 3 + 4*dice.Float64(), ContractMu: 5, CultivatedShare: 1, MatchP: .8 + dice.Float64()/5, Certified: true,
			Crops: []credit.CropChance{{Code: "maize", P: maize, MeanKgPerMu: 500, SDCounty: .1, SDModel: .12}, {Code: "soybean", P: 1 - maize, MeanKgPerMu: 160, SDCounty: .1, SDModel: .12}}})
	}
	return c
}

// run lets all tellers apply and returns how long each answer took.
func (l *load) run(b *testing.B) []time.Duration {
	b.Helper()
	each := l.applications / benchTellers
	took := make([][]time.Duration, benchTellers)
	var ready, all sync.WaitGroup
	start := make(chan struct{})
	ready.Add(benchTellers)
	for n := range benchTellers {
		all.Go(func() {
			c := l.teller(b, n)
			ready.Done()
			<-start
			for i := range each {
				// Tellers go around the counties, each household once.
				k := n + i*benchTellers
				county := k % benchCounties
				household := benchHousehold(benchCounty(county), (l.round*l.applications+k)/benchCounties)
				took[n] = append(took[n], l.post(b, c, l.pubs[county], household, k))
			}
		})
	}
	ready.Wait()
	began := time.Now()
	close(start)
	all.Wait()
	l.wall = time.Since(began)
	l.round++
	return slices.Concat(took...)
}

// teller is an officer of all counties with one connection that stays open.
func (l *load) teller(b *testing.B, n int) *http.Client {
	name := fmt.Sprintf("teller %d of %d", n, time.Now().UnixNano())
	if _, err := l.db.AddAccount(context.Background(), publication.NewAccount{Name: name, PasswordHash: cheap(), Role: publication.Officer, Counties: []string{"9901"}}); err != nil {
		b.Error(err)
	}
	in, _ := json.Marshal(map[string]string{"name": name, "password": secret})
	c := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext, MaxIdleConnsPerHost: 1}}
	req, _ := http.NewRequest(http.MethodPost, l.srv.URL+"/v1/session", bytes.NewReader(in))
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		b.Error(err)
		return c
	}
	res.Body.Close()
	cookie := res.Cookies()[0]
	c.Transport = withCookie{c.Transport, cookie.Name + "=" + cookie.Value}
	return c
}

type withCookie struct {
	http.RoundTripper
	cookie string
}

func (w withCookie) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Cookie", w.cookie)
	return w.RoundTripper.RoundTrip(r)
}

func (l *load) post(b *testing.B, c *http.Client, pub int64, household string, k int) time.Duration {
	body := map[string]any{"publication": pub, "household_id": household, "asked_fen": 100_000 + 10_000*(k%40), "identity": "checked"}
	if k%10 == 0 { // a debt that the score did not know: the engine decides anew
		body["debt_due_fen"] = 50_000
	}
	in, _ := json.Marshal(body)
	req, _ := http.NewRequest(http.MethodPost, l.srv.URL+"/v1/applications", bytes.NewReader(in))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", fmt.Sprintf("%d-%d", time.Now().UnixNano(), k))
	began := time.Now()
	res, err := c.Do(req)
	if err != nil {
		b.Error(err)
		return 0
	}
	out, err := io.ReadAll(res.Body)
	took := time.Since(began)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusCreated {
		b.Errorf("household %s: status %d, %v: %s", household, res.StatusCode, err, out)
	}
	return took
}

// verify repeats every decision and says how busy the machine was.
func (l *load) verify(b *testing.B) {
	b.Helper()
	var sum publication.BookReport
	for i := range benchCounties {
		r, err := l.db.VerifyBook(b.Context(), benchCounty(i), "")
		if err != nil || len(r.Differences) > 0 {
			b.Fatalf("%v: %+v", err, r)
		}
		sum.Applications, sum.Decided, sum.Referred, sum.Replayed, sum.OtherEngine = sum.Applications+r.Applications, sum.Decided+r.Decided, sum.Referred+r.Referred, sum.Replayed+r.Replayed, sum.OtherEngine+r.OtherEngine
	}
	busy, _ := os.ReadFile("/proc/loadavg")
	b.Logf("%d households, %d applications so far: %d straight through, %d referred, %d replayed bit for bit, %d of another engine; load average %s",
		l.households, sum.Applications, sum.Decided, sum.Referred, sum.Replayed, sum.OtherEngine, strings.TrimSpace(string(busy)))
	if sum.Replayed+sum.OtherEngine != sum.Applications {
		b.Errorf("%d of %d decisions were replayed", sum.Replayed, sum.Applications)
	}
}
