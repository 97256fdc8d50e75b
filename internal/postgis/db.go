package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is a pool of connections to one database.
type DB struct {
	pool *pgxpool.Pool
}

// Open connects to the database that the URL names and checks that it answers.
// The URL's own parameters (pool_max_conns, sslmode, …) are obeyed.
func Open(ctx context.Context, url string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", cfg.ConnConfig.Database, err)
	}
	db := &DB{pool: pool}
	if err := db.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// Ping checks that the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.pool.Ping(ctx); err != nil {
		c := db.pool.Config().ConnConfig
		return fmt.Errorf("database %s at %s:%d does not answer: %w", c.Database, c.Host, c.Port, err)
	}
	return nil
}

// PostGISVersion returns the version of the PostGIS extension, or an error that
// says how to get it where the database has none.
func (db *DB) PostGISVersion(ctx context.Context) (string, error) {
	var v string
	err := db.pool.QueryRow(ctx, `select extversion from pg_extension where extname = 'postgis'`).Scan(&v)
	if err != nil {
		return "", fmt.Errorf("database has no PostGIS extension: run `parus migrate`: %w", err)
	}
	return v, nil
}

// Close waits for running queries and closes all connections.
func (db *DB) Close() { db.pool.Close() }

// inTx runs f in one transaction that is committed where f succeeds.
func (db *DB) inTx(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db.pool, f)
}
