package remote

import (
	"container/list"
	"sync"
)

// pieceKey names a piece of one version of a file.
type pieceKey struct {
	href, version string
	size, piece   int64
	session       *Session // where the server tells no version
}

// cache keeps the pieces that were used last.
type cache struct {
	mu    sync.Mutex
	left  int64 // bytes
	items map[pieceKey]*list.Element
	order *list.List // of kept, the one used last in front
}

type kept struct {
	key  pieceKey
	data []byte
}

func newCache(bytes int64) *cache {
	return &cache{left: max(bytes, 2*maxRange), items: map[pieceKey]*list.Element{}, order: list.New()}
}

func (c *cache) get(k pieceKey) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[k]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(kept).data, true
}

// put keeps a copy: pieces of one answer would hold each other in memory.
func (c *cache) put(k pieceKey, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.items[k]; ok {
		c.drop(old)
	}
	c.items[k] = c.order.PushFront(kept{k, append([]byte(nil), data...)})
	for c.left -= int64(len(data)); c.left < 0 && c.order.Len() > 1; {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	k := c.order.Remove(e).(kept)
	delete(c.items, k.key)
	c.left += int64(len(k.data))
}
