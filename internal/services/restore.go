package services

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Point says how far a restored database goes. The zero value is the end of the
// log that was put away.
type Point struct {
	// At is a moment: transactions that were committed by then are there.
	At time.Time
	// Name is one of pg_create_restore_point.
	Name string
	// Timeline is the history to follow, 0 the latest. Each restore begins a new
	// one; what was done after an earlier restore's point is on the one before.
	Timeline int
	// Base is the name of the copy to begin with, "" the last one that was
	// begun before At, or the last of all.
	Base string
}

func (p Point) settings() string {
	timeline := "recovery_target_timeline = latest\n"
	if p.Timeline > 0 {
		timeline = fmt.Sprintf("recovery_target_timeline = %d\n", p.Timeline)
	}
	switch {
	case p.Name != "":
		return timeline + "recovery_target_name = '" + strings.ReplaceAll(p.Name, "'", "''") + "'\n"
	case !p.At.IsZero():
		return timeline + "recovery_target_time = '" + p.At.UTC().Format("2006-01-02 15:04:05.999999+00") + "'\n"
	default:
		return timeline
	}
}

// pick chooses the copy to begin with.
func (p Point) pick(names []string) (string, error) {
	for i := len(names) - 1; i >= 0; i-- {
		if p.Base != "" && names[i] != p.Base {
			continue
		}
		if began, _ := time.Parse(baseTime, names[i]); p.At.IsZero() || began.Before(p.At) {
			return names[i], nil
		}
	}
	return "", fmt.Errorf("no copy of the database in the archive suits; there are: %s", strings.Join(names, ", "))
}

// Restored says what Restore did.
type Restored struct {
	Base string // the copy that it began with
	Kept string // folder of the data that were in the way, "" where there were none
}

// Restore puts the database of c.Home to a point of c.Archive. Nobody may be
// using the home. What is there stays, under another name; nothing of the
// archive is changed. A point that the archive does not reach is an error, with
// the data as they were.
func Restore(ctx context.Context, c Config, p Point, now time.Time) (Restored, error) {
	c = c.withDefaults()
	c.WithoutRedis = true
	h, err := openHome(c.Home)
	if err != nil {
		return Restored{}, err
	}
	lock, err := h.tryLock()
	if err == nil && lock == nil {
		err = fmt.Errorf("another parus uses %s: stop it first", h.dir)
	}
	if err != nil {
		return Restored{}, err
	}
	r := &running{home: h, lock: lock, lost: make(chan error, 2)}
	done, err := r.restore(ctx, c, p, now)
	return done, errors.Join(err, r.stop())
}

func (r *running) restore(ctx context.Context, c Config, p Point, now time.Time) (Restored, error) {
	who, err := serviceAccount()
	if err != nil {
		return Restored{}, err
	}
	a, err := openArchive(ctx, c.Archive, who)
	if err != nil {
		return Restored{}, err
	}
	names, err := a.bases()
	if err != nil {
		return Restored{}, err
	}
	base, err := p.pick(names)
	if err != nil {
		return Restored{}, err
	}
	cl, err := r.prepare(ctx, c, a)
	if err != nil {
		return Restored{}, err
	}
	done := Restored{Base: base}
	if _, err := os.Lstat(cl.data()); err == nil {
		done.Kept = cl.data() + ".before-" + now.UTC().Format(baseTime)
		if err := os.Rename(cl.data(), done.Kept); err != nil {
			return Restored{}, fmt.Errorf("put the data aside: %w", err)
		}
	}
	if err := cl.recover(ctx, r, p, filepath.Join(a.base(), base)); err != nil {
		return Restored{}, errors.Join(err, cl.putBack(r, done.Kept))
	}
	return done, nil
}

// prepare finds the place of the data and ends what a crash left there.
func (r *running) prepare(ctx context.Context, c Config, a archive) (*cluster, error) {
	r.home.forget()
	place, err := r.home.place(ctx, a.who, c)
	if err != nil {
		return nil, err
	}
	if err := endLeftovers(ctx, place.token, place.dir); err != nil {
		return nil, err
	}
	if r.sockets, err = socketFolder(ctx, place, a.who); err != nil {
		return nil, err
	}
	r.keeper = newKeeper()
	return &cluster{place: place, who: a.who, sockets: r.sockets, config: c, archive: a}, nil
}

// recover copies a base into place and lets PostgreSQL replay the log to the
// point. With hot_standby off nobody is let in before it has got there, and a
// point that is not reached ends the server.
func (c *cluster) recover(ctx context.Context, r *running, p Point, base string) error {
	// As the account: the copies are its own.
	cp := c.command("cp", []string{"-a", "--", base, c.data()})
	cp.path = "/bin/cp"
	if path, err := exec.LookPath("cp"); err == nil {
		cp.path = path
	}
	if err := c.finish(ctx, r, cp); err != nil {
		return err
	}
	if err := c.findPrograms(); err != nil {
		return err
	}
	path := filepath.Join(c.data(), "postgresql.auto.conf")
	was, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the settings of the copy: %w", err)
	}
	recovery := fmt.Sprintf("\nrestore_command = 'cp \"%s/%%f\" \"%%p\"'\nrecovery_target_action = promote\nhot_standby = off\n", c.archive.wal()) + p.settings()
	err = errors.Join(os.WriteFile(path, append(was, recovery...), 0o600), os.WriteFile(filepath.Join(c.data(), "recovery.signal"), nil, 0o600))
	if err == nil {
		err = os.Chown(filepath.Join(c.data(), "recovery.signal"), int(c.who.uid), int(c.who.gid))
	}
	if err != nil {
		return fmt.Errorf("write the settings of the recovery: %w", err)
	}
	if err := c.start(ctx, r); err != nil {
		return fmt.Errorf("replay the log: %w (where it ended before the point, the archive does not reach it on that timeline: name an earlier one, or none for the end of the log)", err)
	}
	if err := os.WriteFile(path, was, 0o600); err != nil { // read again at the next start
		return fmt.Errorf("take the settings of the recovery back: %w", err)
	}
	return nil
}

// putBack undoes a recovery that failed.
func (c *cluster) putBack(r *running, kept string) error {
	var errs []error
	for _, p := range r.procs {
		errs = append(errs, p.stop())
	}
	errs = append(errs, os.RemoveAll(c.data()))
	if kept != "" {
		errs = append(errs, os.Rename(kept, c.data()))
	}
	return errors.Join(errs...)
}
