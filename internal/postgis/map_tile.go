package postgis

import (
	"context"
	"fmt"

	"parus/internal/publication"
)

// Parcel tiles follow MVT 2: extent 4096, a margin of 64 units so that outlines
// do not break at borders; shapes that degenerate when clipped are dropped.
// Below the last zoom outlines are simplified by half a pixel of a 512-pixel
// tile, which halves a tile; small shapes are kept (the third argument).
// $3, $4, $5 are z, x, y; $6 tells whether lines are part of the tile.
const selectParcelTile = inScope + `,
tile as (
    select ST_TileEnvelope($3, $4, $5) as env, ST_TileEnvelope($3, $4, $5, margin => 64.0 / 4096) as wide
),
shape as (
    select ST_AsMVTGeom(
               case when $3 < 16 then ST_Simplify(pp.geom, (ST_XMax(tile.env) - ST_XMin(tile.env)) / 1024, true) else pp.geom end,
               tile.env, 4096, 64, true) as geom, pp.id, pp.crop, pp.abstained,
           case when $6::boolean then round(pp.line_fen / 100.0)::bigint end as line,
           round(pp.match_p::numeric, 3)::float8 as match
    from tile, pub join published_parcel pp on pp.publication = pub.id
    where pp.geom && tile.wide
    order by pp.id
)
select exists (select 1 from pub),
       (select ST_AsMVT(shape, 'parcels', 4096, 'geom') from shape where geom is not null)`

// A village is one point at the middle of its parcels, with its commonest crop
// by area and the mean line of its households.
const selectVillageTile = inScope + `,
tile as (select ST_TileEnvelope($3, $4, $5) as env),
crops as (
    select distinct on (village) village, crop from (
        select pp.village, case when pp.abstained then '' else pp.crop end as crop, sum(pp.area_m2) as area
        from published_parcel pp join pub on pub.id = pp.publication group by 1, 2
    ) a order by village, area desc, crop
),
middle as (
    select pp.village, count(*) as parcels, sum(pp.area_m2) as area,
           ST_SetSRID(ST_MakePoint(avg((ST_XMin(pp.geom) + ST_XMax(pp.geom)) / 2), avg((ST_YMin(pp.geom) + ST_YMax(pp.geom)) / 2)), 3857) as pt
    from published_parcel pp join pub on pub.id = pp.publication group by pp.village
),
lines as (
    select h.village, count(*) as households, avg(h.line_fen) as line
    from published_household h join pub on pub.id = h.publication group by h.village
),
shape as (
    select ST_AsMVTGeom(m.pt, tile.env, 4096, 64, true) as geom, m.village as id, m.parcels, round(m.area)::bigint as area_m2,
           c.crop, l.households, case when $6::boolean then round(l.line / 100.0)::bigint end as line
    from tile, middle m join crops c using (village) left join lines l using (village)
    order by m.village
)
select exists (select 1 from pub),
       (select ST_AsMVT(shape, 'villages', 4096, 'geom') from shape where geom is not null)`

// MapTile returns the vector tile of one publication, empty where nothing lies
// in it, or [publication.ErrNotFound]. It shows parcels
// from [publication.ParcelsFromZoom] on, villages below.
func (db *DB) MapTile(ctx context.Context, s publication.Scope, id int64, t publication.MapTile) ([]byte, error) {
	sql := selectVillageTile
	if t.Z >= publication.ParcelsFromZoom {
		sql = selectParcelTile
	}
	var seen bool
	var data []byte
	err := db.in(s).QueryRow(ctx, sql, id, prefixes(s), t.Z, t.X, t.Y, s.Scores).Scan(&seen, &data)
	if err != nil {
		return nil, fmt.Errorf("tile %d/%d/%d of publication %d: %w", t.Z, t.X, t.Y, id, err)
	}
	if !seen {
		return nil, fmt.Errorf("tile of publication %d: %w", id, publication.ErrNotFound)
	}
	return data, nil
}
