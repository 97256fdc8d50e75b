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

// signInLimit counts attempts in memory, before anything is asked of the
// database, which counts failures for all servers; a restart forgets these.
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

// requestLimit bounds what one account or token may ask of this server.
type requestLimit struct {
	mu    sync.Mutex
	every time.Duration
	burst int
	of    map[string]*rate.Limiter
}

// burstSeconds is for how long an account may ask at its rate all at once: a
// map opens with some hundred tiles.
const burstSeconds = 10

func newRequestLimit(perSecond float64) *requestLimit {
	if perSecond <= 0 {
		return nil
	}
	return &requestLimit{every: time.Duration(float64(time.Second) / perSecond), burst: int(perSecond*burstSeconds) + 1, of: map[string]*rate.Limiter{}}
}

// allow counts a request of an account, named by who it acts as.
func (l *requestLimit) allow(actor string, now time.Time) bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return limiter(l.of, actor, l.every, l.burst, now).AllowN(now, 1)
}
