package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/credit/lending"
	"parus/internal/publication"
)

// ApplicationPapers returns what a letter on an application is written from, or
// [publication.ErrNotFound]. Where what it was decided on is gone, it is a
// [lending.Refusal].
func (db *DB) ApplicationPapers(ctx context.Context, s publication.Scope, id int64) (publication.Papers, error) {
	const papers = `
		select c.name, d.snapshot, e.body, (
			select k.at from consent k
			where k.county = a.county and k.household = a.household_id and k.act = 'give' and k.at <= a.created_at
			order by k.id desc limit 1)
		from application a
		join county c on c.code = a.county
		left join lateral (select snapshot from decision where digest = a.digest and household_id = a.household_id limit 1) d on true
		join lateral (
			select body from application_event
			where application = a.id and role = 'system' and act in ('decide', 'refer', 'reject') order by seq limit 1) e on true
		where a.id = $1`
	what := fmt.Sprintf("papers of application %d", id)
	card, err := db.Application(ctx, s, id)
	if err != nil {
		return publication.Papers{}, err
	}
	out := publication.Papers{ApplicationCard: card, Parcels: map[string]string{}}
	by, err := db.lender(s)
	if err != nil {
		return out, fmt.Errorf("%s: %w", what, err)
	}
	if err := by.QueryRow(ctx, papers, id).Scan(&out.CountyName, &out.Snapshot, &out.Record, &out.Consent); err != nil {
		return out, notFound(what, err)
	}
	if out.Snapshot == nil {
		return out, fmt.Errorf("%s: %w", what, lending.NoSnapshot)
	}
	out.Consent = utc(out.Consent)
	rows, err := by.Query(ctx, `select id, name from published_parcel where publication = $1 and household_id = $2`, card.Publication, card.HouseholdID)
	if err != nil {
		return out, fmt.Errorf("%s: %w", what, err)
	}
	var parcel, name string
	_, err = pgx.ForEachRow(rows, []any{&parcel, &name}, func() error {
		out.Parcels[parcel] = name
		return nil
	})
	return out, err
}
