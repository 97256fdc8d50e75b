package workers

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// leadTime is how long a run is held to be driven by somebody of whom nothing
// more is heard. Whoever drives says so once in reconcileEvery.
const leadTime = 6 * time.Second

// takeLead takes a key that nobody has, or keeps one's own.
var takeLead = redis.NewScript(`
	if redis.call('set', KEYS[1], ARGV[1], 'nx', 'px', ARGV[2]) then return 1 end
	if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
	redis.call('pexpire', KEYS[1], ARGV[2])
	return 1`)

// leaveLead gives one's own back.
var leaveLead = redis.NewScript(`
	if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
	return 0`)

// queueLeads keeps in Redis who drives a run.
type queueLeads struct {
	redis redis.UniversalClient
	token string
}

// Leads says by keys in Redis who drives a run, with one name for each call of
// this function.
func (q *Queue) Leads() Leads { return queueLeads{q.redis, newToken()} }

// wokeChannel is where workers say in which county a unit has ended, so that
// whoever drives it looks at once, in whatever process that is.
const wokeChannel = "parus:woke"

// Tell says that a unit of a county has ended. Nobody depends on it: where it is
// not heard, it is seen at the next look.
func (q *Queue) Tell(ctx context.Context, county string) {
	const patience = 200 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_ = q.redis.Publish(ctx, wokeChannel, county).Err()
}

// Listen implements [Leads].
func (l queueLeads) Listen(ctx context.Context, heard func(county string)) {
	told := l.redis.Subscribe(ctx, wokeChannel) // it connects again by itself
	defer func() { _ = told.Close() }()         // it only listens
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-told.Channel():
			if !ok {
				return
			}
			heard(m.Payload)
		}
	}
}

func leadKey(run int64) []string { return []string{fmt.Sprintf("parus:lead:{%d}", run)} }

// Lead implements [Leads].
func (l queueLeads) Lead(ctx context.Context, run int64) (bool, error) {
	n, err := takeLead.Run(ctx, l.redis, leadKey(run), l.token, leadTime.Milliseconds()).Int()
	if err != nil {
		return false, fmt.Errorf("who drives run %d: %w", run, err)
	}
	return n == 1, nil
}

// Leave implements [Leads].
func (l queueLeads) Leave(ctx context.Context, run int64) error {
	if err := leaveLead.Run(ctx, l.redis, leadKey(run), l.token).Err(); err != nil {
		return fmt.Errorf("leave run %d: %w", run, err)
	}
	return nil
}

// pace is how often open runs are looked at: each once a second as long as there
// are few, and all of them together a hundred times a second at most, so that
// thousands do not keep the database from their work.
type pace struct{ runs atomic.Int64 }

// looksPerSecond bounds how often all open runs together are looked at where
// nobody says that something has changed.
const looksPerSecond = 100

func (p *pace) every() time.Duration {
	if p == nil {
		return reconcileEvery
	}
	return max(reconcileEvery, time.Duration(p.runs.Load())*time.Second/looksPerSecond)
}
