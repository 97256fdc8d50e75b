package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/postgis"
	"parus/internal/services"
)

// site is a small deployment of its own: PostGIS and Redis, two supervised
// workers, and a server that works too. Unlike that of other tests its database
// keeps what it has committed when it is killed, though not when the machine is:
// commits wait until the kernel has them, and the kernel may keep them.
type site struct {
	t      *testing.T
	home   string
	db     *services.Services
	queue  *services.Services
	data   string // PostgreSQL's folder
	serial int
	wounds []*wound // of the season under way
}

// newSite starts the services.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, home: private(t)}
	for _, part := range []string{"db", "queue"} {
		if err := os.Mkdir(filepath.Join(s.home, part), 0o711); err != nil {
			t.Fatal(err)
		}
	}
	s.startDatabase()
	s.startQueue()
	t.Cleanup(func() {
		if err := s.db.Close(); err != nil {
			t.Error(err)
		}
		if err := s.queue.Close(); err != nil {
			t.Error(err)
		}
	})
	s.makeTemplate()
	return s
}

func (s *site) startDatabase() { s.db = s.started("db", s.db) }
func (s *site) startQueue()    { s.queue = s.started("queue", s.queue) }

// started starts one of the services, where it was before.
func (s *site) started(part string, before *services.Services) *services.Services {
	s.t.Helper()
	now, err := services.Start(context.Background(), services.Config{Home: filepath.Join(s.home, part), FastUnsafe: true,
		WithoutRedis: part == "db", WithoutDatabase: part == "queue"})
	if err != nil {
		s.t.Fatal(err)
	}
	if before != nil && (now.DatabaseURL != before.DatabaseURL || now.RedisURL != before.RedisURL) {
		s.t.Fatalf("the %s has another address after a restart: %s%s", part, now.DatabaseURL, now.RedisURL)
	}
	return now
}

const templateName = "template_parus"

// makeTemplate migrates a database that those of seasons are copies of.
func (s *site) makeTemplate() {
	s.t.Helper()
	s.order("alter role parus set synchronous_commit = on") // above what FastUnsafe says
	s.order("create database " + templateName)
	db, err := postgis.Open(s.t.Context(), s.urlOf(templateName))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := db.Migrate(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	db.Close()
	conn := s.connect("parus")
	defer conn.Close(context.Background())
	if err := conn.QueryRow(s.t.Context(), "show data_directory").Scan(&s.data); err != nil {
		s.t.Fatal(err)
	}
}

// newDatabase makes the database of one season, in place of the one before, and
// returns its URL.
func (s *site) newDatabase() string {
	s.t.Helper()
	if s.serial > 0 { // PostgreSQL looks at every file as it starts after a crash
		s.order(fmt.Sprintf("drop database season_%d with (force)", s.serial))
	}
	s.serial++
	name := fmt.Sprintf("season_%d", s.serial)
	s.order("create database " + name + " template " + templateName)
	return s.urlOf(name)
}

func (s *site) urlOf(database string) string {
	u, err := url.Parse(s.db.DatabaseURL)
	if err != nil {
		s.t.Fatal(err)
	}
	u.Path = "/" + database
	return u.String()
}

func (s *site) connect(database string) *pgx.Conn {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.urlOf(database))
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}

func (s *site) order(sql string) {
	s.t.Helper()
	conn := s.connect("parus")
	defer conn.Close(context.Background())
	if _, err := conn.Exec(s.t.Context(), sql); err != nil {
		s.t.Fatal(err)
	}
}

// killDatabase kills PostgreSQL's first process; its others end as they notice.
func (s *site) killDatabase() {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.data, "postmaster.pid"))
	if err != nil {
		s.t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	<-s.db.Lost()
}

// restartDatabase starts it on its data folder, which it recovers.
func (s *site) restartDatabase() {
	s.t.Helper()
	if err := s.db.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.startDatabase()
}

// killQueue kills Redis, and everything in it is lost.
func (s *site) killQueue() {
	s.t.Helper()
	for _, p := range processes(s.t) {
		if p.comm != "redis-server" {
			continue
		}
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid)) // gone: not it
		if strings.Contains(string(line), s.home+"/") {
			if err := syscall.Kill(p.pid, syscall.SIGKILL); err != nil {
				s.t.Fatal(err)
			}
			<-s.queue.Lost()
			return
		}
	}
	s.t.Fatal("there is no Redis to kill")
}

func (s *site) restartQueue() {
	s.t.Helper()
	if err := s.queue.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.startQueue()
}

// lease is how long a unit waits in these tests whose worker gives no sign of
// life.
const lease = 6 * time.Second

// newTeam starts two workers and a server on a database.
func (s *site) newTeam(database, mark string) *team {
	home := filepath.Join(s.t.TempDir(), "home")
	env := []string{"PARUS_DATABASE_URL=" + database, "PARUS_REDIS_URL=" + s.queue.RedisURL, "PARUS_HOME=" + home,
		"PARUS_LEASE=" + lease.String(), "PARUS_MEMORY_MB=512", markName + "=" + mark}
	worker := func(name string) *kept {
		return keep(s.t, &kept{name: name, env: env, args: []string{"worker", "--threads", "1"}, ready: "parus: working;"})
	}
	return &team{env: env, workers: []*kept{worker("worker 1"), worker("worker 2")},
		server: keep(s.t, &kept{name: "server", env: env, args: []string{"up", "--listen", "127.0.0.1:0", "--threads", "1"}, ready: "parus: the map is on "})}
}

// team are the processes at work on a season.
type team struct {
	env     []string
	workers []*kept
	server  *kept
}

// end tells all of them to stop.
func (p *team) end() {
	for _, k := range append(p.workers, p.server) {
		defer k.end()
	}
}

// address is the server's, "" while it does not answer.
func (p *team) address() string {
	a, _, _ := strings.Cut(p.server.at(), ";")
	return a
}

// addOfficer adds an account.
func addOfficer(t *testing.T, env []string) {
	t.Helper()
	cmd := command(t.Context(), env, "user", "add", "officer", "--role", "risk", "--all-counties")
	cmd.Stdin = strings.NewReader(officerPassword + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
