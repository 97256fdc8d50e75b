package postgis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/publication"
)

// queues let one transaction of this process at a time wait for a county's
// book, so that a busy county takes one connection of the pool and no more.
// Other processes wait for the row in the database.
type queues struct {
	mu sync.Mutex
	of map[string]chan struct{}
}

func newQueues() *queues { return &queues{of: map[string]chan struct{}{}} }

// enter waits for the county's turn; leave gives it to the next.
func (q *queues) enter(ctx context.Context, county string) (leave func(), err error) {
	q.mu.Lock()
	turn, ok := q.of[county]
	if !ok {
		turn = make(chan struct{}, 1)
		q.of[county] = turn
	}
	q.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// book is a county's book in the hands of one transaction: nobody else adds to
// its chain, nor moves what is held of its limits, until the transaction ends.
type book struct {
	tx     pgx.Tx
	county string
	head   lending.Head
}

// withBook runs f with the county's book and commits where it succeeds.
func (db *DB) withBook(ctx context.Context, a access, county string, f func(*book) error) error {
	leave, err := db.books.enter(ctx, county)
	if err != nil {
		return err
	}
	defer leave()
	return pgx.BeginFunc(ctx, a, func(tx pgx.Tx) error {
		b := &book{tx: tx, county: county}
		if err := b.open(ctx); err != nil {
			return fmt.Errorf("book of county %s: %w", county, err)
		}
		return f(b)
	})
}

// open takes the book's lock. Whoever holds it and falls silent loses it after
// a quarter of a minute.
func (b *book) open(ctx context.Context) error {
	const patience = `select set_config('lock_timeout', '10s', true), set_config('idle_in_transaction_session_timeout', '15s', true)`
	const lock = `select seq, hash, coalesce(at, 'epoch') from county_book where county = $1 for update`
	const first = `insert into county_book (county) values ($1) on conflict (county) do nothing`
	if _, err := b.tx.Exec(ctx, patience); err != nil {
		return err
	}
	read := func() error {
		err := b.tx.QueryRow(ctx, lock, b.county).Scan(&b.head.Seq, &b.head.Hash, &b.head.At)
		b.head.At = b.head.At.UTC()
		return err
	}
	err := read()
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err := b.tx.Exec(ctx, first, b.county); err != nil {
			return err
		}
		err = read()
	}
	return err
}

// entry is what one event writes: the link, what the application holds before
// and after, and of which limits.
type entry struct {
	event  lending.Event // without Seq, Previous and Hash
	before credit.Fen
	after  credit.Fen
	claims []lending.Claim
}

// add writes events, what they change of the limits, and the book's new head,
// in one round trip together with whatever else is queued.
func (b *book) add(ctx context.Context, queued *pgx.Batch, entries ...entry) error {
	const insert = `
		insert into application_event (county, seq, application, at, actor, role, act, state, amount_fen, reason, body, previous, hash)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	const take = `
		insert into exposure (county, kind, key, committed_fen) values ($1, $2, $3, $4)
		on conflict (county, kind, key) do update set committed_fen = exposure.committed_fen + excluded.committed_fen`
	const free = `update exposure set committed_fen = committed_fen + $4 where county = $1 and kind = $2 and key = $3`
	const head = `update county_book set seq = $2, hash = $3, at = $4 where county = $1`
	for _, x := range entries {
		var e lending.Event
		e, b.head = b.head.Chain(x.event)
		queued.Queue(insert, b.county, e.Seq, e.Application, e.At, e.Actor, e.Role, e.Act, e.State, e.AmountFen, e.Reason, e.Body, e.Previous, e.Hash)
		for _, c := range x.claims {
			switch change := c.Of(x.after) - c.Of(x.before); {
			case change > 0:
				queued.Queue(take, b.county, c.Kind, c.Key, change)
			case change < 0:
				queued.Queue(free, b.county, c.Kind, c.Key, change)
			}
		}
	}
	queued.Queue(head, b.county, b.head.Seq, b.head.Hash, b.head.At)
	return b.tx.SendBatch(ctx, queued).Close()
}

// event begins an event of the county.
func (b *book) event(application int64, m lending.Move, state lending.State, body []byte) lending.Event {
	return lending.Event{County: b.county, Application: application, At: m.At, Actor: m.Actor, Role: m.Role, Act: m.Act, State: state,
		AmountFen: m.AmountFen, Reason: m.Reason, Body: string(body)}
}

// balances reads what is held of each claim's limit. $1 county, $2 kinds, $3 keys.
const selectBalances = `
	select limit_on($1, c.kind, c.key), coalesce(e.committed_fen, 0)
	from unnest($2::text[], $3::text[]) with ordinality c (kind, key, n)
	left join exposure e on e.county = $1 and e.kind = c.kind and e.key = c.key
	order by c.n`

func balanceArgs(county string, claims []lending.Claim) []any {
	var kinds, keys []string
	for _, c := range claims {
		kinds, keys = append(kinds, string(c.Kind)), append(keys, c.Key)
	}
	return []any{county, kinds, keys}
}

func scanBalances(rows pgx.Rows, claims []lending.Claim) ([]lending.Balance, error) {
	out := make([]lending.Balance, 0, len(claims))
	var limit *credit.Fen
	var held credit.Fen
	_, err := pgx.ForEachRow(rows, []any{&limit, &held}, func() error {
		out = append(out, lending.Balance{Claim: claims[len(out)], LimitFen: limit, CommittedFen: held})
		limit = nil
		return nil
	})
	return out, err
}

// ApplicationEvents returns a county's events after a number, oldest first: a
// log that whoever keeps the number of the last one follows without missing any.
func (db *DB) ApplicationEvents(ctx context.Context, county string, after int64, limit int) ([]lending.Event, error) {
	rows, err := db.pool.Query(ctx, selectEvents+`where county = $1 and seq > $2 order by seq limit $3`, county, after, limit)
	if err != nil {
		return nil, fmt.Errorf("events of county %s: %w", county, err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("events of county %s: %w", county, err)
	}
	return events, nil
}

const selectEvents = `
	select county, seq, application, at, actor, role, act, state, amount_fen, reason, body, previous, hash from application_event `

func scanEvent(row pgx.CollectableRow) (lending.Event, error) {
	var e lending.Event
	err := row.Scan(&e.County, &e.Seq, &e.Application, &e.At, &e.Actor, &e.Role, &e.Act, &e.State, &e.AmountFen, &e.Reason, &e.Body, &e.Previous, &e.Hash)
	e.At = e.At.UTC()
	return e, err
}

// lender is the access of somebody who works on applications.
func (db *DB) lender(s publication.Scope) (access, error) {
	if !s.Scores {
		return access{}, publication.ErrNotFound
	}
	return db.in(s), nil
}

// utc is a time that may be absent, in UTC.
func utc(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
