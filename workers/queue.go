package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/hibiken/asynq"

	"parus/internal/ledger"
)

// taskPrefix begins the type of every task: "season:observe".
const taskPrefix = "season:"

// queues by kind with their weights: what a person waits for comes first, then
// what ends a season, then pixels, then what is drawn of them for the map.
var queues = map[string]int{"person": 24, "season": 12, "pixels": 4, "overlays": 1}

// pixelStages read imagery and go to the queue of their own kind.
var pixelStages = map[string]bool{stageVerify: true, stageCover: true, stageObserve: true}

func queueOf(stage string) string {
	switch {
	case stage == stageRender:
		return "overlays"
	case pixelStages[stage]:
		return "pixels"
	}
	return "season"
}

// task is what travels through the queue: names, never data.
type task struct {
	Key string `json:"key"`
}

// newTask makes the task of a unit. Its id is the unit's key, so a unit is on
// the queue once.
func newTask(u ledger.Ready) (*asynq.Task, error) {
	b, err := json.Marshal(task{Key: u.Key})
	if err != nil {
		return nil, err
	}
	queue := queueOf(u.Stage)
	return asynq.NewTask(taskPrefix+u.Stage, b,
		asynq.TaskID(u.Key), asynq.Queue(queue), asynq.MaxRetry(maxAttempts), asynq.Timeout(30*time.Minute)), nil
}

func parseTask(t *asynq.Task) (stage, key string, err error) {
	stage, ok := strings.CutPrefix(t.Type(), taskPrefix)
	var p task
	if err := json.Unmarshal(t.Payload(), &p); err != nil || !ok || p.Key == "" {
		return "", "", fmt.Errorf("task of type %q with payload %q is none of Parus", t.Type(), t.Payload())
	}
	return stage, p.Key, nil
}

// retryDelay is asynq's wait before the n-th retry: 1, 2, 4 … seconds, at most
// a minute.
func retryDelay(n int, _ error, _ *asynq.Task) time.Duration {
	return time.Duration(math.Min(60, math.Pow(2, float64(n)))) * time.Second
}

// Queue puts units where workers find them.
type Queue struct {
	client    *asynq.Client
	inspector *asynq.Inspector
}

// NewQueue connects to Redis.
func NewQueue(redis asynq.RedisConnOpt) *Queue {
	return &Queue{client: asynq.NewClient(redis), inspector: asynq.NewInspector(redis)}
}

// Close ends the connections.
func (q *Queue) Close() error { return errors.Join(q.client.Close(), q.inspector.Close()) }

// Enqueue puts a unit on the queue. A unit that is there already stays as it
// is; one that the queue has given up on, while the ledger has not, is put
// there anew.
func (q *Queue) Enqueue(ctx context.Context, u ledger.Ready) error {
	t, err := newTask(u)
	if err != nil {
		return err
	}
	_, err = q.client.EnqueueContext(ctx, t)
	if !errors.Is(err, asynq.ErrTaskIDConflict) {
		return wrapEnqueue(u, err)
	}
	queue := queueOf(u.Stage)
	info, err := q.inspector.GetTaskInfo(queue, u.Key)
	waits := err != nil || info.State != asynq.TaskStateArchived // gone means that it was just taken
	if waits {
		return nil
	}
	if err := q.inspector.DeleteTask(queue, u.Key); err != nil {
		return wrapEnqueue(u, err)
	}
	_, err = q.client.EnqueueContext(ctx, t)
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
