package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
	"parus/internal/season"
)

// UnitsByKey returns those of the units that are in a final state, by item.
func (db *DB) UnitsByKey(ctx context.Context, keys []string) ([]ledger.Finished, error) {
	const found = `
		select id, key, stage, item, state, reason, notes, result, coalesce(finished_at - started_at, '0')
		from work where key = any($1) and state in ('done', 'skipped', 'failed')
		order by item collate "C", key collate "C"`
	units, err := collect[ledger.Finished](ctx, db, found, keys)
	if err != nil {
		return nil, fmt.Errorf("look up %d units: %w", len(keys), err)
	}
	return units, nil
}

// costRuns bounds how many runs estimates go by.
const costRuns = 8

// StageCosts returns what the stages of a county's last runs cost, or those of
// other counties where it has none.
func (db *DB) StageCosts(ctx context.Context, county string) ([]season.StageCost, error) {
	const costs = `
		with recent as (
			select r.id, r.registry from season_run r
			where r.state = 'done' and r.county = case when exists (select from season_run where county = $1 and state = 'done') then $1 else r.county end
			order by r.id desc limit $2
		),
		stored (stage, bytes) as (values
			('verify', pg_total_relation_size('scene')), ('cover', pg_total_relation_size('coverage')), ('observe', pg_total_relation_size('observation')),
			('assemble', pg_total_relation_size('series')), ('reconcile', pg_total_relation_size('parcel_finding')),
			('recognise', pg_total_relation_size('parcel_crop')), ('estimate', pg_total_relation_size('parcel_yield')),
			('watch', pg_total_relation_size('parcel_signal')), ('decide', pg_total_relation_size('decision')),
			('publish', pg_total_relation_size('published_parcel') + pg_total_relation_size('published_household'))
		),
		each (stage, bytes) as (
			select s.stage, s.bytes::float8 / nullif((select count(*) from work w where w.stage = s.stage and w.state = 'done'), 0) from stored s
		)
		select recent.id, w.stage, count(*), sum(extract(epoch from w.finished_at - w.started_at))::float8,
			sum(extract(epoch from w.finished_at - w.started_at) ^ 2)::float8, max(w.peak_bytes), l.parcels, l.households, coalesce(max(each.bytes), 0)
		from recent join registry_release l on l.id = recent.registry
		join run_work x on x.run = recent.id join work w on w.id = x.unit
		left join each on each.stage = w.stage
		where w.state in ('done', 'skipped') and w.started_at is not null and w.finished_at is not null
		group by recent.id, w.stage, l.parcels, l.households order by recent.id, w.stage`
	rows, err := collect[season.StageCost](ctx, db, costs, county, costRuns)
	if err != nil {
		return nil, fmt.Errorf("cost of earlier runs: %w", err)
	}
	return rows, nil
}

// FindRun returns the run that was asked for with a specification, if any.
func (db *DB) FindRun(ctx context.Context, spec season.Spec) (id int64, err error) {
	err = db.pool.QueryRow(ctx, `select id from season_run where digest = $1`, spec.Digest()).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// KeepEstimate notes what a run is expected to cost from now on and returns the
// database's time, which its units are measured by.
func (db *DB) KeepEstimate(ctx context.Context, run int64, e season.Estimate) (time.Time, error) {
	const keep = `
		update season_run set estimate = $2::jsonb || jsonb_build_object('at', now()) where id = $1 returning now()`
	doc, err := json.Marshal(e)
	if err != nil {
		return time.Time{}, fmt.Errorf("estimate of run %d: %w", run, err)
	}
	var at time.Time
	if err := db.pool.QueryRow(ctx, keep, run, doc).Scan(&at); err != nil {
		return at, fmt.Errorf("estimate of run %d: %w", run, err)
	}
	return at, nil
}

// EstimateOf returns what a run was expected to cost; not ok where nobody
// asked.
func (db *DB) EstimateOf(ctx context.Context, run int64) (e season.Estimate, ok bool, err error) {
	var doc []byte
	if err := db.pool.QueryRow(ctx, `select estimate from season_run where id = $1`, run).Scan(&doc); err != nil {
		return e, false, fmt.Errorf("estimate of run %d: %w", run, err)
	}
	if doc == nil {
		return e, false, nil
	}
	return e, true, json.Unmarshal(doc, &e)
}

// selectActual has $1 = run and $2 = the moment that it was estimated at.
const selectActual = `
	select w.stage, count(*), coalesce(sum(extract(epoch from w.finished_at - w.started_at)), 0)::float8, max(w.peak_bytes),
		min(w.started_at), coalesce(max(w.finished_at), min(w.started_at))
	from run_work x join work w on w.id = x.unit
	where x.run = $1 and w.started_at >= $2 and w.stage <> 'render' and w.state in ('done', 'skipped', 'failed')
	group by w.stage order by min(w.started_at)`

// RunActual tells what a run's stages have cost since some moment.
func (db *DB) RunActual(ctx context.Context, run int64, since time.Time) ([]season.StageActual, error) {
	rows, err := collect[season.StageActual](ctx, db, selectActual, run, since)
	if err != nil {
		return nil, fmt.Errorf("cost of run %d: %w", run, err)
	}
	return rows, nil
}
