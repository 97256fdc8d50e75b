package services

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endLeftovers waits until no process of an earlier owner runs on the data.
// The dead owner's services were told to end by the kernel; those that do not
// are told again, harder each time. Called under the lock of the home.
func endLeftovers(ctx context.Context, token, data string) error {
	steps := []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 20 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}}
	for _, step := range steps {
		pids := leftovers(token, data)
		for _, pid := range pids {
			_ = syscall.Kill(pid, step.signal) // gone meanwhile, or looked at again below
		}
		until := time.Now().Add(step.wait)
		for len(pids) > 0 && time.Now().Before(until) {
			if err := pause(ctx); err != nil {
				return fmt.Errorf("wait for the services of an earlier run (processes %v): %w", pids, err)
			}
			pids = leftovers(token, data)
		}
		if len(pids) == 0 {
			return nil
		}
	}
	return fmt.Errorf("processes %v of an earlier run still use %s: stop them", leftovers(token, data), data)
}

// leftovers lists the processes whose command line carries the token or the
// folder and whose program is one that this package starts. PostgreSQL's
// children carry the token through cluster_name, Redis the folder or the token
// through its socket.
// Command lines are readable by all, where links such as /proc/N/cwd are not
// in a container without CAP_SYS_PTRACE.
func leftovers(token, data string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err != nil || (!bytes.Contains(line, []byte(token)) && !bytes.Contains(line, []byte(data+"/"))) {
			continue
		}
		name, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "comm"))
		switch strings.TrimSpace(string(name)) {
		case "postgres", "initdb", "redis-server":
			pids = append(pids, pid)
		}
	}
	return pids
}

// startTicks is when a process started, in clock ticks since boot: field 22
// of /proc/PID/stat (proc(5)); 0 where there is no such process.
func startTicks(pid int) uint64 {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	// The command in brackets may hold anything, so count from its end;
	// the state after it is field 3.
	_, rest, ok := strings.Cut(string(b[max(0, bytes.LastIndexByte(b, ')')):]), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 20 || f[0] == "Z" {
		return 0
	}
	t, err := strconv.ParseUint(f[19], 10, 64)
	if err != nil {
		return 0
	}
	return t
}
