package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
)

// AskUnits records units that a person waits for, of any stage. They belong to
// no run; one that the ledger knows already keeps its state and goes before
// others from now on.
func (db *DB) AskUnits(ctx context.Context, units []ledger.Unit) error {
	const ask = `
		insert into work (key, county, stage, item, payload, memory_bytes, urgent)
		select distinct on (key) key, county, stage, item, payload, memory_bytes, true
		from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::boolean[])
			as u (key, county, stage, item, payload, memory_bytes, urgent)
		on conflict (key) do update set urgent = true,
			state = case when work.state = 'cancelled' then 'pending' else work.state end,
			finished_at = case when work.state = 'cancelled' then null else work.finished_at end
		where work.state in ('pending', 'running', 'cancelled')`
	_, columns := columnsOf(units)
	if _, err := db.pool.Exec(ctx, ask, columns...); err != nil {
		return fmt.Errorf("ask for %d units: %w", len(units), err)
	}
	return nil
}

// AskedUnits returns up to limit units that people wait for and that may be
// taken up, the oldest first.
func (db *DB) AskedUnits(ctx context.Context, limit int) ([]ledger.Ready, error) {
	const expire = `
		update work w set ` + bury + ` where w.urgent and w.state = 'running' and ` + leaseOver
	const asked = `
		select key, stage, urgent, memory_bytes, deaths from work
		where urgent and state = 'pending' and unit_may_start(id) order by id limit $1`
	if _, err := db.pool.Exec(ctx, expire, maxDeaths); err != nil {
		return nil, fmt.Errorf("expire leases of units that people wait for: %w", err)
	}
	rows, err := db.pool.Query(ctx, asked, limit)
	if err != nil {
		return nil, fmt.Errorf("units that people wait for: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ledger.Ready])
}
