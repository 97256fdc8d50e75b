package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
	"parus/internal/season"
)

// EarlierPublication returns the publication that people saw of the run's
// season before the run's own, or before now where it has none yet. Its digest
// is that of its run's specification, which decides all that it tells.
func (db *DB) EarlierPublication(ctx context.Context, run season.Run) (season.Earlier, error) {
	const earlier = `
		select p.id, r.digest, coalesce(p.watched, 0)
		from publication p join season_run r on r.id = p.run
		where p.county = $1 and p.season = $2 and p.run <> $3
			and p.id < coalesce((select min(id) from publication where run = $3), 9223372036854775807)
		order by p.id desc limit 1`
	var e season.Earlier
	err := db.pool.QueryRow(ctx, earlier, run.County, run.Season, run.ID).Scan(&e.Publication, &e.Digest, &e.Watch)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return e, fmt.Errorf("publication before run %d: %w", run.ID, err)
	}
	return e, nil
}

// Watched hands use the parcels of a registry release that have a crop among the
// given units, one by one in order of parcel, with what an earlier publication
// told of each (0: none). What it is handed may be kept but for Yield. An error of
// use ends it and comes back.
func (db *DB) Watched(ctx context.Context, registry int64, s season.Sources, earlier int64, use func(season.Watched) error) error {
	const watched = `
		select p.id, st_x(c.at), st_y(c.at), coalesce(s.dates, '{}'), coalesce(s.valid, '{}'), series_layer(nullif(s.layers, '{}'), s.vals, 'ndvi'),
			series_layer(nullif(s.layers, '{}'), s.vals, 'B04'), series_layer(nullif(s.layers, '{}'), s.vals, 'B02'),
			k.classes, k.posterior, k.abstained, k.observations, coalesce(y.detail, '{}'),
			b.id is not null, case when coalesce(b.abstained, true) then '' else b.crop end, coalesce(b.observations, 0), coalesce(b.yield_detail, '{}')
		from parcel p
		join parcel_crop k on k.parcel_id = p.id and k.unit = any($3)
		left join series s on s.parcel_id = p.id and s.unit = any($2)
		left join parcel_yield y on y.parcel_id = p.id and y.unit = $4
		left join published_parcel b on b.publication = $5 and b.id = p.id,
			lateral (select st_centroid(p.geom) as at) c
		where p.registry = $1 order by p.id collate "C"`
	rows, err := db.pool.whole().Query(ctx, watched, registry, s.Series, s.Crops, s.Yield, earlier)
	if err != nil {
		return fmt.Errorf("parcels to watch of registry %d: %w", registry, err)
	}
	defer rows.Close()
	var known shared
	for rows.Next() {
		var w season.Watched
		var told bool
		var b season.Told
		if err := rows.Scan(&w.ParcelID, &w.Lon, &w.Lat, &w.Dates, &w.Valid, &w.NDVI, &w.Red, &w.Blue, &w.Classes, &w.Posterior, &w.Abstained,
			&w.Observations, &w.Yield, &told, &b.Crop, &b.Observations, &b.Yield); err != nil {
			return fmt.Errorf("parcels to watch of registry %d: %w", registry, err)
		}
		w.Dates, w.Classes = known.days(w.Dates), known.words(w.Classes)
		if told {
			w.Before = &b
		}
		if err := use(w); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("parcels to watch of registry %d: %w", registry, err)
	}
	return nil
}

// Signals returns what a unit of the watch found, in order of parcel and kind.
func (db *DB) Signals(ctx context.Context, unit int64) ([]season.Signal, error) {
	const signals = `
		select parcel_id, kind, crop, first_on, last_on, ended_on, strength, evidence
		from parcel_signal where unit = $1 order by parcel_id collate "C", kind`
	return collect[season.Signal](ctx, db, signals, unit)
}

