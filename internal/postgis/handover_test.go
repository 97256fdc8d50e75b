package postgis_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/handover"
	"parus/internal/postgis"
	"parus/internal/postgistest"
)

var handoverNoon = time.Date(2026, 4, 1, 4, 0, 0, 0, time.UTC)

// applications writes a county's log of applications, a link at a time.
type applications struct {
	conn   *pgx.Conn
	county string
	head   lending.Head
	digest string
}

func logOf(t testing.TB, url, county string) *applications {
	t.Helper()
	l := &applications{conn: connectTo(t, url), county: county, digest: "digest-" + county}
	l.exec(t, `set parus.counties = '{""}'`)
	snapshot, err := json.Marshal(credit.Snapshot{Digest: l.digest})
	if err != nil {
		t.Fatal(err)
	}
	l.exec(t, `insert into county (code, name) values ($1, 'x')`, county)
	l.exec(t, `insert into county_book (county) values ($1)`, county)
	l.exec(t, `with w as (insert into work (key, county, stage, item, payload) values ('k' || $1, $1, 'decide', 'x', '{}') returning id)
		insert into decision (unit, household_id, digest, snapshot, decision, line_fen, pd, apr, referred, reasons)
		select id, 'h', $2, $3, '{}', 0, 0, 0, false, '{}' from w`, county, l.digest, snapshot)
	return l
}

func (l *applications) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := l.conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// accepted applies for a line of 1,000 yuan, which the engine grants and the
// household takes: three events.
func (l *applications) accepted(t testing.TB, household string) int64 {
	t.Helper()
	due, err := credit.ParseDate("2026-11-10")
	if err != nil {
		t.Fatal(err)
	}
	r := lending.Request{Household: household, Season: "2026", AskedFen: 100_000, Identity: lending.IdentityChecked}
	record := lending.Record{Request: r, Facts: lending.Facts{Digest: l.digest, County: l.county}, Outcome: lending.Outcome{Act: lending.ActDecide,
		Offer: credit.Offer{LineFen: 100_000}, Currency: "CNY", APR: .08, DueDate: due, Schedule: []credit.Instalment{{Date: due, PrincipalFen: 100_000, InterestFen: 4_888}}}}
	var id int64
	err = l.conn.QueryRow(t.Context(), `begin`).Scan()
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	err = l.conn.QueryRow(t.Context(), `insert into application (county, season, household_id, village, publication, digest, asked_fen, line_fen, cap_fen,
		currency, pd, apr, due_date, state, offer, applied_by, idempotency_key, request_digest, created_at, updated_at)
		values ($1, '2026', $2, '', 1, $3, 100000, 100000, 100000, 'CNY', 0, 0, '2026-11-10', 'applied', '{}', 'li', $1 || ' ' || $2, '', now(), now()) returning id`,
		l.county, household, l.digest).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	l.link(t, lending.Event{Application: id, Actor: "li", Role: lending.Officer, Act: lending.ActApply, State: lending.Applied, AmountFen: 100_000, Body: jsonOf(t, r)})
	l.link(t, lending.Event{Application: id, Actor: "parus", Role: lending.System, Act: lending.ActDecide, State: lending.Decided, AmountFen: 100_000, Body: jsonOf(t, record)})
	l.link(t, lending.Event{Application: id, Actor: "li", Role: lending.Officer, Act: lending.ActAccept, State: lending.Accepted, Body: "{}"})
	l.exec(t, `commit`)
	return id
}

func (l *applications) withdrawn(t testing.TB, id int64) {
	t.Helper()
	l.exec(t, `begin`)
	l.link(t, lending.Event{Application: id, Actor: "li", Role: lending.Officer, Act: lending.ActWithdraw, State: lending.Withdrawn, Reason: "changed mind", Body: "{}"})
	l.exec(t, `commit`)
}

