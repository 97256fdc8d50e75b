package decoder

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is a running process and the jobs it has in hand.
type child struct {
	cmd     *exec.Cmd
	jobs    *os.File // this end of the pipes
	answers *os.File
	words   lastWords
	exited  chan struct{} // closed once the process is gone
	over    chan struct{} // closed once nothing is heard from it any more

	send   sync.Mutex // for jobs and what is told with them
	covers shelf[struct{}]

	mu     sync.Mutex
	last   uint32
	calls  map[uint32]*call
	broken bool // it takes no more jobs
	ending ending
}

// ending is what this side knows of a child's end.
type ending struct {
	grew    int64 // the limit that it went beyond
	garbled bool  // it said what makes no sense
}

// call is a job in a child's hands.
type call struct {
	bytes  int64
	late   time.Time // when it has taken too long
	within time.Duration
	reply  chan frame

	// Guarded by the child's mu.
	doing string
	hung  bool
}

// start runs the child's program. What is left of a child goes with its
// process group, and with this process.
func (n *nursery) start(c Config) (*child, error) {
	jobsOut, jobsIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answersOut, answersIn, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, jobsOut.Close(), jobsIn.Close())
	}
	k := &child{jobs: jobsIn, answers: answersOut, exited: make(chan struct{}), over: make(chan struct{}), calls: map[uint32]*call{}}
	k.cmd = exec.Command(c.Program, c.Args...)
	k.cmd.Env = append(append(os.Environ(), "GOTRACEBACK=none"), c.Env...)
	k.cmd.ExtraFiles = []*os.File{jobsOut, answersIn} // become JobsFD and AnswersFD
	k.cmd.Stdout, k.cmd.Stderr = &k.words, &k.words
	k.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	k.cmd.WaitDelay = time.Second // for what it may have left with its streams open
	err = n.do(k.cmd.Start)
	_, _ = jobsOut.Close(), answersIn.Close() // the child has its own
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a decoder: %w", err), jobsIn.Close(), answersOut.Close())
	}
	n.born(k)
	go func() {
		_ = k.cmd.Wait() // how it ended is read from its state
		n.gone(k)
		close(k.exited)
	}()
	go k.listen()
	go k.watch(c.KeepBytes)
	memory := binary.LittleEndian.AppendUint64(nil, uint64(2*c.MemoryBytes+c.KeepBytes+slackBytes))
	if err := writeFrame(k.jobs, frame{kind: frameMemory, content: memory}); err != nil {
		k.end()
		return nil, fmt.Errorf("start a decoder: %w: %s", err, firstLine(k.words.said()))
	}
	return k, nil
}

// listen hands answers to whom they are for, until the child ends or says what
// makes no sense.
func (k *child) listen() {
	defer close(k.over)
	in := bufio.NewReaderSize(k.answers, 1<<16)
	var garbled bool
	for !garbled {
		f, err := readFrame(in, k.knows)
		if err != nil && !errors.Is(err, errFrame) {
			break
		}
		garbled = err != nil || !k.hear(f)
	}
	k.mu.Lock()
	k.broken, k.ending.garbled = true, garbled
	k.mu.Unlock()
	k.kill()
	<-k.exited
}

// knows tells whether a job is in the child's hands.
func (k *child) knows(job uint32) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.calls[job]
	return ok
}

// hear takes one answer; false where it makes no sense.
func (k *child) hear(f frame) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.calls[f.job]
	switch {
	case !ok:
		return false
	case f.kind == frameDoing:
		c.doing = string(f.content)
		return true
	case f.kind == frameResult || f.kind == frameFailed:
		delete(k.calls, f.job)
		c.reply <- f // has room for one
		return true
	}
	return false
}

// enter notes a job that is about to be sent; false where the child is broken.
func (k *child) enter(c *call) (id uint32, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken {
		return 0, false
	}
	k.last++
	k.calls[k.last] = c
	return k.last, true
}

// state reads what became of a call when the child broke.
func (k *child) state(c *call) (doing string, hung bool, end ending) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return c.doing, c.hung, k.ending
}

// end kills the child and waits for it.
func (k *child) end() {
	k.kill()
	<-k.over
	_, _ = k.jobs.Close(), k.answers.Close()
}

// kill ends the child and all that it started.
func (k *child) kill() { _ = syscall.Kill(-k.cmd.Process.Pid, syscall.SIGKILL) } // it may be gone

// lookEvery is how often clock and memory are looked at. A process that only
// fills memory takes about a gigabyte a second, so it oversteps by some 50 MB.
const lookEvery = 50 * time.Millisecond

// watch ends the child where a job takes too long or all of them too much.
func (k *child) watch(keep int64) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-k.over:
			return
		case now := <-tick.C:
			if !k.well(now, keep) {
				k.kill()
				return
			}
		}
	}
}

// well judges the jobs in hand.
func (k *child) well(now time.Time, keep int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	limit := keep + slackBytes
	for _, c := range k.calls {
		limit += 2 * c.bytes
		if now.After(c.late) {
			c.hung = true
			return false
		}
	}
	if len(k.calls) > 0 && k.resident() > limit {
		k.ending.grew = limit
		return false
	}
	return true
}

// resident is the memory that the child holds, in bytes; 0 where it is gone.
func (k *child) resident() int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(k.cmd.Process.Pid) + "/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b)) // size resident shared …, in pages: proc(5)
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64) // the kernel's own number
	return pages * int64(os.Getpagesize())
}

// lastWords keeps the end of what a child writes to its standard
// streams, where the Go runtime says why it ends.
type lastWords struct {
	mu    sync.Mutex
	words []byte
}

const maxLastWords = 64 << 10

func (l *lastWords) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words = append(l.words, b...)
	if over := len(l.words) - maxLastWords; over > 0 { // chatter of a library, of long ago
		l.words = l.words[over:]
	}
	return len(b), nil
}

func (l *lastWords) said() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]byte(nil), l.words...)
}
