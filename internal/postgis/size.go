package postgis

import (
	"context"
	"fmt"
)

// Footprint is what a database has come to at one moment.
type Footprint struct {
	Bytes    int64 // of all tables and indices, as they lie on disk
	LogBytes int64 // written to the log since the cluster was made; differences count
	Backend  int   // process that answered, on the server's machine
}

// Footprint looks at the size of the database and of its log.
func (db *DB) Footprint(ctx context.Context) (Footprint, error) {
	const sizes = `
		select pg_database_size(current_database()), pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, pg_backend_pid()`
	var f Footprint
	if err := db.pool.QueryRow(ctx, sizes).Scan(&f.Bytes, &f.LogBytes, &f.Backend); err != nil {
		return f, fmt.Errorf("size of the database: %w", err)
	}
	return f, nil
}
