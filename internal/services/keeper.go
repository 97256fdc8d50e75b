package services

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// keeper starts processes from one operating-system thread that lives as long
// as the keeper. The kernel's parent-death signal fires when the thread that
// forked ends, not the process, and Go ends threads as it likes; a goroutine
// locked to its thread is the one way to hold it. See prctl(2),
// PR_SET_PDEATHSIG.
type keeper struct {
	jobs chan func()
	done chan struct{}
}

func newKeeper() *keeper {
	k := &keeper{jobs: make(chan func()), done: make(chan struct{})}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		defer close(k.done)
		for job := range k.jobs {
			job()
		}
	}()
	return k
}

// close lets the thread go; whatever it started and still runs is signalled.
func (k *keeper) close() {
	close(k.jobs)
	<-k.done
}

// command is a program to be started.
type command struct {
	name string // what errors call it
	path string
	args []string
	who  account
	dir  string
	// log is the file that takes its output.
	log string
	// stdin is fed to it; nil is empty.
	stdin io.Reader
	// parentGone is the signal that asks it to end when the owner dies, and
	// the first one that stop sends; harder follow where it does not end.
	parentGone syscall.Signal
	harder     []syscall.Signal
}

// process is a started command.
type process struct {
	name     string
	cmd      *exec.Cmd
	signals  []syscall.Signal
	log      string
	exited   chan struct{}
	err      error // valid once exited is closed
	stopping atomic.Bool
}

// maxLogBytes is where a log starts afresh at the next start.
const maxLogBytes = 8 << 20

// openLog appends to path, or starts it afresh when it has grown.
func openLog(path string) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if fi, err := os.Stat(path); err == nil && fi.Size() > maxLogBytes {
		flags |= os.O_TRUNC
	}
	return os.OpenFile(path, flags, 0o600)
}

// start starts c in a process group of its own, so that a Ctrl-C in a
// terminal reaches the owner alone, which then stops in order.
func (k *keeper) start(c command) (*process, error) {
	log, err := openLog(c.log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.name, err)
	}
	defer log.Close()
	cmd := exec.Command(c.path, c.args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.dir, c.stdin, log, log
	// Nothing of the caller's PG… settings may leak in.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: c.parentGone, Credential: c.who.credential()}
	started := make(chan error, 1)
	k.jobs <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s as %s: %w", c.name, c.who.name, err)
	}
	p := &process{name: c.name, cmd: cmd, log: c.log, exited: make(chan struct{}),
		signals: append([]syscall.Signal{c.parentGone}, c.harder...)}
	go func() {
		p.err = cmd.Wait()
		if p.err == nil {
			p.err = errExitZero
		}
		close(p.exited)
	}()
	return p, nil
}

// patience is how long stop waits after each signal.
const patience = 15 * time.Second

// stop asks the process to end, ever harder, and waits for it.
func (p *process) stop() error {
	p.stopping.Store(true)
	for _, sig := range append(p.signals, syscall.SIGKILL) {
		select {
		case <-p.exited:
			return nil
		default:
		}
		if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop %s: %w", p.name, err)
		}
		t := time.NewTimer(patience)
		select {
		case <-p.exited:
			t.Stop()
			return nil
		case <-t.C:
		}
	}
	return fmt.Errorf("stop %s: process %d did not end", p.name, p.cmd.Process.Pid)
}

// lastWords quotes the end of the log.
func (p *process) lastWords() string { return logTail(p.log) }

// logTail returns the last lines of a log, on one line each, with its name.
func logTail(path string) string {
	const lines = 6
	b, err := os.ReadFile(path)
	if err != nil {
		return "its log can't be read: " + err.Error()
	}
	all := strings.Split(string(bytes.TrimSpace(b)), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return fmt.Sprintf("the log %s ends with:\n  %s", path, strings.Join(all, "\n  "))
}
