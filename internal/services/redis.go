package services

import (
	"context"
	"net/url"
	"path/filepath"
	"strconv"
	"syscall"
)

// RedisDatabases is how many numbered databases a private Redis has.
const RedisDatabases = 256

// redisServer is a Redis that keeps nothing: what it held is enqueued again
// from the database's ledger.
type redisServer struct {
	program string
	place   place
	who     account
	sockets string
}

// start starts the server, waits until it answers and returns its socket.
func (s redisServer) start(ctx context.Context, r *running) (string, error) {
	socket := filepath.Join(s.sockets, "redis.sock")
	p, err := r.launch(command{
		name: "redis-server", path: s.program, who: s.who, dir: s.place.dir,
		args: []string{"--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
			"--save", "", "--appendonly", "no", "--dir", s.place.dir, "--daemonize", "no", "--logfile", "",
			"--loglevel", "warning", "--databases", strconv.Itoa(RedisDatabases), "--maxclients", "2000",
			// A queue may refuse work, but never drop some of it unsaid.
			"--maxmemory-policy", "noeviction"},
		log:        filepath.Join(s.place.logs, "redis.log"),
		parentGone: syscall.SIGTERM,
	})
	if err != nil {
		return "", err
	}
	uri := (&url.URL{Scheme: "redis-socket", Path: socket}).String()
	return socket, p.ready(ctx, func(ctx context.Context) error { return PingRedis(ctx, uri) })
}
