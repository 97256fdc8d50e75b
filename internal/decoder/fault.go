package decoder

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"syscall"
	"time"
)

// Fault is how a job ended that broke its decoder.
type Fault struct {
	Item  string        // the scene
	Doing string        // what was read, "" where nothing was yet
	What  What          //
	Cause string        // "SIGSEGV" where it crashed
	After time.Duration // without an answer, where it hung
	Bytes int64         // that it was allowed, where it took too much memory
}

// What happened to a decoder.
type What int

// What can happen.
const (
	Crashed  What = iota
	Hung          // no answer within the deadline
	Overgrew      // more memory than its job was allowed
	Killed        // from outside: by the kernel for want of memory, or by a person
)

// Passing tells whether the fault may be another's: then the job may be tried
// again.
func (f *Fault) Passing() bool { return f.What == Killed }

func (f *Fault) Error() string {
	doing := ""
	if f.Doing != "" {
		doing = " while " + f.Doing
	}
	const way = "the file is probably damaged: fetch it again, or leave the scene out"
	switch f.What {
	case Hung:
		return fmt.Sprintf("scene %s: the decoder gave no answer for %s%s: %s; on a slow disk or network give more time with --decoder-timeout", f.Item, f.After, doing, way)
	case Overgrew:
		return fmt.Sprintf("scene %s: the decoder took more than the %s of memory it may%s: %s; if it is sound, allow more with --memory", f.Item, Size(f.Bytes), doing, way)
	case Killed:
		return fmt.Sprintf("scene %s: the decoder was killed from outside (%s)%s: is the machine short of memory?", f.Item, f.Cause, doing)
	default:
		return fmt.Sprintf("scene %s: the decoder crashed (%s)%s: %s", f.Item, f.Cause, doing, way)
	}
}

// Size is a number of bytes in words.
func Size(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// IsPassing tells whether an error says of itself that it may not come again.
func IsPassing(err error) bool {
	var p interface{ Passing() bool }
	return errors.As(err, &p) && p.Passing()
}

var (
	goSignal  = regexp.MustCompile(`(?m)\b(SIG[A-Z]+)\b`)
	goFatal   = regexp.MustCompile(`(?m)^(?:fatal error|panic): (.{1,200})$`)
	shortOfIt = regexp.MustCompile(`(?i)out of memory|cannot allocate memory|bad_alloc|failed to allocate`)
)

// post mortem: what happened, from how the process ended and its last words.
// The Go runtime turns signals that C code raises into an exit with words.
func (f *Fault) examine(state *os.ProcessState, words []byte) {
	f.What, f.Cause = Crashed, "it ended without a word"
	status, _ := state.Sys().(syscall.WaitStatus)
	switch {
	case status.Signaled() && status.Signal() == syscall.SIGKILL:
		f.What, f.Cause = Killed, "SIGKILL"
	case status.Signaled():
		f.Cause = signalName(status.Signal())
	default:
		if m := goSignal.FindSubmatch(words); m != nil {
			f.Cause = string(m[1])
		} else if m := goFatal.FindSubmatch(words); m != nil {
			f.Cause = string(m[1])
		} else if line := firstLine(words); line != "" {
			f.Cause = line
		}
	}
	if f.What == Crashed && shortOfIt.Match(words) {
		f.What = Overgrew
	}
}

func signalName(s syscall.Signal) string {
	names := map[syscall.Signal]string{
		syscall.SIGSEGV: "SIGSEGV", syscall.SIGABRT: "SIGABRT", syscall.SIGBUS: "SIGBUS",
		syscall.SIGFPE: "SIGFPE", syscall.SIGILL: "SIGILL", syscall.SIGTERM: "SIGTERM",
	}
	return cmp.Or(names[s], s.String())
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
	return string(line[:min(len(line), 200)])
}
