package services

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// wayOut is how a machine gets what is missing.
const wayOut = "`make setup` installs it"

// Postgres are the programs of one PostgreSQL version.
type Postgres struct {
	Major   int    // 15
	Bin     string // folder of initdb and postgres
	PostGIS string // version of the PostGIS extension, "" where it is not installed
}

// Path is the path of one of its programs.
func (p Postgres) Path(program string) string { return filepath.Join(p.Bin, program) }

// FindPostgres returns the newest PostgreSQL that has PostGIS. Its error says
// which Debian package is missing.
func FindPostgres() (Postgres, error) {
	found := installedPostgres()
	for _, p := range found {
		if p.PostGIS != "" {
			return p, nil
		}
	}
	if len(found) == 0 {
		return Postgres{}, errors.New("PostgreSQL is not installed (initdb and postgres are neither in /usr/lib/postgresql/*/bin nor in PATH): " +
			"install the Debian packages postgresql-15 and postgresql-15-postgis-3, or set PARUS_DATABASE_URL; " + wayOut)
	}
	return Postgres{}, fmt.Errorf("PostgreSQL %d has no PostGIS: install the Debian package postgresql-%d-postgis-3; %s",
		found[0].Major, found[0].Major, wayOut)
}

// postgresOf returns the installed PostgreSQL of one major version.
func postgresOf(major int) (Postgres, bool) {
	for _, p := range installedPostgres() {
		if p.Major == major && p.PostGIS != "" {
			return p, true
		}
	}
	return Postgres{}, false
}

// installedPostgres lists the installed versions, newest first: Debian's
// folders, then whatever PATH finds.
func installedPostgres() []Postgres {
	var found []Postgres
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well formed
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(p))
		}
	}
	for _, dir := range dirs {
		major, ok := postgresMajor(dir)
		known := slices.ContainsFunc(found, func(p Postgres) bool { return p.Major == major })
		if ok && !known {
			found = append(found, Postgres{Major: major, Bin: dir, PostGIS: postgisVersion(dir, major)})
		}
	}
	slices.SortStableFunc(found, func(a, b Postgres) int { return b.Major - a.Major })
	return found
}

// postgresMajor asks the server for its version: "postgres (PostgreSQL) 15.13 (Debian…)".
func postgresMajor(bin string) (int, bool) {
	for _, program := range []string{"initdb", "postgres"} {
		if fi, err := os.Stat(filepath.Join(bin, program)); err != nil || fi.IsDir() {
			return 0, false
		}
	}
	if n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil {
		return n, true // Debian names the folder after it
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return 0, false
	}
	_, v, _ := strings.Cut(string(out), "(PostgreSQL) ")
	digits, _, _ := strings.Cut(strings.TrimSpace(v), ".")
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// postgisVersion reads default_version of the extension's control file.
func postgisVersion(bin string, major int) string {
	share := filepath.Join("/usr/share/postgresql", strconv.Itoa(major))
	if out, err := exec.Command(filepath.Join(bin, "pg_config"), "--sharedir").Output(); err == nil {
		share = strings.TrimSpace(string(out))
	}
	b, err := os.ReadFile(filepath.Join(share, "extension", "postgis.control"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, "="); ok && strings.TrimSpace(k) == "default_version" {
			return strings.Trim(strings.TrimSpace(v), "'")
		}
	}
	return ""
}

// FindRedis returns the path of redis-server. Its error says which Debian
// package is missing.
func FindRedis() (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	if _, err := os.Stat("/usr/bin/redis-server"); err == nil {
		return "/usr/bin/redis-server", nil
	}
	return "", errors.New("redis-server is not in PATH: install the Debian package redis-server, or set PARUS_REDIS_URL; " + wayOut)
}
