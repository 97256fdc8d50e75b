package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/publication"
	"parus/internal/season"
	"parus/internal/vault"
)

// lockPublications lets one transaction at a time say which publication of a
// county's season is in force.
func lockPublications(ctx context.Context, tx pgx.Tx, county, name string) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('parus publications ' || $1 || ' ' || $2, 0))`, county, name)
	return err
}

// PublicationList returns the publications of a county, "" for all, by county,
// season and number, the newest first.
func (db *DB) PublicationList(ctx context.Context, county string) ([]season.PublicationRow, error) {
	const list = `
		select p.id, p.county, p.season, p.run, p.registry, p.in_force, p.created_at, count(h.id), coalesce(sum(h.line_fen), 0)::bigint,
			count(h.id) filter (where h.line_fen > 0), count(h.id) filter (where h.referred)
		from publication p left join published_household h on h.publication = p.id
		where $1 = '' or p.county = $1
		group by p.id order by p.county, p.season collate "C", p.id desc`
	rows, err := collect[season.PublicationRow](ctx, db, list, county)
	if err != nil {
		return nil, fmt.Errorf("list publications: %w", err)
	}
	return rows, nil
}

// PublicationCounty tells which county and season a publication is of.
func (db *DB) PublicationCounty(ctx context.Context, id int64) (county, name string, err error) {
	err = db.pool.QueryRow(ctx, `select county, season from publication where id = $1`, id).Scan(&county, &name)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", fmt.Errorf("publication %d does not exist: `parus publications list` lists them", id)
	}
	return county, name, err
}

// ErrInForce is wrapped where a publication is to be put in force that is.
var ErrInForce error = stateError("it is in force already")

// PutInForce puts an earlier (or later) publication of a county's season in
// force in the place of the one that is, in one transaction with the line in the
// county's audit, and returns the one replaced, 0 for none. Neither changes, nor do their
// tiles. Alerts follow: those that came with publications after it and that
// nobody has touched are closed, and what it had found goes on.
func (db *DB) PutInForce(ctx context.Context, id int64, keys *vault.County, a vault.Act) (replaced int64, err error) {
	return showInstead(ctx, db.pool, id, keys, a)
}

// ShowPublication is PutInForce for somebody with a scope.
func (db *DB) ShowPublication(ctx context.Context, s publication.Scope, id int64, keys *vault.County, a vault.Act) (replaced int64, err error) {
	return showInstead(ctx, db.in(s), id, keys, a)
}

func showInstead(ctx context.Context, in access, id int64, keys *vault.County, a vault.Act) (replaced int64, err error) {
	err = pgx.BeginFunc(ctx, in, func(tx pgx.Tx) error {
		p, err := lockPublication(ctx, tx, id)
		if err != nil {
			return err
		}
		if replaced, err = replaceInForce(ctx, tx, p); err != nil {
			return err
		}
		if err := followAlerts(ctx, tx, p); err != nil {
			return err
		}
		what := fmt.Sprintf("publication %d of season %s instead of %d", id, p.season, replaced)
		return appendAudit(ctx, tx, keys, p.county, entryOf(a, "put publication in force", what))
	})
	if err != nil {
		return 0, fmt.Errorf("put publication %d in force: %w", id, err)
	}
	return replaced, nil
}

// shown is a publication that is about to be put in force.
type shown struct {
	id, run, registry, watch int64
	county, season           string
}

func lockPublication(ctx context.Context, tx pgx.Tx, id int64) (p shown, err error) {
	const find = `select id, run, registry, coalesce(watched, 0), county, season, in_force from publication where id = $1`
	inForce := false
	read := func() error {
		err := tx.QueryRow(ctx, find, id).Scan(&p.id, &p.run, &p.registry, &p.watch, &p.county, &p.season, &inForce)
		if errors.Is(err, pgx.ErrNoRows) {
			return missing("it does not exist: `parus publications list` lists them")
		}
		return err
	}
	if err := read(); err != nil {
		return p, err
	}
	if err := lockPublications(ctx, tx, p.county, p.season); err != nil {
		return p, err
	}
	if err := read(); err != nil { // as it is now that nobody else changes it
		return p, err
	}
	if inForce {
		return p, ErrInForce
	}
	return p, nil
}

func replaceInForce(ctx context.Context, tx pgx.Tx, p shown) (replaced int64, err error) {
	const off = `update publication set in_force = false where county = $1 and season = $2 and in_force returning id`
	err = tx.QueryRow(ctx, off, p.county, p.season).Scan(&replaced)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, err
	}
	_, err = tx.Exec(ctx, `update publication set in_force = true where id = $1`, p.id)
	return replaced, err
}

// followAlerts makes the cases of a county's season agree with a publication.
// What is closed here is marked as closed by itself, so that it opens again
// with the publication that told of it.
func followAlerts(ctx context.Context, tx pgx.Tx, p shown) error {
	const withdraw = `
		with gone as (
			update alert a set state = 'closed', recovered = true, updated_at = now()
			where a.county = $1 and a.season = $2 and a.state = 'open'
				and (select max(e.at) from alert_event e where e.alert = a.id and e.act in ('raise', 'reopen'))
					> (select created_at from publication where id = $3)
				and not exists (select from parcel_signal s
					where s.unit = $4 and s.parcel_id = a.parcel_id and s.kind = a.kind and s.ended_on is null)
			returning a.id, a.county)
		insert into alert_event (alert, county, seq, at, actor, act, state, reason)
		select g.id, g.county, 1 + (select max(seq) from alert_event where alert = g.id), now(), 'parus', 'recover', 'closed',
			'publication ' || $3::text || ' is in force again' from gone g`
	if _, err := tx.Exec(ctx, withdraw, p.county, p.season, p.id, p.watch); err != nil {
		return fmt.Errorf("alerts that are withdrawn: %w", err)
	}
	return raiseAlerts(ctx, tx, season.Run{County: p.county, Season: p.season, Registry: p.registry}, p.watch)
}
