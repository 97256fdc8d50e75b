package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
)

// PlanUnits records all units that a run needs in one stage. A unit that the
// ledger knows already keeps its state; planning twice changes nothing, and
// units of an earlier plan that are not in this one no longer count for the
// run. Where a unit that is not done finds its inputs elsewhere than before,
// since files have moved, it takes the new place, and one that had failed waits
// again. New units are numbered in the order given, in which they are worked on.
func (db *DB) PlanUnits(ctx context.Context, run int64, stage string, units []ledger.Unit) error {
	const forget = `
		delete from run_work r using work w
		where r.run = $1 and r.unit = w.id and w.stage = $2 and w.key <> all($3::text[])`
	const insertUnits = `
		insert into work (key, county, stage, item, payload, memory_bytes, urgent)
		select key, county, stage, item, payload, memory_bytes, urgent from (
			select distinct on (key) * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::boolean[])
				with ordinality as u (key, county, stage, item, payload, memory_bytes, urgent, place)
			order by key, place
		) once order by place
		on conflict (key) do update set payload = excluded.payload, state = 'pending', attempts = 0, deaths = 0, poison = false, reason = '',
			finished_at = null
		where work.state = 'cancelled' or work.state in ('pending', 'failed') and work.payload <> excluded.payload`
	const insertRun = `
		insert into run_work (run, unit)
		select $1, id from work where key = any($2::text[])
		on conflict do nothing`
	n := len(units)
	for _, u := range units {
		if u.Stage != stage {
			return fmt.Errorf("plan stage %s of run %d: unit %s is of stage %s", stage, run, u.Item, u.Stage)
		}
	}
	if err := db.refuseNewer(ctx); err != nil {
		return fmt.Errorf("plan stage %s of run %d: %w", stage, run, err)
	}
	keys, columns := columnsOf(units)
	return db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, insertUnits, columns...); err != nil {
			return fmt.Errorf("plan %d units: %w", n, err)
		}
		if _, err := tx.Exec(ctx, forget, run, stage, keys); err != nil {
			return fmt.Errorf("plan stage %s of run %d: %w", stage, run, err)
		}
		if _, err := tx.Exec(ctx, insertRun, run, keys); err != nil {
			return fmt.Errorf("plan %d units of run %d: %w", n, run, err)
		}
		return nil
	})
}

// columnsOf turns units into arrays of key, county, stage, item, payload,
// memory and urgency.
func columnsOf(units []ledger.Unit) (keys []string, columns []any) {
	n := len(units)
	keys = make([]string, n)
	counties, stages, items, payloads := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	memory, urgent := make([]int64, n), make([]bool, n)
	for i, u := range units {
		keys[i], counties[i], stages[i], items[i] = u.Key, u.County, u.Stage, u.Item
		payloads[i], memory[i], urgent[i] = string(orEmpty(u.Payload)), u.MemoryBytes, u.Urgent
	}
	return keys, []any{keys, counties, stages, items, payloads, memory, urgent}
}

// ReadyUnits returns up to limit units of a run that wait for work, those that
// people wait for first, then the oldest. Units whose lease ran out wait again,
// but for those that have lost maxDeaths workers: they fail with a word. Units
// that another run's end has cancelled wait again where this one is open.
func (db *DB) ReadyUnits(ctx context.Context, run int64, limit int) ([]ledger.Ready, error) {
	const expire = `
		update work w set ` + bury + `
		where id in (
			select w.id from work w join run_work r on r.unit = w.id
			where r.run = $2 and w.state = 'running' and ` + leaseOver + `
			for update of w skip locked)` // what somebody is about to finish is left alone
	const revive = `
		update work w set state = 'pending', reason = '', finished_at = null
		from run_work r join season_run s on s.id = r.run
		where r.run = $1 and s.state not in ('paused', 'cancelled') and r.unit = w.id and w.state = 'cancelled'`
	const ready = `
		select w.key, w.stage, w.urgent, w.memory_bytes, w.deaths from work w join run_work r on r.unit = w.id
		where r.run = $1 and w.state = 'pending' order by w.urgent desc, w.id limit $2`
	if _, err := db.pool.Exec(ctx, expire, maxDeaths, run); err != nil {
		return nil, fmt.Errorf("expire leases of run %d: %w", run, err)
	}
	if _, err := db.pool.Exec(ctx, revive, run); err != nil {
		return nil, fmt.Errorf("revive units of run %d: %w", run, err)
	}
	rows, err := db.pool.Query(ctx, ready, run, limit)
	if err != nil {
		return nil, fmt.Errorf("ready units of run %d: %w", run, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ledger.Ready])
}

