package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/postgis"
	"parus/internal/publication"
)

// The limits of the race, in yuan: of 40 households that ask for 3,000 each in
// four villages, four fit into a village, eleven into the county, ten under the
// crop's (of which a line takes 94.6 %).
const (
	villageLimit = 12_000
	countyLimit  = 33_000
	wheatLimit   = 28_400
)

// Dozens of tellers of three servers apply, repeat themselves, withdraw, accept,
// draw and repay for the same households, while requests are given up half-way
// and connections are cut. Whatever happens, at no link of the chain is more
// held than a limit, nothing is half-done, and nobody was answered twice.
func TestNoLimitIsOverrunUnderConcurrency(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 40)
	b.limit(t, lending.OnVillage, "", villageLimit)
	b.limit(t, lending.OnCounty, b.county, countyLimit)
	b.limit(t, lending.OnCrop, "winter_wheat", wheatLimit)
	r := &race{branch: b, answers: map[string]publication.Answer{}}
	stop, cut := context.WithCancel(t.Context())
	var tellers, killer sync.WaitGroup
	var servers []*postgis.DB
	for range 3 {
		db, err := postgis.Open(t.Context(), b.url+"&pool_max_conns=6")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		servers = append(servers, db)
	}
	killer.Go(func() { r.kill(stop, t) })
	for server, db := range servers {
		for n := range 10 {
			tellers.Go(func() { r.teller(t, db, rand.New(rand.NewPCG(uint64(server), uint64(n)))) })
		}
	}
	tellers.Wait()
	cut()
	killer.Wait()
	r.check(t)
}

// race is what the tellers were told.
type race struct {
	*branch
	mu        sync.Mutex
	answers   map[string]publication.Answer
	refused   int
	disturbed int
	moved     int
}

