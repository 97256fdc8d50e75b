package postgis

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// SchemaError says that a database's schema is not the one this program works
// with.
type SchemaError struct {
	Got  int64 // number of the last migration that has run; 0: none
	Want int64 // number of the last migration that this program knows
}

func (e SchemaError) Error() string {
	if e.Got > e.Want {
		return fmt.Sprintf("the database has schema %d, this program knows schemas up to %d: install the release of Parus that migrated it, or a later one (schemas never go back)", e.Got, e.Want)
	}
	return fmt.Sprintf("the database has schema %d, this program needs schema %d: run `parus migrate`", e.Got, e.Want)
}

// A migration that needs a table waits lockWait at most for those who use it,
// since everybody else queues behind it meanwhile; it is then rolled back, lets
// the queue pass and tries again, lockTries times. Twenty minutes of tries
// outlast the longest transaction of a worker.
const (
	lockWait  = 2 * time.Second
	lockTries = 600
)

// migrationTime bounds one statement of a migration: it may rewrite a table.
const migrationTime = 24 * time.Hour

// Outdated tells that this program is older than the database.
func (e SchemaError) Outdated() bool { return e.Got > e.Want }

// Migrate brings the schema to this program's version. Migrations are numbered
// and only go forward; an advisory lock lets one process run them while others
// wait. Workers and servers of the earlier schema may be at work: their
// transactions end first. A schema that is newer than this program's is a
// SchemaError.
func (db *DB) Migrate(ctx context.Context) error {
	last, err := lastMigration()
	if err != nil {
		return err
	}
	return db.migrateTo(ctx, last)
}

func (db *DB) migrateTo(ctx context.Context, version int64) error {
	if err := db.refuseNewer(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if db.ThroughPooler() {
		return db.refusePooled(ctx, version)
	}
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	pool, err := db.migrators(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer pool.Close()
	conn := stdlib.OpenDBFromPool(pool)
	defer func() { _ = conn.Close() }() // the pool is closed after it
	p, err := goose.NewProvider(goose.DialectPostgres, conn, sub, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// Each try goes on behind the last migration that was committed.
	err = patiently(ctx, func() error {
		if _, err := p.UpTo(ctx, version); err != nil {
			return err
		}
		if err := protect(ctx, pool); err != nil {
			return err
		}
		return noted(ctx, pool)
	})
	if err == nil {
		err = db.refuseNewer(ctx) // a newer program may have had the lock before
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// refusePooled says that a schema can't be brought up to date through a pooler:
// the lock that keeps other migrations out belongs to a session, as do settings
// that let a migration see every county.
func (db *DB) refusePooled(ctx context.Context, version int64) error {
	got, err := db.SchemaVersion(ctx)
	if err == nil && got < version {
		err = fmt.Errorf("%w with PARUS_DATABASE_URL set to PostgreSQL's own address: a pooler that shares sessions lies before this one, and migrations need one of their own",
			SchemaError{Got: got, Want: version})
	}
	return err
}

// patiently tries again as long as others hold what f needs.
func patiently(ctx context.Context, f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if held := (*pgconn.PgError)(nil); err == nil || !errors.As(err, &held) || (held.Code != "55P03" && held.Code != "40P01") {
			return err
		}
		if ctx.Err() != nil || try == lockTries {
			return fmt.Errorf("others have used the tables for %d tries: look in pg_stat_activity for a transaction that does not end: %w", try, err)
		}
	}
}

// protect puts row-level security on tables that are new, one process at a
// time. It locks no table where none is new.
func protect(ctx context.Context, pool *pgxpool.Pool) error {
	var there bool // from 0005 on
	err := pool.QueryRow(ctx, `select to_regproc('protect_counties') is not null`).Scan(&there)
	if err == nil && there {
		const oneAtATime = 0x7061727573 // "parus"
		_, err = pool.Exec(ctx, `select pg_advisory_xact_lock($1), protect_counties()`, oneAtATime)
	}
	if err != nil {
		return fmt.Errorf("row-level security: %w", err)
	}
	return nil
}

// noted writes down which server this is, so that it is noticed where the
// database is put back before it has given a number.
func noted(ctx context.Context, pool *pgxpool.Pool) error {
	var there bool // from 0020 on
	err := pool.QueryRow(ctx, `select to_regproc('note_history') is not null`).Scan(&there)
	if err == nil && there {
		_, err = pool.Exec(ctx, noteHistory)
	}
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	return nil
}

// migrators are connections of the owner that see every county's rows, for
// migrations that move data.
func (db *DB) migrators(ctx context.Context) (*pgxpool.Pool, error) {
	c := db.conns.Config()
	c.MinConns, c.MaxConns = 0, 2 // goose holds its lock on one
	c.ConnConfig.DialFunc = wire{silence: migrationTime}.dial
	c.ConnConfig.RuntimeParams["parus.counties"] = textArray(everyCounty)
	c.ConnConfig.RuntimeParams["lock_timeout"] = strconv.FormatInt(lockWait.Milliseconds(), 10)
	return pgxpool.NewWithConfig(ctx, c)
}

// lastMigration is the highest number of the migrations that this program has.
func lastMigration() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("this program has no migrations: %w", err)
	}
	number, _, _ := strings.Cut(path.Base(names[len(names)-1]), "_")
	return strconv.ParseInt(number, 10, 64)
}

// CheckSchema returns a SchemaError unless the database has this program's
// schema.
func (db *DB) CheckSchema(ctx context.Context) error {
	want, err := lastMigration()
	if err != nil {
		return err
	}
	got, err := db.SchemaVersion(ctx)
	if err == nil && got != want {
		err = SchemaError{Got: got, Want: want}
	}
	return err
}

func (db *DB) refuseNewer(ctx context.Context) error {
	err := db.CheckSchema(ctx)
	if e := (SchemaError{}); errors.As(err, &e) && e.Got < e.Want {
		return nil
	}
	return err
}

// SchemaVersion returns the number of the last migration that has run, 0 where
// none has.
func (db *DB) SchemaVersion(ctx context.Context) (int64, error) {
	var v int64
	err := db.conns.QueryRow(ctx, `select coalesce(max(version_id), 0) from goose_db_version where is_applied`).Scan(&v)
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) && e.Code == "42P01" { // undefined_table
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("schema version: %w", err)
	}
	return v, nil
}
