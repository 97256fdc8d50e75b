package postgis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit/lending"
	"parus/internal/handover"
)

// BankBook books what one target says into the chains of the counties.
type BankBook struct {
	db     *DB
	target string
	now    func() time.Time
}

// Book is what a target's bookings go into.
func (h Handover) Book(target string, now func() time.Time) BankBook {
	return BankBook{h.db, target, now}
}

// Move books a draw or a repayment once; see [handover.Book]. That it is booked
// and that the application has moved are one transaction. The act is the
// bank's, on the day on which it becomes known here; whether a repayment was
// late follows from that day.
func (b BankBook) Move(ctx context.Context, m handover.Booking) error {
	if err := b.move(ctx, m); err != nil {
		return fmt.Errorf("%s of %s on application %d by %s: %w", m.Act, m.AmountFen, m.Application, m.Reference, err)
	}
	return nil
}

func (b BankBook) move(ctx context.Context, m handover.Booking) error {
	const known = `select application, act, amount_fen from bank_booking where county = $1 and reference = $2`
	const keep = `
		insert into bank_booking (county, reference, application, act, amount_fen, booked_on, seq) values ($1, $2, $3, $4, $5, $6, $7)`
	var was []handover.Booking
	var list []standing
	first := &pgx.Batch{}
	first.Queue(known, m.County, m.Reference).Query(func(rows pgx.Rows) (err error) {
		was, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (x handover.Booking, err error) {
			err = row.Scan(&x.Application, &x.Act, &x.AmountFen)
			return x, err
		})
		return err
	})
	first.Queue(selectStanding+`where id = $1 and county = $2`, m.Application, m.County).Query(func(rows pgx.Rows) (err error) {
		list, err = pgx.CollectRows(rows, scanStanding)
		return err
	})
	return b.db.withBook(ctx, b.db.pool, m.County, first, func(in *book) error {
		if len(was) == 1 {
			return bookedAlready(m, was[0])
		}
		if m.Reversed {
			return nil // it came and went
		}
		if len(list) != 1 {
			return errors.New("there is no such application")
		}
		at, err := in.head.Time(b.now())
		if err != nil {
			return err
		}
		move := lending.Move{Act: m.Act, Actor: "bank: " + b.target, Role: lending.Officer, AmountFen: m.AmountFen, Reason: m.Reference + " of " + m.On.String(), At: at}
		if err := in.move(ctx, list[0], false, move); err != nil {
			return err
		}
		q := &pgx.Batch{}
		q.Queue(keep, m.County, m.Reference, m.Application, m.Act, m.AmountFen, m.On.Time(), in.head.Seq)
		return in.send(ctx, q, true)
	})
}

// bookedAlready is what a booking comes to whose reference is known.
func bookedAlready(m, was handover.Booking) error {
	switch {
	case m.Reversed:
		return errors.New("the bank has taken it back after it was booked: a person has to settle it")
	case was.Application != m.Application || was.Act != m.Act || was.AmountFen != m.AmountFen:
		return fmt.Errorf("the bank now calls it another: it was a %s of %s on application %d", was.Act, was.AmountFen, was.Application)
	}
	return handover.ErrBooked
}

// OpenLoans lists what a Fineract calls the loans of applications on which
// something may still be paid out or paid back.
func (h Handover) OpenLoans(ctx context.Context, target string) ([]int64, error) {
	const open = `
		select distinct d.remote from delivery d join application a on a.id = d.application
		where d.target = $1 and d.state = 'sent' and d.remote like 'loan %' and a.state in ('accepted', 'drawn')`
	rows, err := h.db.pool.Query(ctx, open, target)
	if err != nil {
		return nil, fmt.Errorf("open loans at %s: %w", target, err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("open loans at %s: %w", target, err)
	}
	var out []int64
	for _, n := range names {
		id, err := strconv.ParseInt(strings.TrimPrefix(n, "loan "), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("open loans at %s: %q is no loan", target, n)
		}
		out = append(out, id)
	}
	return out, nil
}

var _ handover.Book = BankBook{}
