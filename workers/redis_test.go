package workers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"

	"parus/internal/services/servicetest"
	"parus/workers"
)

func TestAddressesOfRedis(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]asynq.RedisConnOpt{
		"redis://queue.example":                  asynq.RedisClientOpt{Network: "tcp", Addr: "queue.example:6379"},
		"redis://me:p%40ss@queue.example:7000/3": asynq.RedisClientOpt{Network: "tcp", Addr: "queue.example:7000", Username: "me", Password: "p@ss", DB: 3},
		"redis://:a,b@[2001:db8::1]":             asynq.RedisClientOpt{Network: "tcp", Addr: "[2001:db8::1]:6379", Password: "a,b"},
		"redis-socket:///run/redis.sock?db=4":    asynq.RedisClientOpt{Network: "unix", Addr: "/run/redis.sock", DB: 4},
		"redis-sentinel://a,b:7001/2?master=m":   asynq.RedisFailoverClientOpt{MasterName: "m", SentinelAddrs: []string{"a:26379", "b:7001"}, DB: 2},
		"redis-cluster://:p@a:1,[::1]:2,c":       asynq.RedisClusterClientOpt{Addrs: []string{"a:1", "[::1]:2", "c:6379"}, Password: "p"},
		"redis://a:1,b:2":                        asynq.RedisClusterClientOpt{Addrs: []string{"a:1", "b:2"}},
		"redis-cluster://a/0":                    asynq.RedisClusterClientOpt{Addrs: []string{"a:6379"}},
		"redis-sentinel://:p@a?master=m&sentinel-user=u&sentinel-password=s": asynq.RedisFailoverClientOpt{MasterName: "m", SentinelAddrs: []string{"a:26379"},
			SentinelUsername: "u", SentinelPassword: "s", Password: "p"},
	} {
		got, err := workers.ParseRedis(uri)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", uri, err, diff)
		}
	}
	for uri, secure := range map[string]func(asynq.RedisConnOpt) bool{
		"rediss://a":                           func(o asynq.RedisConnOpt) bool { return o.(asynq.RedisClientOpt).TLSConfig != nil },
		"rediss://a,b":                         func(o asynq.RedisConnOpt) bool { return o.(asynq.RedisClusterClientOpt).TLSConfig != nil },
		"redis-sentinel://a?master=m&tls=true": func(o asynq.RedisConnOpt) bool { return o.(asynq.RedisFailoverClientOpt).TLSConfig != nil },
	} {
		if got, err := workers.ParseRedis(uri); err != nil || !secure(got) {
			t.Errorf("%s: %+v %v", uri, got, err)
		}
	}
}

func TestAddressesOfRedisThatAreWrong(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"queue.example:6379":                         "does not parse",
		"http://:secret@queue.example":               `scheme "http"`,
		"redis://:secret@a/%zz":                      "does not parse",
		"redis://:secret@a/x":                        `database "x"`,
		"redis://:secret@a:70000":                    "no host:port",
		"redis://:secret@2001:db8::1":                "no host:port",
		"redis-socket://":                            "no path",
		"redis-sentinel://:secret@a:1,b:2/0":         "?master=NAME",
		"redis-sentinel://:secret@a:1,,b/0?master=m": "no host:port",
		"redis-cluster://:secret@a,b/1":              "no database 1",
	} {
		_, err := workers.ParseRedis(uri)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want %q", uri, err, want)
		}
	}
}

func FuzzParseRedis(f *testing.F) {
	for _, s := range []string{"redis://a,b", "redis-sentinel://u:p@[::1]:1,b/0?master=m", "redis-socket:///x?db=1", "rediss://@,", "redis-cluster://a#b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		got, err := workers.ParseRedis(uri)
		if (got == nil) != (err != nil) {
			t.Errorf("%v and %v", got, err)
		}
		again, e := workers.ParseRedis(uri)
		if diff := cmp.Diff(got, again); fmt.Sprint(err) != fmt.Sprint(e) || diff != "" {
			t.Errorf("read twice: %s", diff)
		}
	})
}

// TestARedisIsKnownForWhatItIs asks real servers under right and wrong addresses.
func TestARedisIsKnownForWhatItIs(t *testing.T) {
	t.Parallel()
	s, c := servicetest.Sentinels(t), servicetest.Cluster(t)
	sentinels, _, _ := strings.Cut(strings.TrimPrefix(s.URL, "redis-sentinel://"), "/")
	one, _, _ := strings.Cut(sentinels, ",")
	for _, a := range []struct {
		name, uri, want string
		misnamed, away  bool
	}{
		{name: "one server", uri: "redis://" + s.Master, want: "one server at " + s.Master},
		{name: "Sentinels", uri: s.URL, want: "by Sentinel: master parus-test is at " + s.Master + ", 3 of 3"},
		{name: "Sentinels, one of them away", uri: "redis-sentinel://127.0.0.1:1," + one + "/0?master=parus-test", want: "1 of 2 Sentinels answer"},
		{name: "a Cluster", uri: c.URL, want: "a Cluster of 3 masters: "},
		{name: "a Cluster by one node", uri: "redis-cluster://" + c.Node(1), want: c.Node(0)},
		{name: "a master that nobody knows", uri: "redis-sentinel://" + sentinels + "/0?master=other", want: `knows no master "other", it knows parus-test`, misnamed: true},
		{name: "a server as if it were a Sentinel", uri: "redis-sentinel://" + s.Master + "?master=parus-test", want: "is no Sentinel", misnamed: true},
		{name: "a Sentinel as if it were a server", uri: "redis://" + one, want: "is a Sentinel: write redis-sentinel://", misnamed: true},
		{name: "a node of a Cluster as if it were alone", uri: "redis://" + c.Node(0), want: "is a node of a Cluster: write redis-cluster://", misnamed: true},
		{name: "a server as if it were a Cluster", uri: "redis-cluster://" + s.Master, want: "is one server: write redis://", misnamed: true},
		{name: "a replica", uri: "redis://" + s.Replica, want: "is a replica and takes no writes; its master is " + s.Master, misnamed: true},
		{name: "a URL that is none", uri: "redis-sentinel://" + sentinels, want: "?master=NAME", misnamed: true},
		{name: "no server", uri: "redis://127.0.0.1:1", want: "127.0.0.1:1 does not answer", away: true},
		{name: "no Sentinels", uri: "redis-sentinel://127.0.0.1:1,127.0.0.1:2?master=m", want: "no Sentinel answers", away: true},
		{name: "no nodes", uri: "redis-cluster://127.0.0.1:1,127.0.0.1:2", want: "no node of the Cluster answers", away: true},
	} {
		found, err := workers.LookAtRedis(t.Context(), a.uri)
		switch {
		case a.misnamed || a.away:
			if err == nil || !strings.Contains(err.Error(), a.want) || errors.Is(err, workers.ErrRedisMisnamed) != a.misnamed {
				t.Errorf("%s: got %q, %v, want %q", a.name, found, err, a.want)
			}
		case err != nil || !strings.Contains(found, a.want):
			t.Errorf("%s: got %q, %v, want %q", a.name, found, err, a.want)
		}
	}
	c.KillNode(2)
	if _, err := workers.LookAtRedis(t.Context(), s.URL); err != nil {
		t.Error(err)
	}
}
