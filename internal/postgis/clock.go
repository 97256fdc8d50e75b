package postgis

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Now is the time by the database's clock, the one clock that all processes
// share.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	var at time.Time
	if err := db.conns.QueryRow(ctx, `select clock_timestamp()`).Scan(&at); err != nil {
		return at, fmt.Errorf("the database's clock: %w", err)
	}
	return at.UTC(), nil
}

// Clock tells the time by the database's clock, for leases and due times that
// several processes hold each other to. It asks once a minute and counts on from
// there with local, whose jumps in between it does not see where that has a
// monotonic reading, as time.Now has. Where the database has not been asked yet
// and does not answer, local counts.
type Clock struct {
	db    *DB
	local func() time.Time

	mu    sync.Mutex
	asked time.Time // by local
	then  time.Time // by the database
}

// clockFor is how long an answer is good for, and clockTime how long one is
// waited for.
const (
	clockFor  = time.Minute
	clockTime = 5 * time.Second
)

// Clock makes one; local is time.Now, but for tests.
func (db *DB) Clock(local func() time.Time) *Clock { return &Clock{db: db, local: local} }

// Now is the time, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if since := c.local().Sub(c.asked); c.asked.IsZero() || since < 0 || since > clockFor {
		ctx, cancel := context.WithTimeout(context.Background(), clockTime)
		defer cancel()
		if then, err := c.db.Now(ctx); err == nil {
			c.then, c.asked = then, c.local()
		}
	}
	if c.asked.IsZero() {
		return c.local().UTC()
	}
	return c.then.Add(c.local().Sub(c.asked))
}
