package postgis

import (
	"context"
	"fmt"
	"math"

	"parus/internal/mapsheet"
	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

const selectSeasonInForce = visiblePublications + `
  and p.in_force and (p.county, p.season) in (select * from unnest($2::text[], $3::text[]))
order by p.id desc limit 1`

// SeasonInForce returns the publication that is in force for a county and a season,
// named by both with a hyphen between, or [publication.ErrNotFound].
func (db *DB) SeasonInForce(ctx context.Context, s publication.Scope, name string) (publication.Publication, error) {
	var counties, seasons []string // either may hold a hyphen itself
	for i, r := range name {
		if r == '-' {
			counties, seasons = append(counties, name[:i]), append(seasons, name[i+1:])
		}
	}
	what := "publication in force of " + name
	rows, err := db.in(s).Query(ctx, selectSeasonInForce, prefixes(s), counties, seasons)
	if err != nil {
		return publication.Publication{}, fmt.Errorf("read %s: %w", what, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPublication)
	if err != nil {
		return publication.Publication{}, notFound(what, err)
	}
	return p, nil
}

// FeatureBounds returns by publication the cells of its map's sheets together:
// every parcel lies within them. One whose map was never packed has none.
func (db *DB) FeatureBounds(ctx context.Context, s publication.Scope, ids []int64) (map[int64]publication.Bounds, error) {
	const cells = `
		select m.publication, min(m.x), min(m.y), max(m.x), max(m.y)
		from map_sheet m join publication p on p.id = m.publication
		where m.publication = any($1) and m.z = $3 and exists (select 1 from unnest($2::text[]) prefix where starts_with(p.county, prefix))
		group by m.publication`
	rows, err := db.in(s).Query(ctx, cells, ids, prefixes(s), mapsheet.Zoom)
	if err != nil {
		return nil, fmt.Errorf("bounds of publications: %w", err)
	}
	out := map[int64]publication.Bounds{}
	var id int64
	var first, last mapsheet.Cell
	_, err = pgx.ForEachRow(rows, []any{&id, &first.X, &first.Y, &last.X, &last.Y}, func() error {
		west, north := mapsheet.Cell{Z: mapsheet.Zoom, X: first.X, Y: first.Y}.Corner().LonLat()
		east, south := mapsheet.Cell{Z: mapsheet.Zoom, X: last.X + 1, Y: last.Y + 1}.Corner().LonLat()
		out[id] = publication.Bounds{west, south, east, north}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("bounds of publications: %w", err)
	}
	return out, nil
}

// Eight decimals of a degree are a millimetre.
const featureColumns = `
select pp.id, ST_AsGeoJSON(ST_ForcePolygonCCW(ST_Transform(pp.geom, 4326)), 8), pp.village, pp.area_m2, nullif(pp.crop, ''), pp.crop_p, pp.abstained,
       pp.match_p, pp.yield_p10, pp.yield_p50, pp.yield_p90, pp.observations
from published_parcel pp
where pp.publication = $1 and (select true from pub)`

// $3 is the id to begin after; $4 village, $5 crop, $6 abstained, $7 to $10 and
// $11 to $14 a box in degrees: null is all. Boxes overlap by the index of
// shapes, apart from what is asked of the shapes themselves: the policies let
// only the first be looked up. The order is that of the index of codes.
const listFeatures = inScope + featureColumns + `
  and pp.id collate "C" > $3 and ($4::text is null or pp.village = $4) and ($5::text is null or pp.crop = $5) and ($6::boolean is null or pp.abstained = $6)
  and ($7::float8 is null or pp.geom && ` + firstBox + ` or ($11::float8 is not null and pp.geom && ` + secondBox + `))
  and ($7::float8 is null or ST_Intersects(pp.geom, ` + firstBox + `) or ($11::float8 is not null and ST_Intersects(pp.geom, ` + secondBox + `)))
order by pp.id collate "C" limit $15`

// The envelope of a diagonal is a point or a line where a box has no area, which
// intersects as such.
const (
	firstBox  = `ST_Transform(ST_SetSRID(ST_Envelope(ST_MakeLine(ST_MakePoint($7, $8), ST_MakePoint($9, $10))), 4326), 3857)`
	secondBox = `ST_Transform(ST_SetSRID(ST_Envelope(ST_MakeLine(ST_MakePoint($11, $12), ST_MakePoint($13, $14))), 4326), 3857)`
)

// All of a publication were counted when it was published.
const countFeatures = inScope + ` select (p.summary ->> 'parcels')::bigint from publication p join pub using (id)`

// ParcelFeatures returns one page of a publication's parcels; how many there are
// is told of all of them alone, where that was counted with the publication. One
// that the scope does not see has none.
func (db *DB) ParcelFeatures(ctx context.Context, s publication.Scope, id int64, q publication.FeatureQuery) (publication.FeaturePage, error) {
	var page publication.FeaturePage
	what := fmt.Sprintf("parcels of publication %d", id)
	if len(q.Boxes) > 2 {
		return page, fmt.Errorf("%s in %d boxes: two can be asked for at once", what, len(q.Boxes))
	}
	if q.Whole() {
		if err := db.in(s).QueryRow(ctx, countFeatures, id, prefixes(s)).Scan(&page.Matched); err != nil {
			return page, notFound(what, err)
		}
	}
	args := []any{id, prefixes(s), q.After, nullable(q.Village), nullable(q.Crop), q.Abstained}
	for i := range 2 {
		if i < len(q.Boxes) {
			b := onMercator(q.Boxes[i])
			args = append(args, b[0], b[1], b[2], b[3])
		} else {
			args = append(args, nil, nil, nil, nil)
		}
	}
	rows, err := db.in(s).planned().Query(ctx, listFeatures, append(args, q.Limit+1)...)
	if err != nil {
		return page, fmt.Errorf("list %s: %w", what, err)
	}
	if page.Items, err = pgx.CollectRows(rows, scanFeature); err != nil {
		return page, fmt.Errorf("list %s: %w", what, err)
	}
	if len(page.Items) > q.Limit {
		page.Items, page.More = page.Items[:q.Limit], true
	}
	return page, nil
}

// mercatorLimit is the latitude at which EPSG:3857 ends (its world is square).
const mercatorLimit = 85.051128779806604

// onMercator cuts a box where the projection of the shapes ends: nothing lies
// beyond.
func onMercator(b publication.Bounds) publication.Bounds {
	cut := func(lat float64) float64 { return math.Max(-mercatorLimit, math.Min(lat, mercatorLimit)) }
	return publication.Bounds{b[0], cut(b[1]), b[2], cut(b[3])}
}

// ParcelFeature returns one parcel, or [publication.ErrNotFound].
func (db *DB) ParcelFeature(ctx context.Context, s publication.Scope, id int64, parcel string) (publication.ParcelFeature, error) {
	rows, err := db.in(s).Query(ctx, inScope+featureColumns+` and pp.id = $3`, id, prefixes(s), parcel)
	if err != nil {
		return publication.ParcelFeature{}, fmt.Errorf("read parcel %s: %w", parcel, err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, scanFeature)
	if err != nil {
		return f, notFound("parcel "+parcel, err)
	}
	return f, nil
}

func scanFeature(row pgx.CollectableRow) (publication.ParcelFeature, error) {
	var f publication.ParcelFeature
	var areaM2 float64
	p := &f.Facts
	err := row.Scan(&f.ID, (*[]byte)(&f.Shape), &p.Village, &areaM2, &p.Crop, &p.CropP, &p.Abstained, &p.MatchP, &p.YieldP10, &p.YieldP50, &p.YieldP90, &p.Observations)
	p.AreaHa = math.Round(areaM2) / 1e4
	shorten(1e4, p.CropP, p.MatchP)
	shorten(10, p.YieldP10, p.YieldP50, p.YieldP90)
	return f, err
}

// shorten keeps so many parts of one.
func shorten(parts float64, values ...*float64) {
	for _, v := range values {
		if v != nil {
			*v = math.Round(*v*parts) / parts
		}
	}
}
