package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// bandSample is how many parcels a band is computed from at most, and
// bandLeast how many of one crop it needs to be worth showing. A date counts
// for a parcel where half of it was clear.
const (
	bandSample = 2000
	bandLeast  = 20
	bandClear  = 0.5
)

// $3 crop or null for all, $4 sample, $5 least clear share. The sample is by
// a hash of the id, so the same parcels are drawn every time.
const selectBand = inScope + `,
sample as (
    select pp.id, pp.series_unit from published_parcel pp join pub on pub.id = pp.publication
    where pp.series_unit is not null and ($3::text is null or (pp.crop = $3 and not pp.abstained))
    order by hashtextextended(pp.id, 0), pp.id limit $4
),
points as (
    select x.day, s.vals[(array_position(s.layers, 'ndvi') - 1) * cardinality(s.dates) + x.i] as v
    from sample join series s on s.unit = sample.series_unit and s.parcel_id = sample.id,
         unnest(s.dates) with ordinality as x (day, i)
    where 'ndvi' = any (s.layers) and s.valid[x.i] >= $5
)
select day, percentile_cont(array[0.1, 0.5, 0.9]) within group (order by v), (select count(*) from sample)
from points where v <> 'NaN' and v is not null
group by day having count(*) >= 5 order by day`

// CountyBand computes the spread of NDVI over a publication's parcels of a
// crop, or over all of them where the crop is "" or has too few; nil where
// there is nothing to compute from.
func (db *DB) CountyBand(ctx context.Context, s publication.Scope, id int64, crop string) (*publication.CountyBand, error) {
	if crop != "" {
		band, err := db.band(ctx, s, id, crop)
		if err != nil || (band != nil && band.Parcels >= bandLeast) {
			return band, err
		}
	}
	return db.band(ctx, s, id, "")
}

func (db *DB) band(ctx context.Context, s publication.Scope, id int64, crop string) (*publication.CountyBand, error) {
	rows, err := db.in(s).Query(ctx, selectBand, id, prefixes(s), nullable(crop), bandSample, bandClear)
	if err != nil {
		return nil, fmt.Errorf("county band of publication %d: %w", id, err)
	}
	band := publication.CountyBand{Crop: crop}
	var d time.Time
	var q []float64
	_, err = pgx.ForEachRow(rows, []any{&d, &q, &band.Parcels}, func() error {
		band.Dates = append(band.Dates, d.Format(time.DateOnly))
		band.P10, band.P50, band.P90 = append(band.P10, q[0]), append(band.P50, q[1]), append(band.P90, q[2])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("county band of publication %d: %w", id, err)
	}
	if len(band.Dates) == 0 {
		return nil, nil
	}
	return &band, nil
}
