package servicetest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is a server that a test starts for itself, beside those of the binary.
// It ends with the test, or with the test binary.
type program struct {
	name  string
	cmd   *exec.Cmd
	words *tail
	ended chan struct{}
}

// tail keeps what a program says.
type tail struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *tail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := strings.TrimSpace(l.all.String())
	return all[max(0, len(all)-600):]
}

// launch starts a program. The kernel ends it with the thread that started it,
// so a goroutine keeps that one for as long as it runs.
func launch(t testing.TB, name string, cmd *exec.Cmd) *program {
	t.Helper()
	p := &program{name: name, cmd: cmd, words: new(tail), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.words, p.words
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ends is the test's business
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		t.Fatalf("servicetest: start %s: %v", name, err)
	}
	t.Cleanup(p.kill)
	return p
}

// kill ends the program at once and waits for it.
func (p *program) kill() {
	_ = p.cmd.Process.Kill() // ended already: as good
	<-p.ended
}

// startTime bounds how long a server may take to answer on a busy machine.
const startTime = 90 * time.Second

// ready waits until ask succeeds. It is false where the program ends before.
func (p *program) ready(t testing.TB, ask func(context.Context) error) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	ended := false
	err := until(ctx, func(ctx context.Context) error {
		select {
		case <-p.ended:
			ended = true
			return nil
		default:
			return ask(ctx)
		}
	})
	if err != nil {
		t.Fatalf("servicetest: %s does not answer: %v: %s", p.name, err, p.words)
	}
	return !ended
}

// until asks again and again until ask succeeds or ctx ends.
func until(ctx context.Context, ask func(context.Context) error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// freePort is a port of this machine that nobody had a moment ago; whoever takes
// it tries another where somebody was quicker.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("servicetest: %v", err)
	}
	defer func() { _ = l.Close() }() // nobody has used it
	return l.Addr().(*net.TCPAddr).Port
}
