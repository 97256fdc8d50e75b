package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/handover"
)

// Handover is the outbox of the hand-over: an [handover.Outbox], and what people
// look at and do about it.
type Handover struct{ db *DB }

// Handover is the outbox of the counties that the view sees.
func (db *DB) Handover() Handover { return Handover{db} }

const selectTargets = `select name, kind, config, county_prefix, from_seq, acts, paused from delivery_target `

func scanTarget(row pgx.CollectableRow) (handover.Target, error) {
	var t handover.Target
	err := row.Scan(&t.Name, &t.Kind, &t.Config, &t.County, &t.FromSeq, &t.Acts, &t.Paused)
	return t, err
}

// Targets returns those that are not paused, by name.
func (h Handover) Targets(ctx context.Context) ([]handover.Target, error) {
	rows, err := h.db.pool.Query(ctx, selectTargets+`where not paused order by name`)
	if err != nil {
		return nil, fmt.Errorf("targets of the hand-over: %w", err)
	}
	return pgx.CollectRows(rows, scanTarget)
}

// mostQueued bounds how many events of a county one statement looks at.
const mostQueued = 5000

// Enqueue makes deliveries of the events that the target's cursors have not
// passed. Events of a county become visible in the order of their numbers, since
// whoever adds one holds the county's book until it is committed; so a cursor
// passes none by. Two that queue at once queue once.
func (h Handover) Enqueue(ctx context.Context, t handover.Target) (int, error) {
	const enqueue = `
		with head as (
			select b.county, coalesce(c.seq, $3 - 1) as passed, least(b.seq, coalesce(c.seq, $3 - 1) + $5) as upto
			from county_book b left join delivery_cursor c on c.target = $1 and c.county = b.county
			where b.county ^@ $2 and b.seq > coalesce(c.seq, $3 - 1)),
		queued as (
			insert into delivery (target, county, seq, application)
			select $1, e.county, e.seq, e.application
			from head h join application_event e on e.county = h.county and e.seq > h.passed and e.seq <= h.upto
			where e.act = any($4) order by e.county, e.seq
			on conflict do nothing returning 1),
		moved as (
			insert into delivery_cursor (target, county, seq) select $1, county, upto from head order by county
			on conflict (target, county) do update set seq = greatest(delivery_cursor.seq, excluded.seq) returning 1)
		select (select count(*) from queued), (select count(*) from moved)`
	total := 0
	for {
		var queued, moved int
		if err := h.db.pool.QueryRow(ctx, enqueue, t.Name, t.County, t.FromSeq, t.Acts, mostQueued).Scan(&queued, &moved); err != nil {
			return total, fmt.Errorf("queue events for %s: %w", t.Name, err)
		}
		if total += queued; moved == 0 {
			return total, nil
		}
	}
}

// Claim gives out deliveries that are due; see [handover.Outbox]. Rows that
// another sender is just claiming are passed over, and so is all of an
// application of which something earlier is not settled.
func (h Handover) Claim(ctx context.Context, a handover.Ask) ([]handover.Delivery, error) {
	const claim = `
		with due as (
			select d.target, d.county, d.seq from delivery d
			where d.target = $1 and d.state in ('pending', 'failed')
			and (d.next_at is null or d.next_at <= $2) and (d.lease_until is null or d.lease_until <= $2)
			and not exists (
				select from delivery e where e.target = d.target and e.application = d.application and e.seq < d.seq
				and e.state in ('pending', 'failed', 'dead'))
			order by d.county, d.seq limit $5 for update of d skip locked)
		update delivery d set claim = $3, lease_until = $2 + $4::interval, attempts = d.attempts + 1
		from due where (d.target, d.county, d.seq) = (due.target, due.county, due.seq)
		returning d.county, d.seq, d.application, d.attempts`
	var out []handover.Delivery
	err := h.db.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, claim, a.Target, a.Now, a.Token, a.Lease, a.Limit)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (handover.Delivery, error) {
			d := handover.Delivery{Target: a.Target, Token: a.Token}
			err := row.Scan(&d.Event.County, &d.Event.Seq, &d.Event.Application, &d.Attempt)
			return d, err
		})
		if err != nil || len(out) == 0 {
			return err
		}
		return tellEvents(ctx, tx, out)
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries to %s: %w", a.Target, err)
	}
	return out, nil
}

