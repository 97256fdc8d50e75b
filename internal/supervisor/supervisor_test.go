package supervisor_test

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parus/internal/supervisor"
)

// childMark turns this test binary into a child that does as it is told.
const childMark = "PARUS_TEST_CHILD"

func TestMain(m *testing.M) {
	switch what := os.Getenv(childMark); what {
	case "":
		os.Exit(m.Run())
	case "abort":
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGABRT)
		select {}
	case "kill":
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {}
	case "gently", "stubborn":
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGTERM)
		if err := os.WriteFile(os.Getenv("PARUS_TEST_FILE"), []byte("up"), 0o600); err != nil {
			os.Exit(3)
		}
		<-told
		if what == "stubborn" {
			select {}
		}
		if err := os.WriteFile(os.Getenv("PARUS_TEST_FILE"), []byte("told to stop"), 0o600); err != nil {
			os.Exit(3)
		}
	}
}

// child makes the command of a child.
func child(what, file string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childMark+"="+what, "PARUS_TEST_FILE="+file)
	return cmd
}

func quick() supervisor.Backoff {
	return supervisor.Backoff{Least: time.Millisecond, Most: 20 * time.Millisecond}
}

func TestAChildThatDiesIsStartedAgainUnderAnotherName(t *testing.T) {
	t.Parallel()
	for what, how := range map[string]string{
		"abort": "exit status 2", // the Go runtime's way to end
		"kill":  "signal: killed",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			var names, deaths []string
			s := supervisor.Supervisor{
				Start: func(name string) *exec.Cmd {
					names = append(names, name)
					return child(what, "")
				},
				Died: func(name, of string) {
					deaths = append(deaths, name)
					if of != how {
						t.Errorf("it died of %q, want %q", of, how)
					}
					if len(deaths) == 4 {
						stop()
					}
				},
				Backoff: quick(), Now: time.Now,
			}
			if err := s.Run(ctx); err != nil {
				t.Fatal(err)
			}
			if len(names) != 4 || strings.Join(names, " ") != strings.Join(deaths, " ") || names[0] == names[1] {
				t.Errorf("started %v, died %v", names, deaths)
			}
		})
	}
}

func TestAProgramThatDoesNotExistIsAnError(t *testing.T) {
	t.Parallel()
	s := supervisor.Supervisor{Start: func(string) *exec.Cmd { return exec.Command("/nowhere/at/all") }, Backoff: quick(), Now: time.Now}
	if err := s.Run(t.Context()); err == nil {
		t.Error("it is started")
	}
}

// up waits until the child says that it is there.
func up(t *testing.T, file string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if b, err := os.ReadFile(file); err == nil && string(b) == "up" {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("the child is never there")
		}
	}
}

func TestTheOrderToStopIsPassedOn(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"gently", "stubborn"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "said")
			ctx, stop := context.WithCancel(t.Context())
			grace := time.Minute
			if what == "stubborn" {
				grace = 10 * time.Millisecond
			}
			s := supervisor.Supervisor{
				Start: func(string) *exec.Cmd { return child(what, file) },
				Died:  func(name, how string) { t.Errorf("%s died: %s", name, how) },
				Grace: grace, Backoff: quick(), Now: time.Now,
			}
			ended := make(chan error)
			go func() { ended <- s.Run(ctx) }()
			up(t, file)
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			b, err := os.ReadFile(file)
			if err != nil || (string(b) == "told to stop") != (what == "gently") {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
}
