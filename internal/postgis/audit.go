package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/vault"
)

func entryOf(a vault.Act, act, item string) vault.Entry {
	return vault.Entry{At: a.At, Actor: a.Actor, Act: act, Item: item, Purpose: a.Purpose}
}

// appendAudit adds an entry to a county's audit, at the end of its chain. The
// transaction holds the chain until it ends.
func appendAudit(ctx context.Context, tx pgx.Tx, keys *vault.County, county string, e vault.Entry) error {
	const lock = `select pg_advisory_xact_lock(hashtextextended('parus audit ' || $1, 0))`
	const last = `select seq, hash from audit where county = $1 order by seq desc limit 1`
	const insert = `
		insert into audit (county, seq, at, actor, act, item, purpose, key_id, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	if _, err := tx.Exec(ctx, lock, county); err != nil {
		return err
	}
	var before []byte
	err := tx.QueryRow(ctx, last, county).Scan(&e.Seq, &before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	e.Seq++
	e = keys.Chain(before, e)
	_, err = tx.Exec(ctx, insert, county, e.Seq, e.At, e.Actor, e.Act, e.Item, e.Purpose, e.KeyID, e.Hash)
	return err
}

// Audit returns a county's audit from its beginning.
func (db *DB) Audit(ctx context.Context, county string) ([]vault.Entry, error) {
	const sql = `select seq, at, actor, act, item, purpose, key_id, hash from audit where county = $1 order by seq`
	entries, err := collect[vault.Entry](ctx, db, sql, county)
	if err != nil {
		return nil, fmt.Errorf("audit of county %s: %w", county, err)
	}
	return entries, nil
}
