package workers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// ErrRedisMisnamed says that something answers at an address of Redis, but not
// what the address takes it for: no waiting helps.
var ErrRedisMisnamed = errors.New("the URL of Redis is not right for what answers there")

// lookTime bounds one question to one server.
const lookTime = 3 * time.Second

// LookAtRedis asks what is at an address that [ParseRedis] takes, and says it in
// a line: one server, Sentinels with their master, or a Cluster with its
// masters. Where what answers is of another kind than the address says, the
// Sentinels know no such master or the server takes no writes, the error wraps
// [ErrRedisMisnamed]; other errors may pass.
func LookAtRedis(ctx context.Context, uri string) (string, error) {
	a, err := parseRedis(uri)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRedisMisnamed, err)
	}
	switch a.kind {
	case redisSentinel:
		return a.lookBySentinel(ctx)
	case redisCluster:
		return a.lookAtCluster(ctx)
	case redisSingle:
	}
	found, err := a.lookAt(ctx, a.hosts[0])
	if err != nil {
		return "", err
	}
	return found.version + " answers, one server at " + a.hosts[0], found.mustBe("standalone", a.hosts[0])
}

// redisFound is what INFO tells of a server.
type redisFound struct{ version, mode, role, masterHost string }

// mustBe refuses a server of another mode, and one that takes no writes.
func (f redisFound) mustBe(mode, host string) error {
	way := map[string]string{"standalone": "one server: write redis://" + host, "cluster": "a node of a Cluster: write redis-cluster://" + host + ",…",
		"sentinel": "a Sentinel: write redis-sentinel://" + host + ",…?master=NAME"}[f.mode]
	switch {
	case f.mode != mode:
		return fmt.Errorf("%w: %s is %s", ErrRedisMisnamed, host, way)
	case mode == "standalone" && f.role == "slave":
		return fmt.Errorf("%w: %s is a replica and takes no writes; its master is %s, and Sentinels follow it where it moves: write redis-sentinel://…?master=NAME", ErrRedisMisnamed, host, f.masterHost)
	}
	return nil
}

// lookAt asks one server, which must be the one that takes writes.
func (a redisAddress) lookAt(ctx context.Context, host string) (redisFound, error) {
	one := a
	one.kind, one.hosts = redisSingle, []string{host}
	o := one.options().(asynq.RedisClientOpt)
	client := redis.NewClient(&redis.Options{Network: o.Network, Addr: o.Addr, Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: o.TLSConfig,
		MaxRetries: -1, DialerRetries: 1}) // whoever looks looks again
	defer func() { _ = client.Close() }() // nothing is lost with it
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	text, err := client.Info(ctx, "server", "replication").Result()
	if err != nil {
		return redisFound{}, fmt.Errorf("the Redis at %s does not answer: %w", host, err)
	}
	v := infoOf(text)
	return redisFound{"Redis " + v["redis_version"], v["redis_mode"], v["role"], net.JoinHostPort(v["master_host"], v["master_port"])}, nil
}

// infoOf reads the lines name:value of INFO.
func infoOf(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			out[name] = value
		}
	}
	return out
}

// lookBySentinel asks each Sentinel for the master, and the master itself.
func (a redisAddress) lookBySentinel(ctx context.Context) (string, error) {
	var master string
	var away []error
	answered := 0
	for _, host := range a.hosts {
		at, err := a.askSentinel(ctx, host)
		if errors.Is(err, ErrRedisMisnamed) {
			return "", err
		}
		if err != nil {
			away = append(away, err)
			continue
		}
		answered++
		master = at
	}
	if answered == 0 {
		return "", fmt.Errorf("no Sentinel answers: %w", errors.Join(away...))
	}
	found, err := a.lookAt(ctx, master)
	if err != nil {
		return "", fmt.Errorf("the Sentinels name %s as master %s: %w; they may be about to name another, or announce an address that this machine does not reach", master, a.master, err)
	}
	if found.role != "master" {
		return "", fmt.Errorf("the Sentinels name %s as master %s, which is a replica still: a failover is under way", master, a.master)
	}
	return fmt.Sprintf("%s answers, by Sentinel: master %s is at %s, %d of %d Sentinels answer", found.version, a.master, master, answered, len(a.hosts)), nil
}

