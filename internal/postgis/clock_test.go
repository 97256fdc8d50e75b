package postgis_test

import (
	"sync/atomic"
	"testing"
	"time"

	"parus/internal/postgistest"
)

func TestClocksThatDisagreeTellTheDatabasesTime(t *testing.T) {
	t.Parallel()
	db, _ := postgistest.Open(t)
	var jump atomic.Int64
	for name, off := range map[string]time.Duration{"right": 0, "a day ahead": 24 * time.Hour, "a day behind": -24 * time.Hour} {
		clock := db.Clock(func() time.Time { return time.Now().Add(off + time.Duration(jump.Load())) })
		for _, by := range []time.Duration{0, -6 * time.Hour, 6 * time.Hour} { // from what it was before
			jump.Store(int64(by))
			before, err := db.Now(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := clock.Now()
			after, err := db.Now(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			// An answer's way is part of what is told: so far apart the two may be.
			if most := after.Sub(before) + time.Millisecond; got.Before(before.Add(-most)) || got.After(after.Add(most)) {
				t.Errorf("%s, having jumped by %s: %s, between %s and %s", name, by, got, before, after)
			}
		}
		jump.Store(0)
	}
}
