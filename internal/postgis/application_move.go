package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/publication"
)

// standing is an application as it is kept, with what the rules need of it.
type standing struct {
	lending.Position
	id        int64
	household string
	village   string
	outcome   lending.Outcome
}

// The columns of a standing; also those by which one is locked.
const selectStanding = `
	select id, household_id, village, state, asked_fen, line_fen, cap_fen, drawn_fen, repaid_fen, due_date, expires_at, late, applied_by, offer
	from application `

func scanStanding(row pgx.CollectableRow) (standing, error) {
	var x standing
	var due time.Time
	var expires *time.Time
	var offer json.RawMessage
	err := row.Scan(&x.id, &x.household, &x.village, &x.State, &x.AskedFen, &x.LineFen, &x.CapFen, &x.DrawnFen, &x.RepaidFen, &due, &expires, &x.Late,
		&x.AppliedBy, &offer)
	if err != nil {
		return x, err
	}
	x.DueDate = credit.DateOf(due)
	if expires != nil {
		x.ExpiresAt = expires.UTC()
	}
	x.outcome, err = publication.ParseOutcome(offer)
	return x, err
}

// MoveApplication does what somebody decides about an application and makes it
// a link of the county's chain. An act that the rules do not allow is a
// [lending.Refusal], an application that is not there [publication.ErrNotFound].
// Of two who move one at once the second finds the state that the first has
// left.
func (db *DB) MoveApplication(ctx context.Context, s publication.Scope, m publication.ApplicationMove) error {
	err := db.moveApplication(ctx, s, m)
	if err != nil {
		return fmt.Errorf("%s application %d: %w", m.Act, m.Application, err)
	}
	return nil
}

func (db *DB) moveApplication(ctx context.Context, s publication.Scope, m publication.ApplicationMove) error {
	by, err := db.lender(s)
	if err != nil {
		return err
	}
	if m.Act == lending.ActApply || !m.Role.Lends().May(m.Act) {
		return fmt.Errorf("%w: role %q does not %s applications", lending.WrongRole, m.Role, m.Act)
	}
	var county string
	err = by.QueryRow(ctx, `select county from application where id = $1`, m.Application).Scan(&county)
	if errors.Is(err, pgx.ErrNoRows) {
		return publication.ErrNotFound
	}
	if err != nil {
		return err
	}
	var list []standing
	first := &pgx.Batch{}
	first.Queue(selectStanding+`where id = $1`, m.Application).Query(func(rows pgx.Rows) (err error) {
		list, err = pgx.CollectRows(rows, scanStanding)
		return err
	})
	return db.withBook(ctx, by, county, first, func(b *book) error {
		if len(list) != 1 {
			return publication.ErrNotFound
		}
		now, err := b.head.Time(m.At)
		if err != nil {
			return err
		}
		return b.move(ctx, list[0], true, lending.Move{Act: m.Act, Actor: m.Account, Role: m.Role.Lends(), AmountFen: m.AmountFen, Reason: m.Reason, At: now})
	})
}

// move takes an application where the act leads; the last of a transaction
// commits it.
func (b *book) move(ctx context.Context, x standing, last bool, m lending.Move) error {
	const update = `
		update application set state = $2, line_fen = $3, drawn_fen = $4, repaid_fen = $5, late = $6, updated_at = $7, expires_at = $8,
			decided_at = case when $9 then $7 else decided_at end
		where id = $1`
	after, err := x.After(m)
	if err != nil {
		return err
	}
	claims := lending.Claims(b.county, x.village, x.household, x.outcome.Shares)
	body := []byte("{}")
	switch m.Act {
	case lending.ActApprove:
		m.AmountFen = after.LineFen
		if body, err = b.fits(ctx, claims, after); err != nil {
			return err
		}
		err = b.consents(ctx, x.household)
	case lending.ActAccept, lending.ActDraw:
		err = b.consents(ctx, x.household)
	default:
	}
	if err != nil {
		return err
	}
	q := &pgx.Batch{}
	q.Queue(update, x.id, after.State, after.LineFen, after.DrawnFen, after.RepaidFen, after.Late, m.At, utc(&after.ExpiresAt),
		m.Role == lending.Approver)
	return b.add(ctx, q, last, entry{event: b.event(x.id, m, after.State, body), before: x.HeldFen(), after: after.HeldFen(), claims: claims})
}

// fits refuses a line for which a limit leaves too little room; the policy's cap
// on a household holds over all its seasons. It returns the body of the event.
func (b *book) fits(ctx context.Context, claims []lending.Claim, after lending.Position) ([]byte, error) {
	rows, err := b.conn.Query(ctx, selectBalances, balanceArgs(b.county, claims)...)
	if err != nil {
		return nil, err
	}
	balances, err := scanBalances(rows, claims)
	if err != nil {
		return nil, err
	}
	rooms := lending.RoomsUnder(after.CapFen, balances)
	for _, r := range rooms {
		if r.RoomFen < after.LineFen {
			return nil, fmt.Errorf("%w: %s leaves room for %s, not for %s", lending.LimitFull, r.Name, r.RoomFen, after.LineFen)
		}
	}
	return json.Marshal(struct {
		Rooms []credit.Limit `json:"rooms"`
	}{rooms})
}

// consents refuses to go on with a household that has revoked its consent.
func (b *book) consents(ctx context.Context, household string) error {
	const last = `select act = 'give' from consent where county = $1 and household = $2 order by id desc limit 1`
	var given bool
	err := b.conn.QueryRow(ctx, last, b.county, household).Scan(&given)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if !given {
		return fmt.Errorf("%w: household %s has revoked it", lending.NoConsent, household)
	}
	return nil
}

// mostLapsed is how many lapsed offers one application clears away.
const mostLapsed = 5

// lapsed finds them, the oldest first. $1 county, $2 now, $3 how many.
const lapsed = `where county = $1 and expires_at <= $2 and state in ('applied', 'decided', 'referred', 'approved', 'accepted')
	order by expires_at, id limit $3`

// expire withdraws offers that have lapsed.
func (b *book) expire(ctx context.Context, list []standing, now time.Time) error {
	for _, x := range list {
		if err := b.move(ctx, x, false, lending.Move{Act: lending.ActExpire, Actor: lending.SystemActor, Role: lending.System, At: now}); err != nil {
			return fmt.Errorf("expire application %d: %w", x.id, err)
		}
	}
	return nil
}

// ExpireApplications withdraws every offer of a county that has lapsed, and
// returns how many there were. Applications for lines do so for a few each; this
// is for counties in which nobody applies any more.
func (db *DB) ExpireApplications(ctx context.Context, county string, at time.Time) (int, error) {
	for done := 0; ; {
		var list []standing
		first := &pgx.Batch{}
		first.Queue(selectStanding+lapsed, county, at, mostLapsed).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.CollectRows(rows, scanStanding)
			return err
		})
		err := db.withBook(ctx, db.pool, county, first, func(b *book) error {
			now, err := b.head.Time(at)
			if err != nil {
				return err
			}
			return b.expire(ctx, list, now)
		})
		if unknown := (*pgconn.PgError)(nil); errors.As(err, &unknown) && unknown.ConstraintName == "county_book_county_fkey" {
			err = publication.ErrNotFound
		}
		if err != nil {
			return done, fmt.Errorf("lapsed offers of county %s: %w", county, err)
		}
		if len(list) == 0 {
			return done, nil
		}
		done += len(list)
	}
}
