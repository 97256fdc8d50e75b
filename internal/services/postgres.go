package services

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	databaseUser = "parus"
	databaseName = "parus"
	// postgresPort only names the socket file; nothing listens on a port.
	postgresPort = "5432"
)

// postgresSocket is the name that PostgreSQL gives its socket.
func postgresSocket(dir string) string { return filepath.Join(dir, ".s.PGSQL."+postgresPort) }

// cluster is a PostgreSQL data folder and what runs it.
type cluster struct {
	place    place
	who      account
	sockets  string
	config   Config
	programs Postgres
	archive  archive // no dir: none
}

func (c *cluster) data() string { return filepath.Join(c.place.dir, "postgres") }

// findPrograms takes the version that made the data, or the newest.
func (c *cluster) findPrograms() error {
	b, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		c.programs, err = FindPostgres()
		return err
	}
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", c.data(), err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return fmt.Errorf("the data folder %s is damaged (PG_VERSION reads %q): move it away to start afresh", c.data(), b)
	}
	p, ok := postgresOf(major)
	if !ok {
		return fmt.Errorf("the data in %s were made by PostgreSQL %d, which is not installed: install the Debian packages postgresql-%d and postgresql-%d-postgis-3, or move the folder away to start afresh",
			c.data(), major, major, major)
	}
	c.programs = p
	return nil
}

// initialise makes the data folder with an empty database in a folder beside
// it, and renames that into place: a folder with the right name is whole.
func (c *cluster) initialise(ctx context.Context, r *running) error {
	if _, err := os.Stat(filepath.Join(c.data(), "PG_VERSION")); err == nil {
		return nil
	}
	fmt.Fprintf(c.config.Log, "services: making a PostgreSQL %d cluster in %s\n", c.programs.Major, c.data())
	fresh := c.data() + ".new"
	if err := removeHalfMade(ctx, fresh); err != nil {
		return fmt.Errorf("remove a half-made cluster: %w", err)
	}
	// C.UTF-8 sorts the same on every machine; trust is safe behind a socket
	// folder that only the account can enter.
	args := []string{"-D", fresh, "--username=" + databaseUser, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
		"--data-checksums", "--no-instructions"}
	single := []string{"--single", "-D", fresh}
	if c.config.FastUnsafe {
		args = append(args, "--no-sync")
		single = append(single, "-F")
	}
	if err := c.finish(ctx, r, c.command("initdb", args)); err != nil {
		return err
	}
	create := c.command("postgres", append(single, "template1"))
	create.stdin = strings.NewReader("CREATE DATABASE " + databaseName + "\n")
	if err := c.finish(ctx, r, create); err != nil {
		return err
	}
	if err := os.Rename(fresh, c.data()); err != nil {
		return fmt.Errorf("put the new cluster into place: %w", err)
	}
	return nil
}

func (c *cluster) logPath() string { return filepath.Join(c.place.logs, "postgres.log") }

func (c *cluster) command(program string, args []string) command {
	return command{name: program, path: c.programs.Path(program), args: args, who: c.who, dir: c.place.dir,
		log: c.logPath(), parentGone: syscall.SIGKILL}
}

// removeHalfMade removes what an interrupted start has left. What initdb started
// ends by itself once initdb is gone, and may write into the folder until then.
func removeHalfMade(ctx context.Context, dir string) error {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := os.RemoveAll(dir)
		if !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

// finish runs a command to its end.
func (c *cluster) finish(ctx context.Context, r *running, cmd command) error {
	p, err := r.keeper.start(cmd)
	if err != nil {
		return err
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("%s: %w", cmd.name, ctx.Err()), p.stop())
	}
	if !errors.Is(p.err, errExitZero) {
		return fmt.Errorf("%s failed (%w): %s", cmd.name, p.err, p.lastWords())
	}
	return nil
}

// start starts the server and waits until it lets a client in.
func (c *cluster) start(ctx context.Context, r *running) error {
	// No process of this home runs any more (endLeftovers), so a pid file is
	// stale, and its number may by now be another process's.
	if err := os.Remove(filepath.Join(c.data(), "postmaster.pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove a stale pid file: %w", err)
	}
	args := []string{"-D", c.data()}
	for _, s := range c.settings() {
		args = append(args, "-c", s)
	}
	cmd := c.command("postgres", args)
	// Fast shutdown: sessions are ended, a checkpoint is written. Immediate
	// shutdown is the harder one; see postgres(1).
	cmd.parentGone, cmd.harder = syscall.SIGINT, []syscall.Signal{syscall.SIGQUIT}
	p, err := r.launch(cmd)
	if err != nil {
		return err
	}
	return p.ready(ctx, func(ctx context.Context) error { return pingPostgres(ctx, postgresSocket(c.sockets)) })
}

// settings are PostgreSQL's for one small machine without replicas.
func (c *cluster) settings() []string {
	s := []string{
		"listen_addresses=", "unix_socket_directories=" + c.sockets, "unix_socket_permissions=0700", "port=" + postgresPort,
		"cluster_name=" + c.place.token,
		"shared_buffers=" + strconv.Itoa(c.config.SharedBuffersMB) + "MB",
		"max_connections=100", "work_mem=32MB", "maintenance_work_mem=256MB", "effective_cache_size=1GB",
		"max_wal_size=2GB",
		// Solid-state storage; compiling short queries costs more than it gains.
		"random_page_cost=1.1", "jit=off",
		"timezone=UTC", "log_timezone=UTC", "lc_messages=C", "log_destination=stderr", "logging_collector=off",
	}
	if c.archive.dir != "" {
		s = append(s, c.archive.settings()...)
	} else {
		// One server without replicas: bulk loads into new tables skip the log.
		s = append(s, "wal_level=minimal", "max_wal_senders=0")
	}
	if smallSharedMemory() {
		// A container's 64 MiB of /dev/shm are too little for parallel queries.
		s = append(s, "dynamic_shared_memory_type=mmap")
	}
	if c.config.FastUnsafe {
		s = append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	return s
}

// smallSharedMemory says whether /dev/shm holds less than parallel queries of
// work_mem each may ask for.
func smallSharedMemory() bool {
	const need = 512 << 20
	var fs syscall.Statfs_t
	return syscall.Statfs("/dev/shm", &fs) != nil || fs.Blocks*uint64(fs.Bsize) < need
}
