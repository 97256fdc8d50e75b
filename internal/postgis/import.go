package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb/encoding/ewkb"

	"parus/fields"
	"parus/internal/season"
	"parus/internal/vault"
)

// RegistryRelease is a hand-over to store.
type RegistryRelease struct {
	County     fields.County
	Digest     string          // of the package's content and the rules it was read by
	Source     string          // base name
	Report     json.RawMessage // without what there may be millions of
	FullReport json.RawMessage // all of it; nil: Report
	ValidFrom  time.Time       // zero: now
	Parcels    []fields.Parcel
	Households []fields.Household
	Finance    map[string]season.Finance // by household id
	Villages   []season.Village
	Contracts  []season.Contract
	Holdings   []season.LandHolding
	Originals  season.Originals // of parcels and households, by id
	People     []vault.Person
	Mapping    *season.Mapping // kept for the county's next hand-over; nil for none
	Keys       *vault.County   // nil: no personal data are kept
	Act        vault.Act
}

// ImportRegistry stores a release, puts it in force and returns its number, all
// in one transaction: whatever happens on the way, the release before stays in
// force. The same county and digest again is the release that is there
// already, in force or not; where it was stored without personal data and there
// are keys now, these are added to it.
func (db *DB) ImportRegistry(ctx context.Context, r RegistryRelease) (int64, error) {
	var id int64
	err := pgx.BeginFunc(ctx, db.Within([]string{r.County.Code}).owner(), func(tx pgx.Tx) (err error) {
		if err := lockRegistry(ctx, tx, r.County.Code); err != nil {
			return err
		}
		if err := upsertCounty(ctx, tx, r.County); err != nil {
			return err
		}
		if err := keepMapping(ctx, tx, r); err != nil {
			return err
		}
		const same = `select id, people is null from registry_release where county = $1 and digest = $2`
		var without bool
		err = tx.QueryRow(ctx, same, r.County.Code, r.Digest).Scan(&id, &without)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			id, err = insertRelease(ctx, tx, r)
			return err
		case err == nil && without && r.Keys != nil:
			return addPeople(ctx, tx, id, r)
		default:
			return err
		}
	})
	if err != nil {
		return 0, fmt.Errorf("import registry %s of county %s: %w", r.Source, r.County.Code, err)
	}
	return id, nil
}

func insertRelease(ctx context.Context, tx pgx.Tx, r RegistryRelease) (int64, error) {
	const before = `select id from registry_release where county = $1 and in_force`
	const insert = `
		insert into registry_release (county, digest, source, report, valid_from, previous, parcels, households, contracts, people, report_gz)
		values ($1, $2, $3, $4, coalesce($5, now()), nullif($6, 0), $7, $8, $9, $10, $11) returning id`
	var id, previous int64
	err := tx.QueryRow(ctx, before, r.County.Code).Scan(&previous)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, err
	}
	var from *time.Time
	if !r.ValidFrom.IsZero() {
		from = &r.ValidFrom
	}
	var people *int
	if r.Keys != nil {
		n := len(r.People)
		people = &n
	}
	err = tx.QueryRow(ctx, insert, r.County.Code, r.Digest, r.Source, orEmpty(r.Report), from, previous,
		len(r.Parcels), len(r.Households), len(r.Contracts), people, packed(r.FullReport)).Scan(&id)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `select release_open($1)`, id); err != nil {
		return 0, err
	}
	if err := fillRelease(ctx, tx, id, r); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `select release_close($1)`, id); err != nil {
		return 0, err
	}
	if err := unnameErased(ctx, tx, id); err != nil {
		return 0, err
	}
	if previous != 0 {
		if err := keepDifference(ctx, tx, id, previous); err != nil {
			return 0, err
		}
	}
	if err := putInForce(ctx, tx, r.County.Code, id); err != nil {
		return 0, err
	}
	return id, appendAudit(ctx, tx, r.Keys, r.County.Code, entryOf(r.Act, "import release", fmt.Sprint(id)))
}

func upsertCounty(ctx context.Context, tx pgx.Tx, c fields.County) error {
	const upsert = `
		insert into county (code, name, currency) values ($1, $2, $3)
		on conflict (code) do update set name = excluded.name, currency = excluded.currency`
	_, err := tx.Exec(ctx, upsert, c.Code, c.Name, c.Currency)
	return err
}

// fillRelease copies everything into partitions that have no index yet.
func fillRelease(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	if err := registerGeometry(ctx, tx); err != nil {
		return err
	}
	for _, part := range []func(context.Context, pgx.Tx, int64, RegistryRelease) error{
		copyVillages, copyHouseholds, copyParcels, copyContracts, copyHoldings, copyPeople,
	} {
		if err := part(ctx, tx, id, r); err != nil {
			return err
		}
	}
	return nil
}

// registerGeometry teaches the connection that a geometry's binary form is
// EWKB, which PostGIS takes in COPY as it is.
func registerGeometry(ctx context.Context, tx pgx.Tx) error {
	var oid uint32
	if err := tx.QueryRow(ctx, `select 'geometry'::regtype::oid`).Scan(&oid); err != nil {
		return err
	}
	tx.Conn().TypeMap().RegisterType(&pgtype.Type{Name: "geometry", OID: oid, Codec: pgtype.ByteaCodec{}})
	return nil
}

func copyVillages(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	return copyRelease(ctx, tx, fmt.Sprintf("village_%d", id), []string{"registry", "code", "name"}, len(r.Villages), func(i int) ([]any, error) {
		return []any{id, r.Villages[i].Code, r.Villages[i].Name}, nil
	})
}

