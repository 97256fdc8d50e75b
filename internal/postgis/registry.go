package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"parus/fields"
	"parus/internal/season"
)

// RegistryRelease is a hand-over to store.
type RegistryRelease struct {
	County     fields.County
	Digest     string // of the package's content and the rules it was read by
	Source     string // base name
	Report     json.RawMessage
	Parcels    []fields.Parcel
	Households []fields.Household
	Finance    map[string]season.Finance // by household id
}

// ImportRegistry stores a release in one transaction and returns its number.
// The same county and digest again is the release that is there already.
func (db *DB) ImportRegistry(ctx context.Context, r RegistryRelease) (int64, error) {
	var id int64
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if err := upsertCounty(ctx, tx, r.County); err != nil {
			return err
		}
		const insert = `
			insert into registry_release (county, digest, source, report) values ($1, $2, $3, $4)
			on conflict (county, digest) do nothing returning id`
		err := tx.QueryRow(ctx, insert, r.County.Code, r.Digest, r.Source, orEmpty(r.Report)).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return tx.QueryRow(ctx, `select id from registry_release where county = $1 and digest = $2`,
				r.County.Code, r.Digest).Scan(&id)
		}
		if err != nil {
			return err
		}
		if err := copyHouseholds(ctx, tx, id, r); err != nil {
			return err
		}
		return copyParcels(ctx, tx, id, r.Parcels)
	})
	if err != nil {
		return 0, fmt.Errorf("import registry %s of county %s: %w", r.Source, r.County.Code, err)
	}
	return id, nil
}

func upsertCounty(ctx context.Context, tx pgx.Tx, c fields.County) error {
	const upsert = `
		insert into county (code, name, currency) values ($1, $2, $3)
		on conflict (code) do update set name = excluded.name, currency = excluded.currency`
	_, err := tx.Exec(ctx, upsert, c.Code, c.Name, c.Currency)
	return err
}

func copyHouseholds(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	columns := []string{"registry", "id", "village", "display_name", "members", "finance"}
	rows := pgx.CopyFromSlice(len(r.Households), func(i int) ([]any, error) {
		h := r.Households[i]
		finance, err := json.Marshal(r.Finance[h.ID])
		if err != nil {
			return nil, err
		}
		return []any{id, h.ID, h.Village, h.DisplayName, h.Members, json.RawMessage(finance)}, nil
	})
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"household"}, columns, rows)
	return err
}

// copyParcels copies into a table without geometry first: PostGIS parses the
// EWKB on the way into the real one.
func copyParcels(ctx context.Context, tx pgx.Tx, id int64, parcels []fields.Parcel) error {
	const stage = `
		create temporary table parcel_in on commit drop as
		select id, household_id, village, name, contract_m2, declared_m2, area_m2, declared_crop,
			leased_in, certified, ''::bytea as shape from parcel limit 0`
	const move = `
		insert into parcel (registry, id, household_id, village, name, contract_m2, declared_m2, area_m2,
			declared_crop, leased_in, certified, geom)
		select $1, id, household_id, village, name, contract_m2, declared_m2, area_m2, declared_crop,
			leased_in, certified, st_geomfromewkb(shape) from parcel_in`
	if _, err := tx.Exec(ctx, stage); err != nil {
		return err
	}
	columns := []string{"id", "household_id", "village", "name", "contract_m2", "declared_m2", "area_m2",
		"declared_crop", "leased_in", "certified", "shape"}
	rows := pgx.CopyFromSlice(len(parcels), func(i int) ([]any, error) {
		p := parcels[i]
		shape, err := ewkb.Marshal(p.Shape, 4326)
		if err != nil {
			return nil, fmt.Errorf("parcel %s: %w", p.ID, err)
		}
		return []any{p.ID, p.HouseholdID, p.Village, p.Name, p.ContractM2, p.DeclaredM2, p.AreaM2,
			p.DeclaredCrop, p.LeasedIn, p.Certified, shape}, nil
	})
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"parcel_in"}, columns, rows); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, move, id)
	return err
}

// Parcels returns the parcels of a registry release in order of id.
func (db *DB) Parcels(ctx context.Context, registry int64) ([]fields.Parcel, error) {
	const parcels = `
		select id, household_id, village, name, contract_m2, declared_m2, area_m2, declared_crop,
			leased_in, certified, st_asewkb(geom)
		from parcel where registry = $1 order by id collate "C"`
	rows, err := db.pool.Query(ctx, parcels, registry)
	if err != nil {
		return nil, fmt.Errorf("parcels of registry %d: %w", registry, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (fields.Parcel, error) {
		var p fields.Parcel
		var shape orb.MultiPolygon
		err := row.Scan(&p.ID, &p.HouseholdID, &p.Village, &p.Name, &p.ContractM2, &p.DeclaredM2, &p.AreaM2,
			&p.DeclaredCrop, &p.LeasedIn, &p.Certified, ewkb.Scanner(&shape))
		p.Shape = shape
		return p, err
	})
}

// Areas returns the sizes of the named parcels of a registry release.
func (db *DB) Areas(ctx context.Context, registry int64, parcels []string) (map[string]season.Area, error) {
	const areas = `
		select id, case when contract_m2 > 0 then contract_m2 else declared_m2 end, area_m2
		from parcel where registry = $1 and id = any($2)`
	rows, err := db.pool.Query(ctx, areas, registry, parcels)
	if err != nil {
		return nil, fmt.Errorf("areas of %d parcels: %w", len(parcels), err)
	}
	out := make(map[string]season.Area, len(parcels))
	var id string
	var a season.Area
	_, err = pgx.ForEachRow(rows, []any{&id, &a.DeclaredM2, &a.AreaM2}, func() error {
		out[id] = a
		return nil
	})
	return out, err
}

// NewestRelease returns the number of a county's latest registry release.
func (db *DB) NewestRelease(ctx context.Context, county string) (int64, error) {
	var id int64
	err := db.pool.QueryRow(ctx, `select id from registry_release where county = $1 order by id desc limit 1`, county).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("county %s has no registry: import one with `parus registry import`", county)
	}
	if err != nil {
		return 0, fmt.Errorf("registry of county %s: %w", county, err)
	}
	return id, nil
}
