package supervisor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Supervisor keeps one child alive.
type Supervisor struct {
	// Start makes the command of a child with a name of its own.
	Start func(name string) *exec.Cmd
	// Died is told the name of a child that has died and how, before the next one
	// starts.
	Died func(name, how string)
	// Backoff bounds the wait before the next child; default 1 s to 1 min.
	Backoff Backoff
	// Grace is how long a child that is told to stop may take; default 30 s.
	Grace time.Duration
	// Final, where set, is the exit status of a child after which another would
	// fare no better; Run then returns ErrFinal.
	Final int
	Now   func() time.Time
}

// ErrFinal is that a child ended with the status Final.
var ErrFinal = errors.New("the child says that another would fare no better")

// Backoff doubles a wait with each death, and begins anew after a child that
// has lived for longer than Most.
type Backoff struct{ Least, Most time.Duration }

// Run starts children until ctx ends, then stops the last one and waits for it.
// It returns an error where none can be started. No exit status but Final is
// final: a crash of the Go runtime ends with the 2 of wrong usage. The kernel's parent-death signal fires when the thread that forked
// ends (prctl(2)), so it keeps one for itself.
func (s Supervisor) Run(ctx context.Context) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		result <- s.run(ctx)
	}()
	return <-result
}

func (s Supervisor) run(ctx context.Context) error {
	if s.Backoff == (Backoff{}) {
		s.Backoff = Backoff{time.Second, time.Minute}
	}
	if s.Grace == 0 {
		s.Grace = 30 * time.Second
	}
	wait := s.Backoff.Least
	for {
		began := s.Now()
		name := strings.ToLower(rand.Text()[:12])
		err := s.live(ctx, s.Start(name))
		if ctx.Err() != nil {
			return nil //nolint:nilerr // however the child ended that was told to
		}
		var ended *exec.ExitError
		switch {
		case err == nil:
			return nil // it was told to stop by somebody else
		case !errors.As(err, &ended):
			return fmt.Errorf("start a worker: %w", err)
		case s.Final != 0 && ended.ExitCode() == s.Final:
			return ErrFinal
		}
		s.Died(name, ended.String())
		if s.Now().Sub(began) > s.Backoff.Most {
			wait = s.Backoff.Least
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, s.Backoff.Most)
	}
}

// live runs a child to its end. Told to stop, it asks the child to, and kills
// it where that takes too long.
func (s Supervisor) live(ctx context.Context, cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
	cmd.WaitDelay = time.Second // for what it may have left with its streams open
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	_ = cmd.Process.Signal(syscall.SIGTERM) // gone already: seen below
	late := time.NewTimer(s.Grace)
	defer late.Stop()
	select {
	case err := <-ended:
		return err
	case <-late.C:
		_ = cmd.Process.Kill()
		return <-ended
	}
}
