package ledger

import (
	"context"
	"time"
)

// Trail is what the store tells whoever works on a claim of how it has ended. It
// is for figures and traces only: the truth is the row.
type Trail struct {
	State        State     // Done or Skipped; "" where no claim has ended well
	Began, Ended time.Time // of writing the result
}

type trailKey struct{}

// WithTrail gives work a trail for the store to write on. Work on one claim ends
// it in one place, so a trail needs no lock.
func WithTrail(ctx context.Context, t *Trail) context.Context {
	return context.WithValue(ctx, trailKey{}, t)
}

// TrailOf returns the trail of the work; one that nobody reads where it has none.
func TrailOf(ctx context.Context) *Trail {
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		return t
	}
	return &Trail{}
}
