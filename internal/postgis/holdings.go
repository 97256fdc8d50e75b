package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/season"
)

// HouseholdCount returns the number of households of a registry release.
func (db *DB) HouseholdCount(ctx context.Context, registry int64) (int, error) {
	var n int
	err := db.pool.QueryRow(ctx, `select count(*) from household where registry = $1`, registry).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("households of registry %d: %w", registry, err)
	}
	return n, nil
}

// HouseholdBatches cuts the households of a registry release into batches of a
// size and returns, for each, the household that it begins behind; the first has
// none.
func (db *DB) HouseholdBatches(ctx context.Context, registry int64, size int) ([]season.HouseholdKey, error) {
	const begins = `
		select coalesce(lag, ''), coalesce(lag_id, '') from (
			select row_number() over w as n, lag(village) over w as lag, lag(id) over w as lag_id from household where registry = $1
			window w as (order by village collate "C", id collate "C")) h
		where n % $2 = 1 % $2 order by n`
	rows, err := db.pool.Query(ctx, begins, registry, size)
	if err != nil {
		return nil, fmt.Errorf("batches of registry %d: %w", registry, err)
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k season.HouseholdKey, err error) {
		return k, row.Scan(&k.Village, &k.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("batches of registry %d: %w", registry, err)
	}
	return keys, nil
}

// Holdings returns a batch of households with their parcels and estimates, in
// order of village and household, parcels in order of id.
func (db *DB) Holdings(ctx context.Context, q season.HoldingsQuery) ([]season.Holding, error) {
	const households = `
		select id, village, display_name, members, finance from household
		where registry = $1 and (village collate "C", id collate "C") > ($2, $3)
		order by village collate "C", id collate "C" offset $4 limit $5`
	rows, err := db.pool.Query(ctx, households, q.Registry, q.After.Village, q.After.ID, q.Offset, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("households after %q: %w", q.After.ID, err)
	}
	var finance []byte
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (season.Holding, error) {
		var h season.Holding
		err := row.Scan(&h.Household.ID, &h.Household.Village, &h.Household.DisplayName, &h.Household.Members, &finance)
		if err != nil {
			return h, err
		}
		return h, json.Unmarshal(finance, &h.Finance)
	})
	if err != nil {
		return nil, fmt.Errorf("households after %q: %w", q.After.ID, err)
	}
	return out, db.addParcels(ctx, q, out)
}

// addParcels looks each parcel up by its key: "offset 0" keeps PostgreSQL from
// joining a batch with all of the county, which it takes for next to nothing as
// long as a season's rows are not in the statistics.
func (db *DB) addParcels(ctx context.Context, q season.HoldingsQuery, holdings []season.Holding) error {
	const parcels = `
		select p.id, p.household_id, p.village, p.name, p.contract_m2, p.declared_m2, p.area_m2, p.declared_crop,
			p.leased_in, p.certified,
			c.match_p, c.match_reasons, c.classes, c.posterior, c.abstained, c.reason, c.observations, c.last_clear,
			y.p10, y.p50, y.p90, y.mean, y.sd, y.detail,
			coalesce(h.holder, ''), coalesce(h.transferee, ''), h.transfer_from, h.transfer_until
		from parcel p
		left join holding h on h.registry = p.registry and h.parcel_id = p.id
		left join lateral (select * from parcel_crop c where c.parcel_id = p.id and c.unit = any($3) offset 0) c on true
		left join lateral (select * from parcel_yield y where y.parcel_id = p.id and y.unit = $4 offset 0) y on true
		where p.registry = $1 and p.household_id = any($2)
		order by p.id collate "C"`
	at := make(map[string]int, len(holdings))
	ids := make([]string, len(holdings))
	for i, h := range holdings {
		at[h.Household.ID], ids[i] = i, h.Household.ID
	}
	rows, err := db.pool.Query(ctx, parcels, q.Registry, ids, q.CropUnits, q.YieldUnit)
	if err != nil {
		return fmt.Errorf("parcels of households after %q: %w", q.After.ID, err)
	}
	held, err := pgx.CollectRows(rows, scanHeld)
	if err != nil {
		return fmt.Errorf("parcels of households after %q: %w", q.After.ID, err)
	}
	if err := db.addSigns(ctx, q.Evidence, held); err != nil {
		return err
	}
	for _, p := range held {
		h := &holdings[at[p.Parcel.HouseholdID]]
		h.Parcels = append(h.Parcels, p)
	}
	return nil
}

func scanHeld(row pgx.CollectableRow) (season.HeldParcel, error) {
	var h season.HeldParcel
	p := &h.Parcel
	var match, p10, p50, p90, mean, sd *float32
	var abstained *bool
	var reason *string
	var observations *int
	var c season.Crop
	var detail []byte
	var from, until *time.Time
	err := row.Scan(&p.ID, &p.HouseholdID, &p.Village, &p.Name, &p.ContractM2, &p.DeclaredM2, &p.AreaM2,
		&p.DeclaredCrop, &p.LeasedIn, &p.Certified,
		&match, &c.MatchReasons, &c.Classes, &c.Posterior, &abstained, &reason, &observations, &c.LastClear,
		&p10, &p50, &p90, &mean, &sd, &detail, &h.Land.HolderID, &h.Land.Transferee, &from, &until)
	if err != nil {
		return h, err
	}
	if from != nil {
		h.Land.TransferOn = *from
	}
	if until != nil {
		h.Land.TransferEnd = *until
	}
	if match != nil {
		c.ParcelID, c.MatchP, c.Abstained, c.Reason, c.Observations = p.ID, *match, *abstained, *reason, *observations
		h.Crop = &c
	}
	if p50 != nil {
		h.Yield = &season.Yield{ParcelID: p.ID, P10: *p10, P50: *p50, P90: *p90, Mean: *mean, SD: *sd, Detail: detail}
	}
	return h, nil
}