// FinishSignals ends the watch over a season and keeps what it found. Nobody is
// told before the publication that it belongs to is in force.
func (db *DB) FinishSignals(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Signal) error {
	columns := []string{"unit", "parcel_id", "kind", "crop", "first_on", "last_on", "ended_on", "strength", "evidence"}
	return db.finishRows(ctx, c, o, "parcel_signal", columns, len(rows), func(i int) ([]any, error) {
		r := rows[i]
		return []any{c.ID, r.ParcelID, r.Kind, r.Crop, r.First, r.Last, r.Ended, r.Strength, orEmpty(r.Evidence)}, nil
	})
}

// raiseAlerts turns what the run's watch found into cases, in the transaction
// that puts its publication in force. A parcel's case is raised once for each
// episode: while it goes on it is updated, whatever officers have done with it,
// and it closes by itself where the parcel has recovered.
func raiseAlerts(ctx context.Context, tx pgx.Tx, run season.Run, unit int64) error {
	for _, step := range []struct{ what, sql string }{
		{"go on", `
			with found as (` + foundSQL + `),
			moved as (
				update alert a set last_on = greatest(a.last_on, f.last_on), strength = f.strength, evidence = f.evidence, updated_at = now(),
					state = case when a.state = 'closed' and a.recovered then 'open' else a.state end, recovered = false,
					assignee = case when a.state = 'closed' and a.recovered then '' else a.assignee end
				from found f where a.id = f.alert and f.ended_on is null and f.first_on <= f.alert_last
				returning a.id, a.county, f.state as was, f.was_recovered)
			insert into alert_event (alert, county, seq, at, actor, act, state, reason)
			select m.id, m.county, 1 + (select max(seq) from alert_event where alert = m.id), now(), 'parus', 'reopen', 'open', ''
			from moved m where m.was = 'closed' and m.was_recovered`},
		{"recover", `
			with found as (` + foundSQL + `),
			moved as (
				update alert a set state = 'closed', recovered = true, updated_at = now()
				from found f where a.id = f.alert and f.ended_on is not null and a.state <> 'closed'
				returning a.id, a.county, f.ended_on)
			insert into alert_event (alert, county, seq, at, actor, act, state, reason)
			select m.id, m.county, 1 + (select max(seq) from alert_event where alert = m.id), now(), 'parus', 'recover', 'closed', m.ended_on::text
			from moved m`},
		{"raise", `
			with found as (` + foundSQL + `),
			raised as (
				insert into alert (county, season, parcel_id, household_id, village, kind, episode, crop, first_on, last_on, strength, evidence, raised_at, updated_at)
				select $1, $2, f.parcel_id, p.household_id, p.village, f.kind, coalesce(f.episode, 0) + 1, f.crop, f.first_on, f.last_on, f.strength,
					f.evidence, now(), now()
				from found f join parcel p on p.registry = $4 and p.id = f.parcel_id
				where f.ended_on is null and (f.alert is null or (f.state = 'closed' and f.first_on > f.alert_last))
				order by f.parcel_id collate "C", f.kind
				returning id, county)
			insert into alert_event (alert, county, seq, at, actor, act, state, reason)
			select id, county, 1, now(), 'parus', 'raise', 'open', '' from raised`},
	} {
		args := []any{run.County, run.Season, unit}
		if step.what == "raise" {
			args = append(args, run.Registry)
		}
		if _, err := tx.Exec(ctx, step.sql, args...); err != nil {
			return fmt.Errorf("alerts that %s: %w", step.what, err)
		}
	}
	return nil
}

// foundSQL joins what was found ($3 unit) with the last case of each parcel and
// kind ($1 county, $2 season). A case that is not closed goes on with whatever
// is found of it: its days are then taken as one episode.
const foundSQL = `
	select s.*, a.id as alert, a.episode, a.state, a.recovered as was_recovered,
		case when a.state <> 'closed' then greatest(a.last_on, s.first_on) else a.last_on end as alert_last
	from parcel_signal s left join lateral (
		select * from alert a where a.county = $1 and a.season = $2 and a.parcel_id = s.parcel_id and a.kind = s.kind
		order by a.episode desc limit 1) a on true
	where s.unit = $3`
