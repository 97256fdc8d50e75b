package servicetest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"parus/internal/services"
)

// Pooler starts a PgBouncer of the test's own before the server of a database
// and returns the database's URL through it. Sessions of the server are handed
// out for one transaction each; there are so many of them for all clients.
func Pooler(t testing.TB, databaseURL string, sessions int) string {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path = "/usr/sbin/pgbouncer" // Debian's, which is not in every PATH
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("servicetest: pgbouncer is not installed: install the Debian package pgbouncer; `make setup-test` installs it")
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatalf("servicetest: %v", err)
	}
	for range 5 {
		port := freePort(t)
		file := filepath.Join(t.TempDir(), "pgbouncer.ini")
		if err := os.WriteFile(file, []byte(poolerSettings(u, port, sessions)), 0o600); err != nil {
			t.Fatalf("servicetest: %v", err)
		}
		args := []string{file}
		if os.Getuid() == 0 { // which it refuses to run as
			who, err := services.RunsAs()
			if err != nil {
				t.Fatalf("servicetest: %v", err)
			}
			args = []string{"-u", who, file}
		}
		p := launch(t, "pgbouncer", exec.Command(path, args...))
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if p.ready(t, func(ctx context.Context) error {
			c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
			if err == nil {
				err = c.Close()
			}
			return err
		}) {
			return (&url.URL{Scheme: "postgres", User: url.User(u.User.Username()), Host: address, Path: u.Path, RawQuery: "sslmode=disable"}).String()
		}
	}
	t.Fatal("servicetest: no pgbouncer stays up")
	return ""
}

// poolerSettings let everybody in as the database's own user: it listens on this
// machine alone.
func poolerSettings(u *url.URL, port, sessions int) string {
	server := []string{"user=" + u.User.Username()}
	if p, ok := u.User.Password(); ok {
		server = append(server, "password="+p)
	}
	host, number := u.Query().Get("host"), u.Query().Get("port")
	if host == "" {
		host = u.Hostname()
	}
	if number == "" {
		number = u.Port()
	}
	server = append(server, "host="+host)
	if number != "" {
		server = append(server, "port="+number)
	}
	return fmt.Sprintf(`[databases]
* = %s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = %d
max_client_conn = 200
server_tls_sslmode = prefer
`, strings.Join(server, " "), port, sessions)
}
