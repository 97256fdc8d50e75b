package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
	"parus/internal/season"
)

// RunPace counts a run's units by stage, in order of the stages, with how fast
// they come to their end. It is one query, to be asked every second or so.
func (db *DB) RunPace(ctx context.Context, run int64) ([]ledger.Pace, error) {
	const pace = `
		with unit as (
			select w.*, coalesce(w.started_at >= r.created_at, false) as here, greatest(r.created_at, now() - interval '2 min') as since
			from season_run r join run_work x on x.run = r.id join work w on w.id = x.unit where r.id = $1
		)
		select stage,
			count(*) filter (where state = 'pending'), count(*) filter (where state = 'running'),
			count(*) filter (where state = 'done'), count(*) filter (where state = 'skipped'),
			count(*) filter (where state = 'failed'), count(*) filter (where state = 'cancelled'),
			coalesce(sum(finished_at - started_at) filter (where state in ('done', 'skipped', 'failed')), '0'),
			count(*) filter (where here),
			coalesce(case when bool_or(state = 'running') then now() else max(finished_at) filter (where here) end
				- min(started_at) filter (where here), '0'),
			count(*) filter (where here and finished_at > since and state in ('done', 'skipped', 'failed')),
			coalesce(now() - greatest(min(since), min(started_at) filter (where here)), '0')
		from unit group by stage order by min(id)`
	rows, err := db.pool.Query(ctx, pace, run)
	if err != nil {
		return nil, fmt.Errorf("pace of run %d: %w", run, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ledger.Pace, error) {
		var p ledger.Pace
		err := row.Scan(&p.Stage, &p.Pending, &p.Running, &p.Done, &p.Skipped, &p.Failed, &p.Cancelled, &p.Busy,
			&p.Here, &p.Wall, &p.Recent, &p.Window)
		return p, err
	})
}

// RunList returns the runs of a county, "" for all, the newest first, at most
// limit.
func (db *DB) RunList(ctx context.Context, county string, limit int) ([]season.RunRow, error) {
	const list = `
		select r.id, r.county, r.season, r.state, r.reason, r.created_at, r.finished_at, n.total, n.ended, n.failed,
			coalesce((select id from publication p where p.run = r.id order by id desc limit 1), 0)
		from season_run r, lateral (
			select count(*) as total, count(*) filter (where w.state in ('done', 'skipped', 'failed')) as ended,
				count(*) filter (where w.state = 'failed') as failed
			from run_work x join work w on w.id = x.unit where x.run = r.id and w.stage <> 'render') n
		where $1 = '' or r.county = $1
		order by r.id desc limit $2`
	rows, err := collect[season.RunRow](ctx, db, list, county, limit)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	return rows, nil
}
