package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// DefaultSharedBuffersMB is PostgreSQL's page cache on a small machine: large
// enough for the indices of a county, small enough beside GDAL's block cache.
const DefaultSharedBuffersMB = 256

// startLimit bounds Start where ctx has no deadline. Recovery after a crash
// replays at most max_wal_size (2 GB), which is well under it.
const startLimit = 3 * time.Minute

// Config says which services to start, and where.
type Config struct {
	// Home is the folder that holds the data (PARUS_HOME), default ".parus".
	Home string
	// DatabaseURL and RedisURL name servers that exist already; each that is
	// given is used as it is and not started.
	DatabaseURL, RedisURL string
	// WithoutDatabase and WithoutRedis leave one of the two out altogether.
	WithoutDatabase, WithoutRedis bool
	// Log gets a line for each thing a user should know. Nil drops them.
	Log io.Writer
	// SharedBuffersMB is PostgreSQL's page cache in MiB; 0 means
	// DefaultSharedBuffersMB, or 64 where FastUnsafe is set.
	SharedBuffersMB int
	// Archive is a folder that takes PostgreSQL's log as it is written, so that
	// the database can be restored to a point; see Backup. "" keeps none.
	Archive string
	// FastUnsafe turns fsync off: for tests, whose data may be lost.
	FastUnsafe bool
}

// wantsDatabase reports whether a PostgreSQL is to be started.
func (c Config) wantsDatabase() bool { return c.DatabaseURL == "" && !c.WithoutDatabase }

// wantsRedis reports whether a Redis is to be started.
func (c Config) wantsRedis() bool { return c.RedisURL == "" && !c.WithoutRedis }

func (c Config) withDefaults() Config {
	if c.Home == "" {
		c.Home = ".parus"
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	if c.SharedBuffersMB == 0 {
		c.SharedBuffersMB = DefaultSharedBuffersMB
		if c.FastUnsafe {
			c.SharedBuffersMB = 64
		}
	}
	return c
}

// Services are a database and a queue that answer.
type Services struct {
	// DatabaseURL is a postgres:// URL for pgx and libpq.
	DatabaseURL string
	// RedisURL is a URI for workers.ParseRedis: redis-socket:// for a private
	// server, whatever Config gave otherwise.
	RedisURL string
	// Owned says that this process started at least one of them, and Close
	// stops it.
	Owned bool

	run      *running
	attached *attachment
	once     sync.Once
	err      error
}

// Start starts what c asks for and is not given, or attaches to the services
// that another process runs for the same home. It returns once both answer.
// ctx bounds the starting alone; the services run until Close.
func Start(ctx context.Context, c Config) (*Services, error) {
	c = c.withDefaults()
	s := &Services{DatabaseURL: c.DatabaseURL, RedisURL: c.RedisURL}
	if !c.wantsDatabase() && !c.wantsRedis() {
		return s, nil
	}
	h, err := openHome(c.Home)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	// Whoever gets the lock owns the home. While another holds it, its state
	// file appears as soon as its services answer; should it end meanwhile,
	// the lock comes free and the loop takes it.
	for {
		lock, err := h.tryLock()
		if err != nil {
			return nil, err
		}
		if lock != nil {
			return s, s.own(ctx, c, h, lock)
		}
		attached, err := s.attach(ctx, c, h)
		if err != nil || attached {
			return s, err
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("wait for the process that owns %s: %w (another parus holds %s; stop it or set PARUS_HOME to another folder)",
				h.dir, err, h.lockPath())
		}
	}
}

// own starts the services under the lock and takes both over.
func (s *Services) own(ctx context.Context, c Config, h home, lock *os.File) error {
	r := &running{home: h, lock: lock, lost: make(chan error, 2)}
	if err := r.start(ctx, c); err != nil {
		return errors.Join(err, r.stop())
	}
	if c.wantsDatabase() {
		s.DatabaseURL = r.state.DatabaseURL
	}
	if c.wantsRedis() {
		s.RedisURL = r.state.RedisURL
	}
	s.Owned, s.run = true, r
	return nil
}

// attach uses the services of the process that owns h, once they answer. An
// error means that waiting will not help.
func (s *Services) attach(ctx context.Context, c Config, h home) (bool, error) {
	st, ok := h.readState()
	if !ok || !st.ownerAlive() {
		return false, nil
	}
	if c.wantsDatabase() {
		if st.DatabaseURL == "" {
			return false, fmt.Errorf("process %d owns %s without a database of its own: set PARUS_DATABASE_URL to the one it uses, or PARUS_HOME to another folder", st.PID, h.dir)
		}
		if !answers(pingPostgres(ctx, st.postgresSocket())) {
			return false, nil
		}
	}
	if c.wantsRedis() {
		if st.RedisURL == "" {
			return false, fmt.Errorf("process %d owns %s without a queue of its own: set PARUS_REDIS_URL to the one it uses, or PARUS_HOME to another folder", st.PID, h.dir)
		}
		if !answers(PingRedis(ctx, st.RedisURL)) {
			return false, nil
		}
	}
	if c.wantsDatabase() {
		s.DatabaseURL = st.DatabaseURL
	}
	if c.wantsRedis() {
		s.RedisURL = st.RedisURL
	}
	s.attached = &attachment{h, st}
	fmt.Fprintf(c.Log, "services: using those of process %d in %s\n", st.PID, h.dir)
	return true, nil
}

// OwnsDatabase says that this process started the database itself, so that
// nobody was at work on it before.
func (s *Services) OwnsDatabase() bool { return s.run != nil && s.run.state.DatabaseURL != "" }

// attachment remembers whose services are used.
type attachment struct {
	home  home
	state state
}

// OwnerGone tells that the services were those of another process and that it
// has ended or is about to: start anew to own them. It is never true of
// services that this process started or was given.
func (s *Services) OwnerGone() bool {
	if s.attached == nil {
		return false
	}
	now, ok := s.attached.home.readState()
	return !ok || now.PID != s.attached.state.PID || now.Started != s.attached.state.Started || !now.ownerAlive()
}

// OwnerLeaves is OwnerGone once something has failed: an owner that is killed
// takes its services down a moment before it is gone itself, and they no longer
// answer then. Start waits for what becomes of it.
func (s *Services) OwnerLeaves(ctx context.Context) bool {
	if s.attached == nil || s.OwnerGone() {
		return s.attached != nil
	}
	st := s.attached.state
	return s.DatabaseURL == st.DatabaseURL && st.DatabaseURL != "" && !answers(pingPostgres(ctx, st.postgresSocket())) ||
		s.RedisURL == st.RedisURL && st.RedisURL != "" && !answers(PingRedis(ctx, st.RedisURL))
}

// answers reads a ping whose failure only means: not yet.
func answers(ping error) bool { return ping == nil }

// Lost delivers an error when an owned service ends although nobody closed
// it. It never delivers where nothing is owned.
func (s *Services) Lost() <-chan error {
	if s.run == nil {
		return nil
	}
	return s.run.lost
}

// Close stops what Start started, and waits until it is gone. A second Close
// returns what the first one did.
func (s *Services) Close() error {
	s.once.Do(func() {
		if s.run != nil {
			s.err = s.run.stop()
		}
	})
	return s.err
}

// pollEvery is how often an unfinished start is looked at again.
const pollEvery = 20 * time.Millisecond

// pause waits for the next look.
func pause(ctx context.Context) error {
	t := time.NewTimer(pollEvery)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// absolute resolves links so that one folder has one name.
func absolute(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}
