package postgis

import (
	"context"
	"fmt"
	"strings"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// Hits of one kind never crowd out the others: each kind has its own limit.
// $3 is the escaped text, $4 the limit of a kind.
const selectHits = inScope + `,
villages as (
    select 'village' as kind, h.village as id, '' as label, h.village, sum(h.line_fen)::bigint as line_fen,
           min(ST_XMin(h.bound)) as west, min(ST_YMin(h.bound)) as south, max(ST_XMax(h.bound)) as east, max(ST_YMax(h.bound)) as north
    from published_household h join pub on pub.id = h.publication
    where h.village like $3 || '%' and h.village <> ''
    group by h.village order by h.village limit $4
),
households as (
    select 'household' as kind, h.id, h.display_name as label, h.village, h.line_fen,
           ST_XMin(h.bound) as west, ST_YMin(h.bound) as south, ST_XMax(h.bound) as east, ST_YMax(h.bound) as north
    from published_household h join pub on pub.id = h.publication
    where (h.id || ' ' || h.display_name) ilike '%' || $3 || '%'
    order by h.id like $3 || '%' desc, h.display_name like $3 || '%' desc, h.id limit $4
),
parcels as (
    select 'parcel' as kind, pp.id, pp.name as label, pp.village, pp.line_fen,
           ST_XMin(e.box) as west, ST_YMin(e.box) as south, ST_XMax(e.box) as east, ST_YMax(e.box) as north
    from published_parcel pp join pub on pub.id = pp.publication,
         lateral (select ST_Transform(ST_Envelope(pp.geom), 4326) as box) e
    where pp.id like '%' || $3 || '%'
    order by pp.id like $3 || '%' desc, pp.id limit $4
)
select * from villages union all select * from households union all select * from parcels`

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Search finds villages by the start of their code, households by a part of
// their id or masked name, and parcels by a part of their code.
func (db *DB) Search(ctx context.Context, s publication.Scope, id int64, text string, limit int) ([]publication.Hit, error) {
	rows, err := db.in(s).Query(ctx, selectHits, id, prefixes(s), likeEscaper.Replace(text), limit)
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
