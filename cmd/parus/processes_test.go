package main

import (
	"os"
	"strings"
	"testing"
)

func TestAProcessIsReadWhateverItsName(t *testing.T) {
	t.Parallel()
	// pid (name) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime priority …
	const rest = " S 7 1 1 0 -1 4194560 1 2 3 4 250 50 100 20 20 0 1 0 9"
	for name, c := range map[string]struct {
		line string
		want osProcess
		ok   bool
	}{
		"a plain one":              {"42 (postgres)" + rest, osProcess{pid: 42, parent: 7, name: "postgres", cpuS: 3, reapedS: 1.2}, true},
		"brackets in its name":     {"42 (a) S 1 (b)" + rest, osProcess{pid: 42, parent: 7, name: "a) S 1 (b", cpuS: 3, reapedS: 1.2}, true},
		"a line that is cut":       {"42 (postgres) S 7 1 1", osProcess{}, false},
		"no name":                  {"42 postgres S 7", osProcess{}, false},
		"a number that is none":    {"42 (postgres)" + strings.Replace(rest, "250", "x", 1), osProcess{}, false},
		"brackets the wrong way":   {"42 )postgres(" + rest, osProcess{}, false},
		"nothing that is a number": {"", osProcess{}, false},
	} {
		got, ok := parseStat(c.line)
		if ok != c.ok || got.pid != c.want.pid || got.parent != c.want.parent || got.name != c.want.name || got.cpuS != c.want.cpuS || got.reapedS != c.want.reapedS {
			t.Errorf("%s: %+v, %t", name, got, ok)
		}
	}
}

func TestDescendantsOfAProcess(t *testing.T) {
	t.Parallel()
	all := osProcesses{1: {pid: 1}, 2: {pid: 2, parent: 1, name: "postgres", cpuS: 1, reapedS: 4}, 3: {pid: 3, parent: 2, name: "postgres", cpuS: 2}, 4: {pid: 4, parent: 3, cpuS: 8},
		5: {pid: 5, parent: 1}, 6: {pid: 6, parent: 6}}
	if got := all.below(2); len(got) != 2 || got[0].pid != 3 || got[1].pid != 4 {
		t.Errorf("%+v", got)
	}
	if s, ok := all.databaseCPU(3); !ok || s != 1+4+2+8 {
		t.Errorf("%g s, %t", s, ok)
	}
	if _, ok := all.databaseCPU(5); ok { // a number that happens to be another program's here
		t.Error("a process that is no database is taken for one")
	}
	if me, ok := listProcesses()[os.Getpid()]; !ok || me.parent != os.Getppid() {
		t.Errorf("%+v, %t", me, ok)
	}
}

func TestACountryIsComputed(t *testing.T) {
	t.Parallel()
	args := []string{"capacity", "--counties", "5", "--households", "20000", "--workers", "3"}
	r := program(t, nil, args...)
	mustExit(t, exitOK, r)
	for _, want := range []string{"5 counties", "observe", "the database's log", "processors of the workers"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in %s", want, r.out)
		}
	}
	if again := program(t, nil, args...); again.out != r.out {
		t.Errorf("another table from the same figures: %s", again.out)
	}
	r = program(t, nil, append(args, "--hours", "0.0001", "--most", "8")...)
	if r.code != exitFail || !strings.Contains(r.errors, "not even 8 workers") {
		t.Errorf("exit %d, %s", r.code, r.errors)
	}
	r = program(t, nil, append(args, "--rounds-per-s", "1e9")...)
	if r.code != exitUsage || !strings.Contains(r.errors, "nothing would be done") {
		t.Errorf("exit %d, %s", r.code, r.errors)
	}
}
