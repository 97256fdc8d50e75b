package servicetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"parus/internal/services"
)

// redisNode is one server of several, on a port of its own.
type redisNode struct {
	*program
	port int
	dir  string
	args []string
}

// address is the node's, as clients and other nodes use it.
func (n *redisNode) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port)) }

// startRedis starts a server that keeps nothing, on a free port; more are
// further arguments for it.
func startRedis(t testing.TB, more func(port int, dir string) []string) *redisNode {
	t.Helper()
	for range 5 {
		n := &redisNode{port: freePort(t), dir: t.TempDir()}
		n.args = append(more(n.port, n.dir), "--bind", "127.0.0.1", "--port", strconv.Itoa(n.port), "--dir", n.dir, "--daemonize", "no",
			"--loglevel", "warning")
		if n.start(t) {
			return n
		}
	}
	t.Fatal("servicetest: no redis-server stays up")
	return nil
}

// start starts the node, false where it ends at once, as on a port that is taken.
func (n *redisNode) start(t testing.TB) bool {
	t.Helper()
	path, err := services.FindRedis()
	if err != nil {
		t.Fatalf("servicetest: %v", err)
	}
	n.program = launch(t, "redis-server", exec.Command(path, n.args...))
	return n.ready(t, func(ctx context.Context) error { return services.PingRedis(ctx, "redis://"+n.address()) })
}

