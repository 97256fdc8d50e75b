package gdal

import (
	"container/list"
	"errors"
	"sync"
	"time"

	"parus/imagery"
)

// Cache keeps decoded tiles of files for the readers of one process. Blocks of
// the county's grid cut through the tiles in which files are stored; whoever
// reads the next block of the scene finds what the last one has decoded, and a
// tile is dropped as soon as all of it has been asked for. It is safe for
// concurrent use.
type Cache struct {
	mu    sync.Mutex
	max   int64 // bytes
	size  int64
	tiles map[tileKey]*tile
	used  *list.List // of *tile, least recently used first
	read  int64      // pixels decoded so far
	spare []any      // pixels of tiles that are gone, to be filled again
	idle  []*Reader
	busy  int // readers that are out
	rest  *time.Timer
}

// idleAfter is how long a cache that nobody reads from keeps what it holds.
const idleAfter = 30 * time.Second

// NewCache returns a cache of at most so many bytes. While a scene's blocks are
// read row by row it holds the tiles of the blocks at hand and one row of tiles
// along the scene's width: about 100 MB for each reader at work and as much
// again for ten bands of 10,980 pixels in tiles of 512.
func NewCache(bytes int64) *Cache {
	return &Cache{max: bytes, tiles: map[tileKey]*tile{}, used: list.New()}
}

// Reader returns a reader that shares the cache. Its Close gives it back, with
// its files open for the next unit of work; files that have changed on disk
// meanwhile are opened anew.
func (c *Cache) Reader() *Reader {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
	if c.rest != nil {
		c.rest.Stop()
	}
	if n := len(c.idle); n > 0 {
		r := c.idle[n-1]
		c.idle = c.idle[:n-1]
		return r
	}
	r := newReader(c)
	r.shared = true
	return r
}

// giveBack takes a reader whose unit is over.
func (c *Cache) giveBack(r *Reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, r)
	if c.busy--; c.busy == 0 {
		c.rest = time.AfterFunc(idleAfter, func() { _ = c.forget() })
	}
}

// forget drops all tiles and closes idle readers, unless one is out again.
func (c *Cache) forget() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy > 0 {
		return nil
	}
	clear(c.tiles)
	c.used.Init()
	c.size, c.spare = 0, nil
	var errs []error
	for _, r := range c.idle {
		errs = append(errs, r.closeFiles())
	}
	c.idle = nil
	return errors.Join(errs...)
}

// tileKey names a tile of one version of a file.
type tileKey struct {
	href  string
	stamp stamp
	band  int // from 1
	x, y  int // tiles from the upper left corner
}

// tile is a decoded part of a band: whole stored blocks.
type tile struct {
	key    tileKey
	window imagery.Window // in the file
	ready  chan struct{}  // closed once pixels or failed is set
	failed bool
	pixels any   // []uint8, []uint16, []int16 or []int32, row-major
	left   int   // pixels that no block has asked for yet
	bytes  int64 // 0 until it is ready
	users  int   // readers that have taken it and not given it back
	place  *list.Element
}

// spares is how many buffers wait to be filled again: enough for the tiles that
// a row of blocks drops at once.
const spares = 64

// take returns a tile, and whether the caller must decode it: nobody has begun
// to.
func (c *Cache) take(key tileKey, w imagery.Window) (t *tile, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.tiles[key]; ok {
		if t.place != nil {
			c.used.MoveToBack(t.place)
		}
		t.users++
		return t, false
	}
	t = &tile{key: key, window: w, ready: make(chan struct{}), left: w.Width * w.Height, users: 1}
	c.tiles[key] = t
	return t, true
}

// done ends the decoding of a tile: with its pixels, or nil where it failed.
func (c *Cache) done(t *tile, pixels any, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.pixels, t.failed = pixels, pixels == nil
	if t.failed {
		delete(c.tiles, t.key)
	} else {
		c.read += int64(t.window.Width) * int64(t.window.Height)
	}
	if !t.failed && c.tiles[t.key] == t {
		t.bytes, t.place = bytes, c.used.PushBack(t)
		c.size += bytes
		for c.size > c.max && c.used.Len() > 1 {
			c.drop(c.used.Front().Value.(*tile))
		}
	}
	close(t.ready)
}

// Held tells how many bytes of tiles the cache holds, and how many pixels have
// been decoded through it so far.
func (c *Cache) Held() (bytes, decoded int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size, c.read
}

// asked tells that so many pixels of a tile will not be asked for again.
func (c *Cache) asked(key tileKey, pixels int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.tiles[key]; ok && t.place != nil {
		if t.left -= pixels; t.left <= 0 {
			c.drop(t)
		}
	}
}

func (c *Cache) drop(t *tile) {
	delete(c.tiles, t.key)
	c.used.Remove(t.place)
	c.size -= t.bytes
	t.place = nil
	c.reuse(t)
}

// release gives tiles back that were taken; their pixels must not be read any
// more.
func (c *Cache) release(tiles []*tile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range tiles {
		t.users--
		c.reuse(t)
	}
}

// reuse keeps the pixels of a tile that nobody has and nobody will ask for.
func (c *Cache) reuse(t *tile) {
	if t.users > 0 || t.place != nil || t.pixels == nil {
		return
	}
	if len(c.spare) < spares {
		c.spare = append(c.spare, t.pixels)
	}
	t.pixels = nil
}

// spareOf returns n pixels to be overwritten, from a tile that is gone where
// there is one of that type and size.
func spareOf[T uint8 | uint16 | int16 | int32](c *Cache, n int) []T {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, s := range c.spare {
		if p, ok := s.([]T); ok && cap(p) >= n && cap(p) <= 2*n {
			c.spare[i] = c.spare[len(c.spare)-1]
			c.spare = c.spare[:len(c.spare)-1]
			return p[:n]
		}
	}
	return make([]T, n)
}
