package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// markName is a variable that every process of a site has, and those that it
// starts, so that none is overlooked.
const markName = "PARUS_TEST_SITE"

// kept is a process that is started again whenever it ends, as an init system
// does.
type kept struct {
	t       *testing.T
	name    string
	args    []string
	env     []string
	ready   string        // begins the line by which it says that it works
	stop    chan struct{} // closed: do not start again
	stopped chan struct{}

	mu    sync.Mutex
	now   int // its number; 0: it does not run
	line  []byte
	works string // the rest of the ready line, of this life
	words bytes.Buffer
	shot  bool // this life was ended by the test
}

// keep starts a process and keeps it up.
func keep(t *testing.T, p *kept) *kept {
	p.t, p.stop, p.stopped = t, make(chan struct{}), make(chan struct{})
	go p.live()
	return p
}

// restartAfter is how long an init system waits.
const restartAfter = 200 * time.Millisecond

func (p *kept) live() {
	defer close(p.stopped)
	runtime.LockOSThread() // never unlocked: a test that ends in a hurry takes its processes along
	for {
		cmd := exec.Command(os.Args[0], p.args...)
		cmd.Env = append(os.Environ(), append([]string{childMark + "=1"}, p.env...)...)
		cmd.Stdout, cmd.Stderr = p, p
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		cmd.WaitDelay = 10 * time.Second
		p.mu.Lock()
		p.works, p.shot = "", false
		err := cmd.Start()
		if err == nil {
			p.now = cmd.Process.Pid
		}
		p.mu.Unlock()
		if err != nil {
			p.t.Errorf("%s: %v", p.name, err)
			return
		}
		err = cmd.Wait()
		p.mu.Lock()
		worked, shot := p.works != "", p.shot
		p.works, p.now = "", 0
		p.mu.Unlock()
		select {
		case <-p.stop:
			if err != nil && worked && !shot {
				p.t.Errorf("%s, told to stop, ends with %v:\n%s", p.name, err, p.said())
			}
			return
		default:
		}
		if worked && !shot {
			p.t.Errorf("%s has ended by itself with %v:\n%s", p.name, err, p.said())
		}
		select {
		case <-p.stop:
			return
		case <-time.After(restartAfter):
		}
	}
}

// Write takes what the process says.
func (p *kept) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.words.Write(b)
	p.line = append(p.line, b...)
	for {
		at := bytes.IndexByte(p.line, '\n')
		if at < 0 {
			return len(b), nil
		}
		if rest, ok := strings.CutPrefix(string(p.line[:at]), p.ready); ok {
			p.works = rest
		}
		p.line = p.line[at+1:]
	}
}

// said is the end of what the process has said in all of its lives.
func (p *kept) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.words.String()
	return s[max(0, len(s)-4000):]
}

// at is what followed the line by which the process says that it works; "" where
// it does not work yet.
func (p *kept) at() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.works
}

// pid is the number of the process; 0 where there is none now.
func (p *kept) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// kill ends the process and those that it has started, by SIGKILL.
func (p *kept) kill() bool {
	pid := p.pid()
	if pid == 0 {
		return false
	}
	p.mu.Lock()
	p.shot, p.works = true, ""
	p.mu.Unlock()
	return syscall.Kill(-pid, syscall.SIGKILL) == nil
}

// killChild ends the worker that a supervisor has at work; false where it has
// none now.
func (p *kept) killChild(t *testing.T) bool {
	pid, _ := p.child(t)
	if pid == 0 {
		return false
	}
	p.mu.Lock()
	p.works = "" // until the next child says so
	p.mu.Unlock()
	return syscall.Kill(pid, syscall.SIGKILL) == nil
}

// end tells the process to stop and waits for it.
func (p *kept) end() {
	close(p.stop)
	for tick, told := time.NewTicker(100*time.Millisecond), 0; ; {
		if pid := p.pid(); pid != 0 && pid != told { // each life once: a second signal ends it at once
			told = pid
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		select {
		case <-p.stopped:
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// process is one line of /proc.
type process struct {
	pid, parent int
	comm        string
	state       string
}

// processes lists what runs.
func processes(t *testing.T) []process {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var all []process
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // gone
		}
		open, shut := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
		f := strings.Fields(string(b[shut+1:]))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, err2 := strconv.Atoi(f[1])
		if err == nil && err2 == nil {
			all = append(all, process{pid, parent, string(b[open+1 : shut]), f[0]})
		}
	}
	return all
}

// variable is a variable of the environment that a process was started with.
func variable(pid int, name string) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)) // gone: none
	for v := range bytes.SplitSeq(b, []byte{0}) {
		if value, ok := bytes.CutPrefix(v, []byte(name+"=")); ok {
			return string(value)
		}
	}
	return ""
}

// child is the worker that a supervisor has at work now, and its name; 0 where
// it has none.
func (p *kept) child(t *testing.T) (pid int, name string) {
	t.Helper()
	supervisor := p.pid()
	for _, c := range processes(t) {
		if supervisor != 0 && c.parent == supervisor && c.state != "Z" {
			if name = variable(c.pid, "PARUS_WORKER_NAME"); name != "" {
				return c.pid, name
			}
		}
	}
	return 0, ""
}

// leftBehind lists the processes that carry a site's mark.
func leftBehind(t *testing.T, mark string) []string {
	t.Helper()
	var left []string
	for _, p := range processes(t) {
		if p.state != "Z" && variable(p.pid, markName) == mark {
			left = append(left, fmt.Sprint(p.pid, " ", p.comm))
		}
	}
	slices.Sort(left)
	return left
}
