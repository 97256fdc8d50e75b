package services_test

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parus/internal/services"
)

// ownerHome makes the test binary an owner of a home that waits to be killed.
const ownerHome = "PARUS_TEST_OWNER_HOME"

func TestMain(m *testing.M) {
	if home := os.Getenv(ownerHome); home != "" {
		owner(home)
		return
	}
	code := m.Run()
	_ = os.RemoveAll(filepath.Join(os.TempDir(), fmt.Sprintf("parus-services-made-%d", os.Getpid())))
	os.Exit(code)
}

// owner starts the services, says so and lives until its input ends.
func owner(home string) {
	s, err := services.Start(context.Background(), services.Config{Home: home, FastUnsafe: true})
	if err != nil {
		fmt.Fprintln(os.Stdout, "error", err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, "ready", s.DatabaseURL, s.RedisURL)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stdout, "error", err)
		os.Exit(1)
	}
}

// newHome is a folder that an ordinary user can pass through, which
// t.TempDir's is not.
func newHome(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "parus-services-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// newHomeWithCluster is a new home with a cluster made already: making one is
// the slow part, and few tests are about it.
func newHomeWithCluster(t *testing.T) string {
	t.Helper()
	from, err := madeCluster()
	if err != nil {
		t.Fatal(err)
	}
	to := newHome(t)
	if out, err := exec.Command("cp", "-a", filepath.Join(from, "services"), to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return to
}

// madeCluster is a home that was started and stopped once; TestMain removes it.
var madeCluster = sync.OnceValues(func() (string, error) {
	home := filepath.Join(os.TempDir(), fmt.Sprintf("parus-services-made-%d", os.Getpid()))
	if err := os.Mkdir(home, 0o711); err != nil {
		return "", err
	}
	s, err := services.Start(context.Background(), services.Config{Home: home, FastUnsafe: true})
	if err != nil {
		return "", err
	}
	return home, s.Close()
})

func start(t *testing.T, c services.Config) *services.Services {
	t.Helper()
	c.FastUnsafe = true
	c.Log = t.Output()
	s, err := services.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// query runs SQL through psql and returns its bare output.
func query(t *testing.T, databaseURL, sql string) string {
	t.Helper()
	pg, err := services.FindPostgres()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(pg.Path("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", databaseURL, "-c", sql).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", sql, err, out)
	}
	return strings.TrimSpace(string(out))
}

// sockets is the folder of the sockets, which names the processes that use it.
func sockets(t *testing.T, s *services.Services) string {
	t.Helper()
	u, err := url.Parse(s.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("host")
}

// processes lists the living services of a home: their command lines hold its
// path, or the cluster's name.
func processes(t *testing.T, home, cluster string) []int {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, path := range lines {
		b, err := os.ReadFile(path)
		if err != nil || (!strings.Contains(string(b), home+"/") && !strings.Contains(string(b), ": "+cluster+": ")) {
			continue
		}
		if pid, err := strconv.Atoi(strings.Split(path, "/")[2]); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// eventually looks until ok holds, for at most 20 s.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited 20 s for: %s", what)
		}
	}
}

func TestStartServesADatabaseWithPostGISAndAQueueAndCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	s := start(t, services.Config{Home: home})
	if !s.Owned || !s.OwnsDatabase() {
		t.Error("the first of a home does not own its services")
	}
	if got := query(t, s.DatabaseURL, "CREATE EXTENSION postgis; SELECT ST_AsText(ST_Point(1, 2)), current_setting('lc_collate'), current_setting('server_encoding')"); got != "POINT(1 2)|C.UTF-8|UTF8" {
		t.Errorf("got %q", got)
	}
	if err := services.PingRedis(t.Context(), s.RedisURL); err != nil {
		t.Error(err)
	}
	cluster := query(t, s.DatabaseURL, "SHOW cluster_name")
	// The server, its checkpointer, two writers and two launchers, and Redis.
	if n := len(processes(t, home, cluster)); n < 6 {
		t.Errorf("%d processes are found: a search for leftovers would miss some", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := processes(t, home, cluster); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	if _, err := os.Stat(sockets(t, s)); !os.IsNotExist(err) {
		t.Errorf("the sockets are left: %v", err)
	}
}

func TestDataOutliveARestart(t *testing.T) {
	t.Parallel()
	home := newHomeWithCluster(t)
	s := start(t, services.Config{Home: home})
	query(t, s.DatabaseURL, "CREATE TABLE kept AS SELECT 42 AS n")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, services.Config{Home: home})
	if got := query(t, s.DatabaseURL, "SELECT n FROM kept"); got != "42" {
		t.Errorf("got %q", got)
	}
}

func TestTwoHomesRunSideBySide(t *testing.T) {
	t.Parallel()
	a, b := start(t, services.Config{Home: newHomeWithCluster(t)}), start(t, services.Config{Home: newHomeWithCluster(t)})
	query(t, a.DatabaseURL, "CREATE TABLE only_in_a (n int)")
	if got := query(t, b.DatabaseURL, "SELECT count(*) FROM pg_class WHERE relname = 'only_in_a'"); got != "0" {
		t.Error("the second home shows the first one's table")
	}
	if !a.Owned || !b.Owned || a.RedisURL == b.RedisURL {
		t.Errorf("homes share services: %+v %+v", a, b)
	}
}

func TestTheSameHomeTwiceSharesOneCluster(t *testing.T) {
	t.Parallel()
	home := newHomeWithCluster(t)
	first := start(t, services.Config{Home: home})
	second := start(t, services.Config{Home: home})
	if second.Owned || second.OwnsDatabase() || second.DatabaseURL != first.DatabaseURL || second.RedisURL != first.RedisURL {
		t.Errorf("second %+v, first %+v", second, first)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	query(t, first.DatabaseURL, "SELECT 1") // a guest's Close stops nothing
}

func TestManyStartsOfOneHomeAtOnceAgreeOnOneOwner(t *testing.T) {
	t.Parallel()
	home := newHomeWithCluster(t)
	type result struct {
		s   *services.Services
		err error
	}
	results := make(chan result)
	const starts = 5
	for range starts {
		go func() {
			s, err := services.Start(context.Background(), services.Config{Home: home, FastUnsafe: true})
			results <- result{s, err}
		}()
	}
	owners, urls := 0, map[string]bool{}
	for range starts {
		r := <-results
		if r.err != nil {
			t.Error(r.err)
			continue
		}
		t.Cleanup(func() { _ = r.s.Close() })
		urls[r.s.DatabaseURL+r.s.RedisURL] = true
		if r.s.Owned {
			owners++
		}
	}
	if owners != 1 || len(urls) != 1 {
		t.Errorf("%d owners, addresses %v", owners, urls)
	}
}

func TestAGuestIsToldWhatTheOwnerDoesNotRun(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	if owner := start(t, services.Config{Home: home, WithoutDatabase: true}); !owner.Owned || owner.OwnsDatabase() {
		t.Errorf("got %+v: a queue of its own is no database of its own", owner)
	}
	s, err := services.Start(t.Context(), services.Config{Home: home})
	if err == nil || !strings.Contains(err.Error(), "PARUS_DATABASE_URL") {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestAnInterruptedStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // initdb takes longer
	defer cancel()
	if s, err := services.Start(ctx, services.Config{Home: home, FastUnsafe: true}); err == nil {
		_ = s.Close()
		t.Skip("this machine made a cluster in 0.3 s")
	}
	if left := processes(t, home, "none"); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	s := start(t, services.Config{Home: home})
	query(t, s.DatabaseURL, "SELECT 1")
}

func TestServersThatAreGivenAreNotStarted(t *testing.T) {
	t.Parallel()
	home := filepath.Join(newHome(t), "absent")
	s := start(t, services.Config{Home: home, DatabaseURL: "postgres://db.example/parus", RedisURL: "redis://queue.example:6379"})
	if s.Owned || s.DatabaseURL != "postgres://db.example/parus" || s.RedisURL != "redis://queue.example:6379" {
		t.Errorf("got %+v", s)
	}
	if _, err := os.Stat(home); !os.IsNotExist(err) {
		t.Errorf("something was made in %s", home)
	}
}

// runOwner starts another process that owns the home.
func runOwner(t *testing.T, home string) (*exec.Cmd, *services.Services) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), ownerHome+"="+home)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	f := strings.Fields(line)
	if err != nil || len(f) != 3 || f[0] != "ready" {
		t.Fatalf("the owner says %q, %v", line, err)
	}
	return cmd, &services.Services{DatabaseURL: f[1], RedisURL: f[2]}
}

func TestKillingTheOwnerEndsItsServicesAndTheNextStartIsClean(t *testing.T) {
	t.Parallel()
	home := newHomeWithCluster(t)
	cmd, s := runOwner(t, home)
	query(t, s.DatabaseURL, "CREATE TABLE kept AS SELECT 42 AS n")
	cluster := query(t, s.DatabaseURL, "SHOW cluster_name")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	eventually(t, "the end of the killed owner's services", func() bool { return len(processes(t, home, cluster)) == 0 })

	next := start(t, services.Config{Home: home})
	if got := query(t, next.DatabaseURL, "SELECT n FROM kept"); got != "42" || !next.Owned {
		t.Errorf("got %q, owned %v", got, next.Owned)
	}
}

func TestAHomeWithALongPathKeepsItsSocketsElsewhereAndClearsThem(t *testing.T) {
	t.Parallel()
	home := filepath.Join(newHome(t), strings.Repeat("long", 20))
	cmd, dead := runOwner(t, home)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	s := start(t, services.Config{Home: home})
	query(t, s.DatabaseURL, "SELECT 1")
	if dir := sockets(t, s); strings.HasPrefix(dir, home) {
		t.Errorf("sockets in %s", dir)
	}
	if _, err := os.Stat(sockets(t, dead)); !os.IsNotExist(err) {
		t.Error("the dead owner's sockets are left")
	}
}

func TestAStartRightAfterAKillDoesNotTripOverDyingServices(t *testing.T) {
	t.Parallel()
	home := newHomeWithCluster(t)
	for range 3 {
		cmd, _ := runOwner(t, home)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
	}
	s := start(t, services.Config{Home: home})
	query(t, s.DatabaseURL, "SELECT 1")
}

func TestAStalePidFileAndAHalfMadeClusterAreCleared(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	s := start(t, services.Config{Home: home})
	data := query(t, s.DatabaseURL, "SHOW data_directory")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// A number that lives: this test's own parent is as good as any.
	stale := fmt.Sprintf("%d\n%s\n1\n5432\n/nowhere\n\n", os.Getppid(), data)
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(stale), 0o644); err != nil {
		t.Fatal(err)
	}
	s = start(t, services.Config{Home: home})
	query(t, s.DatabaseURL, "SELECT 1")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// What a kill during initdb leaves: the folder's temporary name, no more.
	if err := os.Rename(data, data+".new"); err != nil {
		t.Fatal(err)
	}
	s = start(t, services.Config{Home: home})
	query(t, s.DatabaseURL, "SELECT 1")
}

func TestAServiceThatDiesIsReported(t *testing.T) {
	t.Parallel()
	home := newHomeWithCluster(t)
	s := start(t, services.Config{Home: home})
	query(t, s.DatabaseURL, "CREATE TABLE kept AS SELECT 42 AS n")
	query(t, s.DatabaseURL, "CHECKPOINT") // commits are not flushed one by one here
	b, err := os.ReadFile(filepath.Join(query(t, s.DatabaseURL, "SHOW data_directory"), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.SplitN(string(b), "\n", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.Lost():
		if !strings.Contains(err.Error(), "postgres") {
			t.Errorf("got %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nobody told that the server was killed")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, services.Config{Home: home}) // recovers over the stale pid file
	if got := query(t, s.DatabaseURL, "SELECT n FROM kept"); got != "42" {
		t.Errorf("got %q", got)
	}
}

func TestRootDropsItsPrivileges(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	home := newHomeWithCluster(t)
	s := start(t, services.Config{Home: home})
	for _, pid := range processes(t, home, query(t, s.DatabaseURL, "SHOW cluster_name")) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue // a backend that has just ended
		}
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); f[0] == "Uid:" && (f[1] == "0" || f[2] == "0") {
				t.Errorf("process %d runs as root: %s", pid, line)
			}
		}
	}
}

func TestAHomeThatTheServiceAccountCannotEnterGetsItsDataElsewhere(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	home := t.TempDir() // mode 0700 above it
	var said strings.Builder
	s, err := services.Start(t.Context(), services.Config{Home: home, FastUnsafe: true, Log: &said})
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Dir(query(t, s.DatabaseURL, "SHOW data_directory"))
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(data, home) || !strings.Contains(said.String(), "the data lie in "+data) {
		t.Errorf("data in %s, said %q", data, said.String())
	}
}
