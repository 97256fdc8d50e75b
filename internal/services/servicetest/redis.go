package servicetest

import (
	"context"
	"errors"
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
	// others says that a server of others is used, whose databases are taken
	// only when empty.
	others bool
	stop   func() error
}

// Redis returns the URI of an empty numbered database of Redis, for
// workers.ParseRedis. It is emptied after the test.
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

// claim is the key in database 0 that marks database n of a server of others
// as taken by a test.
func claim(n int) string { return "parus:test:claim:" + strconv.Itoa(n) }

// take finds a numbered database that nobody uses.
func (q *queue) take(ctx context.Context) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, n := range q.free {
		if q.others {
			ours, err := q.claim(ctx, n)
			if err != nil {
				return 0, err
			}
			if !ours {
				continue
			}
		}
		q.free = append(q.free[:i:i], q.free[i+1:]...)
		return n, nil
	}
	return 0, errors.New("no numbered database of Redis is free: run fewer tests at once, or unset PARUS_REDIS_URL")
}

// claim takes database n of a server of others, unless another test has it or
// something lies in it.
func (q *queue) claim(ctx context.Context, n int) (bool, error) {
	// An hour bounds how long a killed test blocks it.
	got, err := services.AskRedis(ctx, q.urlOf(0), "SET", claim(n), strconv.Itoa(os.Getpid()), "NX", "EX", "3600")
	if err != nil || got != "OK" {
		return false, err
	}
	size, err := services.AskRedis(ctx, q.urlOf(n), "DBSIZE")
	if err == nil && size == "0" {
		return true, nil
	}
	_, errDel := services.AskRedis(ctx, q.urlOf(0), "DEL", claim(n))
	return false, errors.Join(err, errDel)
}

// giveBack empties the database and frees it.
func (q *queue) giveBack(n int) error {
	ctx := context.Background()
	if _, err := services.AskRedis(ctx, q.urlOf(n), "FLUSHDB"); err != nil {
		return err
	}
	if q.others {
		if _, err := services.AskRedis(ctx, q.urlOf(0), "DEL", claim(n)); err != nil {
			return err
		}
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
