package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/season"
)

// field is a season under fire.
type field struct {
	*site
	team     *team
	database string
	faults   []fault
	conn     *pgx.Conn
	view     view
	open     []*wound // not recovered from yet
}

// view is the ledger as it was seen last.
type view struct {
	at      time.Time
	state   string
	changes int               // claims and ends of units so far
	claims  map[string]string // key → token, of units in hand
	worst   int               // most workers that died on one open unit
}

// wound is a kill that has been made.
type wound struct {
	fault
	when    time.Time
	claims  map[string]string // that the killed had in hand
	changes int
	healed  time.Duration
	down    time.Duration // until PostgreSQL had started again
	waits   string        // what it was last waited for
	stopped int           // process that goes on once others have what it had in hand
}

func (w *wound) String() string {
	s := fmt.Sprintf("%s (%s", w.fault, w.healed.Round(10*time.Millisecond))
	if w.down > 0 {
		s += fmt.Sprintf(", PostgreSQL's start %s", w.down.Round(10*time.Millisecond))
	}
	return s + ")"
}

// fight watches the season to its end and kills when it is time to.
func (f *field) fight(t *testing.T) {
	t.Helper()
	began, moved, last := time.Now(), time.Now(), -1
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer func() { f.disconnect() }()
	for ; ; <-tick.C {
		if err := f.look(t.Context()); err != nil {
			f.disconnect()
			if time.Since(moved) > patience {
				t.Fatalf("the ledger can't be read: %v", err)
			}
			continue
		}
		if f.view.changes != last {
			last, moved = f.view.changes, time.Now()
		}
		f.heal(t)
		if f.view.state == season.RunDone && len(f.open) == 0 {
			return
		}
		if f.view.state == season.RunFailed || time.Since(moved) > patience {
			t.Fatalf("the run is %s and has not moved for %s; %s\n%s\n%s\n%s", f.view.state, time.Since(moved).Round(time.Second), f.waits(),
				f.team.workers[0].said(), f.team.workers[1].said(), f.team.server.said())
		}
		f.strike(t, time.Since(began))
	}
}

func (f *field) waits() string {
	var all []string
	for _, w := range f.open {
		all = append(all, fmt.Sprintf("%s waits for %s", w.fault, w.waits))
	}
	return strings.Join(all, "; ")
}

func (f *field) disconnect() {
	if f.conn != nil {
		_ = f.conn.Close(context.Background()) // it may be broken
		f.conn = nil
	}
}

// look reads the ledger.
func (f *field) look(ctx context.Context) error {
	const state = `select state from season_run where id = 1`
	const units = `select key, state, attempts, deaths, claim from work where stage <> 'render'`
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if f.conn == nil {
		conn, err := pgx.Connect(ctx, f.database)
		if err != nil {
			return err
		}
		f.conn = conn
	}
	v := view{at: time.Now(), claims: map[string]string{}}
	if err := f.conn.QueryRow(ctx, state).Scan(&v.state); err != nil {
		return err
	}
	rows, err := f.conn.Query(ctx, units)
	if err != nil {
		return err
	}
	var key, s, claim string
	var attempts, deaths int
	_, err = pgx.ForEachRow(rows, []any{&key, &s, &attempts, &deaths, &claim}, func() error {
		v.changes += attempts
		switch s {
		case "running":
			v.claims[key] = claim
			v.worst = max(v.worst, deaths)
		case "pending":
			v.worst = max(v.worst, deaths)
		default:
			v.changes++
		}
		return nil
	})
	if err == nil {
		f.view = v
	}
	return err
}

// strike makes one kill that is due. A unit that has lost two workers is spared:
// a third one would rightly put it in quarantine.
func (f *field) strike(t *testing.T, since time.Duration) {
	t.Helper()
	if f.view.state == season.RunDone || f.view.worst >= 2 {
		return
	}
	for at, x := range f.faults {
		due := x.at > 0 && since >= x.at || x.at == 0 && f.view.changes >= x.after
		w := &wound{fault: x, when: time.Now(), changes: f.view.changes, claims: map[string]string{}}
		if !due || !f.kill(t, w) { // there may be nothing to kill just now
			continue
		}
		f.faults = slices.Delete(slices.Clone(f.faults), at, at+1)
		f.open = append(f.open, w)
		f.wounds = append(f.wounds, w)
		return
	}
}

