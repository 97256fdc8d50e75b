package services

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// home is the folder "services" of a PARUS_HOME: the lock, the state file and
// the logs, and the data too where the service account can reach them.
type home struct {
	dir string // absolute, links resolved
}

// folderMode lets the service account pass through and nobody list.
const folderMode = 0o711

func openHome(path string) (home, error) {
	dir := filepath.Join(path, "services")
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return home{}, fmt.Errorf("make the folder of the services: %w (PARUS_HOME names another one)", err)
	}
	abs, err := absolute(dir)
	if err != nil {
		return home{}, fmt.Errorf("resolve %s: %w", dir, err)
	}
	return home{dir: abs}, nil
}

func (h home) lockPath() string  { return filepath.Join(h.dir, "lock") }
func (h home) statePath() string { return filepath.Join(h.dir, "services.json") }

// tryLock returns the lock of the home, or nil where another process has it.
// The kernel lets it go when its holder ends, however it ends.
func (h home) tryLock() (*os.File, error) {
	f, err := os.OpenFile(h.lockPath(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the services: %w (does %s belong to another user? PARUS_HOME names another one)", err, h.dir)
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
		return nil, f.Close()
	default:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", h.lockPath(), err), f.Close())
	}
}

// token marks every process and socket folder of this home, so that leftovers
// are told from the services of other homes.
func (h home) token() string {
	sum := sha256.Sum256([]byte(h.dir))
	return "parus-" + hex.EncodeToString(sum[:6])
}

// state is what an owner tells others about its services.
type state struct {
	PID int `json:"pid"`
	// Started is the owner's start in clock ticks since boot, which tells it
	// from a later process of the same number.
	Started     uint64 `json:"started_ticks"`
	DatabaseURL string `json:"database_url,omitempty"`
	RedisURL    string `json:"redis_url,omitempty"`
	Data        string `json:"data"`
	Sockets     string `json:"sockets"`
}

func (s state) postgresSocket() string { return postgresSocket(s.Sockets) }

func (s state) ownerAlive() bool {
	t := startTicks(s.PID)
	return t != 0 && t == s.Started
}

// readState returns the state file, and false where there is none that reads.
func (h home) readState() (state, bool) {
	var s state
	b, err := os.ReadFile(h.statePath())
	return s, err == nil && json.Unmarshal(b, &s) == nil
}

// writeState replaces the state file in one step.
func (h home) writeState(s state) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", h.statePath(), err)
	}
	tmp := h.statePath() + ".new"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the state of the services: %w", err)
	}
	return os.Rename(tmp, h.statePath())
}

// forget removes what the state file of a dead owner points to.
func (h home) forget() {
	if s, ok := h.readState(); ok && strings.HasPrefix(filepath.Base(s.Sockets), h.token()+"-") {
		_ = os.RemoveAll(s.Sockets) // a leftover that can't be removed is in nobody's way
	}
	h.forgetState()
}

func (h home) forgetState() { _ = os.Remove(h.statePath()) }

// place is where the data lie.
type place struct {
	dir   string
	token string
	logs  string // folder of the logs
}

// place finds the folder of the data: in the home, or, where the service
// account can't get into the home, under the folders for temporary files that
// outlive a restart. Data that exist already decide.
func (h home) place(ctx context.Context, who account, c Config) (place, error) {
	candidates := []string{filepath.Join(h.dir, "data")}
	if who.dropped {
		candidates = append(candidates, filepath.Join("/var/tmp", h.token()), filepath.Join(os.TempDir(), h.token()))
	}
	chosen, reasons := "", []error(nil)
	for _, dir := range candidates {
		_, absent := os.Stat(dir)
		if chosen != "" && absent != nil {
			continue // only data that exist can still outweigh the choice
		}
		if err := errors.Join(who.own(dir), who.canEnter(ctx, dir)); err != nil {
			reasons = append(reasons, err)
			if absent != nil {
				_ = os.Remove(dir)
			}
			continue
		}
		_, empty := os.Stat(filepath.Join(dir, "postgres", "PG_VERSION"))
		if chosen == "" || empty == nil {
			chosen = dir
		}
		if empty == nil {
			break
		}
	}
	if chosen == "" {
		return place{}, fmt.Errorf("no folder for the data of the services: %w (set PARUS_HOME to a folder that %s can enter)", errors.Join(reasons...), who.name)
	}
	if chosen != candidates[0] {
		fmt.Fprintf(c.Log, "services: %s can't enter %s, so the data lie in %s\n", who.name, h.dir, chosen)
	}
	return place{dir: chosen, token: h.token(), logs: h.dir}, nil
}
