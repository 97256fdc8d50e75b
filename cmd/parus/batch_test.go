package main

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"parus/credit/change"
	"parus/internal/season"
)

// testPlanned asks what runs would do: one that has been through, and one under
// another policy; carries the second through, compares both publications, and
// puts the first back.
func (w *world) testPlanned(t *testing.T) {
	s := w.order(t)
	s.env, _ = servers(t)
	plan := s
	plan.more = []string{"--plan"}
	r := plan.run(t)
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, "built-in figures") || !strings.Contains(r.out, "at most") || !strings.Contains(r.out, "imagery to read") {
		t.Errorf("a plan before anything: %s", r.out)
	}
	r = s.run(t)
	mustExit(t, exitOK, r)
	if !strings.Contains(r.errors, "units to do, about") || !strings.Contains(r.errors, "took ") {
		t.Errorf("a run does not tell its estimate and how far off it was: %s", r.errors)
	}
	r = plan.run(t)
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, "nothing is to be done") {
		t.Errorf("a plan of the same again: %s", r.out)
	}
	text := readFile(t, s.county)
	s.county = filepath.Join(w.dir, "county-strict.yaml")
	writeFile(t, filepath.Join(w.dir, "strict.yaml"), []byte("version: strict\nappetite: 0.01\n"))
	writeFile(t, s.county, []byte(text+"policy: strict.yaml\n"))
	plan.county = s.county
	r = plan.run(t)
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, "by") || strings.Contains(r.out, "built-in figures") || !strings.Contains(r.out, "in all 3 units") {
		t.Errorf("a plan under another policy decides one unit, watches and publishes: %s", r.out)
	}
	mustExit(t, exitOK, s.run(t))
	t.Run("the difference adds up", func(t *testing.T) { w.checkDifference(t, s.env) })
	t.Run("the first publication is put back", func(t *testing.T) {
		r := program(t, s.env, "publications", "rollback", "1", "--purpose", "the policy was not approved")
		mustExit(t, exitOK, r)
		r = program(t, s.env, "publications", "list")
		mustExit(t, exitOK, r)
		lines := strings.Split(strings.TrimSpace(r.out), "\n")
		if len(lines) != 3 || strings.Contains(lines[1], "yes") || !strings.Contains(lines[2], "yes") {
			t.Errorf("%s", r.out)
		}
		r = program(t, s.env, "people", "audit", "--county", "370199")
		mustExit(t, exitOK, r)
		if !strings.Contains(r.out, "publication 1 of season "+worldSeason+" instead of 2") || !strings.Contains(r.out, "the policy was not approved") {
			t.Errorf("the audit: %s", r.out)
		}
	})
	t.Run("runs are listed and shown", func(t *testing.T) {
		r := program(t, s.env, "runs", "list")
		mustExit(t, exitOK, r)
		if n := strings.Count(r.out, "done"); n != 2 {
			t.Errorf("%s", r.out)
		}
		r = program(t, s.env, "runs", "show", "2")
		mustExit(t, exitOK, r)
		if !strings.Contains(r.out, "took ") || !strings.Contains(r.out, "decide") {
			t.Errorf("%s", r.out)
		}
		r = program(t, s.env, "runs", "pause", "2", "--reason", "too late")
		if r.code != exitFail || !strings.Contains(r.errors, "it is done, and must be running") {
			t.Errorf("pausing a run that is done: %d %s", r.code, r.errors)
		}
	})
}

func (w *world) checkDifference(t *testing.T, env []string) {
	path := filepath.Join(t.TempDir(), "diff.csv")
	r := program(t, env, "rescore", "diff", "1", "2", "-o", path)
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, "publication 1 to 2: ") || !strings.Contains(r.out, "price_policy") {
		t.Errorf("summary: %s", r.out)
	}
	cny := func(r map[string]string, column string) float64 {
		v, err := strconv.ParseFloat(r[column], 64)
		if err != nil {
			t.Fatalf("household %s: %s is %q", r["household_id"], column, r[column])
		}
		return v
	}
	rows, moved := table(t, path), 0
	for _, r := range rows {
		var parts float64
		for _, g := range change.Groups() {
			parts += cny(r, string(g)+"_cny")
		}
		moves := cny(r, "change_cny")
		if math.Abs(parts-moves) > 1e-6 || math.Abs(cny(r, "line_computed_cny")-cny(r, "line_before_cny")-moves) > 1e-6 {
			t.Errorf("household %s: %v does not add up", r["household_id"], r)
		}
		if moves == 0 {
			continue
		}
		moved++
		if r["strongest"] != string(change.Market) && r["strongest"] != string(change.Rest) {
			t.Errorf("household %s moved by %s: only the policy changed", r["household_id"], r["strongest"])
		}
		before, offered := cny(r, "line_before_cny"), cny(r, "line_offered_cny")
		if offered > 1.5*before || offered < .7*before-100 {
			t.Errorf("household %s: %g is offered after %g", r["household_id"], offered, before)
		}
	}
	if len(rows) != 40 || moved < 10 {
		t.Errorf("%d rows, %d moved: want 40 households and many moves", len(rows), moved)
	}
}

