package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// BeginFlow keeps a sign-in through a provider until its answer comes, and
// forgets those that never had one.
func (db *DB) BeginFlow(ctx context.Context, f publication.Flow, now time.Time) error {
	const insert = `insert into sign_in_flow (browser, state, nonce, verifier, back_to, expires_at) values ($1, $2, $3, $4, $5, $6)`
	err := pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `delete from sign_in_flow where expires_at <= $1`, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insert, f.Browser, f.State, f.Nonce, f.Verifier, f.BackTo, f.Expires)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin a sign-in: %w", err)
	}
	return nil
}

// TakeFlow returns the sign-in that a browser has begun, once, or
// [publication.ErrNotFound].
func (db *DB) TakeFlow(ctx context.Context, browser []byte, now time.Time) (publication.Flow, error) {
	const take = `delete from sign_in_flow where browser = $1 returning browser, state, nonce, verifier, back_to, expires_at`
	rows, err := db.signIn().Query(ctx, take, browser)
	if err != nil {
		return publication.Flow{}, fmt.Errorf("take a sign-in: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[publication.Flow])
	if err != nil {
		return publication.Flow{}, notFound("sign-in", err)
	}
	if !f.Expires.After(now) {
		return publication.Flow{}, notFound("sign-in", pgx.ErrNoRows)
	}
	return f, nil
}
