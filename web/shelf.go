package web

import (
	"container/list"
	"sync"
)

// shelf holds values up to a number of bytes and drops those that were asked for
// longest ago. What is on it is never changed.
type shelf[K comparable, V any] struct {
	limit int64

	mu    sync.Mutex
	held  int64
	byKey map[K]*list.Element
	order *list.List // of placed[K, V], the last asked for in front
}

type placed[K comparable, V any] struct {
	key   K
	value V
	bytes int64
}

func newShelf[K comparable, V any](limit int64) *shelf[K, V] {
	return &shelf[K, V]{limit: limit, byKey: map[K]*list.Element{}, order: list.New()}
}

func (s *shelf[K, V]) get(k K) (v V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.byKey[k]
	if !ok {
		return v, false
	}
	s.order.MoveToFront(e)
	p, _ := e.Value.(placed[K, V])
	return p.value, true
}

// put places a value that takes so many bytes; one larger than the whole shelf
// is not kept.
func (s *shelf[K, V]) put(k K, v V, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.byKey[k]; ok {
		s.drop(e)
	}
	if bytes > s.limit {
		return
	}
	for s.held+bytes > s.limit {
		s.drop(s.order.Back())
	}
	s.byKey[k] = s.order.PushFront(placed[K, V]{k, v, bytes})
	s.held += bytes
}

func (s *shelf[K, V]) drop(e *list.Element) {
	p, _ := s.order.Remove(e).(placed[K, V])
	delete(s.byKey, p.key)
	s.held -= p.bytes
}
