package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/governance"
	"parus/internal/publication"
)

// Apply answers an application for a line in one short transaction: chain,
// limits and application are written together or not at all. The same key and
// request are answered with what was answered before; the same key with another
// request is [lending.KeyReused]. What can't be decided is a [lending.Refusal],
// an unknown publication [publication.ErrNotFound].
//
// What never changes, the score, is read before the county's book is taken, so
// that a county's decisions stand in line for a few milliseconds each.
func (db *DB) Apply(ctx context.Context, s publication.Scope, a publication.Applying) (publication.Answer, error) {
	out, err := db.apply(ctx, s, a)
	if err != nil {
		return out, fmt.Errorf("apply for household %s: %w", a.Household, err)
	}
	return out, nil
}

func (db *DB) apply(ctx context.Context, s publication.Scope, a publication.Applying) (publication.Answer, error) {
	by, err := db.lender(s)
	if err != nil {
		return publication.Answer{}, err
	}
	if _, err := (lending.Position{}).After(lending.Move{Act: lending.ActApply, Actor: a.Account, Role: a.Role.Lends(), AmountFen: a.AskedFen, At: a.At}); err != nil {
		return publication.Answer{}, err
	}
	if err := a.Check(a.At); err != nil {
		return publication.Answer{}, err
	}
	if _, err := publication.ParseKey(a.Key); err != nil {
		return publication.Answer{}, err
	}
	p := &applying{Applying: a, known: db.policies, digest: requestDigest(a.Request)}
	p.SignedAt = p.SignedAt.UTC().Truncate(time.Microsecond)
	if answer, err := p.score(ctx, by); answer != nil || err != nil {
		return orZero(answer), err
	}
	var out publication.Answer
	m := &moment{}
	err = db.withBook(ctx, by, p.county, p.ask(m), func(b *book) (err error) {
		out, err = p.answer(ctx, b, m)
		return err
	})
	if err != nil {
		return publication.Answer{}, p.explain(err)
	}
	return out, nil
}

// requestDigest tells two requests with one key apart.
func requestDigest(r lending.Request) string {
	b, _ := json.Marshal(r) // strings, numbers and a time: these always marshal
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// applying is an application on its way.
type applying struct {
	publication.Applying
	known    *knownPolicies
	digest   string // of the request
	county   string
	village  string
	snapshot credit.Snapshot
	policy   *credit.Policy // in force; nil: the snapshot's, or nobody has set one
	claims   []lending.Claim
}

// holds is the policy that the decision is made under.
func (p *applying) holds() credit.Policy {
	if p.policy != nil {
		return *p.policy
	}
	return p.snapshot.Policy
}

const selectAnswered = `
	select id, publication, county, season, household_id, asked_fen, offer, applied_by, created_at, request_digest
	from application where applied_by = $1 and idempotency_key = $2`

// The digest is asked for by itself: under row-level security an operator on one
// table's jsonb keeps another table's index from being used. $1 publication, $2
// household.
const selectScore = `
	select p.county, p.season, coalesce(h.village, ''), h.id is not null,
		(select d.snapshot from decision d where d.digest =
			(select k.decision ->> 'digest' from published_household k where k.publication = $1 and k.id = $2) limit 1)
	from publication p left join published_household h on h.publication = p.id and h.id = $2
	where p.id = $1`

// score reads what the application rests on, and the answer where the key is
// known already.
func (p *applying) score(ctx context.Context, by access) (*publication.Answer, error) {
	var answer *publication.Answer
	var known bool
	var snapshot []byte
	var terms []governance.Term
	q := &pgx.Batch{}
	q.Queue(settings, by.args()...)
	q.Queue(selectAnswered, p.Account, p.Key).Query(func(rows pgx.Rows) (err error) {
		answer, err = p.answered(rows)
		return err
	})
	q.Queue(selectScore, p.Publication, p.Household).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&p.county, &p.Season, &p.village, &known, &snapshot)
		if errors.Is(err, pgx.ErrNoRows) && answer == nil {
			return fmt.Errorf("publication %d: %w", p.Publication, publication.ErrNotFound)
		}
		return err
	})
	q.Queue(selectTerms).Query(func(rows pgx.Rows) (err error) {
		terms, err = pgx.CollectRows(rows, scanTerm)
		return err
	})
	err := by.conns.SendBatch(ctx, q).Close()
	if answer != nil {
		return answer, nil
	}
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, fmt.Errorf("%w: publication %d has no household %s", lending.UnknownHousehold, p.Publication, p.Household)
	case snapshot == nil:
		return nil, fmt.Errorf("%w: nothing is kept of what the score of household %s in publication %d rests on: score the season again", lending.NoSnapshot, p.Household, p.Publication)
	}
	if err := json.Unmarshal(snapshot, &p.snapshot); err != nil {
		return nil, fmt.Errorf("%w: snapshot of household %s: %w", lending.NoSnapshot, p.Household, err)
	}
	if p.policy, err = p.governed(ctx, by, terms); err != nil {
		return nil, err
	}
	p.claims = lending.Claims(p.county, p.village, p.Household, p.snapshot.Case.CropShares(p.holds()))
	return nil, nil
}

