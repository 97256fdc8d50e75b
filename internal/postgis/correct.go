package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/fields"
	"parus/internal/season"
	"parus/internal/vault"
)

// Correction is an accepted boundary and what became of it.
type Correction struct {
	Dispute   int64
	ParcelID  string
	Overtaken bool // the release in force has an outline that is neither the disputed nor the proposed one
}

// corrections has $1 = release. Of several of a parcel the last accepted counts.
// One that the release has already is none.
const corrections = `
	with accepted as (
		select distinct on (d.parcel_id) d.id, d.parcel_id, d.disputed, d.proposed, d.proposed_m2
		from dispute d join registry_release r on r.county = d.county and r.id = $1
		where d.kind = 'boundary' and d.state = 'accepted' order by d.parcel_id, d.updated_at desc, d.id desc
	), due as (
		select a.*, p.id is null or st_hausdorffdistance(p.geom, a.disputed) > 1e-8 as overtaken
		from accepted a left join parcel p on p.registry = $1 and p.id = a.parcel_id
		where p.id is null or st_hausdorffdistance(p.geom, a.proposed) > 1e-8
	) `

// Corrections lists the accepted boundaries that the release in force of a
// county does not have, in order of parcel.
func (db *DB) Corrections(ctx context.Context, county string) ([]Correction, error) {
	r, err := db.ReleaseInForce(ctx, county)
	if err != nil {
		return nil, err
	}
	list, err := collect[Correction](ctx, db, corrections+`select id, parcel_id, overtaken from due order by parcel_id collate "C"`, r.ID)
	if err != nil {
		return nil, fmt.Errorf("corrections of county %s: %w", county, err)
	}
	return list, nil
}

// ErrNothingToCorrect says that the release in force has all that was accepted.
var ErrNothingToCorrect = errors.New("the release in force has every correction that was accepted and still fits")

// ApplyCorrections makes a release that equals the one in force but for the
// outlines of the accepted boundaries, and puts it in force, in one transaction.
// A boundary is applied where the parcel still has the outline that was disputed;
// others are overtaken, and returned as such. The same corrections of the same
// release are the same release. Published parcels are copies and stay. A release
// with personal data needs the county's keys, since what is sealed opens in its
// own release alone; [ErrNothingToCorrect] where there is nothing to do.
func (db *DB) ApplyCorrections(ctx context.Context, county string, keys *vault.County, a vault.Act) (season.Release, []Correction, error) {
	var id int64
	var list []Correction
	err := pgx.BeginFunc(ctx, db.Within([]string{county}).owner(), func(tx pgx.Tx) (err error) {
		if err := lockRegistry(ctx, tx, county); err != nil {
			return err
		}
		base := basis{county: county, keys: keys, act: a}
		if err := base.read(ctx, tx); err != nil {
			return err
		}
		var digest string
		if list, digest, err = base.due(ctx, tx); err != nil {
			return err
		}
		id, err = base.corrected(ctx, tx, digest)
		return err
	})
	if err != nil {
		return season.Release{}, list, fmt.Errorf("correct the registry of county %s: %w", county, err)
	}
	r, err := db.Release(ctx, id)
	return r, list, err
}

// basis is the release that corrections are applied to.
type basis struct {
	county string
	keys   *vault.County
	act    vault.Act
	id     int64
	digest string
	people *int
}

func (b *basis) read(ctx context.Context, tx pgx.Tx) error {
	const sql = `select id, digest, people from registry_release where county = $1 and in_force`
	err := tx.QueryRow(ctx, sql, b.county).Scan(&b.id, &b.digest, &b.people)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%w is in force: import one with `parus registry import`", ErrNoRelease)
	case err != nil:
		return err
	case b.people != nil && *b.people > 0 && b.keys == nil:
		return fmt.Errorf("release %d holds personal data, which have to be sealed again: name the county's key file (PARUS_KEYS)", b.id)
	}
	return nil
}

// due lists what is to be done and the digest of what will be there then.
func (b *basis) due(ctx context.Context, tx pgx.Tx) ([]Correction, string, error) {
	rows, err := tx.Query(ctx, corrections+`
		select id, parcel_id, overtaken, encode(sha256(st_asbinary(proposed)), 'hex') from due order by parcel_id collate "C"`, b.id)
	if err != nil {
		return nil, "", err
	}
	var list []Correction
	var c Correction
	var shape string
	sum := sha256.New()
	fmt.Fprintf(sum, "corrections 1\n%s\n", b.digest)
	applied := 0
	_, err = pgx.ForEachRow(rows, []any{&c.Dispute, &c.ParcelID, &c.Overtaken, &shape}, func() error {
		if list = append(list, c); !c.Overtaken {
			applied++
			fmt.Fprintf(sum, "%s %s\n", c.ParcelID, shape)
		}
		return nil
	})
	if err == nil && applied == 0 {
		err = ErrNothingToCorrect
	}
	return list, hex.EncodeToString(sum.Sum(nil)), err
}

