package postgis

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"parus/credit"
	"parus/internal/publication"
)

// DB is a pool of connections to one database. Reads behind the map run as the
// role of the web server and within a scope, everything else as that of the
// workers; see access.
type DB struct {
	conns  *pgxpool.Pool
	wire   wire     // how they are made
	pool   access   // as a worker
	within []string // prefixes of the counties that exist in this view
	blocks *knownBlocks
	books  *queues // one for all views of the database

	policies *knownPolicies // the same
}

// Open connects to the database that the URL names and checks that it answers.
// The URL's own parameters (pool_max_conns, sslmode, …) are obeyed. A pooler
// before PostgreSQL is noticed; pool=transaction or pool=none says so or denies
// it. silence=30m lets a statement go without an answer for longer.
func Open(ctx context.Context, url string) (*DB, error) {
	pool, w, err := wire{}.connect(ctx, url)
	if err != nil {
		return nil, err
	}
	return (&DB{conns: pool, wire: w, books: newQueues(), policies: &knownPolicies{of: map[string]credit.Policy{}}}).Within(everyCounty), nil
}

// ThroughPooler says that a session of PostgreSQL lasts no longer than a
// transaction here: a pooler such as PgBouncer hands them out.
func (db *DB) ThroughPooler() bool { return db.wire.pooling == poolingTransaction }

// Ping checks that the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.conns.Ping(ctx); err != nil {
		c := db.conns.Config().ConnConfig
		return fmt.Errorf("database %s at %s:%d does not answer: %w", c.Database, c.Host, c.Port, err)
	}
	return nil
}

// PostGISVersion returns the version of the PostGIS extension, or an error that
// says how to get it where the database has none.
func (db *DB) PostGISVersion(ctx context.Context) (string, error) {
	var v string
	err := db.conns.QueryRow(ctx, `select extversion from pg_extension where extname = 'postgis'`).Scan(&v)
	if err != nil {
		return "", fmt.Errorf("database has no PostGIS extension: run `parus migrate`: %w", err)
	}
	return v, nil
}

// Close waits for running queries and closes all connections.
func (db *DB) Close() { db.conns.Close() }

// Within is a view of the database in which only counties exist whose code
// begins with one of the prefixes, whatever scope a read is given. It shares
// the connections, which only the first view may close.
func (db *DB) Within(prefixes []string) *DB {
	return &DB{conns: db.conns, wire: db.wire, within: prefixes, pool: access{conns: db.conns, role: roleWorker, counties: prefixes}, blocks: &knownBlocks{}, books: db.books, policies: db.policies}
}

// in is the access of somebody with a scope, within what the view sees.
func (db *DB) in(s publication.Scope) access {
	return access{conns: db.conns, role: roleWeb, counties: common(db.within, s.Counties)}
}

// owner is the access of whoever has connected, to what makes tables.
func (db *DB) owner() access { return access{conns: db.conns, role: roleOwner, counties: db.within} }

// common lists the prefixes that both lists allow: of each pair where one
// begins with the other, the longer.
func common(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			switch {
			case strings.HasPrefix(x, y):
				out = append(out, x)
			case strings.HasPrefix(y, x):
				out = append(out, y)
			}
		}
	}
	return out
}

// inTx runs f in one transaction that is committed where f succeeds.
func (db *DB) inTx(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db.pool, f)
}

// orZero is what a nullable column holds, or the zero value.
func orZero[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}
