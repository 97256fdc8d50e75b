package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/ledger"
)

// Unclaim gives a claim back that its taker has not heard of, as if it had not
// been asked for.
func (db *DB) Unclaim(ctx context.Context, key, token string) error {
	const unclaim = `
		update work set state = case when unit_is_wanted(id) then 'pending' else 'cancelled' end, claim = '', lease_until = null,
			attempts = greatest(attempts - 1, 0)
		where key = $1 and claim = $2 and state = 'running'`
	if _, err := db.pool.Exec(ctx, unclaim, key, token); err != nil {
		return fmt.Errorf("give back %s: %w", key, err)
	}
	return nil
}

// ExtendLease keeps a claim alive, or returns [ledger.ErrLeaseLost]. It does not
// wait for the transaction in which the unit is being finished.
func (db *DB) ExtendLease(ctx context.Context, c ledger.Claim, lease time.Duration) error {
	const extend = `
		with extended as (
			update work set lease_until = now() + $3
			where id = (select id from work where id = $1 and claim = $2 and state = 'running' for update skip locked))
		select exists (select from work where id = $1 and claim = $2 and state = 'running')`
	var held bool
	if err := db.pool.QueryRow(ctx, extend, c.ID, c.Token, lease).Scan(&held); err != nil {
		return fmt.Errorf("extend lease of %s: %w", c.Item, err)
	}
	if !held {
		return fmt.Errorf("extend lease of %s: %w", c.Item, ledger.ErrLeaseLost)
	}
	return nil
}
