package postgis

import (
	"context"
	"fmt"
	"slices"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// Hits of one kind never crowd out the others: each kind has its own limit, $8.
// A text from $3 to $4 begins with what was typed, one from $5 to $6, turned
// round, ends with it; $7 is a pattern for what holds it. Each of the three reads
// a few rows off an index. The pattern is tried where those find nothing alone:
// what is common inside of codes is all but always at an end of some.
const selectHits = inScope + `,
told as (select p.summary is not null as summed, p.summary from publication p join pub using (id)),
villages as (
    select v ->> 'code' as id, coalesce(v ->> 'name', '') as name, (v ->> 'line_fen')::bigint as line_fen,
           (v -> 'bounds' ->> 0)::float8 as west, (v -> 'bounds' ->> 1)::float8 as south, (v -> 'bounds' ->> 2)::float8 as east, (v -> 'bounds' ->> 3)::float8 as north
    from told, jsonb_array_elements(told.summary -> 'villages') v
    where told.summed and v ->> 'code' <> '' and (v ->> 'code' collate "C" >= $3 and v ->> 'code' collate "C" < $4 or strpos(v ->> 'name', $3) > 0)
    union all
    select h.village, '', sum(h.line_fen)::bigint, min(ST_XMin(h.bound)), min(ST_YMin(h.bound)), max(ST_XMax(h.bound)), max(ST_YMax(h.bound))
    from published_household h
    where h.publication = $1 and (select not summed from told) and h.village <> '' and h.village collate "C" >= $3 and h.village collate "C" < $4
    group by h.village
    order by id limit $8
),
household_starts as (
    select id from published_household where publication = $1 and (select true from pub) and id collate "C" >= $3 and id collate "C" < $4
    order by id collate "C" limit $8
),
household_names as (
    select id from published_household where publication = $1 and (select true from pub) and display_name collate "C" >= $3 and display_name collate "C" < $4
    order by display_name collate "C", id collate "C" limit $8
),
household_ends as (
    select id from published_household where publication = $1 and (select true from pub) and reverse(id) collate "C" >= $5 and reverse(id) collate "C" < $6
    order by reverse(id) collate "C" limit $8
),
parcel_starts as (
    select id from published_parcel where publication = $1 and (select true from pub) and id collate "C" >= $3 and id collate "C" < $4
    order by id collate "C" limit $8
),
parcel_ends as (
    select id from published_parcel where publication = $1 and (select true from pub) and reverse(id) collate "C" >= $5 and reverse(id) collate "C" < $6
    order by reverse(id) collate "C" limit $8
),
ends as (
    select not exists (select from household_starts) and not exists (select from household_names) and not exists (select from household_ends)
        and not exists (select from parcel_starts) and not exists (select from parcel_ends) and not exists (select from villages) as nothing
),
household_insides as (
    select id from published_household
    where publication = $1 and (select true from pub) and id like $7
      and (select nothing from ends)
    limit $8
),
households as (
    select id, min(rank) as rank from (
        select id, 0 as rank from household_starts union all select id, 1 from household_names
        union all select id, 2 from household_ends union all select id, 3 from household_insides
    ) found group by id order by min(rank), id collate "C" limit $8
),
parcel_insides as (
    select id from published_parcel
    where publication = $1 and (select true from pub) and id like $7
      and (select nothing from ends)
    limit $8
),
parcels as (
    select id, min(rank) as rank from (
        select id, 0 as rank from parcel_starts union all select id, 2 from parcel_ends union all select id, 3 from parcel_insides
    ) found group by id order by min(rank), id collate "C" limit $8
)
select kind, id, label, village, line_fen, west, south, east, north from (
    select 1 as place, 'village' as kind, v.id, v.name as label, v.id as village, v.line_fen, v.west, v.south, v.east, v.north, 0 as rank from villages v
    union all
    select 2, 'household', h.id, h.display_name, h.village, h.line_fen, ST_XMin(h.bound), ST_YMin(h.bound), ST_XMax(h.bound), ST_YMax(h.bound), f.rank
    from households f join published_household h on h.publication = $1 and h.id = f.id
    union all
    select 3, 'parcel', p.id, p.name, p.village, p.line_fen, ST_XMin(e.box), ST_YMin(e.box), ST_XMax(e.box), ST_YMax(e.box), f.rank
    from parcels f join published_parcel p on p.publication = $1 and p.id = f.id,
         lateral (select ST_Transform(ST_Envelope(p.geom), 4326) as box) e
) hits order by place, rank, id collate "C"`

// mayBeInside tells whether a text is looked for inside of codes: three to thirty
// letters and digits. Shorter ones, or others, have no trigrams to go by, and
// longer ones are longer than codes are.
func mayBeInside(text string) bool {
	for _, r := range text {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return len(text) >= 3 && len(text) <= 30
}

// beyond sorts after every text that begins with what stands before it.
const beyond = "\U0010FFFF"

// Search finds villages by the start of their code or any part of their name,
// where the publication was added up; households by the start or
// end of their id or the start of their masked name; parcels by the start or end
// of their code; and where these are none, either by any part of three letters
// or digits and more.
func (db *DB) Search(ctx context.Context, s publication.Scope, id int64, text string, limit int) ([]publication.Hit, error) {
	letters := []rune(text)
	inside := "" // like nothing that has a code
	if mayBeInside(text) {
		inside = "%" + text + "%"
	}
	slices.Reverse(letters)
	turned := string(letters)
	rows, err := db.in(s).planned().Query(ctx, selectHits, id, prefixes(s), text, text+beyond, turned, turned+beyond, inside, limit)
	if err != nil {
		return nil, fmt.Errorf("search publication %d: %w", id, err)
	}
	hits, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (publication.Hit, error) {
		var h publication.Hit
		var b box
		err := row.Scan(&h.Kind, &h.ID, &h.Label, &h.Village, &h.LineFen, &b.west, &b.south, &b.east, &b.north)
		h.Bounds = b.bounds()
		if !s.Scores {
			h.LineFen = nil
		}
		return h, err
	})
	if err != nil {
		return nil, fmt.Errorf("search publication %d: %w", id, err)
	}
	return hits, nil
}
