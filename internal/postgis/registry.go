package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"parus/fields"
	"parus/internal/season"
)

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

// Villages returns the villages that a registry release names, in order of
// code.
func (db *DB) Villages(ctx context.Context, registry int64) ([]season.Village, error) {
	return collect[season.Village](ctx, db, `select code, name from village where registry = $1 order by code collate "C"`, registry)
}
