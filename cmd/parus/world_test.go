package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/services/servicetest"
)

// world is a generated county with a crop model, and what an undisturbed run
// over it writes. Tests read it and copy what they change.
type world struct {
	dir         string
	undisturbed map[string]string // file → content
	env         []string          // servers that the undisturbed run used
	db          *postgis.DB
}

// The county: as small as it can be with several crops, cloudy dates and
// households of several parcels. Ten of its fourteen scenes are of the winter.
var worldArgs = []string{"--seed", "7", "--households", "40", "--size-px", "128", "--dates", "14"}

const worldSeason = "2025-winter"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: filepath.Join(t.TempDir(), "county")}
	mustExit(t, exitOK, program(t, nil, append([]string{"fixtures", "county", "-o", w.dir}, worldArgs...)...))
	samples := filepath.Join(w.dir, "samples.csv")
	thinSamples(t, filepath.Join(w.dir, "samples-winter.csv.gz"), samples)
	mustExit(t, exitOK, program(t, nil, "crop", "fit", "--samples", samples, "-o", filepath.Join(w.dir, "model-winter"),
		"--group", "village", "--folds", "2", "--features", "B04,B08,B11,ndvi"))
	return w
}

// thinSamples keeps the first two fields of each village and crop: enough for a
// model of a county with few crops, and fitted in a fraction of the time.
func thinSamples(t *testing.T, from, to string) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	kept, seen, of := rows[:1:1], map[string]bool{}, map[string]int{}
	for _, r := range rows[1:] {
		id, kind := r[0], r[2]+" "+r[3]
		if !seen[id] {
			seen[id] = true
			of[kind]++
		}
		if of[kind] <= 2 {
			kept = append(kept, r)
		}
	}
	writeCSV(t, to, kept)
}

func writeCSV(t *testing.T, path string, rows [][]string) {
	t.Helper()
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, b.Bytes())
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// order is one call of `parus run`, to be changed by a test before it runs.
type order struct {
	county, scenes, registry, name, out string
	more                                []string // further flags
	env                                 []string // where services are
}

func (w *world) order(t *testing.T) order {
	t.Helper()
	packages, err := filepath.Glob(filepath.Join(w.dir, "registry", "*"))
	if err != nil || len(packages) != 1 {
		t.Fatalf("packages %v, %v", packages, err)
	}
	return order{
		county: filepath.Join(w.dir, "county.yaml"), scenes: filepath.Join(w.dir, "scenes", "items.json"),
		registry: packages[0], name: worldSeason, out: filepath.Join(t.TempDir(), "out"),
	}
}

func (s order) args() []string {
	args := []string{"run", "--county", s.county, "--scenes", s.scenes, "--season", s.name, "--out", s.out}
	if s.registry != "" {
		args = append(args, "--registry", s.registry)
	}
	return append(args, s.more...)
}

func (s order) run(t *testing.T) result {
	t.Helper()
	return program(t, s.env, s.args()...)
}

// servers gives a test a database and a queue of its own on the servers that
// all tests of this binary share, and the environment that names them.
func servers(t *testing.T) (env []string, db *postgis.DB) {
	t.Helper()
	db, url := postgistest.Open(t)
	return []string{"PARUS_DATABASE_URL=" + url, "PARUS_REDIS_URL=" + servicetest.Redis(t), "PARUS_HOME=" + t.TempDir()}, db
}

// private gives a test a folder for services of its own. It lies where the
// account of the services can enter.
func private(t *testing.T) (home string) {
	t.Helper()
	home, err := os.MkdirTemp("", "parus-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(home, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		gone(t, home)
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	return home
}

func homeEnv(home string) []string {
	return []string{"PARUS_HOME=" + home, "PARUS_DATABASE_URL=", "PARUS_REDIS_URL="}
}

// result is how a process ended.
type result struct {
	code        int
	out, errors string
}

// command makes the program, with the environment of this process but for
// services.
func command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), append([]string{childMark + "=1", "PARUS_DATABASE_URL=", "PARUS_REDIS_URL="}, env...)...)
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// program runs Parus to its end.
func program(t *testing.T, env []string, args ...string) result {
	t.Helper()
	cmd := command(t.Context(), env, args...)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	return result{exitStatus(t, cmd.Run()), out.String(), words.String()}
}

// exitStatus is -1 for a process that a signal ended.
func exitStatus(t *testing.T, err error) int {
	t.Helper()
	var e *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.ExitCode()
	default:
		t.Fatal(err)
		return 0
	}
}