// governed is the policy in force in the county on the day, where it is another
// than the snapshot's: a season that was scored under an older one is decided
// under today's. A county for which nobody has set a policy keeps what its
// season was scored under.
func (p *applying) governed(ctx context.Context, by access, terms []governance.Term) (*credit.Policy, error) {
	t, ok := governance.InForce(terms, p.county, governance.DayOf(p.At))
	if !ok {
		return nil, nil
	}
	policy, err := p.known.policy(ctx, by, t.Digest)
	if err != nil || policy.Equal(p.snapshot.Policy) {
		return nil, err
	}
	return &policy, nil
}

// answered is the answer that a key was given, nil where it was given none.
func (p *applying) answered(rows pgx.Rows) (*publication.Answer, error) {
	var a publication.Answer
	var offer json.RawMessage
	var digest string
	n := 0
	_, err := pgx.ForEachRow(rows, []any{&a.ID, &a.Publication, &a.County, &a.Season, &a.HouseholdID, &a.AskedFen, &offer, &a.AppliedBy, &a.CreatedAt, &digest}, func() error {
		n++
		return nil
	})
	if err != nil || n == 0 {
		return nil, err
	}
	if digest != p.digest {
		return nil, fmt.Errorf("%w: the key was used for another request: give every request a key of its own", lending.KeyReused)
	}
	o, err := publication.ParseOutcome(offer)
	if err != nil {
		return nil, fmt.Errorf("offer of application %d: %w", a.ID, err)
	}
	a.Replayed = true
	a.Fill(o)
	return &a, nil
}

// moment is what only the moment tells.
type moment struct {
	known     *publication.Answer // of the key
	id        int64               // for the application
	inForce   bool
	consent   int64
	otherOpen int64
	ownDue    credit.Fen
	rooms     []credit.Limit
	lapsed    []standing
}

// ask queues what the moment is asked.
func (p *applying) ask(m *moment) *pgx.Batch {
	const facts = `
		select new_application_id(), coalesce((select in_force from publication where id = $1), false),
			coalesce((select case act when 'give' then id else 0 end from consent where county = $2 and household = $3 order by id desc limit 1), 0),
			coalesce((select id from application where county = $2 and season = $4 and household_id = $3
				and state in ('applied', 'decided', 'referred', 'approved', 'accepted', 'drawn')), 0),
			(select coalesce(sum(line_fen - repaid_fen), 0)::bigint from application where county = $2 and household_id = $3 and season <> $4
				and state in ('decided', 'approved', 'accepted', 'drawn'))`
	q := &pgx.Batch{}
	q.Queue(selectAnswered, p.Account, p.Key).Query(func(rows pgx.Rows) (err error) {
		m.known, err = p.answered(rows)
		return err
	})
	q.Queue(selectStanding+lapsed, p.county, p.At, mostLapsed).Query(func(rows pgx.Rows) (err error) {
		m.lapsed, err = pgx.CollectRows(rows, scanStanding)
		return err
	})
	q.Queue(facts, p.Publication, p.county, p.Household, p.Season).QueryRow(func(row pgx.Row) error {
		return row.Scan(&m.id, &m.inForce, &m.consent, &m.otherOpen, &m.ownDue)
	})
	q.Queue(selectBalances, balanceArgs(p.county, p.claims)...).Query(func(rows pgx.Rows) error {
		balances, err := scanBalances(rows, p.claims)
		m.rooms = lending.Rooms(p.holds(), balances)
		return err
	})
	return q
}