// kill makes all kills of a wound at once, then starts what nobody else starts.
func (f *field) kill(t *testing.T, w *wound) bool {
	t.Helper()
	draw := rand.New(rand.NewPCG(w.draw, 1))
	a, b := draw.IntN(2), draw.IntN(2)
	if slices.Contains(w.kinds, killWorker) {
		if pid, _ := f.team.workers[a].child(t); pid == 0 {
			return false
		}
	}
	if slices.Contains(w.kinds, killHost) && (f.team.workers[b].pid() == 0 || a == b && slices.Contains(w.kinds, killWorker)) {
		b = 1 - b
	}
	if slices.Contains(w.kinds, killServer) && f.team.server.pid() == 0 {
		return false
	}
	if slices.Contains(w.kinds, stopWorker) {
		if w.stopped = f.stop(t, a); w.stopped == 0 {
			return false
		}
		pid := w.stopped
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) }) // gone: nothing
	}
	w.claims = f.heldBy(t, w.kinds, a, b)
	for _, kind := range w.kinds {
		switch kind {
		case killWorker:
			f.team.workers[a].killChild(t)
		case killHost:
			f.team.workers[b].kill()
		case killServer:
			f.team.server.kill()
		case killQueue:
			f.killQueue()
		case killDatabase:
			f.killDatabase()
		}
	}
	if slices.Contains(w.kinds, killDatabase) {
		if !slices.Contains(w.kinds, killServer) {
			f.refused(t)
		}
		f.disconnect()
		f.restartDatabase()
		w.down = time.Since(w.when)
	}
	if slices.Contains(w.kinds, killQueue) {
		f.restartQueue()
	}
	return true
}

// heldBy is what those had in hand that will be killed.
func (f *field) heldBy(t *testing.T, kinds []string, a, b int) map[string]string {
	t.Helper()
	if slices.Contains(kinds, killDatabase) {
		return f.view.claims // nobody's result can be written
	}
	names := [2]string{}
	for i := range names {
		_, names[i] = f.team.workers[i].child(t)
	}
	killed := func(claim string) bool {
		name, _, _ := strings.Cut(claim, "/")
		switch name {
		case "":
			return false
		case names[0], names[1]:
			at := slices.Index(names[:], name)
			return (slices.Contains(kinds, killWorker) || slices.Contains(kinds, stopWorker)) && at == a || slices.Contains(kinds, killHost) && at == b
		}
		return slices.Contains(kinds, killServer) // it has a name that it keeps to itself
	}
	held := maps.Clone(f.view.claims)
	maps.DeleteFunc(held, func(_, claim string) bool { return !killed(claim) })
	return held
}

// stop stops the worker of a supervisor that has a unit in hand, and returns its
// number; 0 where none has.
func (f *field) stop(t *testing.T, a int) int {
	t.Helper()
	pid, name := f.team.workers[a].child(t)
	for _, claim := range f.view.claims {
		if pid != 0 && strings.HasPrefix(claim, name+"/") {
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				return 0
			}
			return pid
		}
	}
	return 0
}

// refused asks the server while the database is down: it says so, and lives.
func (f *field) refused(t *testing.T) {
	t.Helper()
	address := f.team.address()
	if address == "" {
		return // it is on its way up
	}
	for began := time.Now(); time.Since(began) < time.Minute; {
		code, body := get(t, address+"/readyz")
		if code == http.StatusServiceUnavailable && strings.Contains(body, "the database does not answer") {
			return
		}
		if f.team.address() == "" {
			return
		}
	}
	t.Error("without a database the server says that it is ready")
}

// heal closes wounds from which everything has recovered: who was killed is
// there again, what it had in hand is in other hands or done, and the season has
// moved on or is over.
func (f *field) heal(t *testing.T) {
	t.Helper()
	f.open = slices.DeleteFunc(f.open, func(w *wound) bool {
		if w.waits = f.hurts(t, w); w.waits != "" {
			return false
		}
		w.healed = time.Since(w.when)
		return true
	})
}

// hurts is what is still amiss after a kill; "": nothing.
func (f *field) hurts(t *testing.T, w *wound) string {
	t.Helper()
	for key, claim := range w.claims {
		if f.view.claims[key] == claim {
			return "what was in hand: " + key
		}
	}
	if w.stopped != 0 { // what it comes with now is too late
		if err := syscall.Kill(w.stopped, syscall.SIGCONT); err != nil && !errors.Is(err, syscall.ESRCH) { // killed meanwhile
			t.Error(err)
		}
		w.stopped = 0
	}
	if f.view.changes <= w.changes && f.view.state != season.RunDone {
		return "the next unit"
	}
	for _, k := range f.team.workers {
		if (slices.Contains(w.kinds, killWorker) || slices.Contains(w.kinds, killHost)) && k.at() == "" {
			return k.name
		}
	}
	if slices.Contains(w.kinds, killServer) || slices.Contains(w.kinds, killDatabase) {
		if f.team.address() == "" {
			return "the server"
		}
		if code, body := get(t, f.team.address()+"/readyz"); code != http.StatusOK {
			return "the server, which says " + body
		}
	}
	return ""
}

// get asks a server; 0 where there is none.
func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(b)
}
