package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/publication"
)

// $1 county prefixes.
const selectDisputes = `
select d.id, d.county, d.publication, d.season, d.parcel_id, d.household_id, d.village, d.kind, d.state, d.crop, d.proposed_crop,
	d.area_m2, d.proposed_m2, d.author, d.reviewer, d.created_at, d.updated_at, d.evidence, d.overlapped, %s
from dispute d
where exists (select 1 from unnest($1::text[]) prefix where starts_with(d.county, prefix)) `

// withOutlines are the columns of outlines, which lists do without.
const (
	withOutlines    = `st_asgeojson(d.disputed, 9), st_asgeojson(d.proposed, 9)`
	withoutOutlines = `null::text, null::text`
)

// Disputes returns a page of disputes, the newest first.
func (db *DB) Disputes(ctx context.Context, s publication.Scope, q publication.DisputeQuery) (publication.DisputePage, error) {
	sql := fmt.Sprintf(selectDisputes, withoutOutlines) + `
		and ($2 = 0 or exists (select from publication p where p.id = $2 and p.county = d.county and p.season = d.season))
		and ($3 = '' or d.county = $3) and ($4 = '' or d.parcel_id = $4) and ($5 = '' or d.state = $5)
		and ($6::timestamptz is null or (d.created_at, d.id) < ($6, $7))
		order by d.created_at desc, d.id desc limit $8`
	out := publication.DisputePage{Items: []publication.Dispute{}}
	var at *time.Time
	var last int64
	if q.After != nil {
		at, last = &q.After.CreatedAt, q.After.ID
	}
	rows, err := db.in(s).Query(ctx, sql, prefixes(s), q.Publication, q.County, q.Parcel, q.State, at, last, q.Limit+1)
	if err != nil {
		return out, fmt.Errorf("list disputes: %w", err)
	}
	cards, err := pgx.CollectRows(rows, scanDispute)
	if err != nil {
		return out, fmt.Errorf("list disputes: %w", err)
	}
	for _, c := range cards[:min(len(cards), q.Limit)] {
		out.Items = append(out.Items, c.Dispute)
	}
	out.More = len(cards) > q.Limit
	return out, nil
}

// Dispute returns one dispute with its outlines and history, or
// [publication.ErrNotFound].
func (db *DB) Dispute(ctx context.Context, s publication.Scope, id int64) (publication.DisputeCard, error) {
	const history = `select at, actor, act, state, reason from dispute_event where dispute = $1 order by seq`
	what := fmt.Sprintf("dispute %d", id)
	rows, err := db.in(s).Query(ctx, fmt.Sprintf(selectDisputes, withOutlines)+`and d.id = $2`, prefixes(s), id)
	if err != nil {
		return publication.DisputeCard{}, fmt.Errorf("read %s: %w", what, err)
	}
	card, err := pgx.CollectExactlyOneRow(rows, scanDispute)
	if err != nil {
		return card, notFound(what, err)
	}
	if rows, err = db.in(s).Query(ctx, history, id); err != nil {
		return card, fmt.Errorf("history of %s: %w", what, err)
	}
	card.History, err = pgx.CollectRows(rows, pgx.RowToStructByPos[publication.DisputeEvent])
	return card, err
}

func scanDispute(row pgx.CollectableRow) (publication.DisputeCard, error) {
	var c publication.DisputeCard
	var overlaps []byte
	var disputed, proposed *string
	err := row.Scan(&c.ID, &c.County, &c.Publication, &c.Season, &c.ParcelID, &c.HouseholdID, &c.Village, &c.Kind, &c.State, &c.Crop, &c.ProposedCrop,
		&c.AreaM2, &c.ProposedM2, &c.Author, &c.Reviewer, &c.CreatedAt, &c.UpdatedAt, &c.Evidence, &overlaps, &disputed, &proposed)
	if err != nil {
		return c, err
	}
	if disputed != nil {
		if err := json.Unmarshal([]byte(*disputed), &c.Disputed); err != nil {
			return c, err
		}
	}
	if proposed != nil {
		if err := json.Unmarshal([]byte(*proposed), &c.Proposed); err != nil {
			return c, err
		}
	}
	return c, json.Unmarshal(overlaps, &c.Overlaps)
}

// Outline returns the outline that a publication shows of a parcel, or
// [publication.ErrNotFound].
func (db *DB) Outline(ctx context.Context, s publication.Scope, id int64, parcel string) (publication.PublishedOutline, error) {
	const sql = inScope + `
		select st_asgeojson(st_multi(st_transform(pp.geom, 4326)), 9), pp.area_m2
		from pub join published_parcel pp on pp.publication = pub.id where pp.id = $3`
	var o publication.PublishedOutline
	var shape []byte
	if err := db.in(s).QueryRow(ctx, sql, id, prefixes(s), parcel).Scan(&shape, &o.AreaM2); err != nil {
		return o, notFound("outline of parcel "+parcel, err)
	}
	return o, json.Unmarshal(shape, &o.Shape)
}