func copyHouseholds(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	columns := []string{"registry", "id", "village", "display_name", "members", "finance", "original"}
	return copyRelease(ctx, tx, fmt.Sprintf("household_%d", id), columns, len(r.Households), func(i int) ([]any, error) {
		h := r.Households[i]
		finance, err := json.Marshal(r.Finance[h.ID])
		if err != nil {
			return nil, err
		}
		return []any{id, h.ID, h.Village, h.DisplayName, h.Members, json.RawMessage(finance), r.Originals.Of(h.ID)}, nil
	})
}

func copyParcels(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	columns := []string{"registry", "id", "household_id", "village", "name", "contract_m2", "declared_m2", "area_m2",
		"declared_crop", "leased_in", "certified", "original", "geom"}
	return copyRelease(ctx, tx, fmt.Sprintf("parcel_%d", id), columns, len(r.Parcels), func(i int) ([]any, error) {
		p := &r.Parcels[i]
		shape, err := ewkb.Marshal(p.Shape, 4326)
		if err != nil {
			return nil, fmt.Errorf("parcel %s: %w", p.ID, err)
		}
		return []any{id, p.ID, p.HouseholdID, p.Village, p.Name, p.ContractM2, p.DeclaredM2, p.AreaM2,
			p.DeclaredCrop, p.LeasedIn, p.Certified, r.Originals.Of(p.ID), shape}, nil
	})
}

func copyContracts(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	columns := []string{"registry", "id", "household_id", "area_m2", "until"}
	return copyRelease(ctx, tx, fmt.Sprintf("contract_%d", id), columns, len(r.Contracts), func(i int) ([]any, error) {
		c := r.Contracts[i]
		return []any{id, c.ID, c.HouseholdID, c.AreaM2, dayOrNull(c.Until)}, nil
	})
}

func copyHoldings(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	columns := []string{"registry", "parcel_id", "household_id", "contract", "certificate", "transfer", "area_m2", "leased",
		"holder", "transferee", "transfer_from", "transfer_until"}
	return copyRelease(ctx, tx, fmt.Sprintf("holding_%d", id), columns, len(r.Holdings), func(i int) ([]any, error) {
		h := r.Holdings[i]
		return []any{id, h.ParcelID, h.HouseholdID, h.Contract, h.Certificate, h.Transfer, h.AreaM2, h.Leased,
			h.HolderID, h.Transferee, dayOrNull(h.TransferOn), dayOrNull(h.TransferEnd)}, nil
	})
}

func dayOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// keepDifference compares a release with the one before and keeps what came,
// went and changed. Outlines that are nowhere more than 1e-8 degrees (a
// millimetre) apart and areas within a hundredth of a square metre are the same:
// files round what they carry.
func keepDifference(ctx context.Context, tx pgx.Tx, id, previous int64) error {
	const parcels = `
		select coalesce(n.id, o.id), n.id is null, o.id is null
		from (select * from parcel where registry = $1) n
		full join (select * from parcel where registry = $2) o using (id)
		where n.id is null or o.id is null
			or (n.household_id, n.village, n.name, n.declared_crop, n.leased_in, n.certified)
			is distinct from (o.household_id, o.village, o.name, o.declared_crop, o.leased_in, o.certified)
			or abs(n.contract_m2 - o.contract_m2) > 0.01 or abs(n.declared_m2 - o.declared_m2) > 0.01 or abs(n.area_m2 - o.area_m2) > 0.01
			or not (n.geom = o.geom) and st_hausdorffdistance(n.geom, o.geom) > 1e-8`
	const households = `
		select coalesce(n.id, o.id), n.id is null, o.id is null
		from (select * from household where registry = $1) n
		full join (select * from household where registry = $2) o using (id)
		where n.id is null or o.id is null or (n.village, n.display_name, n.members, n.finance)
			is distinct from (o.village, o.display_name, o.members, o.finance)`
	var d season.Difference
	var err error
	if d.Parcels, err = changes(ctx, tx, parcels, id, previous); err != nil {
		return fmt.Errorf("compare parcels with release %d: %w", previous, err)
	}
	if d.Households, err = changes(ctx, tx, households, id, previous); err != nil {
		return fmt.Errorf("compare households with release %d: %w", previous, err)
	}
	_, err = tx.Exec(ctx, `update registry_release set difference = $2 where id = $1`, id, d)
	return err
}

// firstChanges is how many items of each kind a difference names.
const firstChanges = 100

func changes(ctx context.Context, tx pgx.Tx, sql string, id, previous int64) (season.Changes, error) {
	var c season.Changes
	rows, err := tx.Query(ctx, sql, id, previous)
	if err != nil {
		return c, err
	}
	var item string
	var gone, came bool
	_, err = pgx.ForEachRow(rows, []any{&item, &gone, &came}, func() error {
		switch {
		case gone:
			c.Removed, c.FirstRemoved = c.Removed+1, append(c.FirstRemoved, item)
		case came:
			c.Added, c.FirstAdded = c.Added+1, append(c.FirstAdded, item)
		default:
			c.Changed, c.FirstChanged = c.Changed+1, append(c.FirstChanged, item)
		}
		return nil
	})
	c.FirstAdded, c.FirstRemoved, c.FirstChanged = first(c.FirstAdded), first(c.FirstRemoved), first(c.FirstChanged)
	return c, err
}

func first(items []string) []string {
	slices.Sort(items)
	return slices.Clone(items[:min(len(items), firstChanges)])
}
