package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"parus/internal/postgis"
	"parus/internal/season"
)

// TestWorkersTable carries one season through with one, two and four worker
// processes of one thread each and writes what that took, for `make bench`
// (PARUS_WORKERS). Repeats are interleaved, so that what else the machine does
// hits all alike; the processors' seconds stand beside the clock's, since on two
// processors four workers, the database and whatever else runs take turns.
func TestWorkersTable(t *testing.T) {
	path := os.Getenv("PARUS_WORKERS")
	if path == "" {
		t.Skip("PARUS_WORKERS names no file to write the table of workers to")
	}
	w := &world{dir: filepath.Join(t.TempDir(), "county")}
	mustExit(t, exitOK, program(t, nil, "fixtures", "county", "-o", w.dir, "--households", envOr("PARUS_WORKERS_HOUSEHOLDS", "1000"), "--size-px", envOr("PARUS_WORKERS_PX", "768")))
	mustExit(t, exitOK, program(t, nil, "crop", "fit", "--samples", filepath.Join(w.dir, "samples-winter.csv.gz"), "-o", filepath.Join(w.dir, "model-winter"), "--group", "village"))
	// Smaller blocks than usual, so that stages of blocks have units for four.
	county := filepath.Join(w.dir, "county.yaml")
	writeFile(t, county, []byte(readFile(t, county)+"block_px: 256\n"))
	repeats, err := strconv.Atoi(envOr("PARUS_WORKERS_REPEATS", "3"))
	if err != nil {
		t.Fatal(err)
	}
	of := map[int][]crewTook{}
	var first map[string]string
	for i := range repeats {
		order := []int{1, 2, 4}
		if i%2 == 1 {
			slices.Reverse(order)
		}
		for _, n := range order {
			took, files := w.crewed(t, n)
			of[n] = append(of[n], took)
			if first == nil {
				first = files
			}
			sameFiles(t, files, first)
		}
	}
	var b bytes.Buffer
	writeCrews(&b, of)
	writeFile(t, path, b.Bytes())
}

func envOr(name, other string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return other
}

// crewTook is what a season took of so many workers.
type crewTook struct {
	wallS, workersS, databaseS float64
	stages                     []season.StageActual
}

// crewed runs the season with n workers on servers of its own.
func (w *world) crewed(t *testing.T, n int) (crewTook, map[string]string) {
	t.Helper()
	env, db := servers(t)
	s := w.order(t)
	s.env = env
	crew := make([]*started, n)
	for i := range crew {
		crew[i] = start(t, append([]string{"GOMAXPROCS=1"}, env...), "worker", "--threads", "1", "--no-supervise")
		if !crew[i].await("parus: working") {
			t.Fatal(crew[i].said())
		}
	}
	ready := crewCPU(t, crew, db)
	detached := s
	detached.more = []string{"--detach"}
	args := slices.DeleteFunc(detached.args(), func(a string) bool { return a == "--out" || a == s.out })
	began := time.Now().Add(-time.Hour)
	mustExit(t, exitOK, program(t, env, args...))
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ended := false; !ended; <-tick.C {
		state, err := db.RunState(t.Context(), 1)
		if err != nil || state.State == season.RunFailed {
			t.Fatal(state, err)
		}
		ended = state.State == season.RunDone
	}
	took := crewCPU(t, crew, db)
	took.workersS, took.databaseS = took.workersS-ready.workersS, took.databaseS-ready.databaseS
	var err error
	if took.stages, err = db.RunActual(t.Context(), 1, began); err != nil {
		t.Fatal(err)
	}
	last := took.stages[0].First
	for _, a := range took.stages {
		if a.Last.After(last) {
			last = a.Last
		}
	}
	took.wallS = last.Sub(took.stages[0].First).Seconds()
	for _, c := range crew {
		_ = c.cmd.Process.Signal(syscall.SIGINT)
		c.end(t)
	}
	mustExit(t, exitOK, s.run(t)) // nothing is computed again
	return took, files(t, s.out)
}

// crewCPU is what workers, with what decodes for them, and the database have
// taken so far.
func crewCPU(t *testing.T, crew []*started, db *postgis.DB) (c crewTook) {
	t.Helper()
	all := listProcesses()
	for _, w := range crew {
		pid := w.cmd.Process.Pid
		c.workersS += all[pid].cpuS + all[pid].reapedS
		for _, q := range all.below(pid) {
			c.workersS += q.cpuS
		}
	}
	f, err := db.Footprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ok bool
	if c.databaseS, ok = all.databaseCPU(f.Backend); !ok {
		t.Fatal("the database is on another machine")
	}
	return c
}

func writeCrews(b *bytes.Buffer, of map[int][]crewTook) {
	median := func(n int, f func(crewTook) float64) float64 {
		var v []float64
		for _, c := range of[n] {
			v = append(v, f(c))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	wall := func(c crewTook) float64 { return c.wallS }
	fmt.Fprintln(b, "workers of one thread: median of", len(of[1]), "interleaved seasons; all write the same bytes")
	fmt.Fprintln(b, "| workers | clock, s | each | against one | efficiency | workers' processors, s | database's, s | units, s |")
	fmt.Fprintln(b, "|---|---|---|---|---|---|---|---|")
	for _, n := range []int{1, 2, 4} {
		var each []string
		for _, c := range of[n] {
			each = append(each, fmt.Sprintf("%.1f", c.wallS))
		}
		gain := median(1, wall) / median(n, wall)
		fmt.Fprintf(b, "| %d | %.1f | %s | %.2f | %.0f %% | %.1f | %.1f | %.1f |\n", n, median(n, wall), strings.Join(each, ", "), gain, 100*gain/float64(n),
			median(n, func(c crewTook) float64 { return c.workersS }), median(n, func(c crewTook) float64 { return c.databaseS }),
			median(n, func(c crewTook) float64 {
				sum := 0.0
				for _, s := range c.stages {
					sum += s.BusyS
				}
				return sum
			}))
	}
	fmt.Fprintln(b, "\n| stage | units | clock with 1, 2, 4 | units' seconds with 1, 2, 4 |")
	fmt.Fprintln(b, "|---|---|---|---|")
	for i, s := range of[1][0].stages {
		var clock, busy []string
		for _, n := range []int{1, 2, 4} {
			clock = append(clock, fmt.Sprintf("%.1f", median(n, func(c crewTook) float64 { return c.stages[i].Last.Sub(c.stages[i].First).Seconds() })))
			busy = append(busy, fmt.Sprintf("%.1f", median(n, func(c crewTook) float64 { return c.stages[i].BusyS })))
		}
		fmt.Fprintf(b, "| %s | %d | %s | %s |\n", s.Stage, s.Units, strings.Join(clock, ", "), strings.Join(busy, ", "))
	}
}
