package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
)

// maxDeaths is how many workers may die on one unit before the unit is held to
// be what kills them. A unit on which one has died is worked on alone, so no
// other is blamed with it for long.
const maxDeaths = 3

// bury ends the claims of a worker that is dead ($1 is maxDeaths) on the rows
// of work w.
const bury = `
	deaths = w.deaths + 1, poison = w.deaths + 1 >= $1,
	state = case when w.deaths + 1 >= $1 then 'failed' when unit_is_wanted(w.id) then 'pending' else 'cancelled' end,
	reason = case when w.deaths + 1 >= $1
		then 'killed its worker ' || w.deaths + 1 || ' times: it is quarantined; look at ' || w.item || ', then retry it by name'
		else w.reason end,
	claim = '', lease_until = null, finished_at = case when w.deaths + 1 >= $1 then now() end`

// leaseOver holds for rows of work w whose worker has given no sign of life for
// too long. While the database was down nobody could: after its start those who
// had a unit before and live have ten seconds, the time between two signs by
// default.
const leaseOver = `w.lease_until < now()
	and (w.started_at > pg_postmaster_start_time() or pg_postmaster_start_time() < now() - interval '10 seconds')`

// BuryWorker takes back what a worker had in hand that is known to be dead, by
// the name that its tokens begin with, and returns the items. Each has one
// death more; one with maxDeaths fails by name.
func (db *DB) BuryWorker(ctx context.Context, worker string) ([]string, error) {
	const end = `
		update work w set ` + bury + `
		where w.state = 'running' and starts_with(w.claim, $2 || '/') returning w.stage || ' ' || w.item`
	rows, err := db.pool.Query(ctx, end, maxDeaths, worker)
	if err != nil {
		return nil, fmt.Errorf("units of dead worker %s: %w", worker, err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("units of dead worker %s: %w", worker, err)
	}
	return items, nil
}

// Quarantined lists the units that have failed for having killed their workers,
// by stage and item.
func (db *DB) Quarantined(ctx context.Context) ([]ledger.Finished, error) {
	const list = `
		select id, key, stage, item, state, reason, notes, result, coalesce(finished_at - started_at, '0')
		from work where state = 'failed' and deaths >= $1 order by stage, item collate "C", id`
	return collect[ledger.Finished](ctx, db, list, maxDeaths)
}
