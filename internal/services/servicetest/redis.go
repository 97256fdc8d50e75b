package servicetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"

	"parus/internal/services"
)

// queue is the Redis of a test binary and its free numbered databases.
type queue struct {
	url  *url.URL
	mu   sync.Mutex
	free []int
	// claimed says that a server of others is used, whose databases are taken
	// only when empty.
	others bool
	stop   func() error
}

// Redis returns the URI of an empty numbered database of Redis, for
// asynq.ParseRedisURI. It is emptied after the test.
func Redis(t testing.TB) string {
	t.Helper()
	q, err := shared.redis.get(startQueue)
	if err != nil {
		t.Fatalf("servicetest: %v", err)
	}
	n, err := q.take(t.Context())
	if err != nil {
		t.Fatalf("servicetest: %v", err)
	}
	t.Cleanup(func() {
		if err := q.giveBack(n); err != nil {
			t.Errorf("servicetest: %v", err)
		}
	})
	return q.urlOf(n)
}

func startQueue() (*queue, error) {
	q := &queue{stop: func() error { return nil }}
	given, databases := os.Getenv("PARUS_REDIS_URL"), 16 // Redis's own default
	if given == "" {
		run, home, err := shared.start(services.Config{WithoutDatabase: true})
		if err != nil {
			return nil, err
		}
		given, databases = run.RedisURL, services.RedisDatabases
		q.stop = func() error { return errors.Join(run.Close(), os.RemoveAll(home)) }
	} else {
		q.others = true
	}
	u, err := url.Parse(given)
	if err != nil {
		return nil, errors.Join(errors.New("PARUS_REDIS_URL is not a URL"), q.stop())
	}
	q.url = u
	for n := 1; n < databases; n++ { // 0 is where people keep things
		q.free = append(q.free, n)
	}
	return q, nil
}

// claimKey marks a database of a server of others as taken by a test.
const claimKey = "parus:test:claim"

// take finds a numbered database that nobody uses.
func (q *queue) take(ctx context.Context) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, n := range q.free {
		if q.others {
			size, err := services.AskRedis(ctx, q.urlOf(n), "DBSIZE")
			if err != nil {
				return 0, err
			}
			if size != "0" {
				continue
			}
			// An hour bounds how long a killed test blocks it.
			if got, err := services.AskRedis(ctx, q.urlOf(n), "SET", claimKey, strconv.Itoa(os.Getpid()), "NX", "EX", "3600"); err != nil || got != "OK" {
				continue
			}
		}
		q.free = append(q.free[:i:i], q.free[i+1:]...)
		return n, nil
	}
	return 0, fmt.Errorf("no numbered database of Redis is free: run fewer tests at once, or unset PARUS_REDIS_URL")
}

// giveBack empties the database and frees it.
func (q *queue) giveBack(n int) error {
	if _, err := services.AskRedis(context.Background(), q.urlOf(n), "FLUSHDB"); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free = append(q.free, n)
	return nil
}

// urlOf is the URI of a numbered database.
func (q *queue) urlOf(n int) string {
	u := *q.url
	if u.Scheme == "redis-socket" {
		v := u.Query()
		v.Set("db", strconv.Itoa(n))
		u.RawQuery = v.Encode()
	} else {
		u.Path = "/" + strconv.Itoa(n)
	}
	return u.String()
}

func (q *queue) close() error { return q.stop() }
