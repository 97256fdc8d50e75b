package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kills is how often a run is killed before it may end; `make soak` asks for
// more through PARUS_SOAK_KILLS.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("PARUS_SOAK_KILLS")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("PARUS_SOAK_KILLS is %q: want a number of kills", text)
	}
	return n
}

// leftToSoak skips, aloud, what mostly waits: `make soak` walks it. The lines of
// one worker are broken in the tests of package workers at each run.
func leftToSoak(t *testing.T) {
	t.Helper()
	if os.Getenv("PARUS_SOAK_WIRES") == "" {
		t.Skip("SKIPPED: left to make soak")
	}
}

// testKilled kills runs at moments drawn from a seed: after some lines of
// progress and some milliseconds more. Each time no service may stay behind,
// and no file may be half-written. Where a run ends before it is killed, its
// bytes are compared and the next one starts from an empty home.
func (w *world) testKilled(t *testing.T) {
	draw := rand.New(rand.NewPCG(seed(t), 1))
	s, home := w.order(t), ""
	fresh := func() {
		home = private(t)
		s.env, s.out = homeEnv(home), filepath.Join(t.TempDir(), "out")
	}
	fresh()
	for killed := 0; killed < kills(t); {
		lines, more := draw.IntN(8), time.Duration(draw.IntN(150))*time.Millisecond
		p := start(t, s.env, s.args()...)
		if p.killAfter(t, lines, more) {
			killed++
			gone(t, home)
			w.checkWhole(t, s.out)
			continue
		}
		gone(t, home)
		sameFiles(t, files(t, s.out), w.undisturbed)
		fresh()
	}
	mustExit(t, exitOK, s.run(t))
	sameFiles(t, files(t, s.out), w.undisturbed)
}

// killAfter kills the program some time after it has told so many lines of
// progress; false where it came to its end before.
func (s *started) killAfter(t *testing.T, lines int, more time.Duration) bool {
	t.Helper()
	for range lines {
		if !s.await("") {
			break
		}
	}
	timer := time.AfterFunc(more, func() { _ = s.cmd.Process.Kill() }) // ended already: seen below
	code := s.end(t)
	timer.Stop()
	if code > 0 {
		t.Fatalf("after kills the run ends with %d: %s", code, s.said())
	}
	return code < 0
}

// checkWhole compares the files that a killed run has left.
func (w *world) checkWhole(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); err != nil {
		return
	}
	for name, text := range files(t, dir) {
		if strings.HasPrefix(name, ".") {
			continue // on its way, under a name of its own
		}
		if text != w.undisturbed[name] {
			t.Errorf("%s is half-written or wrong after a kill", name)
		}
	}
}

func (w *world) testInterrupted(t *testing.T) {
	s, home := w.order(t), private(t)
	s.env = homeEnv(home)
	for _, at := range []string{"services: Redis", "registry", "observe", "decide"} {
		p := start(t, s.env, s.args()...)
		if !p.await(at) {
			t.Fatalf("ended before %s: %s", at, p.said())
		}
		if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		code := p.end(t)
		if left := servicesOf(t, home); len(left) > 0 {
			t.Errorf("Ctrl-C at %s leaves %v", at, left)
		}
		if code == exitOK {
			continue // it was at its end
		}
		if code != exitFail || !strings.Contains(p.said(), "stopped; the same command goes on from here") {
			t.Errorf("Ctrl-C at %s: exit %d: %s", at, code, p.said())
		}
		if strings.Contains(p.said(), "level=") {
			t.Errorf("Ctrl-C at %s logs: %s", at, p.said())
		}
	}
	mustExit(t, exitOK, s.run(t))
	sameFiles(t, files(t, s.out), w.undisturbed)
}

// testAttached starts the same season twice in one home. The first process owns
// the services; it is killed, and the second one takes over.
func (w *world) testAttached(t *testing.T) {
	home := private(t)
	first, second := w.order(t), w.order(t)
	first.env, second.env = homeEnv(home), homeEnv(home)
	a := start(t, first.env, first.args()...)
	if !a.await("registry") {
		t.Fatal(a.said())
	}
	b := start(t, second.env, second.args()...)
	if !b.await("services: using those of process " + fmt.Sprint(a.cmd.Process.Pid)) {
		t.Fatal(b.said())
	}
	if err := a.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	a.end(t)
	if code := b.end(t); code != exitOK {
		t.Fatalf("exit %d: %s", code, b.said())
	}
	sameFiles(t, files(t, second.out), w.undisturbed)
	// Both at once to the end, whichever ends first.
	c, d := start(t, first.env, first.args()...), start(t, second.env, second.args()...)
	if codes := [2]int{c.end(t), d.end(t)}; codes != [2]int{} {
		t.Fatalf("exits %v: %s%s", codes, c.said(), d.said())
	}
	sameFiles(t, files(t, first.out), w.undisturbed)
	sameFiles(t, files(t, second.out), w.undisturbed)
}

func (w *world) testSideBySide(t *testing.T) {
	var all []*started
	orders := []order{w.order(t), w.order(t)}
	for i := range orders {
		orders[i].env = homeEnv(private(t))
		all = append(all, start(t, orders[i].env, orders[i].args()...))
	}
	for i, p := range all {
		if code := p.end(t); code != exitOK {
			t.Fatalf("exit %d: %s", code, p.said())
		}
		sameFiles(t, files(t, orders[i].out), w.undisturbed)
	}
}