// answer decides with the book in hand. Offers that have lapsed make room first.
func (p *applying) answer(ctx context.Context, b *book, m *moment) (publication.Answer, error) {
	if m.known != nil {
		return *m.known, nil
	}
	now, err := b.head.Time(p.At)
	if err != nil {
		return publication.Answer{}, err
	}
	if len(m.lapsed) > 0 {
		if err := b.expire(ctx, m.lapsed, now); err != nil {
			return publication.Answer{}, err
		}
		if err := b.send(ctx, p.ask(m), false); err != nil {
			return publication.Answer{}, err
		}
	}
	facts := lending.Facts{At: now, County: p.county, Village: p.village, Digest: p.snapshot.Digest,
		InForce: m.inForce, Consent: m.consent, OtherOpen: m.otherOpen, OwnDueFen: m.ownDue, Rooms: m.rooms, Policy: p.policy}
	rec, body, err := lending.NewRecord(p.Request, facts, p.snapshot)
	if err != nil {
		return publication.Answer{}, err
	}
	return p.write(ctx, b, m.id, rec, body)
}

// write keeps an application with its first two events.
func (p *applying) write(ctx context.Context, b *book, id int64, rec lending.Record, body []byte) (publication.Answer, error) {
	const insert = `
		insert into application (id, county, season, household_id, village, publication, digest, asked_fen, line_fen, cap_fen, currency, pd, apr, due_date,
			state, offer, applied_by, idempotency_key, request_digest, created_at, updated_at, decided_at, expires_at)
		overriding system value
		values ($21, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $19, $20)`
	o, now := rec.Outcome, rec.Facts.At
	request, err := json.Marshal(rec.Request)
	if err != nil {
		return publication.Answer{}, err
	}
	offer, err := json.Marshal(o)
	if err != nil {
		return publication.Answer{}, err
	}
	asked := lending.Move{Act: lending.ActApply, Actor: p.Account, Role: p.Role.Lends(), AmountFen: p.AskedFen, At: now}
	decided := lending.Move{Act: o.Act, Actor: lending.SystemActor, Role: lending.System, AmountFen: o.Offer.LineFen, At: now, DueDate: o.DueDate, CapFen: o.CapFen}
	applied, err := lending.Position{}.After(asked)
	if err != nil {
		return publication.Answer{}, err
	}
	stands, err := applied.After(decided)
	if err != nil {
		return publication.Answer{}, err
	}
	q := &pgx.Batch{}
	q.Queue(insert, p.county, p.Season, p.Household, p.village, p.Publication, p.snapshot.Digest, p.AskedFen, stands.LineFen, stands.CapFen,
		o.Currency, o.PD, o.APR, o.DueDate.Time(), stands.State, offer, p.Account, p.Key, p.digest, now, utc(&stands.ExpiresAt), id)
	err = b.add(ctx, q, true, entry{event: b.event(id, asked, applied.State, request)},
		entry{event: b.event(id, decided, stands.State, body), after: stands.HeldFen(), claims: p.claims})
	if err != nil {
		return publication.Answer{}, err
	}
	a := publication.Answer{ID: id, Publication: p.Publication, County: p.county, Season: p.Season, HouseholdID: p.Household, AskedFen: int64(p.AskedFen),
		AppliedBy: p.Account, CreatedAt: now}
	a.Fill(o)
	return a, nil
}

// explain names a race that the database has stopped: the same key in two
// counties at once.
func (p *applying) explain(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" && pg.ConstraintName == "application_applied_by_idempotency_key_key" {
		return fmt.Errorf("%w: the key was used for another request: give every request a key of its own", lending.KeyReused)
	}
	return err
}
