package postgis

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/publication"
)

// eventsAtOnce is how many events are verified together: memory for their
// snapshots, some 10 kB each.
const eventsAtOnce = 500

// VerifyBook goes along a county's chain from its beginning, follows every
// application and limit by the rules alone, computes every decision again from
// its snapshot, and compares all of it with what is kept. What differs is in the
// report; an error is that it could not be read. It sees one moment of the
// database, however long it takes. head is the hash, in hex, of an event as it
// was noted elsewhere: without it events cut off the end, with all that they
// changed, can not be seen.
func (db *DB) VerifyBook(ctx context.Context, county, head string) (publication.BookReport, error) {
	v := &verifier{report: publication.BookReport{County: county}, noted: head, seen: head == ""}
	if err := countyIsThere(ctx, db.pool, county); err != nil {
		return v.report, err
	}
	err := pgx.BeginTxFunc(ctx, db.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := v.chain(ctx, tx); err != nil {
			return err
		}
		if v.broken {
			return nil // nothing behind the break can be told
		}
		if !v.seen {
			v.report.Differs("no event has the hash %s: events were cut off or replaced", head)
		}
		if err := v.head(ctx, tx); err != nil {
			return err
		}
		if err := v.applications(ctx, tx); err != nil {
			return err
		}
		return v.exposures(ctx, tx)
	})
	if err != nil {
		return v.report, fmt.Errorf("verify the book of county %s: %w", county, err)
	}
	return v.report, nil
}

type verifier struct {
	book   lending.Book
	report publication.BookReport
	broken bool
	noted  string
	seen   bool
}

// chain follows the events, some at a time.
func (v *verifier) chain(ctx context.Context, tx pgx.Tx) error {
	const page = selectEvents + `where county = $1 and seq > $2 order by seq limit $3`
	last := int64(0)
	for {
		rows, err := tx.Query(ctx, page, v.report.County, last, eventsAtOnce)
		if err != nil {
			return err
		}
		events, err := pgx.CollectRows(rows, scanEvent)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return nil
		}
		for _, e := range events {
			if err := v.book.Add(e); err != nil {
				v.report.Differs("%v", err)
				v.broken = true
				return nil
			}
			v.count(e)
		}
		if err := v.replay(ctx, tx, events); err != nil {
			return err
		}
		last = events[len(events)-1].Seq
	}
}

func (v *verifier) count(e lending.Event) {
	v.report.Events++
	v.report.Head = hex.EncodeToString(e.Hash)
	v.seen = v.seen || v.report.Head == v.noted
	switch {
	case e.Act == lending.ActApply:
		v.report.Applications++
	case e.Act == lending.ActDecide:
		v.report.Decided++
	case e.Act == lending.ActRefer:
		v.report.Referred++
	case e.Act == lending.ActReject && e.Role == lending.System:
		v.report.Rejected++
	}
}

// replay computes the decisions among some events again, as many at once as
// there are processors.
func (v *verifier) replay(ctx context.Context, tx pgx.Tx, events []lending.Event) error {
	events = slices.DeleteFunc(slices.Clone(events), func(e lending.Event) bool {
		return e.Role != lending.System || e.Act == lending.ActExpire
	})
	snapshots, err := v.snapshots(ctx, tx, events)
	if err != nil {
		return err
	}
	results := make([]error, len(events))
	var all sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, e := range events {
		all.Go(func() {
			slots <- struct{}{}
			results[i] = replayOne(e, snapshots[v.book.Applications[e.Application].Digest])
			<-slots
		})
	}
	all.Wait()
	for i, err := range results {
		switch {
		case err == nil:
			v.report.Replayed++
		case errors.Is(err, lending.AnotherEngine):
			v.report.OtherEngine++
		default:
			v.report.Differs("event %d: %v", events[i].Seq, err)
		}
	}
	return nil
}

func (v *verifier) snapshots(ctx context.Context, tx pgx.Tx, events []lending.Event) (map[string][]byte, error) {
	const kept = `select distinct on (digest) digest, snapshot from decision where digest = any($1) order by digest, unit`
	digests := make([]string, len(events))
	for i, e := range events {
		digests[i] = v.book.Applications[e.Application].Digest
	}
	rows, err := tx.Query(ctx, kept, digests)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	var digest string
	var snapshot []byte
	_, err = pgx.ForEachRow(rows, []any{&digest, &snapshot}, func() error {
		out[digest] = bytes.Clone(snapshot)
		return nil
	})
	return out, err
}

