package postgis_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"parus/credit/lending"
	"parus/internal/handover"
	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/services"
)

// restoring is a private database with an archive, and a branch that lends in it.
type restoring struct {
	*branch
	config services.Config
	run    *services.Services
}

// A bank's database dies with its disk. From a copy and the log it comes back at
// the point that was noted: what was committed by then and nothing else, the
// chain of applications whole up to the head that was noted elsewhere, and units
// that were pending can be worked on, with nothing in Redis.
func TestADatabaseComesBackAtTheNotedPoint(t *testing.T) {
	t.Parallel()
	r := newRestoring(t)
	if _, err := services.Backup(t.Context(), r.config.Archive, r.run.DatabaseURL, time.Now().Add(-time.Hour)); err != nil { // named as of an hour ago
		t.Fatal(err)
	}
	bank := receiver{seen: map[string]string{}}
	addTarget(t, r.db.Handover(), handover.Target{Name: "bank"}, false)
	second := r.apply(t, r.asking(1)).ID // after the copy: from the log alone
	r.must(t, r.act(t, second, lending.ActAccept, 0))
	noted := r.holds(t)
	rows := r.all(t)
	var at time.Time
	if err := connectTo(t, r.url).QueryRow(t.Context(), `select clock_timestamp() from pg_create_restore_point('before the mistake')`).Scan(&at); err != nil {
		t.Fatal(err)
	}
	r.must(t, r.act(t, second, lending.ActDraw, 100_000))
	r.apply(t, r.asking(2))
	bank.isTold(t, r.db)
	if want := int(noted.Events) + 3; len(bank.seen) != want {
		t.Errorf("the bank has seen %d events of %d", len(bank.seen), want)
	}
	r.putAway(t)
	r.loseTheDisk(t)

	points := map[string]services.Point{"by name": {Name: "before the mistake"}, "by time, once more": {At: at, Timeline: 1}}
	for i, name := range []string{"by name", "by time, once more"} {
		done, err := services.Restore(t.Context(), r.config, points[name], time.Now())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := time.Parse("20060102T150405Z", done.Base); err != nil {
			t.Errorf("%s: began with %q", name, done.Base)
		}
		r.startAgain(t)
		now := r.all(t)
		for table, want := range rows {
			if now[table] != want {
				t.Errorf("%s: rows of %s were\n%s\nand are\n%s", name, table, want, now[table])
			}
		}
		got, err := r.db.VerifyBook(t.Context(), r.county, noted.Head)
		if err != nil || len(got.Differences) > 0 || got.Events != noted.Events || got.Head != noted.Head {
			t.Errorf("%s: the book is %+v, %v, and was %+v", name, got, err, noted)
		}
		lost := r.apply(t, r.asking(2)).ID // in place of what happened after the point
		bank.isTold(t, r.db)
		bank.hasHistory(t, int64(i)+1, noted.Events+1, lost)
		r.stop(t)
	}
	r.goesOn(t)
}

// receiver is a bank's system that handles each id of an event once, and keeps
// what it was told.
type receiver struct {
	seen map[string]string // id → payload
	last handover.Event
}

