package postgis

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The roles of the database; migration 0005 makes them. The owner is whoever
// has connected: the one who migrates and imports.
const (
	roleOwner  = "none" // SET ROLE NONE
	roleWorker = "parus_worker"
	roleWeb    = "parus_web"
)

// everyCounty is a list of prefixes that every code begins with.
var everyCounty = []string{""}

// access runs every statement in a transaction of its own under one role, in
// which no row of another county exists. Nothing outlives the transaction, so
// connections may be shared by any number of askers, through a pooler too. It
// is the only place that decides what the row-level security sees.
type access struct {
	conns    *pgxpool.Pool
	role     string
	counties []string // prefixes; none sees nothing
	hashes   bool     // see whole
	anew     bool     // see planned
}

// settings is what a transaction is told first; $1 and $2 are of args.
const settings = `select set_config('role', $1, true), set_config('parus.counties', $2, true)`

// unattended ends a transaction of several statements whose program says nothing
// more for half a minute: it is stopped or cut off, and what it has locked would
// hold up everybody else for as long as the server believes in it.
const unattended = `, set_config('idle_in_transaction_session_timeout', '30000', true)`

// whole is the access for statements that join whole counties. What a season has
// just written is not in the statistics yet, and of units that these do not know
// PostgreSQL expects a row or none: it would compare each parcel with each, for
// minutes instead of a second. Joined by hashes or in order it can't go wrong
// so.
func (a access) whole() access {
	a.hashes = true
	return a
}

// planned is the access for statements whose best plan depends on what is asked
// for: they are planned anew each time. They read few rows; starting helpers for
// parts that are then not even run takes longer than all of it.
func (a access) planned() access {
	a.anew = true
	return a
}

// settings is what a transaction is told first.
func (a access) settings() string {
	if a.anew {
		return settings + `, set_config('plan_cache_mode', 'force_custom_plan', true), set_config('max_parallel_workers_per_gather', '0', true)`
	}
	if a.hashes {
		return settings + `, set_config('enable_nestloop', 'off', true)`
	}
	return settings
}

func (a access) args() []any { return []any{a.role, textArray(a.counties)} }

// Begin starts a transaction of several statements.
func (a access) Begin(ctx context.Context) (pgx.Tx, error) { return a.BeginTx(ctx, pgx.TxOptions{}) }

// BeginTx is Begin with options.
func (a access) BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error) {
	tx, err := a.conns.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, a.settings()+unattended, a.args()...); err != nil {
		return nil, errors.Join(notMigrated(err), tx.Rollback(context.WithoutCancel(ctx)))
	}
	return tx, nil
}

// Query sends the settings and one statement together: the two are one
// transaction, since nothing between them ends it.
func (a access) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	b := &pgx.Batch{}
	b.Queue(a.settings(), a.args()...)
	b.Queue(sql, args...)
	sent := a.conns.SendBatch(ctx, b)
	if _, err := sent.Exec(); err != nil {
		return nil, errors.Join(notMigrated(err), closing(sent, err))
	}
	rows, err := sent.Query()
	if err != nil {
		return nil, errors.Join(err, closing(sent, err))
	}
	return &sentRows{Rows: rows, sent: sent}, nil
}

// closing gives a connection back; its error is told where it is a new one.
func closing(sent pgx.BatchResults, known error) error {
	err := sent.Close()
	if err != nil && err.Error() == known.Error() {
		return nil
	}
	return err
}

// QueryRow is Query for one row.
func (a access) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := a.Query(ctx, sql, args...)
	return oneRow{rows, err}
}

// Exec is Query for none.
func (a access) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	rows, err := a.Query(ctx, sql, args...)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

// sentRows gives the connection back, and learns whether the transaction held,
// once the rows are read.
type sentRows struct {
	pgx.Rows
	sent  pgx.BatchResults
	ended bool
	err   error
}

// Next moves on, and ends the transaction after the last row.
func (r *sentRows) Next() bool {
	more := r.Rows.Next()
	if !more {
		r.Close()
	}
	return more
}

// Close ends the transaction.
func (r *sentRows) Close() {
	if r.ended {
		return
	}
	r.ended = true
	r.Rows.Close()
	r.err = r.sent.Close()
}

// Err tells how the statement, or its transaction, failed.
func (r *sentRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}

// oneRow is a pgx.Row of rows.
type oneRow struct {
	rows pgx.Rows
	err  error
}

// Scan reads the row, or returns pgx.ErrNoRows.
func (r oneRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(into...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// notMigrated says what to do about a database without the roles.
func notMigrated(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "22023" || pg.Code == "42501") { // no such role, or not allowed to take it
		return fmt.Errorf("%w: run `parus migrate` as the owner of the database, and grant the role to whoever connects", err)
	}
	return err
}

var arrayEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// textArray writes an array as PostgreSQL does.
func textArray(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + arrayEscaper.Replace(s) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}
