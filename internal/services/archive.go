package services

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// archive is the folder from which a private database is restored: "base" holds
// copies of its data, "wal" its log from then on, as it is written.
type archive struct {
	dir string // absolute
	who account
}

// openArchive makes the folders where they are missing. The service account has
// to be able to write there: PostgreSQL itself puts the log away.
func openArchive(ctx context.Context, path string, who account) (archive, error) {
	if err := os.MkdirAll(path, folderMode); err != nil {
		return archive{}, fmt.Errorf("make the archive's folder: %w", err)
	}
	dir, err := absolute(path)
	if err != nil {
		return archive{}, fmt.Errorf("resolve %s: %w", path, err)
	}
	if strings.ContainsAny(dir, "'\"\\%\n$`") {
		return archive{}, fmt.Errorf("the archive's folder %q has a character that shells or PostgreSQL read otherwise: choose another name", dir)
	}
	a := archive{dir, who}
	for _, sub := range []string{a.wal(), a.base()} {
		if err := errors.Join(who.own(sub), who.canEnter(ctx, sub)); err != nil {
			return archive{}, fmt.Errorf("the archive %s has to be writable by %s, who runs PostgreSQL: %w", dir, who.name, err)
		}
	}
	return a, nil
}

// openArchive opens the archive of a cluster that has one.
func (c *cluster) openArchive(ctx context.Context) (err error) {
	if c.config.Archive != "" {
		c.archive, err = openArchive(ctx, c.config.Archive, c.who)
	}
	return err
}

func (a archive) wal() string  { return filepath.Join(a.dir, "wal") }
func (a archive) base() string { return filepath.Join(a.dir, "base") }

// archiveWait bounds how much of the log a lost disk takes along: PostgreSQL
// puts away a segment (16 MiB) when it is full, or after this time.
const archiveWait = time.Minute

// settings make PostgreSQL put its log away. A segment gets its name once it is
// whole and on the disk, and none is ever overwritten by other bytes.
func (a archive) settings() []string {
	put := `test ! -e "W/%f" || exec cmp -s "%p" "W/%f"; cp "%p" "W/.%f" && sync "W/.%f" && mv "W/.%f" "W/%f"`
	return []string{"wal_level=replica", "max_wal_senders=4", "archive_mode=on", "archive_command=" + strings.ReplaceAll(put, "W", a.wal()),
		fmt.Sprintf("archive_timeout=%d", int(archiveWait.Seconds()))}
}

// baseTime is how the folders of copies are named: the time, in UTC, at which
// one was begun.
const baseTime = "20060102T150405Z"

// Backup copies the data of the running database of an archived home into its
// archive, while others work, and returns the folder. From then on the home can
// be restored to any moment after the copy's end.
func Backup(ctx context.Context, archivePath, databaseURL string, now time.Time) (string, error) {
	who, err := serviceAccount()
	if err != nil {
		return "", err
	}
	a, err := openArchive(ctx, archivePath, who)
	if err != nil {
		return "", err
	}
	pg, err := FindPostgres()
	if err != nil {
		return "", err
	}
	to := filepath.Join(a.base(), now.UTC().Format(baseTime))
	half := filepath.Join(a.base(), ".half")
	if err := os.RemoveAll(half); err != nil {
		return "", fmt.Errorf("remove a half-made copy: %w", err)
	}
	cmd := exec.CommandContext(ctx, pg.Path("pg_basebackup"), "-d", databaseURL, "-D", half, "-X", "stream", "-c", "fast")
	cmd.Dir = a.base()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who.credential()}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("copy the database with pg_basebackup: %w: %s (it needs a database that was started with an archive)", err, strings.TrimSpace(string(out)))
	}
	if err := os.Rename(half, to); err != nil {
		return "", fmt.Errorf("name the copy: %w", err)
	}
	return to, nil
}

// bases lists the copies, oldest first.
func (a archive) bases() ([]string, error) {
	entries, err := os.ReadDir(a.base())
	if err != nil {
		return nil, fmt.Errorf("list the copies: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := time.Parse(baseTime, e.Name()); err == nil && e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}
