package postgis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

const selectParcel = inScope + `
select pp.id, pp.name, pp.area_m2, pp.crop, pp.crop_p, pp.abstained, pp.yield_p50,
       ST_XMin(e.box), ST_YMin(e.box), ST_XMax(e.box), ST_YMax(e.box),
       pp.household_id, pp.village, pp.match_p, pp.reason, pp.classes, pp.posterior,
       pp.yield_p10, pp.yield_p90, pp.observations, ST_X(e.inside), ST_Y(e.inside),
       pub.starts, s.dates, s.valid, s.layers, s.vals, s.smooth, coalesce(pp.yield_detail -> 'Hazards', '[]')
from published_parcel pp join pub on pub.id = pp.publication
left join series s on s.unit = pp.series_unit and s.parcel_id = pp.id,
     lateral (select ST_Transform(ST_Envelope(pp.geom), 4326) as box,
                     ST_Transform(ST_PointOnSurface(pp.geom), 4326) as inside) e
where pp.id = $3`

// shownClasses is how many classes of a posterior a card shows.
const shownClasses = 3

// ParcelCard returns one parcel without its household's decision and the
// county band, or [publication.ErrNotFound].
func (db *DB) ParcelCard(ctx context.Context, s publication.Scope, id int64, parcel string) (publication.ParcelCard, error) {
	rows, err := db.in(s).Query(ctx, selectParcel, id, prefixes(s), parcel)
	if err != nil {
		return publication.ParcelCard{}, fmt.Errorf("read parcel %s: %w", parcel, err)
	}
	card, err := pgx.CollectExactlyOneRow(rows, scanParcelCard)
	if err != nil {
		return publication.ParcelCard{}, notFound("parcel "+parcel, err)
	}
	h, err := db.household(ctx, s, id, card.HouseholdID)
	if err != nil {
		return card, err
	}
	card.Household = &h
	card.Decision, err = db.shownDecision(ctx, s, id, card.HouseholdID)
	return card, err
}

// seriesRow receives the columns of table series, all null without a series.
type seriesRow struct {
	starts *time.Time
	dates  []time.Time
	valid  []float64
	layers []string
	vals   []float64
	smooth []float64
}

func scanParcelCard(row pgx.CollectableRow) (publication.ParcelCard, error) {
	var c publication.ParcelCard
	var b box
	var classes []string
	var posterior []float64
	var point [2]float64
	var r seriesRow
	err := row.Scan(&c.ID, &c.Name, &c.AreaM2, &c.Crop, &c.CropP, &c.Abstained, &c.YieldP50,
		&b.west, &b.south, &b.east, &b.north,
		&c.HouseholdID, &c.Village, &c.MatchP, &c.Reason, &classes, &posterior,
		&c.YieldP10, &c.YieldP90, &c.Observations, &point[0], &point[1],
		&r.starts, &r.dates, &r.valid, &r.layers, &r.vals, &r.smooth, &c.Hazards)
	c.Bounds, c.Point = b.bounds(), &point
	c.Posterior = likeliest(classes, posterior, shownClasses)
	c.Curve = r.curve()
	return c, err
}

// likeliest returns the n likeliest classes; equal ones keep their order.
func likeliest(classes []string, p []float64, n int) []publication.CropShare {
	shares := []publication.CropShare{}
	for i := range min(len(classes), len(p)) {
		shares = append(shares, publication.CropShare{Crop: classes[i], P: p[i]})
	}
	slices.SortStableFunc(shares, func(a, b publication.CropShare) int { return cmp.Compare(b.P, a.P) })
	return shares[:min(n, len(shares))]
}

// curve picks the layer ndvi; it is nil where the series has none.
func (r seriesRow) curve() *publication.Curve {
	layer, n := slices.Index(r.layers, "ndvi"), len(r.dates)
	if layer < 0 || n == 0 || len(r.vals) < (layer+1)*n || len(r.valid) != n {
		return nil
	}
	c := publication.Curve{Dates: make([]string, n), NDVI: gaps(r.vals[layer*n : (layer+1)*n]), Valid: r.valid, Smooth: []*float64{}}
	for i, d := range r.dates {
		c.Dates[i] = d.Format(time.DateOnly)
	}
	if r.starts != nil && len(r.smooth) > 0 {
		c.SmoothFrom, c.Smooth = day(r.starts), gaps(r.smooth)
	}
	return &c
}

// gaps turns NaN into null and rounds to 1e-4, the precision of an index.
func gaps(vals []float64) []*float64 {
	out := make([]*float64, len(vals))
	for i, v := range vals {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			v = math.Round(v*1e4) / 1e4
			out[i] = &v
		}
	}
	return out
}
