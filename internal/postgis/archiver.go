package postgis

import (
	"context"
	"fmt"
	"time"
)

// Archiver is how putting the database's log away goes; zero times where it has
// not happened.
type Archiver struct {
	PutAwayAt, FailedAt time.Time
	Failed              string // segment that could not be put away last
}

// Archiver asks PostgreSQL's archiver.
func (db *DB) Archiver(ctx context.Context) (Archiver, error) {
	var put, failed *time.Time
	var a Archiver
	err := db.conns.QueryRow(ctx, `select last_archived_time, last_failed_time, coalesce(last_failed_wal, '') from pg_stat_archiver`).Scan(&put, &failed, &a.Failed)
	if err != nil {
		return a, fmt.Errorf("archiver of the database: %w", err)
	}
	a.PutAwayAt, a.FailedAt = orZero(put).UTC(), orZero(failed).UTC()
	return a, nil
}
