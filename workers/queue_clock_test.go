package workers_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// A worker whose clock was hours ahead has left a unit on the queue, to be tried
// again then. The ledger wants it now, and so it is done now.
func TestATaskThatAClockAheadPutOffIsDoneNow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := &counting{db: h.db, name: "observe", n: 1}
	p, err := s.Plan(t.Context(), h.run)
	if err != nil {
		t.Fatal(err)
	}
	key := p.Units[0].Key
	body, err := json.Marshal(map[string]string{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	client := h.redis.MakeRedisClient().(redis.UniversalClient)
	defer client.Close()
	_, err = asynq.NewClientFromRedisClient(client).EnqueueContext(t.Context(), asynq.NewTask("season:observe", body), asynq.TaskID(key), asynq.Queue("pixels"), asynq.ProcessIn(5*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.drive(t, s); err != nil {
		t.Fatal(err)
	}
	if n := s.works.Load(); n != 1 {
		t.Errorf("worked %d times", n)
	}
}
