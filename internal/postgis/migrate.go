package postgis

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema to this program's version. Migrations are numbered
// and only go forward; an advisory lock lets one process run them while others
// wait.
func (db *DB) Migrate(ctx context.Context) error {
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
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if len(done) == 0 {
		return nil
	}
	if _, err := pool.Exec(ctx, `select protect_counties()`); err != nil { // of tables that are new
		return fmt.Errorf("migrate: row-level security: %w", err)
	}
	return nil
}

// migrators are connections of the owner that see every county's rows, for
// migrations that move data.
func (db *DB) migrators(ctx context.Context) (*pgxpool.Pool, error) {
	c := db.conns.Config()
	c.MinConns, c.MaxConns = 0, 2 // goose holds its lock on one
	c.ConnConfig.RuntimeParams["parus.counties"] = textArray(everyCounty)
	return pgxpool.NewWithConfig(ctx, c)
}

// SchemaVersion returns the number of the last migration that has run.
func (db *DB) SchemaVersion(ctx context.Context) (int64, error) {
	var v int64
	err := db.conns.QueryRow(ctx, `select coalesce(max(version_id), 0) from goose_db_version where is_applied`).Scan(&v)
	if err != nil {
		return 0, fmt.Errorf("schema version: %w", err)
	}
	return v, nil
}
