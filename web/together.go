package web

import (
	"context"
	"sync"
	"time"
)

// together lets those who ask the same thing at the same time share one answer,
// and takes nothing on trust: an answer goes only to those who had come before
// its question was put. Who comes while a question is on its way waits, with all
// others who do, for the one that is put after it.
type together[K comparable, V any] struct {
	ask  func(context.Context, K) (V, error)
	most time.Duration // that a question may take which several wait for

	mu      sync.Mutex
	waiting map[K]*asking[V] // the question that is put next; nil value: one is on its way, nobody waits
}

type asking[V any] struct {
	done  chan struct{}
	value V
	err   error
}

func newTogether[K comparable, V any](most time.Duration, ask func(context.Context, K) (V, error)) *together[K, V] {
	return &together[K, V]{ask: ask, most: most, waiting: map[K]*asking[V]{}}
}

// get returns the answer to a question that was put after get was called.
func (g *together[K, V]) get(ctx context.Context, k K) (V, error) {
	g.mu.Lock()
	next, busy := g.waiting[k]
	if !busy {
		g.waiting[k] = nil
		g.mu.Unlock()
		defer g.goOn(context.WithoutCancel(ctx), k)
		return g.ask(ctx, k)
	}
	if next == nil {
		next = &asking[V]{done: make(chan struct{})}
		g.waiting[k] = next
	}
	g.mu.Unlock()
	select {
	case <-next.done:
		return next.value, next.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// goOn puts the next question where somebody waits for it.
func (g *together[K, V]) goOn(ctx context.Context, k K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := g.waiting[k]
	if next == nil {
		delete(g.waiting, k)
		return
	}
	g.waiting[k] = nil
	go func() {
		defer g.goOn(ctx, k)
		defer close(next.done)
		timed, cancel := context.WithTimeout(ctx, g.most)
		defer cancel()
		next.value, next.err = g.ask(timed, k)
	}()
}
