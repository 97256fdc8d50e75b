package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Config says how files are read. Zero fields stand for the defaults.
type Config struct {
	Client
	Getenv     func(string) string // the environment, for S3 and PrivateNetworks; default: an empty one
	CacheBytes int64               // of what was read; default 64 MiB
}

// Files reads files by ranges and keeps what it read last. It is safe for
// concurrent use.
type Files struct {
	Config
	cache    *cache
	gate     gate
	dial     *http.Transport // to what a catalogue names
	own      *http.Transport // to a storage that the environment names
	requests atomic.Int64
	bytes    atomic.Int64
}

// NewFiles makes an empty one.
func NewFiles(c Config) *Files {
	c.Client = c.withDefaults()
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if c.CacheBytes <= 0 {
		c.CacheBytes = 64 << 20
	}
	g := newGate(c.Getenv(PrivateNetworks))
	g.resolver = c.Resolver
	own := g
	own.named = true
	return &Files{Config: c, cache: newCache(c.CacheBytes), gate: g, dial: newTransport(g), own: newTransport(own)}
}

// Traffic tells the requests sent so far and the bytes of their answers.
func (f *Files) Traffic() (requests, bytes int64) { return f.requests.Load(), f.bytes.Load() }

// Session is one piece of work on some files. Within it a file is one version,
// and a file that failed is not asked again. It is safe for concurrent use.
type Session struct {
	files  *Files
	limit  time.Duration
	ctx    context.Context //nolint:containedctx // GDAL's callbacks carry none
	cancel context.CancelFunc
	mu     sync.Mutex
	open   map[string]*file
}

// Begin starts a session; End lets go of it. All its files together may take
// limit, 0 for as long as they need.
func (f *Files) Begin(limit time.Duration) *Session {
	ctx, cancel := context.WithCancel(context.Background())
	if limit > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), limit)
	}
	return &Session{files: f, limit: limit, ctx: ctx, cancel: cancel, open: map[string]*file{}}
}

// End stops what the session may still be asking.
func (s *Session) End() { s.cancel() }

func (s *Session) file(href string) *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.open[href]
	if !ok {
		f = &file{session: s, href: href}
		s.open[href] = f
	}
	return f
}

// Size returns a file's length in bytes.
func (s *Session) Size(href string) (int64, error) {
	f := s.file(href)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.size, f.start()
}

// Version is what the server calls the version of a file, its ETag or else its
// date, "" where it tells neither or the file has not been opened.
func (s *Session) Version(href string) string {
	f := s.file(href)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.version
}

// Failure returns why a file could not be read, nil where it could so far.
func (s *Session) Failure(href string) error {
	f := s.file(href)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// ReadAt fills buf from a file; fewer bytes, and no error, at its end.
func (s *Session) ReadAt(href string, buf []byte, off int64) (int, error) {
	f := s.file(href)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.start(); err != nil {
		return 0, err
	}
	return f.readAt(buf, off)
}

// fail remembers why a file is not read any more.
func (f *file) fail(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && f.session.ctx.Err() != nil {
		err = fmt.Errorf("its scene's files took more than %s to fetch: %w", f.session.limit, err)
	}
	f.failed = err
	return err
}
