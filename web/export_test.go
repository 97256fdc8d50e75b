package web

import (
	"net/url"

	"parus/internal/publication"
)

import (
	"context"
	"time"
)

// Shelf lets tests hold a shelf of their own.
type Shelf struct{ s *shelf[int, string] }

// NewShelf makes one of so many bytes.
func NewShelf(bytes int64) Shelf { return Shelf{newShelf[int, string](bytes)} }

// Put places a value, Get asks for it, Held tells how much lies there.
func (s Shelf) Put(k int, v string, bytes int64) { s.s.put(k, v, bytes) }
func (s Shelf) Get(k int) (string, bool)         { return s.s.get(k) }
func (s Shelf) Held() int64                      { return s.s.held }

// Together lets tests ask together.
type Together struct{ g *together[int, int] }

// NewTogether puts questions to ask.
func NewTogether(most time.Duration, ask func(context.Context, int) (int, error)) Together {
	return Together{newTogether(most, ask)}
}

// Get asks.
func (t Together) Get(ctx context.Context, k int) (int, error) { return t.g.get(ctx, k) }

// Open tells how many keys are asked for.
func (t Together) Open() int { t.g.mu.Lock(); defer t.g.mu.Unlock(); return len(t.g.waiting) }

// ParseFeatureQuery reads the parameters of a request for features: what they
// select, and the publication that a cursor names.
func ParseFeatureQuery(query url.Values) (q publication.FeatureQuery, of int64, err error) {
	asked, err := parseItems(query)
	return asked.FeatureQuery, asked.in, err
}

// FeatureCursor is the text of a cursor.
func FeatureCursor(of int64, after string) string { return featureCursor{of, after}.text() }