// ClaimUnit gives the unit to the caller for the length of the lease, or
// returns [ledger.ErrNotClaimable]. A unit that had a worker die on it is given
// only to who works on it alone; others get [ledger.ErrSuspect]. Where a newer
// release has migrated the database nothing is given: that is a SchemaError.
func (db *DB) ClaimUnit(ctx context.Context, key string, t ledger.Taking) (ledger.Claim, error) {
	const claim = `
		update work set state = 'running', claim = $2, lease_until = now() + $3,
			attempts = attempts + 1, started_at = now(), finished_at = null
		where key = $1 and state = 'pending' and (deaths = 0 or $4) and unit_may_start(id) and ` + schemaNow + ` <= $5
		returning id, county, stage, item, payload, attempts`
	const suspect = `
		select exists (select from work where key = $1 and state = 'pending' and deaths > 0 and unit_may_start(id))`
	c := ledger.Claim{Token: t.Token}
	c.Key = key
	known, err := lastMigration()
	if err != nil {
		return c, err
	}
	err = db.pool.QueryRow(ctx, claim, key, t.Token, t.Lease, t.Alone, known).
		Scan(&c.ID, &c.County, &c.Stage, &c.Item, &c.Payload, &c.Attempts)
	if errors.Is(err, pgx.ErrNoRows) {
		apart := false
		if !t.Alone {
			if err := db.pool.QueryRow(ctx, suspect, key).Scan(&apart); err != nil {
				return ledger.Claim{}, fmt.Errorf("claim %s: %w", key, err)
			}
		}
		if apart {
			return ledger.Claim{}, fmt.Errorf("claim %s: %w", key, ledger.ErrSuspect)
		}
		return ledger.Claim{}, fmt.Errorf("claim %s: %w", key, db.stale(ctx, ledger.ErrNotClaimable))
	}
	if err != nil {
		return ledger.Claim{}, fmt.Errorf("claim %s: %w", key, err)
	}
	return c, nil
}

