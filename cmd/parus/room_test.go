package main

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/season"
	"parus/internal/services"
)

// smallDisk is a disk of its own with some KiB of room, which grows on demand.
// Where this process may not mount one, it skips.
func smallDisk(t *testing.T, kib int) (dir string, grow func(kib int)) {
	t.Helper()
	dir, err := os.MkdirTemp("", "parus-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	size := func(kib int) string { return "mode=0755,size=" + strconv.Itoa(kib) + "k" }
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, size(kib)); err != nil {
		t.Skipf("SKIPPED: no small disk can be mounted here (%v): run as root, with CAP_SYS_ADMIN", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir, func(kib int) {
		t.Helper()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, size(kib)); err != nil {
			t.Fatal(err)
		}
	}
}

// forPostgres gives a folder to the account of the test servers.
func forPostgres(t *testing.T, dir string) {
	t.Helper()
	name, err := services.RunsAs()
	if err != nil {
		t.Fatal(err)
	}
	who, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(who.Uid) // a number on Linux
	gid, _ := strconv.Atoi(who.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
}

// testFullDisks has two workers, whose clocks are two days apart, work on a
// season while the disk of PostGIS has no room for observations. They rest; once
// there is room the season goes on by itself. Then there is no room for its
// results, and then there is. Not one byte is another than in the undisturbed run.
func (w *world) testFullDisks(t *testing.T) {
	if os.Getenv("PARUS_DATABASE_URL") != "" {
		t.Skip("SKIPPED: the database of PARUS_DATABASE_URL is on its own disk")
	}
	disk, grow := smallDisk(t, 128)
	forPostgres(t, disk)
	s := w.order(t)
	env, db := servers(t)
	s.env = env
	conn, err := pgx.Connect(t.Context(), strings.TrimPrefix(env[0], "PARUS_DATABASE_URL="))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	space := "small_" + strconv.Itoa(os.Getpid())
	for _, sql := range []string{
		`create tablespace ` + space + ` location '` + disk + `'`,
		`alter table observation set tablespace ` + space,
		`alter table observation alter column data set storage external`, // as large as it is
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { // the database goes first: cleanups run backwards
		if admin, err := pgx.Connect(t.Context(), strings.TrimPrefix(w.env[0], "PARUS_DATABASE_URL=")); err == nil {
			_, _ = admin.Exec(t.Context(), `drop tablespace `+space)
			_ = admin.Close(t.Context())
		}
	})
	if err := os.WriteFile(filepath.Join(disk, "ballast"), make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	s.more = []string{"--detach"}
	mustExit(t, exitOK, program(t, env, detached(s.args())...))
	ahead := start(t, append(env, clockMark+"=25h"), "worker", "--threads", "1", "--no-supervise")
	behind := start(t, append(env, clockMark+"=-23h"), "worker", "--threads", "1", "--no-supervise")
	go func() {
		for range behind.lines { // read, so that it can speak
			continue
		}
	}()
	await(t, ahead, func() bool {
		return strings.Contains(ahead.said(), "PostgreSQL's disk is full") && strings.Contains(behind.said(), "PostgreSQL's disk is full")
	})
	var failed int
	if err := conn.QueryRow(t.Context(), `select count(*) from work where state = 'failed' or attempts > 1`).Scan(&failed); err != nil || failed > 0 {
		t.Errorf("%d units are blamed for the full disk, %v", failed, err)
	}
	grow(64 << 10)
	await(t, ahead, func() bool {
		st, err := db.RunState(t.Context(), 1)
		if err != nil || st.State == season.RunFailed {
			t.Fatal(st, err, ahead.said())
		}
		return st.State == season.RunDone
	})
	for _, p := range []*started{ahead, behind} {
		if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if code := p.end(t); code != exitOK {
			t.Errorf("told to stop, the worker ends with %d: %s", code, p.said())
		}
	}
	s.more = nil
	w.checkFullResults(t, s)
}

// checkFullResults writes a season's results to a disk that is too small, and
// again once it is large enough.
func (w *world) checkFullResults(t *testing.T, s order) {
	t.Helper()
	disk, grow := smallDisk(t, 16)
	s.out = filepath.Join(disk, "out")
	r := s.run(t)
	if r.code != exitFail {
		t.Fatalf("on a full disk it ends with %d: %s", r.code, r.errors)
	}
	for _, words := range []string{"write " + s.out, "the disk at " + disk, "bytes left", "lacks ", "give the same command again"} {
		if !strings.Contains(r.errors, words) {
			t.Errorf("%q is not said: %s", words, r.errors)
		}
	}
	for name, text := range files(t, s.out) {
		if text != w.undisturbed[name] {
			t.Errorf("%s is half-written", name)
		}
	}
	grow(64 << 10)
	mustExit(t, exitOK, s.run(t))
	sameFiles(t, files(t, s.out), w.undisturbed)
}

// An archive without room keeps the database's log on the database's disk. The
// doctor warns before that is full, nothing half-written takes a segment's name,
// and once there is room the log is put away.
func TestAnArchiveWithoutRoomIsToldBeforeTheDiskIsFull(t *testing.T) {
	t.Parallel()
	disk, grow := smallDisk(t, 4<<10) // a segment of the log takes 16 MiB
	forPostgres(t, disk)
	run, err := services.Start(t.Context(), services.Config{Home: private(t), Archive: disk, WithoutRedis: true, FastUnsafe: true, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Close(); err != nil {
			t.Error(err)
		}
	})
	conn, err := pgx.Connect(t.Context(), run.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	told := func(words string) string {
		for tick := time.NewTicker(200 * time.Millisecond); ; <-tick.C {
			// A full segment wakes the archiver, which rests for a minute after failures.
			if _, err := conn.Exec(t.Context(), `select pg_current_xact_id(); select pg_switch_wal()`); err != nil {
				t.Fatal(err)
			}
			if _, table, _ := doctor(t, "--database-url", run.DatabaseURL, "--archive", disk, "--home", t.TempDir()); strings.Contains(line(t, table, "log of the database"), words) {
				return table
			}
		}
	}
	table := told("could not be put away")
	if l := line(t, table, "log of the database"); !strings.HasPrefix(l, "look") || !strings.Contains(l, "archive_command") {
		t.Error(l)
	}
	if l := line(t, table, "archive"); !strings.HasPrefix(l, "missing") || !strings.Contains(l, "PARUS_ARCHIVE") {
		t.Error(l)
	}
	whole := func() (n int) {
		for name, text := range files(t, filepath.Join(disk, "wal")) {
			if !strings.HasPrefix(name, ".") && !strings.Contains(name, ".history") {
				if n++; len(text) != 16<<20 {
					t.Errorf("segment %s has %d bytes", name, len(text))
				}
			}
		}
		return n
	}
	if n := whole(); n != 0 {
		t.Errorf("%d segments in 4 MiB", n)
	}
	grow(1 << 20)
	told("nothing waits")
	if whole() == 0 {
		t.Error("no segment has been put away")
	}
}
