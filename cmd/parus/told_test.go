package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parus/internal/postgis"
	"parus/internal/season"
)

// spanSink takes whatever is sent to it by OTLP over HTTP. Text lies in
// protobuf as it is, so it can be searched.
type spanSink struct {
	mu   sync.Mutex
	sent strings.Builder
}

func (s *spanSink) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender tells
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent.WriteString(r.URL.Path + "\n")
	s.sent.Write(b)
}

func (s *spanSink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent.String()
}

// testToldOfPeople leaves a run over people whose data are kept to a worker that
// tells all it can, and looks for those people in what it tells.
func (w *world) testToldOfPeople(t *testing.T) {
	s := w.order(t)
	sink := &spanSink{}
	collector := httptest.NewServer(sink)
	defer collector.Close()
	env, db := servers(t)
	env = append(env, "PARUS_KEYS="+filepath.Join(t.TempDir(), "keys.json"), "PARUS_LOG=json", "PARUS_METRICS=127.0.0.1:0",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "OTEL_BSP_SCHEDULE_DELAY=200")
	s.env = env
	mustExit(t, exitOK, program(t, env, "keys", "new", "--county", "370199"))
	left := s
	left.out, left.more = "", []string{"--detach"}
	mustExit(t, exitOK, program(t, env, detached(left.args())...))
	p := start(t, env, "worker", "--threads", "2", "-v")
	address := p.figures(t)
	p.untilDone(t, db)
	pages := ""
	for path, want := range map[string]string{"/metrics": `parus_units_total{outcome="done",stage="publish"} 1`, "/healthz": "ok\n", "/readyz": "ready\n"} {
		body := fetched(t, address+path)
		if !strings.Contains(body, want) {
			t.Errorf("%s has no %q: %s", path, want, body)
		}
		pages += body
	}
	for _, name := range []string{"parus_unit_seconds_bucket", "parus_queue_tasks{", "parus_decoder_resident_bytes", "parus_db_connections{", "parus_runs{",
		"parus_units_quarantined 0", "parus_worker_deaths_total 0", "parus_reconcile_rounds_total{", "parus_queue_up 1", "parus_db_up 1"} {
		if !strings.Contains(pages, name) {
			t.Errorf("/metrics tells nothing of %s", name)
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != exitOK {
		t.Errorf("told to stop, the worker ends with %d: %s", code, p.said())
	}
	traced := sink.text()
	for what, told := range map[string]string{"unit publish": traced, "finish observe": traced, "plan decide": traced, "/v1/traces": traced,
		`"stage":"publish"`: p.said(), `"outcome":"done"`: p.said()} {
		if !strings.Contains(told, what) {
			t.Errorf("%q is not told", what)
		}
	}
	w.tellsOfNobody(t, s.registry, map[string]string{"figures": pages, "traces": traced, "the log": p.said()})
}

// tellsOfNobody searches what was told for the generated county's people and
// their households and parcels.
func (w *world) tellsOfNobody(t *testing.T, registry string, told map[string]string) {
	t.Helper()
	secrets := map[string]string{}
	for _, p := range peopleOf(t, registry) {
		for i, what := range []string{"a name", "an ID number", "a telephone"} {
			if p[i] != "" {
				secrets[p[i]] = what
			}
		}
	}
	households := map[string]bool{}
	for _, r := range table(t, filepath.Join(w.linesFolder(t), "lines.csv")) {
		secrets[r["household_id"]] = "a household"
		households[r["household_id"]] = true
	}
	if len(households) != 40 || len(secrets) < 150 {
		t.Fatalf("%d households and %d things to look for: too few", len(households), len(secrets))
	}
	for where, text := range told {
		for secret, what := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %s: %q", what, where, secret)
			}
		}
	}
}

// linesFolder writes the undisturbed run's results into a folder.
func (w *world) linesFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "lines.csv"), []byte(w.undisturbed["lines.csv"]))
	return dir
}

// figures waits until the worker says where its figures are.
func (s *started) figures(t *testing.T) (address string) {
	t.Helper()
	for l := range s.lines {
		if at, ok := strings.CutPrefix(l, "parus: figures on "); ok {
			return strings.TrimSuffix(at, "/metrics")
		}
	}
	t.Fatalf("the worker does not say where its figures are: %s", s.said())
	return ""
}

// untilDone waits until the first run is done, and fails where that is not to be.
func (s *started) untilDone(t *testing.T, db *postgis.DB) {
	t.Helper()
	deadline := time.After(5 * time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-deadline:
			t.Fatalf("the run does not end: %s", s.said())
		case _, open := <-s.lines:
			if !open {
				t.Fatalf("the worker has ended: %s", s.said())
			}
			continue
		case <-tick.C:
		}
		st, err := db.RunState(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if st.State == season.RunDone {
			return
		}
		if st.State == season.RunFailed {
			t.Fatalf("the run has failed: %s; %s", st.Reason, s.said())
		}
	}
}

func fetched(t *testing.T, url string) string {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", url, res.Status, err, b)
	}
	return string(b)
}

func TestATakenOrGarbledAddressOfFiguresIsAWordAtOnce(t *testing.T) {
	t.Parallel()
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	env := []string{"PARUS_DATABASE_URL=postgres://nobody@127.0.0.1:1/none", "PARUS_REDIS_URL=redis://127.0.0.1:1"}
	for address, code := range map[string]int{taken.Listener.Addr().String(): exitFail, "9464": exitUsage} {
		r := program(t, env, "worker", "--metrics", address)
		if r.code != code || !strings.Contains(r.errors, "--metrics") {
			t.Errorf("--metrics %s: exit %d: %s", address, r.code, r.errors)
		}
	}
}
