package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/ewkb"

	"parus/internal/ledger"
	"parus/internal/season"
)

// Publish copies what people see of a run into a publication of its own and
// puts it in force, raises the alerts that come with it and ends the run, all in
// the transaction that ends the claim. Where the run was cancelled meanwhile
// nothing is written, and it returns [ledger.ErrCancelled].
func (db *DB) Publish(ctx context.Context, c ledger.Claim, o ledger.Outcome, run season.Run, s season.Sources) error {
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		id, err := newPublication(ctx, tx, run, s)
		if err != nil {
			return err
		}
		if err := copyPublished(ctx, tx, id, run, s); err != nil {
			return err
		}
		if err := raiseAlerts(ctx, tx, run, s.Watch); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, published, run.ID)
		return err
	})
}

// published ends a run: from here on it can be rolled back and not cancelled.
const published = `
	update season_run set state = 'done', reason = '', finished_at = now() where id = $1 and state in ('running', 'paused')`

func newPublication(ctx context.Context, tx pgx.Tx, run season.Run, s season.Sources) (int64, error) {
	const replace = `update publication set in_force = false where county = $1 and season = $2 and in_force`
	const insert = `
		insert into publication (county, season, registry, run, in_force, decided, watched)
		values ($1, $2, $3, $4, true, $5, nullif($6, 0)) returning id`
	state, err := lockRun(ctx, tx, run.ID)
	if err != nil {
		return 0, err
	}
	if state == season.RunCancelled {
		return 0, ledger.ErrCancelled
	}
	if err := lockPublications(ctx, tx, run.County, run.Season); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, replace, run.County, run.Season); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, noteHistory); err != nil {
		return 0, err
	}
	var id int64
	err = tx.QueryRow(ctx, insert, run.County, run.Season, run.Registry, run.ID, orNone(s.Decisions), s.Watch).Scan(&id)
	return id, err
}

// copyPublished joins whole counties; see access.whole.
func copyPublished(ctx context.Context, tx pgx.Tx, id int64, run season.Run, s season.Sources) error {
	const loops = `select set_config('enable_nestloop', $1, true)`
	if _, err := tx.Exec(ctx, loops, "off"); err != nil {
		return err
	}
	if err := publishParcels(ctx, tx, id, run, s); err != nil {
		return err
	}
	if err := publishHouseholds(ctx, tx, id, run, s); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, loops, "on"); err != nil {
		return err
	}
	return keepShown(ctx, tx, id, run.County)
}

func publishParcels(ctx context.Context, tx pgx.Tx, id int64, run season.Run, s season.Sources) error {
	const insert = `
		insert into published_parcel (publication, county, id, household_id, village, name, area_m2, match_p,
			crop, crop_p, abstained, reason, classes, posterior, yield_p10, yield_p50, yield_p90, observations,
			series_unit, yield_detail, line_fen, geom)
		select $1, $2, p.id, p.household_id, p.village, p.name, p.area_m2, c.match_p,
			coalesce(c.classes[best.i], ''), c.posterior[best.i], coalesce(c.abstained, true),
			coalesce(c.reason, 'no observation'), coalesce(c.classes, '{}'), coalesce(c.posterior, '{}'),
			y.p10, y.p50, y.p90, coalesce(c.observations, 0), s.unit, coalesce(y.detail, '{}'), d.line_fen,
			st_transform(p.geom, 3857)
		from parcel p
		left join parcel_crop c on c.parcel_id = p.id and c.unit = any($4)
		left join parcel_yield y on y.parcel_id = p.id and y.unit = $5
		left join series s on s.parcel_id = p.id and s.unit = any($6)
		left join decision d on d.household_id = p.household_id and d.unit = any($7)
		left join lateral (
			select i from generate_subscripts(c.posterior, 1) i order by c.posterior[i] desc, i limit 1
		) best on true
		where p.registry = $3`
	_, err := tx.Exec(ctx, insert, id, run.County, run.Registry, s.Crops, s.Yield, s.Series, s.Decisions)
	if err != nil {
		return fmt.Errorf("publish parcels: %w", err)
	}
	return nil
}