// cli asks a node, and returns its answer of one or many lines.
func (n *redisNode) cli(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "redis-cli", append([]string{"-p", strconv.Itoa(n.port)}, args...)...).CombinedOutput()
	if err != nil || strings.HasPrefix(string(out), "ERR") {
		return "", fmt.Errorf("redis-cli %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// says waits until a node's answer holds what is wanted.
func (n *redisNode) says(t testing.TB, want string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if err := until(ctx, func(ctx context.Context) error {
		out, err := n.cli(ctx, args...)
		if err == nil && !strings.Contains(out, want) {
			err = errors.New(out)
		}
		return err
	}); err != nil {
		t.Fatalf("servicetest: waiting for %q: %v", want, err)
	}
}

func plainRedis(int, string) []string {
	return []string{"--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--repl-diskless-sync-delay", "0"}
}

// RedisSentinels are a master of Redis, its replica and three Sentinels, all of
// them processes of the test's own.
type RedisSentinels struct {
	// URL is that of the Sentinels.
	URL string
	// Master and Replica are the host:port of both, as they began.
	Master, Replica string

	nodes     [2]*redisNode
	sentinels []*redisNode
}

// MasterName is what the Sentinels call their master.
const MasterName = "parus-test"

// Sentinels starts them and waits until they know one another and the replica.
func Sentinels(t testing.TB) *RedisSentinels {
	t.Helper()
	s := &RedisSentinels{}
	s.nodes[0] = startRedis(t, plainRedis)
	s.Master = s.nodes[0].address()
	s.nodes[1] = startRedis(t, func(port int, dir string) []string {
		return append(plainRedis(port, dir), "--replicaof", "127.0.0.1", strconv.Itoa(s.nodes[0].port))
	})
	s.Replica = s.nodes[1].address()
	s.nodes[1].says(t, "master_link_status:up", "info", "replication")
	var list []string
	for range 3 {
		n := startRedis(t, s.configure(t))
		s.sentinels = append(s.sentinels, n)
		list = append(list, n.address())
	}
	s.URL = "redis-sentinel://" + strings.Join(list, ",") + "/0?master=" + MasterName
	for _, n := range s.sentinels {
		n.says(t, "slaves=1,sentinels=3", "info", "sentinel")
	}
	return s
}

// configure writes a Sentinel's configuration, which it keeps its state in.
func (s *RedisSentinels) configure(t testing.TB) func(int, string) []string {
	return func(_ int, dir string) []string {
		path := filepath.Join(dir, "sentinel.conf")
		text := fmt.Sprintf("sentinel monitor %[1]s 127.0.0.1 %d 2\nsentinel down-after-milliseconds %[1]s 1000\nsentinel failover-timeout %[1]s 6000\n",
			MasterName, s.nodes[0].port)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatalf("servicetest: %v", err)
		}
		return []string{path, "--sentinel"}
	}
}

// KillMaster ends the first master without a word to anybody.
func (s *RedisSentinels) KillMaster() { s.nodes[0].kill() }

// AwaitFailover waits until all Sentinels name the former replica.
func (s *RedisSentinels) AwaitFailover(t testing.TB) {
	t.Helper()
	for _, n := range s.sentinels {
		n.says(t, strconv.Itoa(s.nodes[1].port), "sentinel", "get-master-addr-by-name", MasterName)
	}
}

// RedisCluster is a Cluster of three masters without replicas.
type RedisCluster struct {
	URL   string
	nodes []*redisNode
}

// slots is how many a Cluster has.
const slots = 16384

// Cluster starts the nodes, gives each a third of the slots, and waits until
// they agree.
func Cluster(t testing.TB) *RedisCluster {
	t.Helper()
	c := &RedisCluster{}
	var list []string
	const masters = 3
	for i := range masters {
		n := startRedis(t, func(port int, dir string) []string {
			return append(plainRedis(port, dir), "--cluster-enabled", "yes", "--cluster-node-timeout", "2000",
				"--cluster-port", strconv.Itoa(freePort(t)), "--cluster-config-file", "nodes.conf")
		})
		c.nodes, list = append(c.nodes, n), append(list, n.address())
		c.order(t, n, "cluster", "addslotsrange", strconv.Itoa(i*slots/masters), strconv.Itoa((i+1)*slots/masters-1))
		c.order(t, n, "cluster", "set-config-epoch", strconv.Itoa(i+1))
	}
	for _, n := range c.nodes[1:] {
		c.order(t, n, "cluster", "meet", "127.0.0.1", strconv.Itoa(c.nodes[0].port), c.busOf(0))
	}
	for _, n := range c.nodes {
		n.says(t, "cluster_state:ok", "cluster", "info")
	}
	c.URL = "redis-cluster://" + strings.Join(list, ",")
	return c
}

// busOf is the port on which a node speaks with the others.
func (c *RedisCluster) busOf(i int) string {
	for j, a := range c.nodes[i].args {
		if a == "--cluster-port" {
			return c.nodes[i].args[j+1]
		}
	}
	return ""
}

func (c *RedisCluster) order(t testing.TB, n *redisNode, args ...string) {
	t.Helper()
	if out, err := n.cli(t.Context(), args...); err != nil || !strings.HasPrefix(out, "OK") {
		t.Fatalf("servicetest: %v %s", err, out)
	}
}

// NodeOf is the node that holds a key.
func (c *RedisCluster) NodeOf(t testing.TB, key string) int {
	t.Helper()
	out, err := c.nodes[0].cli(t.Context(), "cluster", "keyslot", key)
	slot, e := strconv.Atoi(strings.TrimSpace(out))
	if err != nil || e != nil {
		t.Fatalf("servicetest: %v, %v", err, e)
	}
	return (slot*len(c.nodes) + len(c.nodes) - 1) / slots
}

// KillNode ends a node, and with it all that it held.
func (c *RedisCluster) KillNode(i int) { c.nodes[i].kill() }

// RestartNode starts a node that was killed: empty, in its old place.
func (c *RedisCluster) RestartNode(t testing.TB, i int) {
	t.Helper()
	if !c.nodes[i].start(t) {
		t.Fatalf("servicetest: node %d does not come back: %s", i, c.nodes[i].words)
	}
	for _, n := range c.nodes {
		n.says(t, "cluster_state:ok", "cluster", "info")
	}
}

// Node is the host:port of one.
func (c *RedisCluster) Node(i int) string { return c.nodes[i].address() }
