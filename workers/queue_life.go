package workers

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"parus/internal/ledger"

	"github.com/hibiken/asynq"
)

// lifeKey holds a word in Redis that is gone with everything else there.
const lifeKey = "parus:life"

// LostAt tells when it was noticed that Redis has lost all that it held, so that
// what was put there before is not there any more; zero where that never was.
func (q *Queue) LostAt(ctx context.Context, now time.Time) (time.Time, error) {
	var life *redis.StringCmd
	_, err := q.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.SetNX(ctx, lifeKey, newToken(), 0)
		life = p.Get(ctx, lifeKey)
		return nil
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("look whether the queue is what it was: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.life != "" && q.life != life.Val() {
		q.lostAt = now
	}
	q.life = life.Val()
	return q.lostAt, nil
}

// orphan tells whether a task that the queue holds to be worked on is in nobody's
// hands: its worker has died before it could claim the unit. asynq itself gives
// such a task to others after a minute or two.
func (q *Queue) orphan(t *asynq.TaskInfo) (bool, error) {
	servers, err := q.inspector.Servers() // they give a sign of life every five seconds, and are forgotten after ten
	if err != nil {
		return false, fmt.Errorf("look who is at work: %w", err)
	}
	for _, s := range servers {
		for _, w := range s.ActiveWorkers {
			if w.TaskID == t.ID {
				return false, nil
			}
		}
	}
	return true, nil
}

// maxCopies bounds the tasks of one unit. The ledger lets one of them do it.
const maxCopies = 4

// taskCopy is the n-th task of a unit, for which those before are orphans.
func taskCopy(u ledger.Ready, n int) string {
	if n == 0 {
		return taskID(u)
	}
	return fmt.Sprintf("%s~%d", taskID(u), n)
}
