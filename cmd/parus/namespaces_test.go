package main

import (
	"bytes"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parus/internal/season"
	"parus/internal/wiretest"
)

// proxiesMark has this test binary serve the proxies that it lists: an address to
// listen at and a socket, and so on.
const proxiesMark = "PARUS_TEST_PROXIES"

// serveProxies hands on what comes to addresses of the namespace that this
// process is in.
func serveProxies(list string) {
	f := strings.Fields(list)
	for i := 0; i+1 < len(f); i += 2 {
		l, err := net.Listen("tcp", f[i])
		if err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		wiretest.Serve(l, "unix", f[i+1], 0)
	}
	_, _ = os.Stderr.WriteString("serving\n")
	select {} // until the namespace ends
}

// isolated makes a command run in network and process namespaces of its own, which
// end with it. Who is not root gets a user namespace around them; root would lose
// there what lets it reach sockets of the services' account.
func isolated(args ...string) *exec.Cmd {
	own := []string{"--net", "--pid", "--fork", "--mount-proc", "--kill-child"}
	if os.Getuid() != 0 {
		own = append(own, "--user", "--map-root-user")
	}
	return exec.Command("unshare", append(own, args...)...)
}

// testNamespaces leaves a season to two workers, each in a network namespace of
// its own: what they share they reach at addresses that are not this machine's
// loopback, by cables of which one is pulled for a while.
func (w *world) testNamespaces(t *testing.T) {
	leftToSoak(t)
	if out, err := isolated("bash", "-c", "ip link add probe0 type veth peer name probe1").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: the kernel allows no network namespaces here: %v: %s", err, out)
	}
	s := w.order(t)
	env, db := servers(t)
	s.env = env
	left := s
	left.out, left.more = "", []string{"--detach"}
	mustExit(t, exitOK, program(t, env, detached(left.args())...))
	dir := t.TempDir()
	cmd := isolated("bash", filepath.Join("testdata", "namespaces.sh"), dir, os.Args[0])
	cmd.Env = append(os.Environ(), childMark+"=1", "PARUS_HOME="+dir)
	cmd.Env = append(cmd.Env, socketsOf(t, env)...)
	var words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // and with it all that it has started
		_ = cmd.Wait()
	})
	said := func() string {
		return words.String() + logOf(dir, "proxies") + logOf(dir, "worker1") + logOf(dir, "worker2")
	}
	deadline := time.After(5 * time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	units := func(worker string) int { return strings.Count(logOf(dir, worker), `"msg":"unit"`) }
	for cut := false; ; {
		select {
		case <-deadline:
			t.Fatalf("the run does not end: %s", said())
		case <-tick.C:
		}
		if !cut && units("worker1") > 2 && units("worker2") > 2 {
			writeFile(t, filepath.Join(dir, "cut"), nil)
			cut = true
		}
		st, err := db.RunState(t.Context(), 1)
		if err != nil || st.State == season.RunFailed {
			t.Fatalf("%v: %+v; %s", err, st, said())
		}
		if st.State == season.RunDone {
			break
		}
	}
	if units("worker1") < 3 || units("worker2") < 3 {
		t.Errorf("one worker has done it alone: %d and %d units", units("worker1"), units("worker2"))
	}
	mustExit(t, exitOK, s.run(t)) // writes what there is
	sameFiles(t, files(t, s.out), w.undisturbed)
	t.Logf("%d and %d units in two namespaces", units("worker1"), units("worker2"))
}

// logOf is what was written to a log, nothing where there is none yet.
func logOf(dir, name string) string {
	b, _ := os.ReadFile(filepath.Join(dir, name)) // not yet
	return string(b)
}

// socketsOf says where the servers of an environment are: the sockets behind
// their URLs.
func socketsOf(t *testing.T, env []string) []string {
	t.Helper()
	var out []string
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		u, err := url.Parse(value)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case name == "PARUS_DATABASE_URL" && filepath.IsAbs(u.Query().Get("host")):
			port := u.Query().Get("port")
			if port == "" {
				port = "5432"
			}
			out = append(out, "DATABASE_SOCKET="+filepath.Join(u.Query().Get("host"), ".s.PGSQL."+port), "DATABASE_USER="+u.User.Username(), "DATABASE_NAME="+strings.Trim(u.Path, "/"))
		case name == "PARUS_REDIS_URL" && u.Scheme == "redis-socket":
			out = append(out, "REDIS_SOCKET="+u.Path, "REDIS_NUMBER="+u.Query().Get("db"))
		}
	}
	if len(out) != 5 {
		t.Skip("SKIPPED: the services are given from outside, not by their sockets")
	}
	return out
}
