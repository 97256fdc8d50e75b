package web

// Shelf lets tests hold a shelf of their own.
type Shelf struct{ s *shelf[int, string] }

// NewShelf makes one of so many bytes.
func NewShelf(bytes int64) Shelf { return Shelf{newShelf[int, string](bytes)} }

// Put places a value, Get asks for it, Held tells how much lies there.
func (s Shelf) Put(k int, v string, bytes int64) { s.s.put(k, v, bytes) }
func (s Shelf) Get(k int) (string, bool)         { return s.s.get(k) }
func (s Shelf) Held() int64                      { return s.s.held }