func publishHouseholds(ctx context.Context, tx pgx.Tx, id int64, run season.Run, s season.Sources) error {
	const insert = `
		insert into published_household (publication, county, id, village, display_name, parcels, area_m2,
			line_fen, pd, apr, due_date, referred, reasons, decision, bound)
		select $1, $2, h.id, h.village, h.display_name, count(p.id), coalesce(sum(p.area_m2), 0),
			d.line_fen, d.pd, d.apr, d.due_date, d.referred, d.reasons, d.decision, st_extent(p.geom)
		from household h
		join decision d on d.household_id = h.id and d.unit = any($4)
		left join parcel p on p.registry = h.registry and p.household_id = h.id
		where h.registry = $3
		group by h.id, h.village, h.display_name, d.unit, d.household_id`
	if _, err := tx.Exec(ctx, insert, id, run.County, run.Registry, s.Decisions); err != nil {
		return fmt.Errorf("publish households: %w", err)
	}
	return nil
}

// PublicationOfRun returns the number of a run's publication, the last where it
// has published more than once.
func (db *DB) PublicationOfRun(ctx context.Context, run int64) (int64, error) {
	var id int64
	err := db.pool.QueryRow(ctx, `select id from publication where run = $1 order by id desc limit 1`, run).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("run %d has published nothing", run)
	}
	return id, err
}

// PublishedParcels returns the parcels of a publication in order of id.
func (db *DB) PublishedParcels(ctx context.Context, publication int64) ([]season.PublishedParcel, error) {
	const parcels = `
		select p.id, p.household_id, p.village, p.area_m2, p.match_p, p.crop, p.crop_p, p.abstained, p.reason,
			p.yield_p10, p.yield_p50, p.yield_p90, p.observations, coalesce(s.dates, '{}'),
			series_layer(nullif(s.layers, '{}'), s.vals, 'ndvi'), coalesce(s.valid, '{}'), coalesce(s.smooth, '{}'),
			coalesce(p.yield_detail -> 'Hazards', '[]'), st_asewkb(st_transform(p.geom, 4326))
		from published_parcel p
		left join series s on s.parcel_id = p.id and s.unit = p.series_unit
		where p.publication = $1 order by p.id collate "C"`
	rows, err := db.pool.whole().Query(ctx, parcels, publication)
	if err != nil {
		return nil, fmt.Errorf("parcels of publication %d: %w", publication, err)
	}
	var known shared
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (season.PublishedParcel, error) {
		var p season.PublishedParcel
		err := row.Scan(&p.ID, &p.HouseholdID, &p.Village, &p.AreaM2, &p.MatchP, &p.Crop, &p.CropP, &p.Abstained,
			&p.Reason, &p.YieldP10, &p.YieldP50, &p.YieldP90, &p.Observations,
			&p.Dates, &p.NDVI, &p.Valid, &p.Smooth, &p.Hazards, ewkb.Scanner(&p.Shape))
		p.Dates = known.days(p.Dates)
		return p, err
	})
}

// UndecidedHouseholds returns the households of the registry that a publication
// has no decision for, in order of id.
func (db *DB) UndecidedHouseholds(ctx context.Context, publication int64) ([]season.PublishedHousehold, error) {
	const undecided = `
		select h.id, h.village, h.display_name, count(p.id), coalesce(sum(p.area_m2), 0),
			0::bigint, 0::double precision, 0::double precision, null::date, false, '{}'::text[], '{}'::jsonb
		from publication n
		join household h on h.registry = n.registry
		left join parcel p on p.registry = h.registry and p.household_id = h.id
		where n.id = $1 and not exists (
			select from published_household d where d.publication = n.id and d.id = h.id)
		group by h.id, h.village, h.display_name order by h.id collate "C"`
	return collect[season.PublishedHousehold](ctx, db, undecided, publication)
}

// PublishedHouseholds returns the households of a publication in order of id.
func (db *DB) PublishedHouseholds(ctx context.Context, publication int64) ([]season.PublishedHousehold, error) {
	const households = `
		select id, village, display_name, parcels, area_m2, line_fen, pd, apr, due_date, referred, reasons, decision
		from published_household where publication = $1 order by id collate "C"`
	return collect[season.PublishedHousehold](ctx, db, households, publication)
}

// FirstHousehold returns the id of a household with a line in the publication
// in force of a county's season: something to look at first.
func (db *DB) FirstHousehold(ctx context.Context, county, name string) (string, error) {
	const first = `
		select h.id from published_household h join publication p on p.id = h.publication
		where p.county = $1 and p.season = $2 and p.in_force
		order by h.line_fen > 0 and not h.referred desc, cardinality(h.reasons) desc, h.id limit 1`
	var id string
	if err := db.pool.QueryRow(ctx, first, county, name).Scan(&id); err != nil {
		return "", fmt.Errorf("county %s, season %s: no household is published: %w", county, name, err)
	}
	return id, nil
}