// tellEvents fills in what the events of deliveries are about.
func tellEvents(ctx context.Context, tx pgx.Tx, list []handover.Delivery) error {
	ids, upto := make([]int64, len(list)), make([]int64, len(list))
	for i, d := range list {
		ids[i], upto[i] = d.Event.Application, d.Event.Seq
	}
	const histories = `
		select e.county, e.seq, e.application, e.at, e.act, e.state, e.amount_fen, e.body
		from unnest($1::bigint[], $2::bigint[]) as u (application, upto)
		join application_event e on e.application = u.application and e.seq <= u.upto
		order by e.application, e.seq`
	rows, err := tx.Query(ctx, histories, ids, upto)
	if err != nil {
		return err
	}
	history := map[int64][]lending.Event{}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var e lending.Event
		err := row.Scan(&e.County, &e.Seq, &e.Application, &e.At, &e.Act, &e.State, &e.AmountFen, &e.Body)
		history[e.Application] = append(history[e.Application], e)
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	snapshots, err := snapshotsOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	if err := tellHistories(ctx, tx, list); err != nil {
		return err
	}
	for i := range list {
		e, err := handover.NewEvent(history[list[i].Event.Application], func(digest string) (credit.Snapshot, error) {
			s, ok := snapshots[digest]
			if !ok {
				return s, fmt.Errorf("snapshot %.12s is not there", digest)
			}
			return s, nil
		})
		if err != nil {
			list[i].Broken = err
			continue
		}
		e.History = list[i].Event.History
		list[i].Event = e
	}
	return nil
}

// snapshotsOf reads what the answers to applications rest on, by digest. One
// that can't be read is left out.
func snapshotsOf(ctx context.Context, tx pgx.Tx, applications []int64) (map[string]credit.Snapshot, error) {
	const snapshots = `
		select distinct on (d.digest) d.digest, d.snapshot from application a join decision d on d.digest = a.digest
		where a.id = any($1) order by d.digest`
	rows, err := tx.Query(ctx, snapshots, applications)
	if err != nil {
		return nil, err
	}
	out := map[string]credit.Snapshot{}
	var digest string
	var raw []byte
	_, err = pgx.ForEachRow(rows, []any{&digest, &raw}, func() error {
		var s credit.Snapshot
		if json.Unmarshal(raw, &s) == nil {
			out[digest] = s
		}
		return nil
	})
	return out, err
}

// Settle says how a delivery ended, or returns [handover.ErrLeaseLost].
func (h Handover) Settle(ctx context.Context, d handover.Delivery, o handover.Outcome) error {
	const sent = `state = 'sent', sent_at = $5, next_at = null, last_error = '', response_digest = $6, remote = $7`
	const failed = `state = case when $7::boolean then 'dead' else 'failed' end, next_at = $5, last_error = $6`
	const undone = `attempts = attempts - 1`
	const rest = `, claim = '', lease_until = null where target = $1 and county = $2 and seq = $3 and claim = $4`
	args := []any{d.Target, d.Event.County, d.Event.Seq, d.Token}
	set := undone
	switch {
	case o.Undone:
	case o.Failure != nil:
		set, args = failed, append(args, o.Next, o.Failure.Why, o.Dead)
	default:
		set, args = sent, append(args, o.At, o.Receipt.Digest, o.Receipt.Remote)
	}
	tag, err := h.db.pool.Exec(ctx, `update delivery set `+set+rest, args...)
	if err != nil {
		return fmt.Errorf("settle %s to %s: %w", d.Event.ID(), d.Target, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("settle %s to %s: %w", d.Event.ID(), d.Target, handover.ErrLeaseLost)
	}
	return nil
}

var _ handover.Outbox = Handover{}

// errNoTarget says how to get one.
var errNoTarget = errors.New("there is no such target: `parus handover targets add` makes one")
