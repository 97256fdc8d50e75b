package workers

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/hibiken/asynq"
)

const (
	redisPort    = "6379"
	sentinelPort = "26379"
)

// errRedisURL says how an address of Redis is written; it never holds what was
// given, since that may have a password in it.
var errRedisURL = errors.New("write redis://[user:password@]host:port/db (rediss:// over TLS), redis-socket:///path?db=0, " +
	"redis-sentinel://host:port,host:port/db?master=NAME or redis-cluster://host:port,host:port")

// ParseRedis reads where the queue is:
//
//	redis://[[user]:password@]host[:port][/db]       one server; rediss:// over TLS
//	redis-socket://[[user]:password@]/path[?db=n]    one server on this machine
//	redis-sentinel://[[user]:password@]host[:port],…[/db]?master=NAME[&sentinel-user=…&sentinel-password=…][&tls=true]
//	redis-cluster://[[user]:password@]host[:port],…[?tls=true]   a Cluster, by some of its nodes
//
// redis:// and rediss:// with several addresses are a Cluster too. User and
// password are those of the servers.
func ParseRedis(uri string) (asynq.RedisConnOpt, error) {
	a, err := parseRedis(uri)
	if err != nil {
		return nil, err
	}
	return a.options(), nil
}

// redisKind is how the servers of a queue belong together.
type redisKind string

const (
	redisSingle   redisKind = "single"
	redisSentinel redisKind = "sentinel"
	redisCluster  redisKind = "cluster"
)

// redisAddress is a parsed address of Redis.
type redisAddress struct {
	kind      redisKind
	hosts     []string // host:port of the server, Sentinels or nodes; the path of a socket
	network   string
	db        int
	user      *url.Userinfo
	tls       bool
	master    string
	sentinels url.Values // with sentinel-user and sentinel-password
}

// parseRedis takes the list of hosts out before net/url sees the rest, which
// takes one host only.
func parseRedis(uri string) (redisAddress, error) {
	scheme, rest, ok := strings.Cut(uri, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority := rest[:end]
	at := strings.LastIndexByte(authority, '@') + 1
	u, err := url.Parse("redis://" + authority[:at] + "host" + rest[end:])
	if !ok || err != nil {
		return redisAddress{}, fmt.Errorf("the URL of Redis does not parse: %w", errRedisURL)
	}
	a := redisAddress{network: "tcp", user: u.User, master: u.Query().Get("master"), sentinels: u.Query(), tls: scheme == "rediss" || u.Query().Get("tls") == "true"}
	number, port := strings.Trim(u.Path, "/"), redisPort
	switch scheme {
	case "redis", "rediss":
		a.kind = redisSingle
		if strings.Contains(authority[at:], ",") {
			a.kind = redisCluster
		}
	case "redis-cluster":
		a.kind = redisCluster
	case "redis-sentinel":
		a.kind, port = redisSentinel, sentinelPort
		if a.master == "" {
			return a, fmt.Errorf("the URL of the Sentinels does not name the master: add ?master=NAME, as in their `sentinel monitor NAME …`: %w", errRedisURL)
		}
	case "redis-socket":
		if u.Path == "" {
			return a, fmt.Errorf("the URL of Redis has no path of a socket: %w", errRedisURL)
		}
		a.kind, a.network, a.hosts, number = redisSingle, "unix", []string{u.Path}, u.Query().Get("db")
	default:
		return a, fmt.Errorf("the URL of Redis has the scheme %q: %w", scheme, errRedisURL)
	}
	if a.network == "tcp" {
		if a.hosts, err = hostList(authority[at:], port); err != nil {
			return a, err
		}
	}
	if number != "" {
		if a.db, err = strconv.Atoi(number); err != nil || a.db < 0 {
			return a, fmt.Errorf("the URL of Redis names the database %q, which is no number: %w", number, errRedisURL)
		}
	}
	if a.kind == redisCluster && a.db != 0 {
		return a, fmt.Errorf("a Cluster of Redis has no database %d: leave the number out", a.db)
	}
	return a, nil
}

// hostList reads host[:port],host[:port]; without a port it is that of the kind.
func hostList(list, port string) ([]string, error) {
	var hosts []string
	for h := range strings.SplitSeq(list, ",") {
		name, number, err := net.SplitHostPort(h)
		if err != nil { // no port
			name, number = strings.Trim(h, "[]"), port
		}
		if _, err := strconv.ParseUint(number, 10, 16); name == "" || err != nil || strings.Contains(name, ":") && !strings.HasPrefix(h, "[") {
			return nil, fmt.Errorf("the URL of Redis names the server %q, which is no host:port: %w", h, errRedisURL)
		}
		hosts = append(hosts, net.JoinHostPort(name, number))
	}
	return hosts, nil
}

// options are asynq's.
func (a redisAddress) options() asynq.RedisConnOpt {
	user, password := a.user.Username(), ""
	if p, ok := a.user.Password(); ok {
		password = p
	}
	var secure *tls.Config
	if a.tls {
		secure = &tls.Config{MinVersion: tls.VersionTLS12} // the name is that of each address
	}
	switch a.kind {
	case redisSentinel:
		return asynq.RedisFailoverClientOpt{MasterName: a.master, SentinelAddrs: a.hosts,
			SentinelUsername: a.sentinels.Get("sentinel-user"), SentinelPassword: a.sentinels.Get("sentinel-password"),
			Username: user, Password: password, DB: a.db, TLSConfig: secure}
	case redisCluster:
		return asynq.RedisClusterClientOpt{Addrs: a.hosts, Username: user, Password: password, TLSConfig: secure}
	case redisSingle:
	}
	return asynq.RedisClientOpt{Network: a.network, Addr: a.hosts[0], Username: user, Password: password, DB: a.db, TLSConfig: secure}
}
