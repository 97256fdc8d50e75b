package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parus/internal/publication"
)

// Propose opens a dispute on a parcel of a publication and returns its number.
// What is wrong with the outline is a [publication.ShapeFault];
// [publication.ErrDisputeOpen] where one of the kind is open,
// [publication.ErrNotFound] where the scope does not see the parcel.
func (db *DB) Propose(ctx context.Context, s publication.Scope, d publication.Disputing) (int64, error) {
	var id int64
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) (err error) {
		shape, err := proposedShape(ctx, tx, d)
		if err != nil {
			return err
		}
		id, err = insertDispute(ctx, tx, s, d, shape)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("dispute parcel %s of publication %d: %w", d.ParcelID, d.Publication, err)
	}
	return id, nil
}

// proposedShape is a proposed outline as GeoJSON, null for none, once it holds.
func proposedShape(ctx context.Context, tx pgx.Tx, d publication.Disputing) (*string, error) {
	if d.Shape == nil {
		return nil, nil
	}
	if err := d.Shape.Check(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(publication.Outline{Type: "MultiPolygon", Coordinates: d.Shape.Coordinates})
	if err != nil {
		return nil, err
	}
	shape := string(text)
	var valid bool
	err = tx.QueryRow(ctx, `select st_isvalid(g) and not st_isempty(g) from st_setsrid(st_geomfromgeojson($1::text), 4326) g`, shape).Scan(&valid)
	if err == nil && !valid {
		err = publication.ShapeInvalid
	}
	if err != nil {
		return nil, err
	}
	const against = `
		select st_area(g::geography), st_distance(g::geography, o::geography), st_hausdorffdistance(g, o) < 1e-8
		from published_parcel p, st_setsrid(st_geomfromgeojson($3::text), 4326) g, st_transform(p.geom, 4326) o
		where p.publication = $1 and p.id = $2`
	var area, away float64
	var same bool
	err = tx.QueryRow(ctx, against, d.Publication, d.ParcelID, shape).Scan(&area, &away, &same)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, publication.ErrNotFound
	case err != nil:
		return nil, err
	case area < publication.LeastOutlineM2 || area > publication.MostOutlineM2:
		return nil, publication.ShapeSize
	case away > publication.OutlineWithinM:
		return nil, publication.ShapeFar
	case same:
		return nil, publication.ShapeSame
	}
	return &shape, nil
}

func insertDispute(ctx context.Context, tx pgx.Tx, s publication.Scope, d publication.Disputing, shape *string) (int64, error) {
	const insert = inScope + `
		insert into dispute (county, publication, season, parcel_id, household_id, village, kind, crop, area_m2, disputed,
			proposed_crop, proposed_m2, proposed, overlapped, evidence, author, created_at, updated_at)
		select p.county, p.id, p.season, pp.id, pp.household_id, pp.village, $4, case when pp.abstained then '' else pp.crop end, pp.area_m2,
			st_multi(st_transform(pp.geom, 4326)), $5, st_area(g::geography), g, coalesce(o.found, '[]'), $7, $8, $9, $9
		from pub join publication p on p.id = pub.id
		join published_parcel pp on pp.publication = p.id and pp.id = $3
		cross join st_setsrid(st_geomfromgeojson($6::text), 4326) g
		left join lateral (
			select jsonb_agg(jsonb_build_object('parcel_id', id, 'area_m2', area) order by area desc, id) as found from (
				select n.id, round(st_area(st_intersection(g, st_makevalid(st_transform(n.geom, 4326)))::geography)::numeric, 1) as area
				from published_parcel n
				where n.publication = p.id and n.id <> pp.id and n.geom && st_transform(g, 3857)
				order by 2 desc, 1 limit 20) n
			where area > 1
		) o on true
		returning id, county`
	const tell = `
		insert into dispute_event (dispute, county, seq, at, actor, act, state, reason) values ($1, $2, 1, $3, $4, 'propose', 'open', '')`
	var id int64
	var county string
	err := tx.QueryRow(ctx, insert, d.Publication, prefixes(s), d.ParcelID, d.Kind, d.Crop, shape, d.Evidence, d.Account, d.At).Scan(&id, &county)
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, publication.ErrNotFound
	case errors.As(err, &pg) && pg.ConstraintName == "dispute_open":
		return 0, publication.ErrDisputeOpen
	case err != nil:
		return 0, err
	}
	_, err = tx.Exec(ctx, tell, id, county, d.At, d.Actor)
	return id, err
}

// MoveDispute decides about an open dispute, or withdraws it, and writes it into
// its history. [publication.ErrDisputeState] where it is open no more,
// [publication.ErrDisputeAuthor] where its author reviews it or somebody else
// withdraws it, [publication.ErrNotFound] where there is none.
func (db *DB) MoveDispute(ctx context.Context, s publication.Scope, m publication.DisputeMove) error {
	const lock = `select county, state, author from dispute where id = $1 for update`
	const move = `update dispute set state = $2, reviewer = $3, updated_at = $4 where id = $1`
	const tell = `
		insert into dispute_event (dispute, county, seq, at, actor, act, state, reason)
		values ($1, $2, 1 + (select max(seq) from dispute_event where dispute = $1), $3, $4, $5, $6, $7)`
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) error {
		var county, author string
		var state publication.DisputeState
		err := tx.QueryRow(ctx, lock, m.Dispute).Scan(&county, &state, &author)
		reviewer := m.Account
		if m.Act == publication.WithdrawDispute {
			reviewer = ""
		}
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return publication.ErrNotFound
		case err != nil:
			return err
		case (m.Act == publication.WithdrawDispute) != (author == m.Account):
			return publication.ErrDisputeAuthor
		case state != publication.DisputeOpen:
			return publication.ErrDisputeState
		}
		if _, err := tx.Exec(ctx, move, m.Dispute, m.Act.After(), reviewer, m.At); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, tell, m.Dispute, county, m.At, m.Actor, m.Act, m.Act.After(), m.Reason)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s dispute %d: %w", m.Act, m.Dispute, err)
	}
	return nil
}
