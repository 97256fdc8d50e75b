package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// Trail returns a page of what people and systems did in the counties of the
// scope, and of what belongs to none, the latest first.
func (db *DB) Trail(ctx context.Context, s publication.Scope, q publication.TrailQuery) (publication.TrailPage, error) {
	const page = `
		select kind, place, county, at, actor, act, item, household, reason, release, model from audit_trail
		where ($1 = '' or kind = $1) and ($2 = '' or position(lower($2) in lower(actor)) > 0) and ($3 = '' or household = $3)
			and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5)
			and ($6::timestamptz is null or (at, kind collate "C", place collate "C") < ($6, $7 collate "C", $8 collate "C"))
		order by at desc, kind collate "C" desc, place collate "C" desc limit $9`
	orNull := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	var after publication.TrailCursor
	if q.After != nil {
		after = *q.After
	}
	rows, err := db.in(s).Query(ctx, page, q.Kind, q.Actor, q.Household, orNull(q.From), orNull(q.Until), orNull(after.At), after.Kind, after.Place, q.Limit+1)
	if err != nil {
		return publication.TrailPage{}, fmt.Errorf("trail: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[publication.TrailEntry])
	if err != nil {
		return publication.TrailPage{}, fmt.Errorf("trail: %w", err)
	}
	out := publication.TrailPage{Items: make([]publication.TrailEntry, 0, q.Limit), More: len(list) > q.Limit}
	for _, e := range list[:min(len(list), q.Limit)] {
		e.At = e.At.UTC()
		out.Items = append(out.Items, e)
	}
	return out, nil
}

// NoteAccess writes that somebody has read or taken out what only some may.
func (db *DB) NoteAccess(ctx context.Context, by publication.Doer, act, item, detail string) error {
	err := pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		return told(ctx, tx, by, act, item, by.Account.Counties, detail)
	})
	if err != nil {
		return fmt.Errorf("note %s: %w", act, err)
	}
	return nil
}
