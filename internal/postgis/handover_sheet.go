package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/handover"
	"parus/internal/handover/sheet"
)

// ApplicationRows goes through a county's applications of a season ("": all) in
// the order in which they came. A row at a time is held.
func (h Handover) ApplicationRows(ctx context.Context, county, season string) iter.Seq2[sheet.Row, error] {
	const applications = `
		select a.id, a.county, a.season, a.village, a.household_id, coalesce(h.display_name, ''), a.state, a.asked_fen, a.line_fen, a.drawn_fen,
			a.repaid_fen, a.currency, a.pd, a.apr, a.due_date, a.created_at, a.decided_at, a.expires_at, a.late, a.offer, coalesce(s.as_of, '')
		from application a
		left join published_household h on h.publication = a.publication and h.id = a.household_id
		left join lateral (select d.snapshot -> 'case' ->> 'as_of' as as_of from decision d where d.digest = a.digest limit 1) s on true
		where a.county = $1 and ($2 = '' or a.season = $2) order by a.id`
	return each(ctx, h.db, scanApplicationRow, applications, county, season)
}

func scanApplicationRow(row pgx.Rows) (sheet.Row, error) {
	var r sheet.Row
	var id int64
	var due time.Time
	var decided, expires *time.Time
	var offer []byte
	var asOf credit.Date
	var day string
	err := row.Scan(&id, &r.County, &r.Season, &r.Village, &r.Household, &r.HolderMask, &r.State, &r.AskedFen, &r.LineFen, &r.DrawnFen,
		&r.RepaidFen, &r.Currency, &r.PD, &r.APR, &due, &r.Applied, &decided, &expires, &r.Late, &offer, &day)
	if err != nil {
		return r, err
	}
	r.Number, r.DueDate = handover.Event{County: r.County, Application: id}.Number(), credit.DateOf(due)
	if decided != nil {
		r.Decided = *decided
	}
	if expires != nil {
		r.Expires = *expires
	}
	var o lending.Outcome
	if err := json.Unmarshal(offer, &o); err != nil {
		return r, fmt.Errorf("application %s: %w", r.Number, err)
	}
	if err := asOf.UnmarshalText([]byte(day)); err != nil {
		return r, fmt.Errorf("application %s: %w", r.Number, err)
	}
	r.Referred, r.ReferralZH, r.Referral, r.Reasons = o.Offer.Referred, o.Offer.ReferralZH, o.Offer.Referral, o.Offer.Reasons
	r.Schedule = lending.Schedule(credit.Decision{LineFen: o.Offer.LineFen, Schedule: o.Schedule, APR: o.APR, AsOf: asOf, DueDate: o.DueDate}, r.LineFen)
	return r, nil
}

// LineRows goes through the lines that are published of a county's season, by
// household.
func (h Handover) LineRows(ctx context.Context, county, season string) iter.Seq2[sheet.Row, error] {
	const lines = `
		select p.county, p.season, h.village, h.id, h.display_name, h.decision
		from publication p join published_household h on h.publication = p.id
		where p.county = $1 and p.in_force and ($2 = '' or p.season = $2) order by p.season, h.id collate "C"`
	return each(ctx, h.db, func(row pgx.Rows) (sheet.Row, error) {
		var r sheet.Row
		var raw []byte
		if err := row.Scan(&r.County, &r.Season, &r.Village, &r.Household, &r.HolderMask, &raw); err != nil {
			return r, err
		}
		var d credit.Decision
		if err := json.Unmarshal(raw, &d); err != nil {
			return r, fmt.Errorf("decision of household %s: %w", r.Household, err)
		}
		r.LineFen, r.Currency, r.PD, r.APR, r.DueDate = d.LineFen, d.Currency, d.PD, d.APR, d.DueDate
		r.Referred, r.ReferralZH, r.Referral, r.Schedule, r.Reasons = d.Referred, d.ReferralZH, d.Referral, d.Schedule, d.Reasons
		return r, nil
	}, lines, county, season)
}

// each goes through the rows of a query as they come from the database.
func each[T any](ctx context.Context, db *DB, scan func(pgx.Rows) (T, error), sql string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, err := db.pool.Query(ctx, sql, args...)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scan(rows)
			if !yield(r, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			var none T
			yield(none, err)
		}
	}
}