func mustExit(t *testing.T, want int, r result) {
	t.Helper()
	if r.code != want {
		t.Fatalf("exit %d, want %d: %s", r.code, want, r.errors)
	}
	if strings.Contains(r.errors, "DATA RACE") {
		t.Error(r.errors)
	}
}

// started is a running program whose words are read line by line.
type started struct {
	cmd   *exec.Cmd
	lines chan string
	mu    sync.Mutex
	words strings.Builder
}

func start(t *testing.T, env []string, args ...string) *started {
	t.Helper()
	s := &started{cmd: command(t.Context(), env, args...), lines: make(chan string, 1000)}
	words, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.lines)
		for in := bufio.NewScanner(words); in.Scan(); {
			s.mu.Lock()
			s.words.WriteString(in.Text() + "\n")
			s.mu.Unlock()
			s.lines <- in.Text()
		}
	}()
	return s
}

// await reads words until a line begins with prefix; false where the program
// ends before.
func (s *started) await(prefix string) bool {
	for l := range s.lines {
		if strings.HasPrefix(l, prefix) {
			return true
		}
	}
	return false
}

// end waits for the program's end and returns its status.
func (s *started) end(t *testing.T) int {
	t.Helper()
	for range s.lines { // until the pipe is closed
		continue
	}
	return exitStatus(t, s.cmd.Wait())
}

func (s *started) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.words.String()
}

// servicesOf lists the processes of services that belong to a home.
func servicesOf(t *testing.T, home string) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err != nil {
			continue
		}
		comm, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "comm")) // gone meanwhile
		switch strings.TrimSpace(string(comm)) {
		case "postgres", "redis-server", "initdb":
			if strings.Contains(string(line), home+"/") {
				found = append(found, e.Name()+" "+strings.ReplaceAll(string(line), "\x00", " "))
			}
		}
	}
	return found
}

// gone waits until no service of the home is left.
func gone(t *testing.T, home string) {
	t.Helper()
	const patience = 60 * time.Second
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		left := servicesOf(t, home)
		if len(left) == 0 {
			return
		}
		if time.Since(began) > patience {
			t.Fatalf("still there a minute after their owner: %v", left)
		}
	}
}

// files reads a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, dir+"/")] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameFiles compares two folders by name and bytes.
func sameFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	names := slices.Sorted(maps.Keys(want))
	if have := slices.Sorted(maps.Keys(got)); !slices.Equal(have, names) {
		t.Errorf("files %v, want %v", have, names)
		return
	}
	for _, n := range names {
		if got[n] != want[n] {
			t.Errorf("%s differs: %s", n, firstDifference(got[n], want[n]))
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return strings.ToValidUTF8(cmp.Or(g[i][:min(200, len(g[i]))], "(empty)")+" instead of "+w[i][:min(200, len(w[i]))], "?")
		}
	}
	return "one is longer"
}

// table reads a CSV file into rows by column name.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(readFile(t, path))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]map[string]string, 0, len(rows))
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, c := range rows[0] {
			m[c] = r[i]
		}
		out = append(out, m)
	}
	return out
}

// outcome finds the outcome of an item whose name contains part.
func outcome(t *testing.T, dir, stage, part string) (outcome, reason string) {
	t.Helper()
	rows := table(t, filepath.Join(dir, "outcomes.csv"))
	for _, r := range rows {
		if r["stage"] == stage && strings.Contains(r["item"], part) {
			return r["outcome"], r["reason"]
		}
	}
	t.Errorf("outcomes.csv has no %s of stage %s:\n%v", part, stage, rows)
	return "", ""
}

// item is a STAC item as tests change it.
type item = map[string]any

// catalogue copies the county's items into a folder of the test, with hrefs
// that lead to the county's files, after change.
func (w *world) catalogue(t *testing.T, change func([]item) []item) string {
	t.Helper()
	var doc struct {
		Type     string `json:"type"`
		Features []item `json:"features"`
	}
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(w.dir, "scenes", "items.json"))), &doc); err != nil {
		t.Fatal(err)
	}
	for _, it := range doc.Features {
		for _, a := range it["assets"].(map[string]any) {
			a := a.(map[string]any)
			a["href"] = filepath.Join(w.dir, "scenes", a["href"].(string))
		}
	}
	doc.Features = change(doc.Features)
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "items.json")
	writeFile(t, path, b)
	return path
}
