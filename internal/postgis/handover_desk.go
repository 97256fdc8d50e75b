package postgis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parus/internal/handover"
)

// AddTarget keeps a new target. Where it is to be told of what comes from now
// on, it passes by what counties have in their books already.
func (h Handover) AddTarget(ctx context.Context, t handover.Target, actor string, at time.Time, fromNow bool) error {
	const insert = `
		insert into delivery_target (name, kind, config, county_prefix, from_seq, acts, paused, created_by, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	const pass = `
		insert into delivery_cursor (target, county, seq) select $1, county, seq from county_book where county ^@ $2`
	if err := t.Check(); err != nil {
		return err
	}
	err := h.db.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, insert, t.Name, t.Kind, t.Config, t.County, t.FromSeq, t.Acts, t.Paused, actor, at)
		if err != nil || !fromNow {
			return err
		}
		_, err = tx.Exec(ctx, pass, t.Name, t.County)
		return err
	})
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.Code == "23505" {
		return fmt.Errorf("target %s is there already: give another name, or change it with `parus handover targets set`", t.Name)
	}
	if err != nil {
		return fmt.Errorf("add target %s: %w", t.Name, err)
	}
	return nil
}

// SetTarget replaces configuration and acts of a target, or pauses it.
func (h Handover) SetTarget(ctx context.Context, t handover.Target) error {
	const set = `update delivery_target set config = $2, acts = $3, paused = $4 where name = $1`
	if err := t.Check(); err != nil {
		return err
	}
	tag, err := h.db.pool.Exec(ctx, set, t.Name, t.Config, t.Acts, t.Paused)
	if err == nil && tag.RowsAffected() == 0 {
		err = errNoTarget
	}
	if err != nil {
		return fmt.Errorf("set target %s: %w", t.Name, err)
	}
	return nil
}

// Target returns one, paused or not.
func (h Handover) Target(ctx context.Context, name string) (handover.Target, error) {
	rows, err := h.db.pool.Query(ctx, selectTargets+`where name = $1`, name)
	if err != nil {
		return handover.Target{}, fmt.Errorf("target %s: %w", name, err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanTarget)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNoTarget
	}
	if err != nil {
		return t, fmt.Errorf("target %.40s: %w", name, err)
	}
	return t, nil
}

// TargetStates tells where each target stands, by name.
func (h Handover) TargetStates(ctx context.Context) ([]handover.TargetState, error) {
	const states = `
		select t.name, t.kind, t.county_prefix, t.acts, t.paused,
			count(d.*) filter (where d.state = 'pending'), count(d.*) filter (where d.state = 'failed'),
			count(d.*) filter (where d.state = 'dead'), count(d.*) filter (where d.state = 'sent'), count(d.*) filter (where d.state = 'dropped'),
			max(d.sent_at),
			(select coalesce(sum(greatest(b.seq - coalesce(c.seq, t.from_seq - 1), 0)), 0)::bigint
				from county_book b left join delivery_cursor c on c.target = t.name and c.county = b.county where b.county ^@ t.county_prefix)
		from delivery_target t left join delivery d on d.target = t.name
		group by t.name order by t.name`
	out, err := collect[handover.TargetState](ctx, h.db, states)
	if err != nil {
		return nil, fmt.Errorf("targets of the hand-over: %w", err)
	}
	return out, nil
}

// Deliveries lists those of a target in a state, or in any that is not settled
// for "", oldest first.
func (h Handover) Deliveries(ctx context.Context, target, state string, limit int) ([]handover.DeliveryState, error) {
	const list = `
		select target, county, seq, application, state, attempts, next_at, last_error, remote, sent_at from delivery
		where ($1 = '' or target = $1) and (state = $2 or $2 = '' and state in ('pending', 'failed', 'dead'))
		order by target, county, seq limit $3`
	out, err := collect[handover.DeliveryState](ctx, h.db, list, target, state, limit)
	if err != nil {
		return nil, fmt.Errorf("deliveries: %w", err)
	}
	return out, nil
}

// Replay makes the events of a county from one number to another (0: the last)
// due again for a target, whatever became of them, under their own ids. It tells
// how many.
func (h Handover) Replay(ctx context.Context, target, county string, from, to int64) (int, error) {
	const replay = `
		insert into delivery (target, county, seq, application)
		select t.name, e.county, e.seq, e.application
		from delivery_target t join application_event e on e.county ^@ t.county_prefix and e.act = any(t.acts)
		where t.name = $1 and e.county = $2 and e.seq >= $3 and ($4 = 0 or e.seq <= $4)
		order by e.seq
		on conflict (target, county, seq) do update
			set state = 'pending', attempts = 0, next_at = null, claim = '', lease_until = null, last_error = ''`
	if _, err := h.Target(ctx, target); err != nil {
		return 0, err
	}
	tag, err := h.db.pool.Exec(ctx, replay, target, county, from, to)
	if err != nil {
		return 0, fmt.Errorf("replay events of county %s to %s: %w", county, target, err)
	}
	return int(tag.RowsAffected()), nil
}

// Drop gives a delivery up that is not sent, so that later events of its
// application are; why is kept.
func (h Handover) Drop(ctx context.Context, target, county string, seq int64, why string) error {
	const drop = `
		update delivery set state = 'dropped', last_error = $4, claim = '', lease_until = null, next_at = null
		where target = $1 and county = $2 and seq = $3 and state in ('pending', 'failed', 'dead')`
	tag, err := h.db.pool.Exec(ctx, drop, target, county, seq, why)
	if err == nil && tag.RowsAffected() == 0 {
		err = errors.New("there is none that is not settled: see `parus handover list`")
	}
	if err != nil {
		return fmt.Errorf("drop event %d of county %s to %s: %w", seq, county, target, err)
	}
	return nil
}
