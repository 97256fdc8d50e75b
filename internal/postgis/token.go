package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

const tokenColumns = `id, name, role, counties, operations, created_by, created_at, expires_at, revoked_at, last_used_at`

func scanToken(row pgx.CollectableRow) (publication.Token, error) {
	t, err := pgx.RowToStructByPos[publication.Token](row)
	t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUsedAt = t.CreatedAt.UTC(), t.ExpiresAt.UTC(), utc(t.RevokedAt), utc(t.LastUsedAt)
	return t, err
}

// AddToken keeps a token by the SHA-256 of its secret, or says
// [publication.ErrNameTaken].
func (db *DB) AddToken(ctx context.Context, by publication.Doer, t publication.Token, hash []byte) (out publication.Token, err error) {
	const insert = `
		insert into api_token (name, hash, role, counties, operations, created_by, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning ` + tokenColumns
	err = pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, insert, t.Name, hash, string(t.Role), t.Counties, t.Operations, by.Account.Actor(), by.At, t.ExpiresAt)
		if err != nil {
			return err
		}
		if out, err = pgx.CollectExactlyOneRow(rows, scanToken); err != nil {
			return err
		}
		return told(ctx, tx, by, "add token", t.Name, t.Counties, describe(t.Role, t.Counties)+fmt.Sprintf("; %v until %s", t.Operations, t.ExpiresAt.UTC().Format(time.DateOnly)))
	})
	if err != nil {
		return out, fmt.Errorf("add token %s: %w", t.Name, accountError(err))
	}
	return out, nil
}

// Tokens returns the tokens of which the asker sees every county, the newest
// first.
func (db *DB) Tokens(ctx context.Context, s publication.Scope) ([]publication.Token, error) {
	rows, err := db.signIn().Query(ctx, `select `+tokenColumns+` from api_token order by id desc`)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanToken)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	out := []publication.Token{}
	for _, t := range all {
		if s.Holds(t.Counties) {
			out = append(out, t)
		}
	}
	return out, nil
}

// RevokeToken ends a token at once. One that the doer may not manage is
// [publication.ErrNotFound]; one that is revoked stays so.
func (db *DB) RevokeToken(ctx context.Context, by publication.Doer, id int64) error {
	err := pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+tokenColumns+` from api_token where id = $1 for update`, id)
		if err != nil {
			return err
		}
		t, err := pgx.CollectExactlyOneRow(rows, scanToken)
		if err != nil {
			return notFound("token", err)
		}
		if !by.Account.Scope().Holds(t.Counties) {
			return publication.ErrNotFound
		}
		if t.RevokedAt != nil {
			return nil
		}
		if _, err := tx.Exec(ctx, `update api_token set revoked_at = $2 where id = $1`, id, by.At); err != nil {
			return err
		}
		return told(ctx, tx, by, "revoke token", t.Name, t.Counties, "")
	})
	if err != nil {
		return fmt.Errorf("revoke token %d: %w", id, err)
	}
	return nil
}

// TokenAccount returns what a token that is in force at now acts as, or
// [publication.ErrNotFound].
func (db *DB) TokenAccount(ctx context.Context, hash []byte, now time.Time) (publication.Account, error) {
	const find = `
		select 'token:' || name, role, counties, operations, coalesce(last_used_at < $2::timestamptz - interval '1 minute', true)
		from api_token where hash = $1 and expires_at > $2 and revoked_at is null`
	a := publication.Account{Via: "token"}
	var stale bool
	err := db.signIn().QueryRow(ctx, find, hash, now).Scan(&a.Name, &a.Role, &a.Counties, &a.Operations, &stale)
	if err != nil {
		return publication.Account{}, notFound("token", err)
	}
	if stale {
		if _, err := db.signIn().Exec(ctx, `update api_token set last_used_at = $2 where hash = $1`, hash, now); err != nil {
			return publication.Account{}, fmt.Errorf("note the use of a token: %w", err)
		}
	}
	return a, nil
}
