package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"parus/internal/services"
)

// errNoArchive says what backup and restore need.
var errNoArchive = errors.New("no archive is named: set PARUS_ARCHIVE, for every parus of this home, or --archive")

// backupCmd copies the private database into its archive.
type backupCmd struct{ platform }

// Run prints the folder of the copy. The log from then on is in the archive too.
func (c *backupCmd) Run(ctx context.Context, s *streams) (err error) {
	if err := c.private(); err != nil {
		return err
	}
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	dir, err := services.Backup(ctx, c.Archive, b.services.DatabaseURL, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, dir)
	return err
}

// private checks that the database is one that this program starts.
func (p platform) private() error {
	switch {
	case p.DatabaseURL != "":
		return errors.New("the database of PARUS_DATABASE_URL is saved and restored by whoever runs it: see docs/operations.md")
	case p.Archive == "":
		return errNoArchive
	}
	return nil
}

// restoreCmd puts the private database to a point.
type restoreCmd struct {
	platform
	To       time.Time `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" xor:"point" help:"To this moment, as 2026-05-01T08:00:00Z; without it or --name, to the end of the log."`
	Name     string    `placeholder:"NAME" xor:"point" help:"To this point of pg_create_restore_point."`
	Base     string    `placeholder:"FOLDER" help:"Begin with this copy of the archive's folder base, instead of the last one before --to."`
	Timeline int       `placeholder:"N" help:"Follow this history, instead of the latest: each restore begins a new one."`
	Told     bool      `name:"by-other-means" xor:"point" help:"Restore nothing: the database was put back by a snapshot of its disk or a copy of its folder, which leaves no trace in it. Gives its events another mark."`
}

// Run restores, and says what to look at.
func (c *restoreCmd) Run(ctx context.Context, s *streams) error {
	if c.Told {
		return c.beginHistory(ctx, s)
	}
	if err := c.private(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Home, 0o755); err != nil {
		return fmt.Errorf("PARUS_HOME: %w", err)
	}
	done, err := services.Restore(ctx, services.Config{Home: c.Home, Archive: c.Archive, Log: s.Err},
		services.Point{At: c.To, Name: c.Name, Base: c.Base, Timeline: c.Timeline}, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "restored from the copy %s and the log\n", done.Base)
	if done.Kept != "" {
		fmt.Fprintf(s.Out, "the data that were there are in %s\n", done.Kept)
	}
	_, err = fmt.Fprintln(s.Out, "next: parus applications verify --county C --head HASH; parus replay --all; parus backup")
	return err
}

// beginHistory marks what the database tells from here on.
func (c *restoreCmd) beginHistory(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	epoch, err := b.db.BeginHistory(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "history %d has begun: events, applications and publications get ids that no earlier one has\n", epoch)
	return err
}
