package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
	"parus/internal/season"
)

// selectPace counts units of runs ($1) by stage, in order of run and stage.
const selectPace = `
	with unit as (
		select r.id as run, w.*, coalesce(w.started_at >= r.created_at, false) as here, greatest(r.created_at, now() - interval '2 min') as since
		from season_run r join run_work x on x.run = r.id join work w on w.id = x.unit where r.id = any($1)
	)
	select run, stage,
		count(*) filter (where state = 'pending'), count(*) filter (where state = 'running'),
		count(*) filter (where state = 'done'), count(*) filter (where state = 'skipped'),
		count(*) filter (where state = 'failed'), count(*) filter (where state = 'cancelled'),
		coalesce(sum(finished_at - started_at) filter (where state in ('done', 'skipped', 'failed')), '0'),
		count(*) filter (where here),
		coalesce(case when bool_or(state = 'running') then now() else max(finished_at) filter (where here) end
			- min(started_at) filter (where here), '0'),
		count(*) filter (where here and finished_at > since and state in ('done', 'skipped', 'failed')),
		coalesce(now() - greatest(min(since), min(started_at) filter (where here)), '0')
	from unit group by run, stage order by run, min(id)`

// RunPace counts a run's units by stage, in order of the stages, with how fast
// they come to their end. It is one query, to be asked every second or so.
func (db *DB) RunPace(ctx context.Context, run int64) ([]ledger.Pace, error) {
	paces, err := pacesOf(ctx, db.pool, []int64{run})
	return paces[run], err
}

// pacesOf is RunPace for some runs at once.
func pacesOf(ctx context.Context, in access, runs []int64) (map[int64][]ledger.Pace, error) {
	rows, err := in.Query(ctx, selectPace, runs)
	if err != nil {
		return nil, fmt.Errorf("pace of runs %v: %w", runs, err)
	}
	out := map[int64][]ledger.Pace{}
	var run int64
	var p ledger.Pace
	_, err = pgx.ForEachRow(rows, []any{&run, &p.Stage, &p.Pending, &p.Running, &p.Done, &p.Skipped, &p.Failed, &p.Cancelled, &p.Busy,
		&p.Here, &p.Wall, &p.Recent, &p.Window}, func() error {
		out[run] = append(out[run], p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("pace of runs %v: %w", runs, err)
	}
	return out, nil
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
