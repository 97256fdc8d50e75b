package servicetest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"parus/internal/services"
)

// server is the PostgreSQL of a test binary.
type server struct {
	url       *url.URL // of a database to give orders from
	psql      string
	prefix    string // of every database that this binary makes
	serial    atomic.Int64
	templates templates
	stop      func() error
}

// Database returns the URL of a fresh database with the PostGIS extension,
// which is dropped after the test.
func Database(t testing.TB) string {
	t.Helper()
	return DatabaseFrom(t, "postgis", func(string) error { return nil })
}

// DatabaseFrom returns the URL of a fresh database cloned from the template
// called name, which is dropped after the test. The first call for a name
// makes the template: a database with PostGIS, handed to prepare, which
// migrates it, say, and closes its connections. Cloning a migrated template
// costs a fraction of migrating.
func DatabaseFrom(t testing.TB, name string, prepare func(databaseURL string) error) string {
	t.Helper()
	s, err := shared.database.get(startServer)
	if err != nil {
		t.Fatalf("servicetest: %v", err)
	}
	template, err := s.templates.get(name, func() (string, error) { return s.makeTemplate(prepare) })
	if err != nil {
		t.Fatalf("servicetest: template %s: %v", name, err)
	}
	db := s.name()
	if err := s.order(`CREATE DATABASE "` + db + `" TEMPLATE "` + template + `"`); err != nil {
		t.Fatalf("servicetest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.drop(db); err != nil {
			t.Errorf("servicetest: %v", err)
		}
	})
	return s.urlOf(db)
}

func startServer() (*server, error) {
	s := &server{prefix: fmt.Sprintf("parus_test_%d_", os.Getpid()), stop: func() error { return nil }}
	given := os.Getenv("PARUS_DATABASE_URL")
	if given == "" {
		run, home, err := shared.start(services.Config{WithoutRedis: true})
		if err != nil {
			return nil, err
		}
		given = run.DatabaseURL
		s.stop = func() error { return errors.Join(run.Close(), os.RemoveAll(home)) }
	}
	u, err := url.Parse(given)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, errors.Join(errors.New("PARUS_DATABASE_URL is not a postgres:// URL"), s.stop())
	}
	s.url = u
	if s.psql, err = findPSQL(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func findPSQL() (string, error) {
	if pg, err := services.FindPostgres(); err == nil {
		return pg.Path("psql"), nil
	}
	p, err := exec.LookPath("psql")
	if err != nil {
		return "", errors.New("psql is not in PATH: install the Debian package postgresql-client; `make setup` installs it")
	}
	return p, nil
}

// name is a database name that nobody else has.
func (s *server) name() string { return fmt.Sprintf("%s%d", s.prefix, s.serial.Add(1)) }

// urlOf is the URL of a database of the server.
func (s *server) urlOf(db string) string {
	u := *s.url
	u.Path = "/" + db
	return u.String()
}

// order runs SQL in the first database.
func (s *server) order(sql string) error { return s.orderIn(s.url.String(), sql) }

func (s *server) orderIn(databaseURL, sql string) error {
	cmd := exec.Command(s.psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", databaseURL, "-c", sql)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", sql, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// drop drops a database whoever is still connected to it.
func (s *server) drop(db string) error {
	return s.order(`DROP DATABASE IF EXISTS "` + db + `" WITH (FORCE)`)
}

func (s *server) makeTemplate(prepare func(string) error) (string, error) {
	db := s.name()
	if err := s.order(`CREATE DATABASE "` + db + `"`); err != nil {
		return "", err
	}
	err := s.orderIn(s.urlOf(db), "CREATE EXTENSION IF NOT EXISTS postgis")
	if err == nil {
		err = prepare(s.urlOf(db))
	}
	if err != nil {
		return "", errors.Join(err, s.drop(db))
	}
	return db, nil
}

func (s *server) close() error {
	var errs []error
	for _, db := range s.templates.all() {
		errs = append(errs, s.drop(db))
	}
	return errors.Join(append(errs, s.stop())...)
}
