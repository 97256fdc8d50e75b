package postgis

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
)

// SelectScore is what an application reads first.
const SelectScore = selectScore

// ListFeatures is how a page of parcels is read.
const ListFeatures = listFeatures

// Raw asks a connection as it is, without role and counties.
func (db *DB) Raw(ctx context.Context, sql string, into ...any) error {
	return db.conns.QueryRow(ctx, sql).Scan(into...)
}

// MigrateTo stops at an earlier schema.
func (db *DB) MigrateTo(ctx context.Context, version int64) error { return db.migrateTo(ctx, version) }

// Migrations holds the files of all migrations.
var Migrations = migrations

// EndConnection has the server end the connection that asks for it.
func (db *DB) EndConnection(ctx context.Context) error {
	_, err := db.conns.Exec(ctx, `select pg_terminate_backend(pg_backend_pid())`)
	return err
}

// UnattendedLimit is how long a transaction may lie idle.
func (db *DB) UnattendedLimit(ctx context.Context) (limit string, err error) {
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `show idle_in_transaction_session_timeout`).Scan(&limit)
	})
	return limit, err
}

// NewLine is how a database is talked to over a connection.
func NewLine(c net.Conn, silence time.Duration) net.Conn { return &line{Conn: c, silence: silence} }