// isTold hands over what is due, as it comes from the database: no id may stand
// for another event than before.
func (b *receiver) isTold(t *testing.T, db *postgis.DB) {
	t.Helper()
	b.last = handover.Event{}
	h := db.Handover()
	targets, err := h.Targets(t.Context())
	if err != nil || len(targets) != 1 {
		t.Fatal(targets, err)
	}
	if _, err := h.Enqueue(t.Context(), targets[0]); err != nil {
		t.Fatal(err)
	}
	for {
		list := claim(t, h, "bank", "t", handoverNoon)
		if len(list) == 0 {
			return
		}
		for _, d := range list {
			body, err := handover.NewPayload(d.Event)
			if err != nil || d.Broken != nil {
				t.Fatal(err, d.Broken)
			}
			if before, ok := b.seen[d.Event.ID()]; ok && before != string(body) {
				t.Errorf("%s was\n%s\nand is\n%s", d.Event.ID(), before, body)
			}
			if b.seen[d.Event.ID()] = string(body); d.Event.Seq > b.last.Seq {
				b.last = d.Event
			}
			if err := h.Settle(t.Context(), d, handover.Outcome{At: handoverNoon, Receipt: handover.Receipt{Digest: "x"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// hasHistory looks at the last event that the bank was told.
func (b *receiver) hasHistory(t *testing.T, epoch, from, application int64) {
	t.Helper()
	h := b.last.History
	if h.Epoch != epoch || h.FromSeq != from || len(h.Mark) != 8 || !strings.HasSuffix(b.last.ID(), "-"+h.Mark) {
		t.Errorf("the last event is %s of %+v, want epoch %d from %d", b.last.ID(), h, epoch, from)
	}
	if want := fmt.Sprintf(`"history":{"epoch":%d,"from_seq":%d}`, epoch, from); !strings.Contains(b.seen[b.last.ID()], want) {
		t.Errorf("%s does not tell %s", b.seen[b.last.ID()], want)
	}
	number := fmt.Sprintf(`"application":"370199-%d"`, application)
	for id, body := range b.seen {
		if strings.Contains(body, number) && !strings.HasSuffix(id, "-"+h.Mark) {
			t.Errorf("application %d was given before: %s", application, body)
		}
	}
}

// A point that the log does not reach changes nothing.
func TestAPointOutOfReachLeavesTheDataAsTheyWere(t *testing.T) {
	t.Parallel()
	r := newRestoring(t)
	if _, err := services.Restore(t.Context(), r.config, services.Point{}, time.Now()); err == nil || !strings.Contains(err.Error(), "another parus uses") {
		t.Errorf("a home in use: %v", err)
	}
	if _, err := services.Backup(t.Context(), r.config.Archive, r.run.DatabaseURL, time.Now()); err != nil {
		t.Fatal(err)
	}
	r.apply(t, r.asking(1))
	rows := r.all(t)
	r.stop(t)
	for words, p := range map[string]services.Point{
		"the archive does not reach it":                {Name: "no such point"},
		"no copy of the database in the archive suits": {At: time.Now().AddDate(-1, 0, 0)},
	} {
		if _, err := services.Restore(t.Context(), r.config, p, time.Now()); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want %s", err, words)
		}
	}
	r.startAgain(t)
	if got := r.all(t); got["application"] != rows["application"] || got["application"] == "" {
		t.Errorf("applications were\n%s\nand are\n%s", rows["application"], got["application"])
	}
}

// newRestoring starts an archived database with a published season, a drawn
// line and a pending unit.
func newRestoring(t *testing.T) *restoring {
	t.Helper()
	dir, err := os.MkdirTemp("", "parus-restore-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // the service account passes through
		t.Fatal(err)
	}
	r := &restoring{
		branch: &branch{county: "370199", clock: time.Date(2025, 4, 1, 4, 0, 0, 0, time.UTC)},
		config: services.Config{Home: filepath.Join(dir, "home"), Archive: filepath.Join(dir, "archive"), WithoutRedis: true, FastUnsafe: true, Log: t.Output()},
	}
	r.startAgain(t)
	r.must(t, r.db.Migrate(t.Context()))
	r.open(t, 4)
	id := r.apply(t, r.asking(0)).ID
	r.must(t, r.act(t, id, lending.ActAccept, 0))
	r.must(t, r.act(t, id, lending.ActDraw, 200_000))
	r.must(t, r.db.PlanUnits(t.Context(), 1, "observe", []ledger.Unit{unit(1)}))
	return r
}

// startAgain starts the services of the home and connects to them.
func (r *restoring) startAgain(t *testing.T) {
	t.Helper()
	var err error
	if r.run, err = services.Start(t.Context(), r.config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.run.Close() }) // again where stop has closed it
	r.url = r.run.DatabaseURL
	if r.db, err = postgis.Open(t.Context(), r.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.db.Close)
}

func (r *restoring) stop(t *testing.T) {
	t.Helper()
	r.db.Close()
	r.must(t, r.run.Close())
}

// all are the rows of all tables.
func (r *restoring) all(t *testing.T) map[string]string {
	t.Helper()
	conn := connectTo(t, r.url)
	defer conn.Close(t.Context())
	rows := map[string]string{}
	for table, columns := range tables(t, conn) {
		rows[table] = rowsOf(t, conn, table, columns)
	}
	return rows
}

// putAway waits until the log up to now is in the archive, as it is a minute
// later at the latest.
func (r *restoring) putAway(t *testing.T) {
	t.Helper()
	conn := connectTo(t, r.url)
	segment := strs(t, conn, `select pg_walfile_name(pg_switch_wal())`)[0]
	until(t, func() bool {
		_, err := os.Stat(filepath.Join(r.config.Archive, "wal", segment))
		return err == nil
	})
}

// loseTheDisk kills the server and removes its data.
func (r *restoring) loseTheDisk(t *testing.T) {
	t.Helper()
	data := strs(t, connectTo(t, r.url), `show data_directory`)[0]
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	number, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	r.must(t, syscall.Kill(pid, syscall.SIGKILL))
	<-r.run.Lost()
	r.must(t, os.RemoveAll(data))
	r.db.Close()
	_ = r.run.Close() // what was killed can't end well
}

// goesOn works on the unit that was pending and lends again, and the new log
// can be restored from too.
func (r *restoring) goesOn(t *testing.T) {
	t.Helper()
	r.startAgain(t)
	ready, err := r.db.ReadyUnits(t.Context(), 1, 10)
	if err != nil || !slices.ContainsFunc(ready, func(u ledger.Ready) bool { return u.Key == unit(1).Key }) {
		t.Fatalf("ready: %+v, %v", ready, err)
	}
	claim, err := r.db.ClaimUnit(t.Context(), unit(1).Key, ledger.Taking{Token: "w", Lease: time.Minute, Alone: true})
	r.must(t, err)
	r.must(t, r.db.FinishUnit(context.WithoutCancel(t.Context()), claim, ledger.Outcome{State: ledger.Done}))
	r.apply(t, r.asking(3))
	want := r.holds(t)
	r.putAway(t)
	r.loseTheDisk(t)
	if _, err := services.Restore(t.Context(), r.config, services.Point{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	r.startAgain(t)
	if got := r.holds(t); got.Head != want.Head || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the book is %+v and was %+v", got, want)
	}
}