// testQuarantine leaves a run to a supervised worker. One scene's file kills the
// worker that has it decoded: three times, then it is quarantined by name, and
// the season ends as if it were not there.
func (w *world) testQuarantine(t *testing.T) {
	s := w.order(t)
	env, db := servers(t)
	s.env = env
	s.scenes = w.catalogue(t, func(items []item) []item {
		path := filepath.Join(t.TempDir(), "sabotage-orphan.tif")
		writeFile(t, path, []byte("it is not what is in it that kills"))
		return append(items, clone(t, items[3], "orphan", 1, path))
	})
	left := s
	left.out, left.more = "", []string{"--detach"}
	r := program(t, env, detached(left.args())...)
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, "run 1 is left to workers") {
		t.Fatal(r.out)
	}
	p := start(t, env, "worker", "--threads", "2")
	deadline := time.After(5 * time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case <-deadline:
			t.Fatalf("the run does not end: %s", p.said())
		case _, open := <-p.lines:
			if !open {
				t.Fatalf("the supervisor has ended: %s", p.said())
			}
		case <-tick.C:
		}
		st, err := db.RunState(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		done = st.State == season.RunDone
		if st.State == season.RunFailed {
			t.Fatalf("the run has failed: %s; %s", st.Reason, p.said())
		}
	}
	doctor := program(t, env, "doctor")
	if !strings.Contains(doctor.out, "look") || !strings.Contains(doctor.out, "_orphan") {
		t.Errorf("doctor: %s%s", doctor.out, doctor.errors)
	}
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != exitOK {
		t.Errorf("told to stop, the supervisor ends with %d: %s", code, p.said())
	}
	if n := strings.Count(p.said(), "the worker has died"); n != 3 {
		t.Errorf("%d deaths, want 3: %s", n, p.said())
	}
	mustExit(t, exitOK, s.run(t)) // writes what there is
	got := files(t, s.out)
	for _, name := range []string{"parcels.csv", "lines.csv"} {
		if got[name] != w.undisturbed[name] {
			t.Errorf("%s differs: %s", name, firstDifference(got[name], w.undisturbed[name]))
		}
	}
	o, reason := outcome(t, s.out, "verify", "_orphan")
	if o != "failed" || !strings.HasPrefix(reason, "killed its worker 3 times") || !strings.Contains(reason, "_orphan") {
		t.Errorf("the item is %s: %s", o, reason)
	}
	// Retrying what may pass leaves it alone.
	r = program(t, env, "runs", "retry", "1", "--failed", "--reason", "try")
	if r.code != exitOK || !strings.Contains(r.out, "no such failed item") {
		t.Errorf("%d %s%s", r.code, r.out, r.errors)
	}
}

// detached are arguments without a folder for results.
func detached(args []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--out" {
			i++
			continue
		}
		out = append(out, args[i])
	}
	return out
}

// testPausedFromOutside pauses a run that another process drives, sees that it
// waits, and lets it go on to the same bytes.
func (w *world) testPausedFromOutside(t *testing.T) {
	s := w.order(t)
	env, _ := servers(t)
	s.env = env
	p := start(t, env, s.args()...)
	if !p.await("observe") {
		t.Fatal(p.said())
	}
	r := program(t, env, "runs", "pause", "1", "--reason", "the price list is being checked")
	if r.code != exitOK { // it was at its end
		t.Skipf("the run was too quick to be paused: %s", r.errors)
	}
	if !p.await("run 1 is paused by ") {
		t.Fatal(p.said())
	}
	mustExit(t, exitOK, program(t, env, "runs", "show", "1"))
	if r := program(t, env, "runs", "list"); !strings.Contains(r.out, "paused") || !strings.Contains(r.out, "price list") {
		t.Errorf("%s", r.out)
	}
	mustExit(t, exitOK, program(t, env, "runs", "resume", "1", "--reason", "it is right"))
	if code := p.end(t); code != exitOK {
		t.Fatalf("exit %d: %s", code, p.said())
	}
	sameFiles(t, files(t, s.out), w.undisturbed)
}