func replayOne(e lending.Event, kept []byte) error {
	if kept == nil {
		return errors.New("the snapshot that its decision rests on is gone")
	}
	var s credit.Snapshot
	if err := json.Unmarshal(kept, &s); err != nil {
		return fmt.Errorf("the snapshot that its decision rests on can not be read: %w", err)
	}
	return lending.Replay([]byte(e.Body), s)
}

// head compares the book's head with the chain's end.
func (v *verifier) head(ctx context.Context, tx pgx.Tx) error {
	var seq int64
	var hash []byte
	err := tx.QueryRow(ctx, `select seq, hash from county_book where county = $1`, v.report.County).Scan(&seq, &hash)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	if h := v.book.Head(); err == nil && (h.Seq != seq || !bytes.Equal(h.Hash, hash)) {
		v.report.Differs("the book's head is event %d %x, the chain ends with %d %x", seq, hash, h.Seq, h.Hash)
	}
	return err
}

// applications compares every row with what its events tell.
func (v *verifier) applications(ctx context.Context, tx pgx.Tx) error {
	const all = `
		select id, household_id, season, village, digest, state, asked_fen, line_fen, cap_fen, drawn_fen, repaid_fen, due_date, expires_at, late, applied_by
		from application where county = $1 order by id`
	rows, err := tx.Query(ctx, all, v.report.County)
	if err != nil {
		return err
	}
	kept, err := pgx.CollectRows(rows, scanKept)
	if err != nil {
		return err
	}
	for _, k := range kept {
		told, ok := v.book.Applications[k.id]
		if !ok {
			v.report.Differs("application %d is in no event", k.id)
			continue
		}
		delete(v.book.Applications, k.id)
		if textOf(k.Standing) != textOf(told) {
			v.report.Differs("application %d is kept as %s, its events tell %s", k.id, textOf(k.Standing), textOf(told))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.book.Applications)) {
		v.report.Differs("application %d is told of, but not kept", id)
	}
	return nil
}

type keptApplication struct {
	id int64
	lending.Standing
}

func scanKept(row pgx.CollectableRow) (keptApplication, error) {
	var k keptApplication
	var due, expires *time.Time
	err := row.Scan(&k.id, &k.Household, &k.Season, &k.Village, &k.Digest, &k.State, &k.AskedFen, &k.LineFen, &k.CapFen, &k.DrawnFen, &k.RepaidFen,
		&due, &expires, &k.Late, &k.AppliedBy)
	if due != nil {
		k.DueDate = credit.DateOf(*due)
	}
	if expires != nil {
		k.ExpiresAt = expires.UTC()
	}
	return k, err
}

// textOf is all that a row and its events must agree on.
func textOf(s lending.Standing) string {
	expires := "never"
	if !s.ExpiresAt.IsZero() {
		expires = s.ExpiresAt.UTC().Format("2006-01-02T15:04:05.999999Z")
	}
	return fmt.Sprintf("%s of household %s (village %q, season %s, snapshot %.12s): asked %s, line %s of at most %s, drawn %s, repaid %s, due %s, late %t, lapses %s, by %q",
		s.State, s.Household, s.Village, s.Season, s.Digest, s.AskedFen, s.LineFen, s.CapFen, s.DrawnFen, s.RepaidFen, s.DueDate, s.Late, expires, s.AppliedBy)
}

// exposures compares the counters with what the applications hold.
func (v *verifier) exposures(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `select kind, key, committed_fen from exposure where county = $1 order by kind, key`, v.report.County)
	if err != nil {
		return err
	}
	var x lending.Exposure
	var kept credit.Fen
	_, err = pgx.ForEachRow(rows, []any{&x.Kind, &x.Key, &kept}, func() error {
		if told := v.book.Held[x]; told != kept {
			v.report.Differs("%s %s: %s are kept as held, its events tell %s", x.Kind, x.Key, kept, told)
		}
		delete(v.book.Held, x)
		return nil
	})
	byName := func(a, b lending.Exposure) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Key, b.Key))
	}
	for _, x := range slices.SortedFunc(maps.Keys(v.book.Held), byName) {
		if told := v.book.Held[x]; told != 0 {
			v.report.Differs("%s %s: nothing is kept as held, its events tell %s", x.Kind, x.Key, told)
		}
	}
	return err
}