// FailUnit ends a claim with an error. Where that is not final the unit waits
// again, or is cancelled where nobody wants it any more.
func (db *DB) FailUnit(ctx context.Context, c ledger.Claim, f ledger.Failure) error {
	const fail = `
		update work set state = case when $4 then 'failed' when unit_is_wanted(id) then 'pending' else 'cancelled' end, reason = $3,
			poison = $5, claim = '', lease_until = null, finished_at = case when $4 then now() end, attempts = greatest(attempts - $6, 0)
		where id = $1 and claim = $2 and state = 'running'`
	uncounted := 0
	if f.Innocent {
		uncounted = 1
	}
	tag, err := db.pool.Exec(ctx, fail, c.ID, c.Token, f.Reason, f.Final || f.Poison, f.Poison, uncounted)
	if err != nil {
		return fmt.Errorf("record failure of %s: %w", c.Item, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("record failure of %s: %w", c.Item, ledger.ErrLeaseLost)
	}
	return nil
}

// NotePeak keeps by how much a worker grew while it did a unit, for estimates of
// what others like it will take.
func (db *DB) NotePeak(ctx context.Context, unit, bytes int64) error {
	if _, err := db.pool.Exec(ctx, `update work set peak_bytes = $2 where id = $1`, unit, bytes); err != nil {
		return fmt.Errorf("memory of unit %d: %w", unit, err)
	}
	return nil
}

// ReleaseClaims returns every running unit to pending and forgets the attempt.
// It is for a process that knows that no worker is alive: the one that has just
// started the only services there are.
func (db *DB) ReleaseClaims(ctx context.Context) error {
	const release = `
		update work set state = 'pending', claim = '', lease_until = null, attempts = greatest(attempts - 1, 0)
		where state = 'running'`
	if _, err := db.pool.Exec(ctx, release); err != nil {
		return fmt.Errorf("release claims: %w", err)
	}
	return nil
}

// RunProgress counts a run's units by stage.
func (db *DB) RunProgress(ctx context.Context, run int64) ([]ledger.Progress, error) {
	const progress = `
		select w.stage,
			count(*) filter (where state = 'pending'), count(*) filter (where state = 'running'),
			count(*) filter (where state = 'done'), count(*) filter (where state = 'skipped'),
			count(*) filter (where state = 'failed'), count(*) filter (where state = 'cancelled'),
			coalesce(sum(finished_at - started_at) filter (where state in ('done', 'skipped', 'failed')), '0')
		from work w join run_work r on r.unit = w.id where r.run = $1
		group by w.stage order by min(w.id)`
	rows, err := db.pool.Query(ctx, progress, run)
	if err != nil {
		return nil, fmt.Errorf("progress of run %d: %w", run, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ledger.Progress])
}

// FinishedUnits returns the units of one stage of a run that are in a final
// state, by item.
func (db *DB) FinishedUnits(ctx context.Context, run int64, stage string) ([]ledger.Finished, error) {
	const finished = `
		select w.id, w.key, w.stage, w.item, w.state, w.reason, w.notes, w.result,
			coalesce(w.finished_at - w.started_at, '0')
		from work w join run_work r on r.unit = w.id
		where r.run = $1 and w.stage = $2 and w.state in ('done', 'skipped', 'failed')
		order by w.item collate "C", w.key collate "C"`
	rows, err := db.pool.Query(ctx, finished, run, stage)
	if err != nil {
		return nil, fmt.Errorf("finished units of run %d, stage %s: %w", run, stage, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ledger.Finished])
}

// FinishUnit ends a claim without any rows of its own.
func (db *DB) FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error {
	return db.finish(ctx, c, o, func(pgx.Tx) error { return nil })
}

// finish writes what a unit produced and ends its claim in one transaction, so
// that a unit handled twice leaves its rows once. It returns
// [ledger.ErrLeaseLost] and writes nothing where the claim no longer holds.
func (db *DB) finish(ctx context.Context, c ledger.Claim, o ledger.Outcome, write func(pgx.Tx) error) error {
	const end = `
		update work set state = $3, reason = $4, notes = $5, result = $6::jsonb || $7::jsonb,
			claim = '', lease_until = null, finished_at = now()
		where id = $1 and claim = $2 and state = 'running' and ` + schemaNow + ` <= $8`
	const ended = `update work set finished_at = clock_timestamp() where id = $1` // writing may have been most of the work
	if o.State == "" {
		o.State = ledger.Done
	}
	if o.Notes == nil {
		o.Notes = []string{}
	}
	items, err := itemsOf(o)
	if err != nil {
		return fmt.Errorf("finish %s of stage %s: %w", c.Item, c.Stage, err)
	}
	known, err := lastMigration()
	if err != nil {
		return err
	}
	began := time.Now()
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, end, c.ID, c.Token, o.State, o.Reason, o.Notes, orEmpty(o.Result), items, known)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return db.stale(ctx, ledger.ErrLeaseLost)
		}
		if err := write(tx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, ended, c.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish %s of stage %s: %w", c.Item, c.Stage, err)
	}
	*ledger.TrailOf(ctx) = ledger.Trail{State: o.State, Began: began, Ended: time.Now()}
	return nil
}

// itemsOf is the part of a unit's result that RunOutcomes reads.
func itemsOf(o ledger.Outcome) (json.RawMessage, error) {
	if len(o.Items) == 0 {
		return orEmpty(nil), nil
	}
	return json.Marshal(map[string][]ledger.Item{"items": o.Items})
}

// orEmpty stands {} in for absent JSON.
func orEmpty(b json.RawMessage) json.RawMessage {
	if len(b) == 0 {
		return json.RawMessage(`{}`)
	}
	return b
}
