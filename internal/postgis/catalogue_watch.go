package postgis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parus/internal/ledger"
	"parus/internal/season"
)

const watchColumns = `
	id, county, season, source, extract(epoch from every)::bigint, until, enabled, ended_at, next_at, last_polled_at,
	last_result, coalesce(last_run, 0), failures, listed, created_by`

func scanWatch(row pgx.CollectableRow) (season.CatalogueWatch, error) {
	var w season.CatalogueWatch
	var seconds int64
	err := row.Scan(&w.ID, &w.County, &w.Season, &w.Source, &seconds, &w.Until, &w.Enabled, &w.EndedAt, &w.NextAt, &w.LastPolledAt,
		&w.LastResult, &w.LastRun, &w.Failures, &w.Listed, &w.CreatedBy)
	w.Every = time.Duration(seconds) * time.Second
	return w, err
}

// AddCatalogueWatch keeps a new one, due at w.NextAt, and returns its number.
func (db *DB) AddCatalogueWatch(ctx context.Context, w season.CatalogueWatch, at time.Time) (int64, error) {
	const insert = `
		insert into catalogue_watch (county, season, source, every, until, next_at, created_by, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`
	var id int64
	err := db.pool.QueryRow(ctx, insert, w.County, w.Season, w.Source, w.Every, w.Until, w.NextAt, w.CreatedBy, at).Scan(&id)
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.Code == "23505" {
		return 0, fmt.Errorf("county %s, season %s: %s is watched already: `parus watch list` shows it", w.County, w.Season, w.Source)
	}
	if err != nil {
		return 0, fmt.Errorf("watch %s for county %s: %w", w.Source, w.County, err)
	}
	return id, nil
}

// CatalogueWatches lists those of a county, or all for "", by number.
func (db *DB) CatalogueWatches(ctx context.Context, county string) ([]season.CatalogueWatch, error) {
	rows, err := db.pool.Query(ctx, `select `+watchColumns+` from catalogue_watch where $1 in ('', county) order by id`, county)
	if err != nil {
		return nil, fmt.Errorf("watches: %w", err)
	}
	return pgx.CollectRows(rows, scanWatch)
}

// EnableCatalogueWatch pauses one, or lets it go on from its next poll at a
// time, also where it had ended: then until is set anew.
func (db *DB) EnableCatalogueWatch(ctx context.Context, id int64, on bool, next, until time.Time) error {
	const update = `
		update catalogue_watch set enabled = $2, next_at = case when $2 then $3 else next_at end,
			until = case when $2 and ended_at is not null then greatest(until, $4) else until end,
			ended_at = case when $2 then null else ended_at end, failures = case when $2 then 0 else failures end
		where id = $1`
	return db.oneWatch(ctx, id, update, id, on, next, until)
}

// RemoveCatalogueWatch forgets one; runs that it started stay.
func (db *DB) RemoveCatalogueWatch(ctx context.Context, id int64) error {
	return db.oneWatch(ctx, id, `delete from catalogue_watch where id = $1`, id)
}

func (db *DB) oneWatch(ctx context.Context, id int64, sql string, args ...any) error {
	tag, err := db.pool.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = errors.New("it does not exist: `parus watch list` lists them")
	}
	if err != nil {
		return fmt.Errorf("watch %d: %w", id, err)
	}
	return nil
}

