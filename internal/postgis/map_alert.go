package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/publication"
)

// Alerts belong to a county's season. A publication in the path names it; what
// the publication tells of the parcel is shown beside, where it knows it.
// $1 publication, $2 county prefixes.
const selectAlerts = inScope + `
select a.id, a.kind, a.state, a.recovered, a.parcel_id, coalesce(pp.name, ''), a.household_id, coalesce(h.display_name, ''), a.village, a.crop,
       coalesce(pp.area_m2, 0), a.episode, a.first_on, a.last_on, a.strength, a.assignee, a.raised_at, a.updated_at, a.evidence
from pub join publication p on p.id = pub.id
join alert a on a.county = p.county and a.season = p.season
left join published_parcel pp on pp.publication = p.id and pp.id = a.parcel_id
left join published_household h on h.publication = p.id and h.id = a.household_id `

// Alerts returns a page of the alerts of a publication's county and season, the
// latest and strongest first. Who sees no scores sees none.
func (db *DB) Alerts(ctx context.Context, s publication.Scope, id int64, q publication.AlertQuery) (publication.AlertPage, error) {
	const page = selectAlerts + `
where ($3 = '' or a.state = $3 or ($3 = 'live' and a.state <> 'closed')) and ($4 = '' or a.parcel_id = $4)
  and ($5::timestamptz is null or a.raised_at < $5 or (a.raised_at = $5 and (a.strength < $6 or (a.strength = $6 and a.id > $7))))
order by a.raised_at desc, a.strength desc, a.id limit $8`
	out := publication.AlertPage{Items: []publication.Alert{}, Counts: map[publication.AlertState]int{}}
	if !s.Scores {
		return out, nil
	}
	var after publication.AlertCursor
	var at *time.Time
	if q.After != nil {
		after, at = *q.After, &q.After.RaisedAt
	}
	rows, err := db.in(s).Query(ctx, page, id, prefixes(s), q.State, q.Parcel, at, after.Strength, after.ID, q.Limit+1)
	if err != nil {
		return out, fmt.Errorf("alerts of publication %d: %w", id, err)
	}
	cards, err := pgx.CollectRows(rows, scanAlert)
	if err != nil {
		return out, fmt.Errorf("alerts of publication %d: %w", id, err)
	}
	for _, c := range cards[:min(len(cards), q.Limit)] {
		out.Items = append(out.Items, c.Alert)
	}
	out.More = len(cards) > q.Limit
	out.Counts, err = db.countAlerts(ctx, s, id)
	return out, err
}

func (db *DB) countAlerts(ctx context.Context, s publication.Scope, id int64) (map[publication.AlertState]int, error) {
	const counts = inScope + `
select a.state, count(*) from pub join publication p on p.id = pub.id
join alert a on a.county = p.county and a.season = p.season group by a.state`
	rows, err := db.in(s).Query(ctx, counts, id, prefixes(s))
	if err != nil {
		return nil, fmt.Errorf("count alerts of publication %d: %w", id, err)
	}
	out := map[publication.AlertState]int{}
	var state publication.AlertState
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		out[state] = n
		return nil
	})
	return out, err
}

func scanAlert(row pgx.CollectableRow) (publication.AlertCard, error) {
	var c publication.AlertCard
	var first, last time.Time
	var evidence json.RawMessage
	err := row.Scan(&c.ID, &c.Kind, &c.State, &c.Recovered, &c.ParcelID, &c.ParcelName, &c.HouseholdID, &c.Household, &c.Village, &c.Crop,
		&c.AreaM2, &c.Episode, &first, &last, &c.Strength, &c.Assignee, &c.RaisedAt, &c.UpdatedAt, &evidence)
	if err != nil {
		return c, err
	}
	c.FirstOn, c.LastOn = first.Format(time.DateOnly), last.Format(time.DateOnly)
	c.Evidence, err = publication.ParseEvidence(evidence)
	return c, err
}

// Alert returns one alert of a publication's county and season with its
// history, or [publication.ErrNotFound].
func (db *DB) Alert(ctx context.Context, s publication.Scope, id, alert int64) (publication.AlertCard, error) {
	const history = `select at, actor, act, state, reason from alert_event where alert = $1 order by seq`
	what := fmt.Sprintf("alert %d", alert)
	if !s.Scores {
		return publication.AlertCard{}, fmt.Errorf("%s: %w", what, publication.ErrNotFound)
	}
	rows, err := db.in(s).Query(ctx, selectAlerts+`where a.id = $3`, id, prefixes(s), alert)
	if err != nil {
		return publication.AlertCard{}, fmt.Errorf("read %s: %w", what, err)
	}
	card, err := pgx.CollectExactlyOneRow(rows, scanAlert)
	if err != nil {
		return card, notFound(what, err)
	}
	if rows, err = db.in(s).Query(ctx, history, alert); err != nil {
		return card, fmt.Errorf("history of %s: %w", what, err)
	}
	card.History, err = pgx.CollectRows(rows, pgx.RowToStructByPos[publication.AlertEvent])
	return card, err
}

// MoveAlert does what somebody decides about an alert of a publication's county
// and season, and writes it into its history; [publication.ErrAlertState] where
// the alert's state does not allow it, [publication.ErrNotFound] where there is
// none. Of two who move it at once the second finds the state that the first
// has left.
func (db *DB) MoveAlert(ctx context.Context, s publication.Scope, id int64, m publication.AlertMove) error {
	const lock = `
		select a.state, a.county from alert a
		where a.id = $1 and exists (select from publication p where p.id = $2 and p.county = a.county and p.season = a.season)
		for update of a`
	const move = `
		update alert set state = $2, updated_at = $4,
			assignee = case when $5 or assignee = '' then $3 else assignee end
		where id = $1`
	const tell = `
		insert into alert_event (alert, county, seq, at, actor, act, state, reason)
		values ($1, $2, 1 + (select coalesce(max(seq), 0) from alert_event where alert = $1), $3, $4, $5, $6, $7)`
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) error {
		var state publication.AlertState
		var county string
		err := tx.QueryRow(ctx, lock, m.Alert, id).Scan(&state, &county)
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && !s.Scores) {
			return publication.ErrNotFound
		}
		if err != nil {
			return err
		}
		if state, err = state.After(m.Act); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, move, m.Alert, state, m.Account, m.At, m.Act == publication.AssignAlert); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, tell, m.Alert, county, m.At, m.Actor, m.Act, state, m.Reason)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s alert %d: %w", m.Act, m.Alert, err)
	}
	return nil
}
