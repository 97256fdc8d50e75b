package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/publication"
)

// Applications belong to a county's season. Names are those of the publication
// that was in force when they were made, as long as it is there.
const selectApplications = `
	select a.id, a.publication, a.county, a.season, a.household_id, coalesce(h.display_name, ''), a.village, a.state, a.asked_fen, a.line_fen, a.drawn_fen,
		a.repaid_fen, a.drawn_fen - a.repaid_fen, a.currency, a.pd, a.apr, to_char(a.due_date, 'YYYY-MM-DD'), a.late, a.applied_by, a.digest,
		a.created_at, a.updated_at, a.decided_at, a.expires_at, a.offer
	from application a
	left join published_household h on h.publication = a.publication and h.id = a.household_id `

type applicationRow struct {
	publication.Application
	offer json.RawMessage
}

func scanApplication(row pgx.CollectableRow) (applicationRow, error) {
	var a applicationRow
	err := row.Scan(&a.ID, &a.Publication, &a.County, &a.Season, &a.HouseholdID, &a.Household, &a.Village, &a.State, &a.AskedFen, &a.LineFen, &a.DrawnFen,
		&a.RepaidFen, &a.OwedFen, &a.Currency, &a.PD, &a.APR, &a.DueDate, &a.Late, &a.AppliedBy, &a.Digest,
		&a.CreatedAt, &a.UpdatedAt, &a.DecidedAt, &a.ExpiresAt, &a.offer)
	a.CreatedAt, a.UpdatedAt, a.DecidedAt, a.ExpiresAt = a.CreatedAt.UTC(), a.UpdatedAt.UTC(), utc(a.DecidedAt), utc(a.ExpiresAt)
	return a, err
}

// Applications returns a page of applications, the newest first. Who sees no
// scores sees none.
func (db *DB) Applications(ctx context.Context, s publication.Scope, q publication.ApplicationQuery) (publication.ApplicationPage, error) {
	const page = selectApplications + `
		where ($1::bigint = 0 or (a.county, a.season) = (select p.county, p.season from publication p where p.id = $1))
			and ($2 = '' or a.state = $2 or ($2 = 'live' and a.state in ('applied', 'decided', 'referred', 'approved', 'accepted', 'drawn')))
			and ($3 = '' or a.household_id = $3)
			and ($4::timestamptz is null or (a.created_at, a.id) < ($4, $5))
		order by a.created_at desc, a.id desc limit $6`
	out := publication.ApplicationPage{Items: []publication.Application{}}
	if !s.Scores {
		return out, nil
	}
	var after publication.ApplicationCursor
	var at *time.Time
	if q.After != nil {
		after, at = *q.After, &q.After.CreatedAt
	}
	rows, err := db.in(s).Query(ctx, page, q.Publication, q.State, q.Household, at, after.ID, q.Limit+1)
	if err != nil {
		return out, fmt.Errorf("applications: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanApplication)
	if err != nil {
		return out, fmt.Errorf("applications: %w", err)
	}
	for _, a := range list[:min(len(list), q.Limit)] {
		out.Items = append(out.Items, a.Application)
	}
	out.More = len(list) > q.Limit
	return out, nil
}

// Application returns an application with its offer and history, or
// [publication.ErrNotFound].
func (db *DB) Application(ctx context.Context, s publication.Scope, id int64) (publication.ApplicationCard, error) {
	what := fmt.Sprintf("application %d", id)
	by, err := db.lender(s)
	if err != nil {
		return publication.ApplicationCard{}, fmt.Errorf("%s: %w", what, err)
	}
	rows, err := by.Query(ctx, selectApplications+`where a.id = $1`, id)
	if err != nil {
		return publication.ApplicationCard{}, fmt.Errorf("read %s: %w", what, err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanApplication)
	if err != nil {
		return publication.ApplicationCard{}, notFound(what, err)
	}
	card := publication.ApplicationCard{Application: a.Application, Next: []lending.Act{}}
	o, err := publication.ParseOutcome(a.offer)
	if err != nil {
		return card, fmt.Errorf("offer of %s: %w", what, err)
	}
	card.Offer = publication.OfferOf(o)
	card.Schedule = publication.InstalmentsOf(o.ScheduleOf(credit.Fen(a.LineFen)))
	if rows, err = by.Query(ctx, selectEvents+`where application = $1 order by seq`, id); err != nil {
		return card, fmt.Errorf("history of %s: %w", what, err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	for _, e := range events {
		card.History = append(card.History, publication.ApplicationEventOf(e))
	}
	return card, err
}

// EachApplication calls f for every application of a publication's county and
// season, the oldest first, without holding all of them. Who sees no scores
// finds none.
func (db *DB) EachApplication(ctx context.Context, s publication.Scope, id int64, f func(publication.Application) error) error {
	if !s.Scores {
		return nil
	}
	rows, err := db.in(s).Query(ctx, selectApplications+`
		join publication p on p.id = $1 and p.county = a.county and p.season = a.season
		order by a.created_at, a.id`, id)
	if err != nil {
		return fmt.Errorf("applications of publication %d: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanApplication(rows)
		if err != nil {
			return fmt.Errorf("applications of publication %d: %w", id, err)
		}
		if err := f(a.Application); err != nil {
			return err
		}
	}
	return rows.Err()
}

// RepaidBefore tells how many lines each of the households has repaid in full
// and in time before an instant; those that have repaid none are left out.
func (db *DB) RepaidBefore(ctx context.Context, county string, before time.Time, households []string) (map[string]int, error) {
	const repaid = `
		select household_id, count(*) from application
		where county = $1 and household_id = any($2) and state = 'repaid' and not late and updated_at < $3 group by household_id`
	rows, err := db.pool.Query(ctx, repaid, county, households, before)
	if err != nil {
		return nil, fmt.Errorf("lines repaid in county %s: %w", county, err)
	}
	out := map[string]int{}
	var household string
	var n int
	if _, err = pgx.ForEachRow(rows, []any{&household, &n}, func() error {
		out[household] = n
		return nil
	}); err != nil {
		return nil, fmt.Errorf("lines repaid in county %s: %w", county, err)
	}
	return out, nil
}