// kill cuts connections of all servers, now and then.
func (r *race) kill(ctx context.Context, t *testing.T) {
	conn := connectTo(t, r.url)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, err := conn.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1`)
			if err != nil {
				t.Error(err)
				return
			}
		}
	}
}

func (r *race) teller(t *testing.T, db *postgis.DB, dice *rand.Rand) {
	for range 20 {
		patience := time.Hour
		if dice.IntN(6) == 0 { // the teller goes away at some moment
			patience = time.Duration(dice.IntN(8000)) * time.Microsecond
		}
		ctx, give := context.WithTimeout(t.Context(), patience)
		r.do(t, ctx, db, dice)
		give()
	}
}

// do applies, or moves what the last answers told of.
func (r *race) do(t *testing.T, ctx context.Context, db *postgis.DB, dice *rand.Rand) {
	at := r.clock.Add(time.Duration(dice.IntN(200)) * time.Second) // clocks differ
	if dice.IntN(3) > 0 {
		i := dice.IntN(40)
		a := publication.Applying{Request: lending.Request{Publication: r.pub, Household: r.household(i), AskedFen: 300_000, Identity: lending.IdentityChecked},
			Key: fmt.Sprintf("%d-%d", i, dice.IntN(3)), Account: "li", Role: publication.Officer, At: at}
		answer, err := db.Apply(ctx, teller, a)
		r.note(t, err, a.Key, answer)
		return
	}
	id := r.any(dice)
	if id == 0 {
		return
	}
	acts := []publication.ApplicationMove{
		{Act: lending.ActWithdraw}, {Act: lending.ActWithdraw}, {Act: lending.ActAccept}, {Act: lending.ActDraw, AmountFen: credit.Fen(1 + dice.IntN(300_000))},
		{Act: lending.ActRepay, AmountFen: credit.Fen(1 + dice.IntN(300_000))}, {Act: lending.ActRepay, AmountFen: 300_000}, {Act: lending.ActApprove},
	}
	m := acts[dice.IntN(len(acts))]
	m.Application, m.Account, m.Role, m.Reason, m.At = id, "li", publication.Officer, "because", at
	if m.Act == lending.ActApprove {
		m.Account, m.Role = "wu", publication.Approver
	}
	r.note(t, db.MoveApplication(ctx, teller, m), "", publication.Answer{})
}

func (r *race) any(dice *rand.Rand) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := dice.IntN(len(r.answers) + 1)
	for _, a := range r.answers {
		if n--; n < 0 {
			return a.ID
		}
	}
	return 0
}

func (r *race) note(t *testing.T, err error, key string, a publication.Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var refusal lending.Refusal
	switch {
	case errors.As(err, &refusal):
		r.refused++
	case err != nil:
		r.disturbed++
	case key == "":
		r.moved++
	default:
		if before, twice := r.answers[key]; twice && before.ID != a.ID {
			t.Errorf("key %s was answered by applications %d and %d", key, before.ID, a.ID)
		}
		r.answers[key] = a
	}
}

// check recomputes what was held at every link.
func (r *race) check(t *testing.T) {
	events, err := r.db.ApplicationEvents(t.Context(), r.county, 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	var book lending.Book
	open := map[string]int64{}
	var most credit.Fen
	for i, e := range events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d comes as number %d", e.Seq, i+1)
		}
		if err := book.Add(e); err != nil {
			t.Fatal(err)
		}
		for x, held := range book.Held {
			limit := map[lending.Exposure]credit.Fen{{Kind: lending.OnCounty, Key: r.county}: countyLimit, {Kind: lending.OnCrop, Key: "winter_wheat"}: wheatLimit}[x]
			if x.Kind == lending.OnVillage {
				limit = villageLimit
			}
			if limit > 0 && held > limit*100 {
				t.Fatalf("after event %d %s of %v are held, the limit is %s", e.Seq, held, x, limit*100)
			}
		}
		most = max(most, book.Held[lending.Exposure{Kind: lending.OnCrop, Key: "winter_wheat"}])
		a := book.Applications[e.Application]
		if other := open[a.Household]; e.Act != lending.ActApply && a.State.Live() {
			if other != 0 && other != e.Application {
				t.Fatalf("after event %d household %s has applications %d and %d open", e.Seq, a.Household, other, e.Application)
			}
			open[a.Household] = e.Application
		} else if other == e.Application {
			delete(open, a.Household)
		}
	}
	for key, a := range r.answers {
		if book.Applications[a.ID].Household != a.HouseholdID {
			t.Errorf("key %s was answered by application %d, which the chain does not know", key, a.ID)
		}
	}
	report := r.holds(t)
	t.Logf("%d applications (%d straight through, %d referred), %d events; %d moves, %d refused by name, %d disturbed; at most %s on wheat of %d",
		report.Applications, report.Decided, report.Referred, report.Events, r.moved, r.refused, r.disturbed, most, wheatLimit)
	if report.Decided < 10 || report.Referred == 0 || r.moved == 0 || r.disturbed == 0 || most < wheatLimit*90 {
		t.Error("the race was too tame to tell anything")
	}
}

// A process that dies does so between two messages to the database: the n-th is
// not sent any more, or its answer not received. Each time the application is
// there whole or not at all, and asking again with the same key gives one
// answer.
func TestNothingIsHalfDoneWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 60)
	b.limit(t, lending.OnCounty, b.county, 1_000_000)
	i, untold := 0, 0
	for _, sent := range []bool{false, true} {
		reached := false
		for n := 1; !reached; n++ {
			w := newWire(t, b.url)
			db, err := postgis.Open(t.Context(), w.url+"&pool_max_conns=1&application_name=dying")
			if err != nil {
				t.Fatal(err)
			}
			a := b.asking(i)
			i++
			if n%2 == 0 { // a debt known since: the engine decides anew between the messages
				a.DebtDueFen = 10_000
			}
			before := b.counts(t)
			w.cutAt(n, sent)
			answer, err := db.Apply(t.Context(), teller, a)
			db.Close()
			b.buried(t)
			reached = err == nil
			after := b.counts(t)
			done := after[0] - before[0]
			if want := [4]int{before[0] + done, before[1] + 2*done, before[2] + 2*done, before[3] + done*int(a.AskedFen)}; after != want || done > 1 || (err == nil && done != 1) {
				t.Fatalf("cut at message %d (sent %t): %v: from %+v to %+v", n, sent, err, before, after)
			}
			again := b.apply(t, a)
			if again.Replayed != (done == 1) || (err == nil && again.ID != answer.ID) {
				t.Errorf("cut at message %d (sent %t): asked again %+v", n, sent, again)
			}
			if err != nil && done == 1 {
				untold++
			}
			if n > 25 {
				t.Fatal("applying takes more than 25 messages")
			}
		}
		if i < 6 {
			t.Errorf("only %d messages were cut", i)
		}
	}
	if untold == 0 {
		t.Error("no answer was lost after its transaction had held: the last message was never cut")
	}
	b.holds(t)
}

// buried waits until the database has noticed that the process is gone.
func (b *branch) buried(t *testing.T) {
	t.Helper()
	conn := connectTo(t, b.url)
	for left := 1; left > 0; {
		b.must(t, conn.QueryRow(t.Context(), `select count(*) from pg_stat_activity, pg_sleep(0.01) where application_name = 'dying' and datname = current_database()`).Scan(&left))
	}
}

// counts are applications, events, the book's number and what the county holds.
func (b *branch) counts(t *testing.T) (n [4]int) {
	t.Helper()
	const sql = `select (select count(*) from application), (select count(*) from application_event), coalesce((select seq from county_book), 0),
		coalesce((select committed_fen from exposure where kind = 'county'), 0)`
	b.must(t, connectTo(t, b.url).QueryRow(t.Context(), sql).Scan(&n[0], &n[1], &n[2], &n[3]))
	return n
}

// wire passes messages on to the database and can be cut.
type wire struct {
	url  string
	mu   sync.Mutex
	left int // messages until the cut; 0: never
	sent bool
	dead bool
}

func newWire(t *testing.T, database string) *wire {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", u.Host
	q := u.Query()
	if dir := q.Get("host"); dir != "" {
		port := q.Get("port")
		if port == "" {
			port = "5432"
		}
		network, address = "unix", dir+"/.s.PGSQL."+port
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	q.Del("host")
	q.Del("port")
	u.Host, u.RawQuery = l.Addr().String(), q.Encode()
	w := &wire{url: u.String()}
	if !strings.Contains(w.url, "?") {
		w.url += "?"
	}
	go w.serve(l, network, address)
	return w
}

func (w *wire) cutAt(n int, sent bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left, w.sent = n, sent
}

func (w *wire) serve(l net.Listener, network, address string) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		dead := w.dead
		w.mu.Unlock()
		server, err := net.Dial(network, address)
		if err != nil || dead { // who is dead asks for nothing, such as to cancel
			_ = client.Close()
			if err == nil {
				_ = server.Close()
				continue
			}
			return
		}
		go w.pass(client, server)
		go func() { // answers
			buffer := make([]byte, 64<<10)
			for {
				n, err := server.Read(buffer)
				if err != nil {
					_ = client.Close()
					return
				}
				if _, err := client.Write(buffer[:n]); err != nil {
					_ = server.Close()
					return
				}
			}
		}()
	}
}

// pass sends messages on until the cut: pgx waits for the answer to each, so
// what is read at once is one.
func (w *wire) pass(client, server net.Conn) {
	defer client.Close()
	buffer := make([]byte, 1<<20)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			_ = server.Close()
			return
		}
		w.mu.Lock()
		cut := w.left == 1
		w.dead = w.dead || cut
		w.left = max(0, w.left-1)
		sent := w.sent
		w.mu.Unlock()
		if cut && !sent {
			_ = server.Close()
			return
		}
		if cut { // before the database can answer: its answer finds nobody, and then it is left too
			_ = client.Close()
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			_ = server.Close()
			return
		}
		if cut {
			return
		}
	}
}
