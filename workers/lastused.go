package workers

import "sync"

// lastUsed keeps the value that was used last, for units that come one after
// the other and need the same. It is safe for concurrent use; a value is loaded
// once.
type lastUsed[K comparable, V any] struct {
	mu    sync.Mutex
	key   K
	value *V
}

// get returns the value of a key, from load where it is not the last one.
func (l *lastUsed[K, V]) get(key K, load func() (*V, error)) (*V, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.value != nil && l.key == key {
		return l.value, nil
	}
	v, err := load()
	if err != nil {
		return nil, err
	}
	l.key, l.value = key, v
	return v, nil
}
