package postgis

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

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
//
// Decisions of a county wait for one another, and what they wait for is mostly
// the way to the database and back. So a transaction begins, takes the lock and
// reads what it needs in one message, and writes and commits in another.
type book struct {
	conn   *pgxpool.Conn
	county string
	head   lending.Head
	ended  bool
}

// withBook runs f with the county's book, after the queries of first, which are
// sent along with the lock and see what stands once it is held. What f adds is
// committed where it succeeds.
func (db *DB) withBook(ctx context.Context, a access, county string, first *pgx.Batch, f func(*book) error) error {
	leave, err := db.books.enter(ctx, county)
	if err != nil {
		return err
	}
	defer leave()
	conn, err := a.conns.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // closes a connection whose transaction has not ended
	b := &book{conn: conn, county: county}
	err = b.open(ctx, a, first)
	if err == nil {
		err = f(b)
	}
	if err == nil && !b.ended {
		err = b.send(ctx, &pgx.Batch{}, true)
	}
	if err != nil {
		_, _ = conn.Exec(context.WithoutCancel(ctx), `rollback`) // where it fails the connection is gone, and the transaction with it
		return err
	}
	return nil
}

const lockBook = `select seq, hash, coalesce(at, 'epoch') from county_book where county = $1 for update`

// open takes the book's lock. Whoever holds it and falls silent loses it after
// a quarter of a minute.
func (b *book) open(ctx context.Context, a access, first *pgx.Batch) error {
	const patience = `select set_config('lock_timeout', '10s', true), set_config('idle_in_transaction_session_timeout', '15s', true)`
	q := &pgx.Batch{}
	q.Queue(`begin`)
	q.Queue(settings, a.args()...)
	q.Queue(patience)
	q.Queue(lockBook, b.county).Query(b.scanHead)
	if first != nil {
		q.QueuedQueries = append(q.QueuedQueries, first.QueuedQueries...)
	}
	if err := b.send(ctx, q, false); err != nil || b.head.Hash != nil {
		return err
	}
	return b.start(ctx, first)
}

// start makes the book of a county that had none, and reads again what was read
// without its lock.
func (b *book) start(ctx context.Context, first *pgx.Batch) error {
	q := &pgx.Batch{}
	q.Queue(`insert into county_book (county) values ($1) on conflict (county) do nothing`, b.county)
	q.Queue(lockBook, b.county).Query(b.scanHead)
	if first != nil {
		q.QueuedQueries = append(q.QueuedQueries, first.QueuedQueries...)
	}
	return b.send(ctx, q, false)
}

// scanHead leaves the head as it is where there is no book yet; a book without
// an event has a hash of no bytes.
func (b *book) scanHead(rows pgx.Rows) error {
	_, err := pgx.ForEachRow(rows, []any{&b.head.Seq, &b.head.Hash, &b.head.At}, func() error {
		b.head.At = b.head.At.UTC()
		return nil
	})
	return err
}

// send runs queued statements; the last message of a transaction commits it.
func (b *book) send(ctx context.Context, q *pgx.Batch, last bool) error {
	if last {
		q.Queue(`commit`)
		b.ended = true
	}
	return b.conn.SendBatch(ctx, q).Close()
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
// together with whatever else is queued. The last message commits.
func (b *book) add(ctx context.Context, queued *pgx.Batch, last bool, entries ...entry) error {
	const insert = `
		insert into application_event (county, seq, application, at, actor, role, act, state, amount_fen, reason, body, previous, hash)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	const take = `
		insert into exposure (county, kind, key, committed_fen) select $1, * from unnest($2::text[], $3::text[], $4::bigint[])
		on conflict (county, kind, key) do update set committed_fen = exposure.committed_fen + excluded.committed_fen`
	const free = `
		update exposure e set committed_fen = e.committed_fen - c.fen from unnest($2::text[], $3::text[], $4::bigint[]) c (kind, key, fen)
		where e.county = $1 and e.kind = c.kind and e.key = c.key`
	const head = `update county_book set seq = $2, hash = $3, at = $4 where county = $1`
	for _, x := range entries {
		var e lending.Event
		e, b.head = b.head.Chain(x.event)
		queued.Queue(insert, b.county, e.Seq, e.Application, e.At, e.Actor, e.Role, e.Act, e.State, e.AmountFen, e.Reason, e.Body, e.Previous, e.Hash)
		if kinds, keys, fen := x.changes(1); len(kinds) > 0 {
			queued.Queue(take, b.county, kinds, keys, fen)
		}
		if kinds, keys, fen := x.changes(-1); len(kinds) > 0 {
			queued.Queue(free, b.county, kinds, keys, fen)
		}
	}
	queued.Queue(head, b.county, b.head.Seq, b.head.Hash, b.head.At)
	return b.send(ctx, queued, last)
}

// changes lists by how much more (sign 1) or less (−1) is held of each limit.
func (x entry) changes(sign credit.Fen) (kinds, keys []string, fen []int64) {
	for _, c := range x.claims {
		if change := sign * (c.Of(x.after) - c.Of(x.before)); change > 0 {
			kinds, keys, fen = append(kinds, string(c.Kind)), append(keys, c.Key), append(fen, int64(change))
		}
	}
	return kinds, keys, fen
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
