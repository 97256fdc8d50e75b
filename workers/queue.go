package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"parus/internal/ledger"
)

// taskPrefix begins the type of every task: "season:observe".
const taskPrefix = "season:"

// personQueue is for what a person waits for.
const personQueue = "person"

// queues by kind, each emptied before the next is looked at: what a person waits
// for, then what ends a season, then pixels, then what is drawn of them for the
// map. The numbers are ranks (asynq's StrictPriority): what comes first is little
// and ends a season that has begun, so nothing starves for long.
func queues() map[string]int {
	return map[string]int{personQueue: 4, "season": 3, "pixels": 2, "overlays": 1}
}

// queueNames are all queues.
func queueNames() []string {
	return append(slices.Sorted(maps.Keys(queues())), uploadsQueue)
}

func queueOf(u ledger.Ready) string {
	switch u.Stage {
	case stageIntake, stageRelease:
		return uploadsQueue
	case stageRender:
		if !u.Urgent {
			return "overlays"
		}
	case stageVerify, stageCover, stageObserve: // they read imagery, or wait for it
		if !u.Urgent {
			return "pixels"
		}
	}
	if u.Urgent {
		return personQueue
	}
	return "season"
}

// task is what travels through the queue: names and sizes, never data.
type task struct {
	Key string `json:"key"`
	MiB int64  `json:"mib,omitempty"` // that the unit is expected to take

	Trace string `json:"trace,omitempty"` // of whoever asked, where somebody traces
}

// taskID is the unit's key, so that a unit is on a queue once. After each worker
// that died with it the unit is a task anew: the queue holds the old one to be
// in the dead worker's hands for a minute and a half yet.
func taskID(u ledger.Ready) string {
	if u.Deaths == 0 {
		return u.Key
	}
	return fmt.Sprintf("%s/%d", u.Key, u.Deaths)
}

// newTask makes the task of a unit under one of its IDs.
func newTask(ctx context.Context, u ledger.Ready, id string) (*asynq.Task, error) {
	b, err := json.Marshal(task{Key: u.Key, MiB: (u.MemoryBytes + 1<<20 - 1) >> 20, Trace: traceparent(ctx)})
	if err != nil {
		return nil, err
	}
	return asynq.NewTask(taskPrefix+u.Stage, b,
		asynq.TaskID(id), asynq.Queue(queueOf(u)), asynq.MaxRetry(maxAttempts), asynq.Timeout(30*time.Minute)), nil
}

// parseTask returns the unit of a task, and ctx with the trace of whoever asked.
func parseTask(ctx context.Context, t *asynq.Task) (context.Context, ledger.Ready, error) {
	stage, ok := strings.CutPrefix(t.Type(), taskPrefix)
	var p task
	if err := json.Unmarshal(t.Payload(), &p); err != nil || !ok || p.Key == "" {
		return ctx, ledger.Ready{}, fmt.Errorf("task of type %q with payload %q is none of Parus", t.Type(), t.Payload())
	}
	return askedBy(ctx, p.Trace), ledger.Ready{Key: p.Key, Stage: stage, MemoryBytes: p.MiB << 20}, nil
}

// retryDelay is asynq's wait before the n-th retry: 1, 2, 4 … seconds, at most
// a minute.
func retryDelay(n int, _ error, _ *asynq.Task) time.Duration {
	return time.Duration(math.Min(60, math.Pow(2, float64(n)))) * time.Second
}

// Queue puts units where workers find them.
type Queue struct {
	// Meter, where set, counts what is put there.
	Meter *Meter

	redis     redis.UniversalClient
	inspector *asynq.Inspector

	mu     sync.Mutex
	life   string // word in Redis when it was looked at last
	lostAt time.Time
}

// NewQueue connects to Redis.
func NewQueue(opt asynq.RedisConnOpt) *Queue {
	client := opt.MakeRedisClient().(redis.UniversalClient) // by its documentation
	return &Queue{redis: client, inspector: asynq.NewInspectorFromRedisClient(client)}
}

// Close ends the connections.
func (q *Queue) Close() error { return q.redis.Close() }

// Ping checks that Redis answers.
func (q *Queue) Ping(ctx context.Context) error { return q.redis.Ping(ctx).Err() }

// client is a new one each time: asynq's tells Redis the name of a queue only
// once, so that where Redis has lost everything the inspector and asynqmon would
// not find the queue any more.
func (q *Queue) client() *asynq.Client { return asynq.NewClientFromRedisClient(q.redis) }

// farAhead is more than any task waits before it is tried again.
const farAhead = 3 * time.Minute

// givenUp tells whether the queue will not give a task out: it was archived, or
// it is to wait for a time that a worker whose clock is ahead has named.
func givenUp(info *asynq.TaskInfo, now time.Time) bool {
	if info.State == asynq.TaskStateRetry || info.State == asynq.TaskStateScheduled {
		return info.NextProcessAt.Sub(now) > farAhead
	}
	return info.State == asynq.TaskStateArchived
}

// Enqueue puts a unit on the queue. A unit that is there already stays as it
// is; one that the queue has given up on, while the ledger has not, is put
// there anew, and so is one that was put there a while ago and that the queue
// holds to be in the hands of a worker that is gone.
func (q *Queue) Enqueue(ctx context.Context, u ledger.Ready) error {
	reason := putOf(u)
	for n := range maxCopies {
		id := taskCopy(u, n)
		t, err := newTask(ctx, u, id)
		if err != nil {
			return err
		}
		_, err = q.client().EnqueueContext(ctx, t)
		if !errors.Is(err, asynq.ErrTaskIDConflict) {
			return q.counted(u, reason, err)
		}
		info, err := q.inspector.GetTaskInfo(queueOf(u), id)
		if err != nil {
			return nil //nolint:nilerr // gone means that it was just taken
		}
		switch {
		case givenUp(info, time.Now()):
			if err := q.inspector.DeleteTask(queueOf(u), id); err != nil {
				return wrapEnqueue(u, err)
			}
			_, err = q.client().EnqueueContext(ctx, t)
			return q.counted(u, putArchived, err)
		case info.State != asynq.TaskStateActive || !u.Again:
			return nil
		}
		if gone, err := q.orphan(info); err != nil || !gone {
			return wrapEnqueue(u, err)
		}
		reason = putOrphan
	}
	return nil
}

func (q *Queue) counted(u ledger.Ready, p put, err error) error {
	if err == nil {
		q.Meter.putOn(queueOf(u), p)
	}
	return wrapEnqueue(u, err)
}

func wrapEnqueue(u ledger.Ready, err error) error {
	if err != nil {
		return fmt.Errorf("enqueue %.24s: %w", u.Key, err)
	}
	return nil
}

// quiet passes asynq's words to slog, routine ones at debug level.
type quiet struct{ log *slog.Logger }

func (q quiet) Debug(args ...any) { q.log.Debug(fmt.Sprint(args...)) }
func (q quiet) Info(args ...any)  { q.log.Debug(fmt.Sprint(args...)) }
func (q quiet) Warn(args ...any)  { q.log.Debug(fmt.Sprint(args...)) }
func (q quiet) Error(args ...any) { q.log.Warn(fmt.Sprint(args...)) }
func (q quiet) Fatal(args ...any) { q.log.Error(fmt.Sprint(args...)) }
