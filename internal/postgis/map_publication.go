package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// Every read of the map names the publication and the county prefixes that the
// reader may see; a row outside them does not exist for that reader.

// visiblePublications has $1 = county prefixes.
const visiblePublications = `
select p.id, p.county, c.name, c.currency, p.season,
       (r.spec #>> '{season,Start}')::timestamptz::date, (r.spec #>> '{season,End}')::timestamptz::date, p.in_force, p.created_at,
       ST_XMin(b.bound), ST_YMin(b.bound), ST_XMax(b.bound), ST_YMax(b.bound)
from publication p
join county c on c.code = p.county
join season_run r on r.id = p.run
left join lateral (
    select coalesce(p.bound, (select ST_Extent(h.bound::geometry)::box2d from published_household h where h.publication = p.id)) as bound
) b on true
where exists (select 1 from unnest($1::text[]) prefix where starts_with(p.county, prefix))`

const selectPublications = visiblePublications + `
order by p.in_force desc, p.created_at desc, p.id desc
limit 500`

// Publications lists what the scope sees, those in force and the newest first.
func (db *DB) Publications(ctx context.Context, s publication.Scope) ([]publication.Publication, error) {
	rows, err := db.in(s).Query(ctx, selectPublications, prefixes(s))
	if err != nil {
		return nil, fmt.Errorf("list publications: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanPublication)
	if err != nil {
		return nil, fmt.Errorf("list publications: %w", err)
	}
	return list, nil
}

const selectPublication = visiblePublications + ` and p.id = $2`

// Publication returns one publication, or [publication.ErrNotFound].
func (db *DB) Publication(ctx context.Context, s publication.Scope, id int64) (publication.Publication, error) {
	rows, err := db.in(s).Query(ctx, selectPublication, prefixes(s), id)
	if err != nil {
		return publication.Publication{}, fmt.Errorf("read publication %d: %w", id, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPublication)
	if err != nil {
		return publication.Publication{}, notFound(fmt.Sprintf("publication %d", id), err)
	}
	return p, nil
}

func scanPublication(row pgx.CollectableRow) (publication.Publication, error) {
	var p publication.Publication
	var starts, ends *time.Time
	var b box
	err := row.Scan(&p.ID, &p.County, &p.CountyName, &p.Currency, &p.Season, &starts, &ends, &p.InForce, &p.CreatedAt,
		&b.west, &b.south, &b.east, &b.north)
	p.Starts, p.Ends, p.Bounds = day(starts), day(ends), b.bounds()
	return p, err
}

// prefixes never hands null to SQL: no prefix sees nothing.
func prefixes(s publication.Scope) []string {
	if s.Counties == nil {
		return []string{}
	}
	return s.Counties
}

// box receives four columns that are null together.
type box struct{ west, south, east, north *float64 }

func (b box) bounds() *publication.Bounds {
	if b.west == nil || b.south == nil || b.east == nil || b.north == nil {
		return nil
	}
	return &publication.Bounds{*b.west, *b.south, *b.east, *b.north}
}

func day(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := t.Format(time.DateOnly)
	return &s
}
