package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
	"parus/internal/season"
)

// ClaimRescore takes the oldest order that a worker has to do something about,
// which no other gets until the lease ends. ok is false where there is none.
func (db *DB) ClaimRescore(ctx context.Context, token string, lease time.Duration) (o season.RescoreOrder, ok bool, err error) {
	const claim = `
		update rescore set claim = $1, lease_until = clock_timestamp() + $2::interval
		where id = (select id from rescore where state in ('asked', 'confirmed') and (lease_until is null or lease_until < clock_timestamp())
			order by id limit 1 for update skip locked)
		returning id, county, season, state = 'confirmed', confirmed_by, reason, claim`
	err = db.pool.QueryRow(ctx, claim, token, lease).Scan(&o.ID, &o.County, &o.Season, &o.Confirmed, &o.Actor, &o.Reason, &o.Token)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("claim an order to score again: %w", err)
	}
	return o, true, nil
}

// PlannedRescore keeps the plan of an order that was asked for. It returns
// [ledger.ErrLeaseLost] where the order has gone on without the caller.
func (db *DB) PlannedRescore(ctx context.Context, o season.RescoreOrder, e season.Estimate) error {
	const keep = `
		update rescore set state = 'planned', plan = $3, planned_at = now(), claim = '', lease_until = null
		where id = $1 and claim = $2 and state = 'asked'`
	doc, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("plan of order %d: %w", o.ID, err)
	}
	return db.endClaim(ctx, o, keep, o.ID, o.Token, doc)
}

// RefuseRescore ends an order with why nothing comes of it.
func (db *DB) RefuseRescore(ctx context.Context, o season.RescoreOrder, why string) error {
	const refuse = `
		update rescore set state = 'refused', result = $3, claim = '', lease_until = null where id = $1 and claim = $2 and state in ('asked', 'confirmed')`
	return db.endClaim(ctx, o, refuse, o.ID, o.Token, why)
}

func (db *DB) endClaim(ctx context.Context, o season.RescoreOrder, sql string, args ...any) error {
	tag, err := db.pool.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = ledger.ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("order %d: %w", o.ID, err)
	}
	return nil
}

// StartRescore starts the run of a confirmed order with outcomes beside it,
// writes who asked for it and why into the run's history, and ends the order.
// Where a run of the season is open, or one with the same inputs has been
// through, nothing starts and refused says so; the order has ended too.
func (db *DB) StartRescore(ctx context.Context, o season.RescoreOrder, r season.Run, outcomes []season.Outcome) (started season.Run, refused string, err error) {
	const end = `
		update rescore set state = $3, run = nullif($4::bigint, 0), result = $5, claim = '', lease_until = null
		where id = $1 and claim = $2 and state = 'confirmed'`
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('season run ' || $1 || ' ' || $2, 0))`, r.County, r.Season); err != nil {
			return err
		}
		var err error
		if started, refused, err = startOrdered(ctx, tx, o, r, outcomes); err != nil {
			return err
		}
		state := "started"
		if refused != "" {
			state = "refused"
		}
		tag, err := tx.Exec(ctx, end, o.ID, o.Token, state, started.ID, refused)
		if err == nil && tag.RowsAffected() == 0 {
			err = ledger.ErrLeaseLost
		}
		return err
	})
	if err != nil {
		return started, "", fmt.Errorf("start the run of order %d: %w", o.ID, err)
	}
	return started, refused, nil
}

func startOrdered(ctx context.Context, tx pgx.Tx, o season.RescoreOrder, r season.Run, outcomes []season.Outcome) (season.Run, string, error) {
	const tell = `
		insert into run_event (run, seq, at, actor, act, state, reason)
		select $1, coalesce(max(seq), 0) + 1, now(), $2, 'start', 'running', $3 from run_event where run = $1`
	var open season.Standing
	err := tx.QueryRow(ctx, openRun, r.County, r.Season).Scan(&open.Run, &open.State, &open.By)
	if err == nil {
		return season.Run{ID: open.Run}, fmt.Sprintf("run %d of the season is %s", open.Run, open.State), nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return r, "", err
	}
	started, err := startRun(ctx, tx, r)
	if err != nil {
		return r, "", err
	}
	if started.State != season.RunRunning {
		return started, fmt.Sprintf("run %d with the same inputs is %s", started.ID, started.State), nil
	}
	if err := recordOutcomes(ctx, tx, started.ID, outcomes); err != nil {
		return r, "", err
	}
	_, err = tx.Exec(ctx, tell, started.ID, o.Actor, o.Reason)
	return started, "", err
}
