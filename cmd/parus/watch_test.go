package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parus/internal/season"
)

// testPolled leaves a season to a worker while its catalogue grows: the new
// scenes alone are observed, and what is published is what a run over all of
// them at once publishes.
func (w *world) testPolled(t *testing.T) {
	s := w.order(t)
	env, db := servers(t)
	s.env = env
	all := readFile(t, w.catalogue(t, func(items []item) []item { return items }))
	s.scenes = w.catalogue(t, func(items []item) []item { return items[:8] })
	mustExit(t, exitOK, s.run(t))
	first := book(t, db, 1)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"add", "--county", "370199", "--season", "none", "--source", s.scenes}, exitFail, "has no run of season none"},
		{[]string{"add", "--county", "370199", "--season", s.name, "--source", "https://me:secret@stac.example/"}, exitUsage, "no place for secrets"},
		{[]string{"add", "--county", "370199", "--season", s.name, "--source", s.scenes, "--every", "1s"}, exitUsage, "--every is from"},
		{[]string{"add", "--county", "370199", "--season", s.name, "--source", s.scenes, "--every", "1m"}, exitOK, "watch 1: "},
		{[]string{"add", "--county", "370199", "--season", s.name, "--source", s.scenes}, exitFail, "is watched already"},
		{[]string{"pause", "1"}, exitOK, "is paused"},
		{[]string{"pause", "2"}, exitFail, "does not exist"},
		{[]string{"list"}, exitOK, "paused"},
		{[]string{"poll", "1"}, exitOK, "nothing new"},
		{[]string{"resume", "1"}, exitOK, "goes on"},
		{[]string{"list", "--county", "370199"}, exitOK, "nothing new"},
	} {
		r := program(t, env, append([]string{"watch"}, c.args...)...)
		if r.code != c.code || !strings.Contains(r.out+r.errors, c.says) || strings.Contains(r.out+r.errors, "secret@") {
			t.Errorf("watch %v: exit %d, %s%s", c.args, r.code, r.out, r.errors)
		}
	}
	if !json.Valid([]byte(all)) {
		t.Fatal(all)
	}
	growing := filepath.Join(filepath.Dir(s.scenes), "next")
	writeFile(t, growing, []byte(all))
	if err := os.Rename(growing, s.scenes); err != nil { // whole or not at all
		t.Fatal(err)
	}
	p := start(t, env, "worker", "--threads", "2", "--no-supervise")
	deadline := time.After(5 * time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case <-deadline:
			t.Fatalf("no second run comes to its end: %s", p.said())
		case _, open := <-p.lines:
			if !open {
				t.Fatalf("the worker has ended: %s", p.said())
			}
		case <-tick.C:
		}
		st, err := db.RunState(t.Context(), 2)
		done = err == nil && st.State == season.RunDone
		if err == nil && st.State == season.RunFailed {
			t.Fatalf("the run has failed: %s; %s", st.Reason, p.said())
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != exitOK {
		t.Errorf("told to stop, the worker ends with %d: %s", code, p.said())
	}
	took := map[string]int64{}
	for _, u := range book(t, db, 2) {
		took[u.key] = u.took
	}
	for _, u := range first {
		if at, kept := took[u.key]; (u.stage == "observe" || u.stage == "cover") && (!kept || at != u.took) {
			t.Errorf("%s %s was not kept", u.stage, u.key)
		}
	}
	r := program(t, env, "publications", "list")
	if lines := strings.Split(strings.TrimSpace(r.out), "\n"); len(lines) != 3 || !strings.Contains(lines[1]+lines[2], "yes") {
		t.Errorf("%s%s", r.out, r.errors)
	}
	r = program(t, env, "rescore", "run", "--county", "370199", "--season", s.name, "--out", s.out) // writes what there is
	mustExit(t, exitOK, r)
	got := files(t, s.out)
	for _, name := range []string{"parcels.csv", "lines.csv"} {
		if got[name] != w.undisturbed[name] {
			t.Errorf("%s differs: %s", name, firstDifference(got[name], w.undisturbed[name]))
		}
	}
	if r := program(t, env, "watch", "remove", "1"); r.code != exitOK {
		t.Errorf("%s", r.errors)
	}
}

// What is never read from is refused before it is kept.
func TestSourcesOfWatchesAreJudgedWhenTheyAreNamed(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"https://stac.example/v1": "", "https://10.1.2.3/stac": "", "http://127.0.0.1:8081/stac": "", "http://localhost/stac": "",
		"http://stac.example/v1": "only https", "http://169.254.169.254/latest": "only https", "https://169.254.169.254/latest": "machine's link", "https://[fe80::1]/": "machine's link",
		"https://100.100.100.200/": "its cloud", "https://[64:ff9b::a9fe:a9fe]/": "its cloud", "https://user:secret@stac.example/": "no place for secrets",
		"file:///etc/passwd": "no such file", "ftp://stac.example/": "no such file", "/vsicurl/https://stac.example/": "no such file", "s3://scenes/items.json": "no such file",
	} {
		kept, err := sourceOf(source)
		switch {
		case want == "" && (err != nil || kept != source):
			t.Errorf("%s: %q, %v", source, kept, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret@")):
			t.Errorf("%s: %q, %v, want %q", source, kept, err, want)
		}
	}
}
