package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// osProcesses are those of this machine as the kernel lists them, by number.
// Source: proc(5). Where there is no /proc there are none.
type osProcesses map[int]osProcess

type osProcess struct {
	pid, parent int
	name        string   // of the program, 15 bytes at most
	args        []string // with the program's path first
	cpuS        float64  // user and system
	reapedS     float64  // the same of children that have ended
}

// ticksPerSecond is USER_HZ, in which Linux tells times to programs on every
// architecture that Go knows. Source: proc(5), sysconf(_SC_CLK_TCK).
const ticksPerSecond = 100

// listProcesses reads those that are there now.
func listProcesses() osProcesses {
	out := osProcesses{}
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range folders {
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil {
			continue // it has ended
		}
		p, ok := parseStat(string(stat))
		if !ok {
			continue
		}
		if line, err := os.ReadFile(filepath.Join(dir, "cmdline")); err == nil {
			p.args = strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
		}
		out[p.pid] = p
	}
	return out
}

// parseStat reads one line of /proc/PID/stat: "pid (name) state ppid …", in
// which the name may hold anything, brackets too. Fields 14 to 17 are utime,
// stime, cutime, cstime, in ticks.
func parseStat(line string) (osProcess, bool) {
	open, shut := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || shut < open {
		return osProcess{}, false
	}
	f := strings.Fields(line[shut+1:])
	if len(f) < 15 {
		return osProcess{}, false
	}
	var n [6]int64
	for i, text := range []string{strings.TrimSpace(line[:open]), f[1], f[11], f[12], f[13], f[14]} {
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return osProcess{}, false
		}
		n[i] = v
	}
	return osProcess{pid: int(n[0]), parent: int(n[1]), name: line[open+1 : shut],
		cpuS: float64(n[2]+n[3]) / ticksPerSecond, reapedS: float64(n[4]+n[5]) / ticksPerSecond}, true
}

// below lists the processes that descend from one, in order of number.
func (p osProcesses) below(root int) []osProcess {
	var out []osProcess
	for _, q := range p {
		up := q.parent
		for steps := 0; up != root && steps < len(p); steps++ {
			next, ok := p[up]
			if !ok {
				break
			}
			up = next.parent
		}
		if up == root {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, func(a, b osProcess) int { return a.pid - b.pid })
	return out
}

// decoders are the children of this process that decode pictures.
func (p osProcesses) decoders() []osProcess {
	return slices.DeleteFunc(p.below(os.Getpid()), func(q osProcess) bool { return len(q.args) < 2 || q.args[1] != decodeVerb })
}

// databaseCPU is what the server of which one process is known has taken of
// processors, all its processes together, ended ones too; not ok where that
// process is none of this machine's.
func (p osProcesses) databaseCPU(backend int) (seconds float64, ok bool) {
	q, ok := p[backend]
	root, known := p[q.parent]
	if !ok || !known || q.name != "postgres" || root.name != "postgres" {
		return 0, false
	}
	seconds = root.cpuS + root.reapedS
	for _, c := range p.below(root.pid) {
		seconds += c.cpuS + c.reapedS
	}
	return seconds, true
}
