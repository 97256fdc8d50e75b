package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What is killed, singly or two at once.
const (
	killWorker   = "worker"  // the child of a supervisor
	killHost     = "host"    // a supervisor with its child
	killServer   = "server"  // that answers, and works too
	killQueue    = "redis"   // with all that it holds
	killDatabase = "postgis" // that is started again on its data
	stopWorker   = "stopped" // SIGSTOP until others have what it had, then SIGCONT
	faultsDealt  = 5         // of a season in a long test
	patience     = 5 * time.Minute
	lookEvery    = 30 * time.Millisecond
)

var killKinds = []string{killWorker, killHost, killServer, killQueue, killDatabase, stopWorker}

// deck is every kind by itself and every two of them.
func deck() [][]string {
	var all [][]string
	for i, a := range killKinds {
		all = append(all, []string{a})
		for _, b := range killKinds[i+1:] {
			if b == stopWorker && a == killWorker || b == stopWorker && a == killHost {
				continue // they may mean the same one
			}
			all = append(all, []string{a, b})
		}
	}
	return all
}

// fault is a kill to come: once the ledger has changed so often, or so long
// after the beginning.
type fault struct {
	kinds []string
	after int
	at    time.Duration
	draw  uint64
}

func (f fault) String() string {
	when := fmt.Sprintf("change %d", f.after)
	if f.at > 0 {
		when = f.at.Round(time.Millisecond).String()
	}
	return strings.Join(f.kinds, "+") + " at " + when
}

// dealt draws moments for kills: half of them among the changes that a season
// makes, half within the time that it takes undisturbed. In a short test all are
// among the first three quarters of the changes, so that each of them is made.
func dealt(draw *rand.Rand, kinds [][]string, by reference, short bool) []fault {
	var all []fault
	for i, k := range kinds {
		f := fault{kinds: k, draw: draw.Uint64()}
		switch {
		case short:
			f.after = draw.IntN(by.changes * 3 / 4)
		case i%2 == 0:
			f.after = draw.IntN(by.changes)
		default:
			f.at = 1 + time.Duration(draw.Int64N(int64(by.took)))
		}
		all = append(all, f)
	}
	return all
}

// seed begins what is drawn; `make soak` gives it by SEED.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("PARUS_SOAK_SEED")
	if text == "" {
		return 20250622
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("PARUS_SOAK_SEED is %q: want a number", text)
	}
	return n
}

// testEverythingKilled runs seasons through several processes and kills these at
// moments drawn from a seed. Each season has a seed of its own, so that one that
// fails is repeated by it alone: SEED=that KILLS=1.
func (w *world) testEverythingKilled(t *testing.T) {
	s := newSite(t)
	r := &record{by: s.season(t, w, nil, reference{})}
	t.Logf("undisturbed: %d changes in %s", r.by.changes, r.by.took.Round(time.Millisecond))
	defer r.tell(t)
	first := seed(t)
	if os.Getenv("PARUS_SOAK_KILLS") == "" {
		draw := rand.New(rand.NewPCG(first, 0))
		got := r.season(t, s, w, first, dealt(draw, [][]string{{killDatabase}, {killQueue}, {killQueue, killDatabase}}, r.by, true))
		if got.deaths != 0 {
			t.Errorf("%d deaths of workers are held against units, and none has died", got.deaths)
		}
		r.season(t, s, w, first, dealt(draw, [][]string{{killWorker}, {killHost}, {stopWorker}, {killServer}, {killWorker, killQueue}, {killServer, killDatabase}}, r.by, true))
		return
	}
	for i := uint64(0); r.kills < kills(t) && !t.Failed(); i++ {
		draw := rand.New(rand.NewPCG(first+i, 0))
		cards := deck()
		draw.Shuffle(len(cards), func(a, b int) { cards[a], cards[b] = cards[b], cards[a] })
		r.season(t, s, w, first+i, dealt(draw, cards[:faultsDealt], r.by, false))
	}
}

// season runs one season with kills and takes down what it came to.
func (r *record) season(t *testing.T, s *site, w *world, seed uint64, faults []fault) reference {
	t.Helper()
	s.wounds = nil
	got := s.season(t, w, faults, r.by)
	r.seasons++
	var told []string
	for _, x := range s.wounds {
		r.kills += len(x.kinds)
		r.took(x)
		told = append(told, x.String())
	}
	t.Logf("seed %d, %s: %s", seed, got.took.Round(time.Millisecond), strings.Join(told, "; "))
	if t.Failed() {
		t.Fatalf("repeat it with SEED=%d KILLS=1; it was to be %v", seed, faults)
	}
	return got
}

// reference is what an undisturbed season leaves.
type reference struct {
	took    time.Duration
	changes int
	units   map[string]string // stage and item → state
	rows    map[string]int    // table → how many
	deaths  int               // of workers, that are held against units
}

// season runs one from the records to the files, with kills, and holds it
// against the undisturbed one.
func (s *site) season(t *testing.T, w *world, faults []fault, by reference) reference {
	t.Helper()
	database, mark := s.newDatabase(), fmt.Sprintf("%s/%d", s.home, s.serial)
	team := s.newTeam(database, mark)
	ended := false
	defer func() {
		if !ended {
			team.end()
		}
	}()
	o := w.order(t)
	o.env = team.env
	left := o
	left.more = []string{"--detach"}
	mustExit(t, exitOK, program(t, left.env, detached(left.args())...))
	addOfficer(t, team.env)
	f := &field{site: s, team: team, database: database, faults: faults}
	officer := newOfficer(t, team)
	began := time.Now()
	f.fight(t)
	got := reference{took: time.Since(began), changes: f.view.changes}
	officer.end(t, len(faults) > 0)
	team.end()
	ended = true
	if left := leftBehind(t, mark); len(left) > 0 {
		t.Errorf("processes are left behind: %v", left)
	}
	f.audit(t, &got)
	mustExit(t, exitOK, o.run(t))
	sameFiles(t, files(t, o.out), w.undisturbed)
	if by.units != nil {
		got.compare(t, by)
	}
	return got
}
