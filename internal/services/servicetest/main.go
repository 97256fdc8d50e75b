package servicetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"parus/internal/services"
)

// Main runs the tests, stops what they started, removes it and exits. A test
// binary without it works too: the kernel ends its services, and the next run
// removes their folders.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "servicetest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// homePrefix, the process and a random end name the folder of a test binary.
const homePrefix = "parus-test-"

// binary is what all tests of one test binary share.
type binary struct {
	sweepOnce sync.Once
	database  lazy[*server]
	redis     lazy[*queue]
}

// shared is the one state that tests of a binary have in common: starting a
// cluster for each of them would cost a second each.
var shared binary

// lazy is a value that is made at its first use.
type lazy[T any] struct {
	mu    sync.Mutex
	done  bool
	value T
	err   error
}

func (l *lazy[T]) get(fill func() (T, error)) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.done {
		l.value, l.err = fill()
		l.done = true
	}
	return l.value, l.err
}

// started returns the value if it was made.
func (l *lazy[T]) started() (value T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value, l.done && l.err == nil
}

func (b *binary) close() error {
	var errs []error
	if s, ok := b.database.started(); ok {
		errs = append(errs, s.close())
	}
	if q, ok := b.redis.started(); ok {
		errs = append(errs, q.close())
	}
	return errors.Join(errs...)
}

// start starts one of the services in a folder of its own.
func (b *binary) start(c services.Config) (*services.Services, string, error) {
	b.sweepOnce.Do(sweep)
	home, err := os.MkdirTemp("", homePrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, "", err
	}
	c.Home, c.FastUnsafe = home, true
	// The service account passes through; MkdirTemp shuts it out.
	err = os.Chmod(home, 0o711)
	if err == nil {
		var s *services.Services
		if s, err = services.Start(context.Background(), c); err == nil {
			return s, home, nil
		}
	}
	return nil, "", errors.Join(err, os.RemoveAll(home))
}

// sweep removes the folders of test binaries that ended without Main.
func sweep() {
	homes, _ := filepath.Glob(filepath.Join(os.TempDir(), homePrefix+"*")) // the pattern is well formed
	for _, home := range homes {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(home), homePrefix), "-")
		pid, err := strconv.Atoi(number)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(home) // what another user left is that user's to remove
		}
	}
}
