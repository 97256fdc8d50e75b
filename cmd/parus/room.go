package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"parus/internal/postgis"
)

// spilling is a file that, once its disk is full, goes on counting what would
// have been written.
type spilling struct {
	file *os.File
	full error
	over int64 // bytes for which there was no room
}

// Write never fails for want of room: see full.
func (s *spilling) Write(p []byte) (int, error) {
	n := 0
	if s.full == nil {
		var err error
		if n, err = s.file.Write(p); err == nil || !outOfRoom(err) {
			return n, err
		}
		s.full = err
	}
	s.over += int64(len(p) - n)
	return len(p), nil
}

// outOfRoom tells whether an error is that a disk, a quota or a limit is full.
// Libraries that write for us say so in words.
func outOfRoom(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return true
	}
	text := err.Error()
	return strings.Contains(text, "database or disk is full") || strings.Contains(text, "No space left on device") // SQLite; C libraries
}

// roomError is that there was no room for a file.
type roomError struct {
	path    string
	missing int64 // bytes; 0: unknown
	err     error
}

func (e roomError) Unwrap() error { return e.err }

func (e roomError) Error() string {
	what := "the disk"
	if disk, free, err := diskOf(e.path); err == nil {
		what = fmt.Sprintf("the disk at %s, which has %d bytes left,", disk, free)
	}
	if e.missing > 0 {
		what += fmt.Sprintf(" lacks %d bytes", e.missing)
	} else {
		what += " is full"
	}
	return fmt.Sprintf("write %s: %s: make room and give the same command again; nothing half-written is left, and what was computed is kept (%v)", e.path, what, e.err)
}

// withRoom adds the disk to an error of a full one that does not name it.
func withRoom(err error) error {
	path := (*fs.PathError)(nil)
	if errors.As(err, new(roomError)) || !outOfRoom(err) || !errors.As(err, &path) {
		return err
	}
	return roomError{path: path.Path, err: err}
}

// diskOf is where the disk of a path is mounted, and what an account that is not
// root may still write to it.
func diskOf(path string) (mount string, free uint64, err error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return "", 0, err
	}
	var at, above syscall.Stat_t
	for dir = filepath.Dir(dir); ; dir = filepath.Dir(dir) {
		if err = syscall.Stat(dir, &at); err == nil || dir == "/" {
			break
		}
	}
	if err != nil {
		return "", 0, err
	}
	var room syscall.Statfs_t
	if err := syscall.Statfs(dir, &room); err != nil {
		return "", 0, err
	}
	for dir != "/" && syscall.Stat(filepath.Dir(dir), &above) == nil && above.Dev == at.Dev {
		dir = filepath.Dir(dir)
	}
	return dir, room.Bavail * uint64(room.Bsize), nil
}

// checkArchiver looks whether the database's log is put away: where that fails
// it stays, until the disk is full.
func (d *doctorCmd) checkArchiver(ctx context.Context) finding {
	f := finding{subject: "log of the database", found: "nothing waits to be put away", notice: true}
	db, err := postgis.Open(ctx, d.DatabaseURL)
	if err != nil {
		f.err = errors.New("the database does not answer")
		return f
	}
	defer db.Close()
	a, err := db.Archiver(ctx)
	switch {
	case err != nil:
		f.err = err
	case a.FailedAt.After(a.PutAwayAt):
		f.err = fmt.Errorf("%s could not be put away, last at %s: the log stays on the database's disk until that is full; look at archive_command and the room of the archive",
			a.Failed, a.FailedAt.Format(time.RFC3339))
	}
	return f
}
