package decoder

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Alone is one job for a process of its own that ends with it: what a pool's
// children do for pictures, for everything else that reads what strangers hand
// in. It has no more of this process than is given here: no open files, no
// environment, no connections.
type Alone struct {
	Program  string
	Args     []string
	Env      []string // all of it
	Dir      string   // where it works
	Input    []byte   // on its standard input
	Item     string   // for words
	Deadline time.Duration
	// MemoryBytes is what it may hold; it is told by [HoldMemory] in the process
	// and looked at from here.
	MemoryBytes int64
}

// Run does the job and returns what the process says on its standard streams. A
// process that does not end by itself with status 0 is a [Fault], unless ctx has
// ended.
func (a Alone) Run(ctx context.Context) (said []byte, err error) {
	k := &child{exited: make(chan struct{}), over: make(chan struct{})}
	k.cmd = exec.Command(a.Program, a.Args...)
	k.cmd.Env, k.cmd.Dir, k.cmd.Stdin = append([]string{"GOTRACEBACK=none"}, a.Env...), a.Dir, bytes.NewReader(a.Input)
	k.cmd.Stdout, k.cmd.Stderr = &k.words, &k.words
	k.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	k.cmd.WaitDelay = time.Second
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: see nursery
		err := k.cmd.Start()
		started <- err
		if err == nil {
			ended <- k.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start a reader: %w", err)
	}
	began := time.Now()
	deadline := cmp.Or(a.Deadline, defaultDeadline)
	what, stop := Crashed, ctx.Done()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			k.kill() // what it has left behind
			if err == nil {
				return k.words.said(), nil
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, a.fault(k, what, time.Since(began))
		case <-stop:
			stop = nil
			k.kill()
		case now := <-tick.C:
			switch {
			case now.Sub(began) > deadline:
				what = Hung
				k.kill()
			case a.MemoryBytes > 0 && k.resident() > a.MemoryBytes+slackBytes:
				what = Overgrew
				k.kill()
			}
		}
	}
}

// fault says how the process ended.
func (a Alone) fault(k *child, what What, after time.Duration) *Fault {
	f := &Fault{Item: a.Item, Bytes: a.MemoryBytes, After: after.Round(time.Second)}
	f.examine(k.cmd.ProcessState, k.words.said())
	if what != Crashed { // ended from here
		f.What = what
	}
	return f
}

// HoldMemory bounds what this process may allocate beyond what it has now.
func HoldMemory(bytes int64) error {
	return holdMemory(binary.LittleEndian.AppendUint64(nil, uint64(bytes)))
}