// askSentinel returns where one Sentinel says that the master is.
func (a redisAddress) askSentinel(ctx context.Context, host string) (string, error) {
	opt := &redis.Options{Addr: host, MaxRetries: -1, DialerRetries: 1, Username: a.sentinels.Get("sentinel-user"), Password: a.sentinels.Get("sentinel-password")}
	if a.tls {
		opt.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	client := redis.NewSentinelClient(opt)
	defer func() { _ = client.Close() }() // nothing is lost with it
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	at, err := client.GetMasterAddrByName(ctx, a.master).Result()
	var said redis.Error
	switch {
	case errors.Is(err, redis.Nil):
		return "", fmt.Errorf("%w: the Sentinel at %s knows no master %q, it knows %s", ErrRedisMisnamed, host, a.master, mastersOf(ctx, client))
	case errors.As(err, &said) && strings.HasPrefix(said.Error(), "ERR unknown command"):
		return "", fmt.Errorf("%w: %s is no Sentinel, but a server: write redis://%s, or the Sentinels' port (%s unless set otherwise)", ErrRedisMisnamed, host, host, sentinelPort)
	case err != nil:
		return "", fmt.Errorf("the Sentinel at %s: %w", host, err)
	}
	return net.JoinHostPort(at[0], at[1]), nil
}

// mastersOf lists the masters that a Sentinel watches.
func mastersOf(ctx context.Context, client *redis.SentinelClient) string {
	list, err := client.Masters(ctx).Result()
	if err != nil || len(list) == 0 {
		return "none"
	}
	var names []string
	for _, m := range list {
		switch m := m.(type) { // by the version of the protocol
		case map[any]any:
			names = append(names, fmt.Sprint(m["name"]))
		case []any: // name, its value, …
			if len(m) > 1 {
				names = append(names, fmt.Sprint(m[1]))
			}
		}
	}
	return strings.Join(names, ", ")
}

// lookAtCluster asks the first node that answers for the state of all.
func (a redisAddress) lookAtCluster(ctx context.Context) (string, error) {
	var away []error
	for _, host := range a.hosts {
		found, err := a.lookAt(ctx, host)
		if err != nil {
			away = append(away, err)
			continue
		}
		if err := found.mustBe("cluster", host); err != nil {
			return "", err
		}
		masters, err := a.stateOfCluster(ctx)
		return fmt.Sprintf("%s answers, a Cluster of %d masters: %s", found.version, len(masters), strings.Join(masters, ", ")), err
	}
	return "", fmt.Errorf("no node of the Cluster answers: %w", errors.Join(away...))
}

// stateOfCluster lists the masters, or says what a Cluster lacks.
func (a redisAddress) stateOfCluster(ctx context.Context) ([]string, error) {
	client := a.options().MakeRedisClient().(*redis.ClusterClient) // of these options, by its documentation
	defer func() { _ = client.Close() }()                          // nothing is lost with it
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	text, err := client.ClusterInfo(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("the state of the Cluster: %w", err)
	}
	v := infoOf(text)
	if v["cluster_state"] != "ok" {
		return nil, fmt.Errorf("the Cluster takes no writes: state %s, %s of 16384 slots in place, %s failed: `redis-cli --cluster check %s` says which nodes are away",
			v["cluster_state"], v["cluster_slots_ok"], v["cluster_slots_fail"], a.hosts[0])
	}
	var masters []string
	slots, err := client.ClusterSlots(ctx).Result() //nolint:staticcheck // what replaces it is unknown to servers before 7.0
	if err != nil {
		return nil, fmt.Errorf("the nodes of the Cluster: %w", err)
	}
	for _, s := range slots {
		if len(s.Nodes) > 0 {
			masters = append(masters, s.Nodes[0].Addr)
		}
	}
	slices.Sort(masters)
	return slices.Compact(masters), nil
}