func (l *applications) link(t testing.TB, e lending.Event) {
	t.Helper()
	e.County, e.At = l.county, handoverNoon
	e, l.head = l.head.Chain(e)
	l.exec(t, `insert into application_event (county, seq, application, at, actor, role, act, state, amount_fen, reason, body, previous, hash)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.County, e.Seq, e.Application, e.At, e.Actor, e.Role, e.Act, e.State, e.AmountFen, e.Reason, e.Body, e.Previous, e.Hash)
	l.exec(t, `update application set state = $2 where id = $1`, e.Application, e.State)
	l.exec(t, `update county_book set seq = $2, hash = $3, at = $4 where county = $1`, l.county, e.Seq, e.Hash, e.At)
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func addTarget(t testing.TB, h postgis.Handover, x handover.Target, fromNow bool) handover.Target {
	t.Helper()
	x.Kind, x.Config = handover.Webhook, []byte(`{"url": "https://bank.example"}`)
	if x.FromSeq == 0 {
		x.FromSeq = 1
	}
	if x.Acts == nil {
		x.Acts = lending.Acts()
	}
	if err := h.AddTarget(t.Context(), x, "test", handoverNoon, fromNow); err != nil {
		t.Fatal(err)
	}
	return x
}

func claim(t *testing.T, h postgis.Handover, target, token string, now time.Time) []handover.Delivery {
	t.Helper()
	out, err := h.Claim(t.Context(), handover.Ask{Target: target, Token: token, Now: now, Lease: time.Minute, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func enqueue(t *testing.T, h postgis.Handover, x handover.Target, want int) {
	t.Helper()
	if n, err := h.Enqueue(t.Context(), x); err != nil || n != want {
		t.Fatalf("%v: queued %d, want %d", err, n, want)
	}
}

func TestATargetIsToldOfItsCountiesActsFromItsStartOnOnce(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	h := db.Handover()
	a, b := logOf(t, url, "370199"), logOf(t, url, "419999")
	a.accepted(t, "h1")
	b.accepted(t, "h1")
	all := addTarget(t, h, handover.Target{Name: "all"}, false)
	one := addTarget(t, h, handover.Target{Name: "one", County: "3701", Acts: []lending.Act{lending.ActAccept, lending.ActWithdraw}}, false)
	late := addTarget(t, h, handover.Target{Name: "late", FromSeq: 3}, false)
	now := addTarget(t, h, handover.Target{Name: "now"}, true)
	for range 2 {
		want := map[string]int{"all": 6, "one": 1, "late": 2, "now": 0}
		if states, err := h.TargetStates(t.Context()); err != nil || len(states) != 4 {
			t.Fatalf("%v: %+v", err, states)
		} else if states[0].Pending == 6 { // the second time round
			want = map[string]int{}
		}
		enqueue(t, h, all, want["all"])
		enqueue(t, h, one, want["one"])
		enqueue(t, h, late, want["late"])
		enqueue(t, h, now, want["now"])
	}
	a.accepted(t, "h2")
	enqueue(t, h, now, 3)
	enqueue(t, h, one, 1)
	if err := h.AddTarget(t.Context(), one, "test", handoverNoon, false); err == nil {
		t.Error("a name is given twice")
	}
	d := claim(t, h, "one", "t", handoverNoon)
	if len(d) != 2 || d[0].Event.ID() != "evt-370199-3" || d[0].Event.Line == nil || d[0].Event.Line.AmountFen != 100_000 || d[0].Event.Household != "h1" || d[0].Broken != nil {
		t.Errorf("%+v", d)
	}
}

func TestEventsOfAnApplicationComeInOrderAndOneAtATime(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	h := db.Handover()
	l := logOf(t, url, "370199")
	for i := range 3 {
		l.withdrawn(t, l.accepted(t, fmt.Sprint("h", i)))
	}
	x := addTarget(t, h, handover.Target{Name: "bank"}, false)
	enqueue(t, h, x, 12)
	var order [4][]int64
	for round := range 4 {
		list := claim(t, h, "bank", fmt.Sprint(round), handoverNoon)
		if again := claim(t, h, "bank", "other", handoverNoon); len(list) != 3 || len(again) != 0 {
			t.Fatalf("round %d: %d and then %d", round, len(list), len(again))
		}
		for _, d := range list {
			order[round] = append(order[round], d.Event.Seq)
			if err := h.Settle(t.Context(), d, handover.Outcome{At: handoverNoon, Receipt: handover.Receipt{Digest: "x"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if want := [4][]int64{{1, 5, 9}, {2, 6, 10}, {3, 7, 11}, {4, 8, 12}}; fmt.Sprint(order) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", order, want)
	}
}

func TestALeaseThatRanOutIsAnothersAndTheFirstIsToldSo(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	h := db.Handover()
	logOf(t, url, "370199").accepted(t, "h")
	enqueue(t, h, addTarget(t, h, handover.Target{Name: "bank", Acts: []lending.Act{lending.ActAccept}}, false), 1)
	first := claim(t, h, "bank", "first", handoverNoon)
	if early := claim(t, h, "bank", "early", handoverNoon.Add(59*time.Second)); len(first) != 1 || len(early) != 0 {
		t.Fatalf("%d, %d", len(first), len(early))
	}
	second := claim(t, h, "bank", "second", handoverNoon.Add(time.Minute))
	if len(second) != 1 || second[0].Event.ID() != first[0].Event.ID() || second[0].Attempt != 2 {
		t.Fatalf("%+v", second)
	}
	done := handover.Outcome{At: handoverNoon}
	if err := h.Settle(t.Context(), first[0], done); !errors.Is(err, handover.ErrLeaseLost) {
		t.Errorf("the first settles what is another's: %v", err)
	}
	if err := h.Settle(t.Context(), second[0], handover.Outcome{Undone: true}); err != nil {
		t.Fatal(err)
	}
	third := claim(t, h, "bank", "third", handoverNoon.Add(time.Minute))
	if len(third) != 1 || third[0].Attempt != 2 {
		t.Fatalf("what was broken off is due at once, as the same attempt: %+v", third)
	}
}

func TestManySendersAtOnceGetEachEventOnce(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	h := db.Handover()
	l := logOf(t, url, "370199")
	const n = 40
	for i := range n {
		l.accepted(t, fmt.Sprint("h", i))
	}
	x := addTarget(t, h, handover.Target{Name: "bank"}, false)
	var mu sync.Mutex
	var got []string
	var all sync.WaitGroup
	for w := range 6 {
		all.Go(func() {
			for i := 0; ; i++ {
				if _, err := h.Enqueue(t.Context(), x); err != nil {
					t.Error(err)
					return
				}
				list, err := h.Claim(t.Context(), handover.Ask{Target: "bank", Token: fmt.Sprint(w, "-", i), Now: handoverNoon, Lease: time.Minute, Limit: 5})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, d := range list {
					got = append(got, fmt.Sprintf("%04d %s", d.Event.Application, d.Event.ID()))
				}
				full := len(got) >= 3*n
				mu.Unlock()
				for _, d := range list {
					if err := h.Settle(t.Context(), d, handover.Outcome{At: handoverNoon}); err != nil {
						t.Error(err)
					}
				}
				if full {
					return
				}
			}
		})
	}
	all.Wait()
	if sorted := slices.Compact(slices.Sorted(slices.Values(got))); len(sorted) != 3*n || len(got) != 3*n {
		t.Errorf("%d events given out, %d different, want %d", len(got), len(sorted), 3*n)
	}
	states, err := h.TargetStates(t.Context())
	if err != nil || states[0].Sent != 3*n || states[0].Behind != 0 {
		t.Errorf("%v: %+v", err, states)
	}
}

func TestWhatIsDeadHoldsUpItsApplicationUntilItIsReplayedOrDropped(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	h := db.Handover()
	l := logOf(t, url, "370199")
	l.withdrawn(t, l.accepted(t, "h1")) // events 1 to 4
	enqueue(t, h, addTarget(t, h, handover.Target{Name: "bank", Acts: []lending.Act{lending.ActAccept, lending.ActWithdraw}}, false), 2)
	refuse := func(now time.Time, dead bool) {
		t.Helper()
		list := claim(t, h, "bank", "t", now)
		if len(list) != 1 || list[0].Event.Seq != 3 {
			t.Fatalf("%+v", list)
		}
		o := handover.Outcome{At: now, Failure: handover.Permanent("no loan product"), Next: now.Add(time.Hour), Dead: dead}
		if err := h.Settle(t.Context(), list[0], o); err != nil {
			t.Fatal(err)
		}
	}
	refuse(handoverNoon, false)
	if list := claim(t, h, "bank", "t", handoverNoon.Add(59*time.Minute)); len(list) != 0 {
		t.Fatalf("tried before its time: %+v", list)
	}
	refuse(handoverNoon.Add(time.Hour), true)
	later := handoverNoon.Add(1000 * time.Hour)
	if list := claim(t, h, "bank", "t", later); len(list) != 0 {
		t.Fatalf("the withdrawal overtakes what it withdraws: %+v", list)
	}
	open, err := h.Deliveries(t.Context(), "bank", "", 10)
	if err != nil || len(open) != 2 || open[0].State != "dead" || open[0].LastError != "no loan product" || open[0].Attempts != 2 || open[1].State != "pending" {
		t.Fatalf("%v: %+v", err, open)
	}
	if n, err := h.Replay(t.Context(), "bank", "370199", 1, 3); err != nil || n != 1 {
		t.Fatalf("%v: replays %d", err, n)
	}
	refuse(later, true)
	if err := h.Drop(t.Context(), "bank", "370199", 3, "made by hand"); err != nil {
		t.Fatal(err)
	}
	list := claim(t, h, "bank", "t", later)
	if len(list) != 1 || list[0].Event.Seq != 4 {
		t.Fatalf("%+v", list)
	}
	if err := h.Settle(t.Context(), list[0], handover.Outcome{At: later}); err != nil {
		t.Fatal(err)
	}
	if err := h.Drop(t.Context(), "bank", "370199", 4, "no"); err == nil {
		t.Error("what is sent is dropped")
	}
	if n, err := h.Replay(t.Context(), "bank", "370199", 1, 0); err != nil || n != 2 {
		t.Errorf("%v: replays %d from the first on", err, n)
	}
	if _, err := h.Replay(t.Context(), "nobody", "370199", 1, 0); err == nil || !strings.Contains(err.Error(), "targets add") {
		t.Errorf("%v", err)
	}
}

func TestWhatCannotBeReadIsToldAndStopsNothingElse(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	h := db.Handover()
	bad, good := logOf(t, url, "370199"), logOf(t, url, "419999")
	broken := bad.accepted(t, "h1")
	good.accepted(t, "h1")
	bad.exec(t, `update application set digest = 'gone' where id = $1`, broken)
	enqueue(t, h, addTarget(t, h, handover.Target{Name: "bank", Acts: []lending.Act{lending.ActAccept}}, false), 2)
	c := &counter{}
	s := handover.Sender{Outbox: h, Carrier: func(handover.Target) (handover.Carrier, error) { return c, nil }, Now: func() time.Time { return handoverNoon }}
	sum, err := s.Round(t.Context())
	if err != nil || sum != (handover.Summary{Sent: 1, Dead: 1}) || !slices.Equal(c.ids, []string{"evt-419999-3"}) {
		t.Errorf("%v: %+v, %v", err, sum, c.ids)
	}
	open, err := h.Deliveries(t.Context(), "bank", "dead", 10)
	if err != nil || len(open) != 1 || open[0].Seq != 3 || open[0].County != "370199" || !strings.Contains(open[0].LastError, "cannot be read") {
		t.Errorf("%v: %+v", err, open)
	}
}

func TestDeliveriesAreOfTheirCounty(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	logOf(t, url, "370199").accepted(t, "h")
	x := addTarget(t, db.Handover(), handover.Target{Name: "bank"}, false)
	other := db.Within([]string{"41"}).Handover()
	enqueue(t, other, x, 0)
	enqueue(t, db.Handover(), x, 3)
	if list := claim(t, other, "bank", "t", handoverNoon); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// lost settles nothing for a while, as a sender that is killed just then.
type lost struct {
	handover.Outbox
	dead bool
}

func (l *lost) Settle(ctx context.Context, d handover.Delivery, o handover.Outcome) error {
	if l.dead {
		return errors.New("killed")
	}
	return l.Outbox.Settle(ctx, d, o)
}

// counter is a target that remembers what it was sent.
type counter struct {
	mu  sync.Mutex
	ids []string
}

func (c *counter) Carry(_ context.Context, d handover.Delivery) (handover.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids = append(c.ids, d.Event.ID())
	return handover.Receipt{Digest: "x"}, nil
}

func TestASenderKilledBeforeItSettlesSendsTheSameIDAgain(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	logOf(t, url, "370199").accepted(t, "h")
	addTarget(t, db.Handover(), handover.Target{Name: "bank", Acts: []lending.Act{lending.ActAccept}}, false)
	now, c := handoverNoon, &counter{}
	outbox := &lost{Outbox: db.Handover(), dead: true}
	s := handover.Sender{Outbox: outbox, Carrier: func(handover.Target) (handover.Carrier, error) { return c, nil },
		Now: func() time.Time { return now }, Lease: time.Minute}
	if _, err := s.Round(t.Context()); err == nil {
		t.Fatal("a round of a killed sender succeeds")
	}
	outbox.dead = false
	if sum, err := s.Round(t.Context()); err != nil || sum.Sent != 0 {
		t.Fatalf("%v: %+v: it is leased still", err, sum)
	}
	now = now.Add(time.Minute)
	if sum, err := s.Round(t.Context()); err != nil || sum.Sent != 1 {
		t.Fatalf("%v: %+v", err, sum)
	}
	if sum, err := s.Round(t.Context()); err != nil || sum.Sent != 0 {
		t.Fatalf("%v: %+v", err, sum)
	}
	if want := []string{"evt-370199-3", "evt-370199-3"}; !slices.Equal(c.ids, want) {
		t.Errorf("%v, want %v", c.ids, want)
	}
}

// What a sender does in a second with one receiver on this machine: queueing,
// claiming, signing, sending, settling.
func BenchmarkDeliveries(b *testing.B) {
	db, url := postgistest.Open(b)
	h := db.Handover()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	addTarget(b, h, handover.Target{Name: "bank"}, false)
	carrier, err := handover.NewWebhookCarrier(handover.WebhookConfig{Address: handover.Address{URL: server.URL}}, []string{handover.NewSecret()}, time.Now, nil)
	if err != nil {
		b.Fatal(err)
	}
	s := handover.Sender{Outbox: h, Carrier: func(handover.Target) (handover.Carrier, error) { return carrier, nil }, Now: time.Now}
	l := logOf(b, url, "370199")
	const households = 1000
	for i := range households {
		l.accepted(b, fmt.Sprint("h", i))
	}
	sent := 0
	for b.Loop() {
		sum, err := s.Round(b.Context())
		if err != nil || sum.Sent != 3*households {
			b.Fatalf("%v: %+v", err, sum)
		}
		sent += sum.Sent
		b.StopTimer()
		if _, err := h.Replay(b.Context(), "bank", "370199", 1, 0); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "deliveries/s")
}
