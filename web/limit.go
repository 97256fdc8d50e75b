package web

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Attempts to sign in: ten at once, then one every six seconds for a name;
// sixty at once, then one a second for an address, behind which an office of
// many people may sit.
const (
	nameBurst    = 10
	nameEvery    = 6 * time.Second
	addressBurst = 60
	addressEvery = time.Second

	// remembered bounds the memory that strangers can take.
	remembered = 20000
	// hashers bounds the memory of password hashes, 64 MiB each.
	hashers = 2
)

// signInLimit counts attempts in memory; a restart forgets them.
type signInLimit struct {
	mu    sync.Mutex
	names map[string]*rate.Limiter
	addrs map[string]*rate.Limiter
	slots chan struct{}
}

func newSignInLimit() *signInLimit {
	return &signInLimit{names: map[string]*rate.Limiter{}, addrs: map[string]*rate.Limiter{}, slots: make(chan struct{}, hashers)}
}

// allow counts one attempt and tells whether it may go on.
func (l *signInLimit) allow(addr, name string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := limiter(l.addrs, addr, addressEvery, addressBurst, now).AllowN(now, 1)
	n := limiter(l.names, name, nameEvery, nameBurst, now).AllowN(now, 1)
	return a && n
}

func limiter(m map[string]*rate.Limiter, key string, every time.Duration, burst int, now time.Time) *rate.Limiter {
	if r, ok := m[key]; ok {
		return r
	}
	if len(m) >= remembered {
		forget(m, burst, now)
	}
	r := rate.NewLimiter(rate.Every(every), burst)
	m[key] = r
	return r
}

// forget drops those whose bucket is full again, or all where none is.
func forget(m map[string]*rate.Limiter, burst int, now time.Time) {
	for k, r := range m {
		if r.TokensAt(now) >= float64(burst) {
			delete(m, k)
		}
	}
	if len(m) >= remembered {
		clear(m)
	}
}

// hashing waits for a slot to hash in; the returned function gives it back.
func (l *signInLimit) hashing(ctx context.Context) (release func(), err error) {
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
