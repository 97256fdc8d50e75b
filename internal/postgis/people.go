package postgis

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/vault"
)

var personColumns = []string{"registry", "household_id", "position", "subject", "holder", "head", "name_mask", "id_mask", "phone_mask",
	"name_index", "id_index", "phone_index", "sealed"}

// copyPeople seals the people of a new release into its partition.
func copyPeople(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	if r.Keys == nil {
		return nil
	}
	row, err := sealing(ctx, tx, id, r)
	if err != nil {
		return err
	}
	return copyRelease(ctx, tx, fmt.Sprintf("person_%d", id), personColumns, len(r.People), row)
}

// addPeople seals the people of a release that was stored without them.
func addPeople(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) error {
	row, err := sealing(ctx, tx, id, r)
	if err != nil {
		return err
	}
	if err := copyInto(ctx, tx, "person", personColumns, pgx.CopyFromSlice(len(r.People), row)); err != nil {
		return err
	}
	if err := unnameErased(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update registry_release set people = $2 where id = $1`, id, len(r.People)); err != nil {
		return err
	}
	return appendAudit(ctx, tx, r.Keys, r.County.Code, entryOf(r.Act, "add personal data", fmt.Sprint(id)))
}

// unnameErased takes the masked names of people who were erased out of a new
// release's households.
func unnameErased(ctx context.Context, tx pgx.Tx, id int64) error {
	const sql = `
		update household h set display_name = '' from person p
		where p.registry = $1 and h.registry = $1 and p.sealed is null and p.holder and h.id = p.household_id
			and exists (select from person_key where erased_at is not null)`
	_, err := tx.Exec(ctx, sql, id)
	return err
}

// sealing returns what makes the row of each person. People of earlier
// releases keep their keys; who was erased stays so, and comes without data.
func sealing(ctx context.Context, tx pgx.Tx, id int64, r RegistryRelease) (func(int) ([]any, error), error) {
	subjects := make([]string, len(r.People))
	for i, p := range r.People {
		subjects[i] = string(r.Keys.Subject(p.HouseholdID, p.Secret))
	}
	keys, err := dataKeys(ctx, tx, r.Keys, subjects)
	if err != nil {
		return nil, err
	}
	next := map[string]int{} // position in each household
	return func(i int) ([]any, error) {
		p, subject := &r.People[i], subjects[i]
		at := vault.Place{County: r.County.Code, Release: id, Household: p.HouseholdID, Position: next[p.HouseholdID], Subject: []byte(subject)}
		next[p.HouseholdID]++
		key, ok := keys[subject]
		if !ok {
			return []any{id, p.HouseholdID, at.Position, at.Subject, p.Holder, p.Head, "", "", "", nil, nil, nil, nil}, nil
		}
		sealed, err := key.Seal(at, p.Secret)
		return []any{id, p.HouseholdID, at.Position, at.Subject, p.Holder, p.Head, p.NameMask, p.IDMask, p.PhoneMask,
			r.Keys.Index(vault.ByName, p.Secret.Name), r.Keys.Index(vault.ByID, p.Secret.IDNumber),
			r.Keys.Index(vault.ByPhone, p.Secret.Phone), sealed}, err
	}, nil
}

// dataKeys opens the keys of people who have one and makes the others'. Erased
// ones are missing from the answer.
func dataKeys(ctx context.Context, tx pgx.Tx, county *vault.County, subjects []string) (map[string]vault.DataKey, error) {
	rows, err := tx.Query(ctx, `select subject, key_id, wrapped from person_key where county = $1`, county.Code())
	if err != nil {
		return nil, err
	}
	known := map[string]vault.WrappedKey{}
	var subject []byte
	var w vault.WrappedKey
	_, err = pgx.ForEachRow(rows, []any{&subject, &w.KeyID, &w.Data}, func() error {
		known[string(subject)] = w
		w.Data = nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	keys := make(map[string]vault.DataKey, len(subjects))
	var fresh []freshKey
	for _, s := range subjects {
		if _, done := keys[s]; done {
			continue
		}
		w, ok := known[s]
		switch {
		case ok && w.Data == nil: // erased
			continue
		case ok:
			keys[s], err = county.Key([]byte(s), w)
		default:
			keys[s], w, err = county.NewKey([]byte(s))
			fresh = append(fresh, freshKey{s, w})
		}
		if err != nil {
			return nil, err
		}
	}
	return keys, copyInto(ctx, tx, "person_key", []string{"county", "subject", "key_id", "wrapped"},
		pgx.CopyFromSlice(len(fresh), func(i int) ([]any, error) {
			f := fresh[i]
			return []any{county.Code(), []byte(f.subject), f.key.KeyID, f.key.Data}, nil
		}))
}

type freshKey struct {
	subject string
	key     vault.WrappedKey
}

// ErasePerson destroys a person's key, so that the rows of every release can't
// be opened again by anybody, and takes the masked forms and blind indices out
// of all of them. The subject stays as a tombstone: a later release does not
// bring the person back.
func (db *DB) ErasePerson(ctx context.Context, keys *vault.County, subject []byte, a vault.Act) error {
	const destroy = `
		update person_key set wrapped = null, erased_at = $3 where county = $1 and subject = $2 and erased_at is null`
	const households = `
		update household h set display_name = '' from person p join registry_release r on r.id = p.registry
		where r.county = $1 and p.subject = $2 and p.holder and h.registry = p.registry and h.id = p.household_id`
	const published = `
		update published_household h set display_name = '' from publication n, person p
		where n.county = $1 and h.publication = n.id and p.registry = n.registry and p.subject = $2 and p.holder and h.id = p.household_id`
	const people = `
		update person p set name_mask = '', id_mask = '', phone_mask = '', name_index = null, id_index = null, phone_index = null
		from registry_release r where r.id = p.registry and r.county = $1 and p.subject = $2`
	err := db.Within([]string{keys.Code()}).inTx(ctx, func(tx pgx.Tx) error {
		if err := lockRegistry(ctx, tx, keys.Code()); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, destroy, keys.Code(), subject, a.At)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return errors.New("there is none of that number, or none any more")
		}
		for _, sql := range []string{households, published, people} {
			if _, err := tx.Exec(ctx, sql, keys.Code(), subject); err != nil {
				return err
			}
		}
		return appendAudit(ctx, tx, keys, keys.Code(), entryOf(a, "erase person", hex.EncodeToString(subject)))
	})
	if err != nil {
		return fmt.Errorf("erase person %x of county %s: %w", subject, keys.Code(), err)
	}
	return nil
}

// RewrapKeys puts people's keys under the county's newest key, some thousands
// in a transaction, and returns how many it has moved.
func (db *DB) RewrapKeys(ctx context.Context, keys *vault.County, a vault.Act) (int, error) {
	const batch = 5000
	total := 0
	for {
		n := 0
		err := db.Within([]string{keys.Code()}).inTx(ctx, func(tx pgx.Tx) (err error) {
			if err := lockRegistry(ctx, tx, keys.Code()); err != nil {
				return err
			}
			n, err = rewrap(ctx, tx, keys, batch)
			if err != nil || n > 0 {
				return err
			}
			return appendAudit(ctx, tx, keys, keys.Code(), entryOf(a, "rotate key", keys.Active()))
		})
		if err != nil {
			return total, fmt.Errorf("put the keys of people of county %s under a new one: %w", keys.Code(), err)
		}
		if total += n; n == 0 {
			return total, nil
		}
	}
}

func rewrap(ctx context.Context, tx pgx.Tx, keys *vault.County, limit int) (int, error) {
	const old = `
		select subject, key_id, wrapped from person_key
		where county = $1 and key_id <> $2 and wrapped is not null order by subject limit $3`
	const update = `
		update person_key k set key_id = $2, wrapped = n.wrapped
		from unnest($3::bytea[], $4::bytea[]) n (subject, wrapped) where k.county = $1 and k.subject = n.subject`
	rows, err := tx.Query(ctx, old, keys.Code(), keys.Active(), limit)
	if err != nil {
		return 0, err
	}
	var subjects, wrapped [][]byte
	var subject []byte
	var w vault.WrappedKey
	_, err = pgx.ForEachRow(rows, []any{&subject, &w.KeyID, &w.Data}, func() error {
		fresh, err := keys.Rewrap(subject, w)
		subjects, wrapped = append(subjects, subject), append(wrapped, fresh.Data)
		subject, w.Data = nil, nil
		return err
	})
	if err != nil || len(subjects) == 0 {
		return 0, err
	}
	_, err = tx.Exec(ctx, update, keys.Code(), keys.Active(), subjects, wrapped)
	return len(subjects), err
}
