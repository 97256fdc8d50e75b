package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/fields"
	"parus/internal/season"
)

// SaveTenancyEvidence keeps signs of who farms which parcel for runs of a county
// and returns their digest, "" for none. The same signs again change nothing.
func (db *DB) SaveTenancyEvidence(ctx context.Context, c fields.County, signs []fields.TenancyEvidence) (string, error) {
	if len(signs) == 0 {
		return "", nil
	}
	text, err := json.Marshal(signs)
	if err != nil {
		return "", fmt.Errorf("keep signs of tenancy: %w", err)
	}
	sum := sha256.Sum256(text)
	digest := hex.EncodeToString(sum[:])
	columns := []string{"county", "digest", "parcel_id", "farmer_id", "source", "season"}
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockRegistry(ctx, tx, c.Code); err != nil {
			return err
		}
		var known bool
		err := tx.QueryRow(ctx, `select exists (select from tenancy_evidence where county = $1 and digest = $2)`, c.Code, digest).Scan(&known)
		if err != nil || known {
			return err
		}
		return copyInto(ctx, tx, "tenancy_evidence", columns, pgx.CopyFromSlice(len(signs), func(i int) ([]any, error) {
			s := &signs[i]
			return []any{c.Code, digest, s.ParcelID, s.FarmerID, string(s.Source), s.Season}, nil
		}))
	})
	if err != nil {
		return "", fmt.Errorf("keep signs of tenancy in county %s: %w", c.Code, err)
	}
	return digest, nil
}

// addSigns reads what the evidence says of parcels.
func (db *DB) addSigns(ctx context.Context, evidence string, held []season.HeldParcel) error {
	if evidence == "" {
		return nil
	}
	const signs = `
		select parcel_id, farmer_id, source, season from tenancy_evidence
		where digest = $1 and parcel_id = any($2) order by parcel_id collate "C", source, farmer_id collate "C"`
	at := make(map[string]int, len(held))
	ids := make([]string, len(held))
	for i := range held {
		at[held[i].Parcel.ID], ids[i] = i, held[i].Parcel.ID
	}
	rows, err := db.pool.Query(ctx, signs, evidence, ids)
	if err != nil {
		return fmt.Errorf("signs of tenancy: %w", err)
	}
	var s fields.TenancyEvidence
	_, err = pgx.ForEachRow(rows, []any{&s.ParcelID, &s.FarmerID, &s.Source, &s.Season}, func() error {
		h := &held[at[s.ParcelID]]
		h.Signs = append(h.Signs, s)
		return nil
	})
	if err != nil {
		return fmt.Errorf("signs of tenancy: %w", err)
	}
	return nil
}

// TenancyParcels returns the parcels of a release of which a transfer or the
// evidence tells who farms, in order of id, without shapes and estimates.
func (db *DB) TenancyParcels(ctx context.Context, registry int64, evidence string) ([]season.HeldParcel, error) {
	const parcels = `
		select p.id, p.household_id, p.leased_in, coalesce(h.holder, ''), coalesce(h.transferee, ''),
			coalesce(h.transfer_from, '0001-01-01'), coalesce(h.transfer_until, '0001-01-01')
		from parcel p left join holding h on h.registry = p.registry and h.parcel_id = p.id
		where p.registry = $1 and (coalesce(h.transferee, '') <> ''
			or p.id in (select parcel_id from tenancy_evidence where digest = $2))
		order by p.id collate "C"`
	rows, err := db.pool.Query(ctx, parcels, registry, evidence)
	if err != nil {
		return nil, fmt.Errorf("tenancies of registry %d: %w", registry, err)
	}
	held, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (season.HeldParcel, error) {
		var h season.HeldParcel
		err := row.Scan(&h.Parcel.ID, &h.Parcel.HouseholdID, &h.Parcel.LeasedIn, &h.Land.HolderID, &h.Land.Transferee, &h.Land.TransferOn, &h.Land.TransferEnd)
		return h, err
	})
	if err != nil {
		return nil, fmt.Errorf("tenancies of registry %d: %w", registry, err)
	}
	return held, db.addSigns(ctx, evidence, held)
}

// keepMapping keeps the mapping that a hand-over was read by.
func keepMapping(ctx context.Context, tx pgx.Tx, r RegistryRelease) error {
	const keep = `
		insert into county_mapping (county, kind, digest, yaml, confirmed_by, used_at) values ($1, $2, $3, $4, $5, now())
		on conflict (county, kind, digest) do update set yaml = excluded.yaml, confirmed_by = excluded.confirmed_by, used_at = excluded.used_at`
	if r.Mapping == nil {
		return nil
	}
	m := r.Mapping
	_, err := tx.Exec(ctx, keep, r.County.Code, m.Kind, m.Digest, m.YAML, m.ConfirmedBy)
	return err
}

// LastMapping returns the mapping of a kind that a county's hand-over was last
// read by; false where none is kept.
func (db *DB) LastMapping(ctx context.Context, county, kind string) (season.Mapping, bool, error) {
	const last = `
		select kind, digest, yaml, confirmed_by from county_mapping
		where county = $1 and kind = $2 order by used_at desc, digest limit 1`
	var m season.Mapping
	err := db.pool.QueryRow(ctx, last, county, kind).Scan(&m.Kind, &m.Digest, &m.YAML, &m.ConfirmedBy)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return m, false, nil
	case err != nil:
		return m, false, fmt.Errorf("mapping of county %s: %w", county, err)
	}
	return m, true, nil
}
