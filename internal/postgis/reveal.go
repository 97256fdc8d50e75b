package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/publication"
	"parus/internal/vault"
)

// selectPeople has $1 = release; who is asked for follows.
const selectPeople = `
	select p.registry, p.household_id, p.position, p.subject, p.holder, p.head, p.name_mask, p.id_mask, p.phone_mask,
		k.key_id, k.wrapped, p.sealed
	from person p
	join registry_release r on r.id = p.registry
	join person_key k on k.county = r.county and k.subject = p.subject and k.erased_at is null
	where p.registry = $1 and p.sealed is not null `

// sealedPerson is a row as it lies in the database.
type sealedPerson struct {
	vault.Match
	key  vault.WrappedKey
	data []byte
}

func people(ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]sealedPerson, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (sealedPerson, error) {
		var p sealedPerson
		err := row.Scan(&p.Release, &p.Household, &p.Position, &p.Subject, &p.Holder, &p.Head, &p.NameMask, &p.IDMask, &p.PhoneMask,
			&p.key.KeyID, &p.key.Data, &p.data)
		return p, err
	})
}

// RegistryOf returns the county and the registry release of a publication, or,
// where it is 0, of the release in force that has the household;
// [publication.ErrNotFound] where there is none or more than one.
func (db *DB) RegistryOf(ctx context.Context, s publication.Scope, id int64, household string) (county string, release int64, err error) {
	const ofPublication = `select county, registry from publication where id = $1 and $2::text is not null`
	const inForce = `
		select r.county, r.id from registry_release r join household h on h.registry = r.id
		where $1::bigint = 0 and r.in_force and h.id = $2`
	sql := ofPublication
	if id == 0 {
		sql = inForce
	}
	rows, err := db.in(s).Query(ctx, sql, id, household)
	if err != nil {
		return "", 0, fmt.Errorf("registry of household %s: %w", household, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		County  string
		Release int64
	}])
	if err != nil {
		return "", 0, fmt.Errorf("registry of household %s: %w", household, err)
	}
	if len(found) != 1 {
		return "", 0, fmt.Errorf("registry of household %s: %w", household, publication.ErrNotFound)
	}
	return found[0].County, found[0].Release, nil
}

// Reveal opens the personal data of a household's people in a release. Who
// asked, when and why is in the audit before anything is opened: the entry and
// the reading are one transaction, and nothing is returned unless it holds.
func (db *DB) Reveal(ctx context.Context, s publication.Scope, keys *vault.County, release int64, household string, a vault.Act) ([]vault.Revealed, error) {
	var sealed []sealedPerson
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) (err error) {
		if sealed, err = people(ctx, tx, selectPeople+`and p.household_id = $2 order by p.position`, release, household); err != nil {
			return err
		}
		return appendAudit(ctx, tx, keys, keys.Code(), entryOf(a, "reveal", fmt.Sprintf("household %s, release %d", household, release)))
	})
	if err != nil {
		return nil, fmt.Errorf("reveal household %s: %w", household, err)
	}
	out := make([]vault.Revealed, 0, len(sealed))
	for _, p := range sealed {
		key, err := keys.Key(p.Subject, p.key)
		if err != nil {
			return nil, fmt.Errorf("reveal household %s: %w", household, err)
		}
		at := vault.Place{County: keys.Code(), Release: p.Release, Household: p.Household, Position: p.Position, Subject: p.Subject}
		secret, err := key.Open(at, p.data)
		if err != nil {
			return nil, fmt.Errorf("reveal: %w", err)
		}
		out = append(out, vault.Revealed{Match: p.Match, Secret: secret})
	}
	return out, nil
}

// FindPeople looks for people of a release by a whole ID number, telephone
// number or name. That somebody looked is in the audit, what for is not.
func (db *DB) FindPeople(ctx context.Context, s publication.Scope, keys *vault.County, release int64, text string, a vault.Act) ([]vault.Match, error) {
	const by = `and (p.id_index = $2 or p.phone_index = $3 or p.name_index = $4) order by p.household_id, p.position limit 1000`
	var found []sealedPerson
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) (err error) {
		found, err = people(ctx, tx, selectPeople+by, release,
			keys.Index(vault.ByID, text), keys.Index(vault.ByPhone, text), keys.Index(vault.ByName, text))
		if err != nil {
			return err
		}
		return appendAudit(ctx, tx, keys, keys.Code(), entryOf(a, "search people", fmt.Sprintf("release %d, %d found", release, len(found))))
	})
	if err != nil {
		return nil, fmt.Errorf("search the people of release %d: %w", release, err)
	}
	out := make([]vault.Match, len(found))
	for i, p := range found {
		out[i] = p.Match
	}
	return out, nil
}