// ClaimCatalogueWatch takes the watch that has been due longest, which nobody
// else gets until the lease ends. ok is false where none is due.
//
// A time of the table that lies further ahead than any wait is a clock's fault
// and counts as passed, so that no watch stalls; and two claims of one watch are
// some time apart by the one clock that schedulers share, so that two whose own
// clocks disagree do not make each other's polls due.
func (db *DB) ClaimCatalogueWatch(ctx context.Context, d season.CatalogueDue) (c season.CatalogueClaim, ok bool, err error) {
	const claim = `
		update catalogue_watch set claim = $1, lease_until = $2::timestamptz + $3::interval, claimed_at = clock_timestamp(), failures = failures + 1
		where id = (
			select id from catalogue_watch
			where (lease_until is null or lease_until <= $2 or lease_until > $2::timestamptz + 2 * $3::interval)
				and ($5::bigint = id or $5 = 0 and enabled and ended_at is null
					and (next_at <= $2 or next_at > $2::timestamptz + greatest(every, '1 day') * 1.5)
					and (claimed_at is null or claimed_at <= clock_timestamp() - $4::interval or claimed_at > clock_timestamp()))
			order by next_at, id limit 1 for update skip locked)
		returning ` + watchColumns
	rows, err := db.pool.Query(ctx, claim, d.Token, d.Now, d.Lease, d.Apart, d.ID)
	if err != nil {
		return c, false, fmt.Errorf("claim a watch: %w", err)
	}
	c.CatalogueWatch, err = pgx.CollectExactlyOneRow(rows, scanWatch)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("claim a watch: %w", err)
	}
	c.Token, c.Failures = d.Token, c.Failures-1 // the poll counts as failed until it is finished
	return c, true, nil
}

// FinishCatalogueWatch records what a poll came to and gives the claim back. It
// returns ledger.ErrLeaseLost where another scheduler has it. A season is over
// where the database's clock says so too.
func (db *DB) FinishCatalogueWatch(ctx context.Context, c season.CatalogueClaim, p season.Polled) error {
	const finish = `
		update catalogue_watch set claim = '', lease_until = null, next_at = $3, last_polled_at = $4, last_result = $5,
			failures = case when $6 then failures else 0 end, last_run = coalesce(nullif($7::bigint, 0), last_run),
			listed = coalesce($8, listed),
			ended_at = case when $9 and until <= clock_timestamp() then $4::timestamptz else ended_at end
		where id = $1 and claim = $2`
	tag, err := db.pool.Exec(ctx, finish, c.ID, c.Token, p.Next, p.At, p.Result, p.Failed, p.Run, p.Listed, p.End)
	if err == nil && tag.RowsAffected() == 0 {
		err = ledger.ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("poll of watch %d: %w", c.ID, err)
	}
	return nil
}

// openRun finds a run of a season that is not at its end: a running one first.
const openRun = `
	select r.id, r.state, coalesce((select actor from run_event where run = r.id and r.state = 'paused' order by seq desc limit 1), '')
	from season_run r where r.county = $1 and r.season = $2 and r.state in ('running', 'paused')
	order by r.state desc, r.id limit 1`

// Standing returns a run of a county's season that is under way or paused, the
// zero Standing where there is none.
func (db *DB) Standing(ctx context.Context, county, name string) (season.Standing, error) {
	var s season.Standing
	err := db.pool.QueryRow(ctx, openRun, county, name).Scan(&s.Run, &s.State, &s.By)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return s, fmt.Errorf("runs of county %s, season %s: %w", county, name, err)
	}
	return s, nil
}

// StartAfter starts a run with outcomes beside it where base is still the last
// run of its county's season and no other is under way or paused; else ok is
// false. Of two that ask at once one starts.
func (db *DB) StartAfter(ctx context.Context, base int64, r season.Run, outcomes []season.Outcome) (started season.Run, ok bool, err error) {
	const last = `select max(id) from season_run where county = $1 and season = $2`
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('season run ' || $1 || ' ' || $2, 0))`, r.County, r.Season); err != nil {
			return err
		}
		var latest int64
		if err := tx.QueryRow(ctx, last, r.County, r.Season).Scan(&latest); err != nil || latest != base {
			return err
		}
		var s season.Standing
		if err := tx.QueryRow(ctx, openRun, r.County, r.Season).Scan(&s.Run, &s.State, &s.By); !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var err error
		if started, err = startRun(ctx, tx, r); err != nil {
			return err
		}
		ok = true
		return recordOutcomes(ctx, tx, started.ID, outcomes)
	})
	if err != nil {
		return started, false, fmt.Errorf("start run of county %s, season %s: %w", r.County, r.Season, err)
	}
	return started, ok, nil
}