// corrected makes the release, or finds it where it was made before.
func (b *basis) corrected(ctx context.Context, tx pgx.Tx, digest string) (int64, error) {
	const known = `select id from registry_release where county = $1 and digest = $2`
	const insert = `
		insert into registry_release (county, digest, source, report, valid_from, previous, parcels, households, contracts, people, report_gz)
		select county, $2, 'corrections of release ' || id, report, $3, id, parcels, households, contracts, people, report_gz
		from registry_release where id = $1 returning id`
	var id int64
	err := tx.QueryRow(ctx, known, b.county, digest).Scan(&id)
	if err == nil {
		return id, b.putInForce(ctx, tx, id)
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, err
	}
	if err := tx.QueryRow(ctx, insert, b.id, digest, b.act.At).Scan(&id); err != nil {
		return 0, err
	}
	if err := b.fill(ctx, tx, id); err != nil {
		return 0, err
	}
	if err := keepDifference(ctx, tx, id, b.id); err != nil {
		return 0, err
	}
	return id, b.putInForce(ctx, tx, id)
}

func (b *basis) putInForce(ctx context.Context, tx pgx.Tx, id int64) error {
	if err := putInForce(ctx, tx, b.county, id); err != nil {
		return err
	}
	return appendAudit(ctx, tx, b.keys, b.county, entryOf(b.act, "correct release", fmt.Sprintf("%d of %d", id, b.id)))
}

// fill copies the release before, and then draws what was accepted.
func (b *basis) fill(ctx context.Context, tx pgx.Tx, id int64) error {
	const draw = corrections + `
		update parcel p set geom = d.proposed, area_m2 = d.proposed_m2,
			original = coalesce(p.original, '{}') || jsonb_build_object('CORRECTED_BOUNDARY', format('dispute %s; release %s: %s m2', d.id, $1::bigint, round(p.area_m2::numeric, 2)))
		from due d where p.registry = $2 and p.id = d.parcel_id and not d.overtaken`
	if _, err := tx.Exec(ctx, `select release_open($1)`, id); err != nil {
		return err
	}
	const copied = `select release_copy(t, $1, $2) from unnest(release_tables()) t where t <> 'person'`
	if _, err := tx.Exec(ctx, copied, b.id, id); err != nil {
		return fmt.Errorf("copy release %d: %w", b.id, err)
	}
	if err := b.sealAgain(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `select release_close($1)`, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, draw, b.id, id)
	return err
}

// sealAgain copies people into a release: what is sealed belongs to its row.
func (b *basis) sealAgain(ctx context.Context, tx pgx.Tx, id int64) error {
	if b.keys == nil {
		return nil
	}
	const sql = `
		select p.household_id, p.position, p.subject, p.holder, p.head, p.name_mask, p.id_mask, p.phone_mask,
			p.name_index, p.id_index, p.phone_index, k.key_id, k.wrapped, case when k.erased_at is null then p.sealed end
		from person p join person_key k on k.county = $2 and k.subject = p.subject
		where p.registry = $1 order by p.household_id collate "C", p.position`
	rows, err := tx.Query(ctx, sql, b.id, b.county)
	if err != nil {
		return err
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) {
		at := vault.Place{County: b.county, Release: b.id}
		var w vault.WrappedKey
		var holder, head bool
		var name, number, phone string
		var byName, byNumber, byPhone, sealed []byte
		err := row.Scan(&at.Household, &at.Position, &at.Subject, &holder, &head, &name, &number, &phone, &byName, &byNumber, &byPhone, &w.KeyID, &w.Data, &sealed)
		if err == nil && sealed != nil {
			sealed, err = b.moved(at, id, w, sealed)
		}
		return []any{id, at.Household, at.Position, at.Subject, holder, head, name, number, phone, byName, byNumber, byPhone, sealed}, err
	})
	if err != nil {
		return fmt.Errorf("seal the people of release %d again: %w", b.id, err)
	}
	return copyRelease(ctx, tx, fmt.Sprintf("person_%d", id), personColumns, len(people), func(i int) ([]any, error) { return people[i], nil })
}

// moved is a sealed text for the same row of another release.
func (b *basis) moved(at vault.Place, to int64, w vault.WrappedKey, sealed []byte) ([]byte, error) {
	key, err := b.keys.Key(at.Subject, w)
	if err != nil {
		return nil, err
	}
	secret, err := key.Open(at, sealed)
	if err != nil {
		return nil, err
	}
	at.Release = to
	return key.Seal(at, secret)
}

// CorrectDeclarations returns the digest of a season's declarations under a
// digest ("" for none) with the crops that were accepted in disputes in place of
// what was declared of their parcels; the same digest where there are none.
func (db *DB) CorrectDeclarations(ctx context.Context, c fields.County, seasonName, digest string) (string, error) {
	const crops = `
		select distinct on (parcel_id collate "C") parcel_id, household_id, proposed_crop from dispute
		where county = $1 and season = $2 and kind = 'crop' and state = 'accepted'
		order by parcel_id collate "C", updated_at desc, id desc`
	accepted, err := collect[fields.Declaration](ctx, db, crops, c.Code, seasonName)
	if err != nil || len(accepted) == 0 {
		return digest, err
	}
	declared, err := db.Declarations(ctx, c.Code, digest)
	if err != nil {
		return "", err
	}
	corrected := make(map[string]bool, len(accepted))
	for _, d := range accepted {
		corrected[d.ParcelID] = true
	}
	for _, d := range declared {
		if !corrected[d.ParcelID] {
			accepted = append(accepted, d)
		}
	}
	return db.SaveDeclarations(ctx, c, seasonName, accepted)
}
