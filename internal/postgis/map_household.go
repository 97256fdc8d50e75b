package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

const householdColumns = `
h.id, h.display_name, h.village, h.parcels, h.area_m2, coalesce(best.crop, ''),
h.line_fen, h.pd, h.apr, h.due_date, h.referred, h.reasons,
ST_XMin(h.bound), ST_YMin(h.bound), ST_XMax(h.bound), ST_YMax(h.bound)`

// The publication is compared with $1 itself, so that an index gives the order.
const householdTables = `
from published_household h
left join lateral (
    select pp.crop from published_parcel pp
    where pp.publication = h.publication and pp.household_id = h.id and not pp.abstained
    group by pp.crop order by sum(pp.area_m2) desc, pp.crop limit 1
) best on true`

// $3 village, $4 crop, $5 referred: null is all.
const householdFilter = `
where h.publication = $1 and (select true from pub) and ($3::text is null or h.village = $3)
  and ($4::text is null or exists (
      select 1 from published_parcel pp
      where pp.publication = h.publication and pp.household_id = h.id and not pp.abstained and pp.crop = $4))
  and ($5::boolean is null or h.referred = $5)`

// All of a publication were counted when it was published.
const countHouseholds = inScope + `,
kept as (select (p.summary ->> 'households')::bigint as n from publication p join pub using (id) where $3::text is null and $4::text is null and $5::boolean is null)
select coalesce((select n from kept), (
    select count(*) from published_household h join pub on pub.id = h.publication` + householdFilter + ` and (select n from kept) is null))`

// $6 and $7 are the cursor's id and line, null on the first page.
const listHouseholdsByID = inScope + `
select ` + householdColumns + householdTables + householdFilter + `
  and ($6::text is null or h.id > $6) and ($7::bigint is null or true)
order by h.id limit $8`

const listHouseholdsByLine = inScope + `
select ` + householdColumns + householdTables + householdFilter + `
  and ($6::text is null or h.line_fen < $7 or (h.line_fen = $7 and h.id > $6))
order by h.line_fen desc, h.id limit $8`

// Households returns one page of a publication's households.
func (db *DB) Households(ctx context.Context, s publication.Scope, id int64, q publication.HouseholdQuery) (publication.HouseholdPage, error) {
	var page publication.HouseholdPage
	filter := []any{id, prefixes(s), nullable(q.Village), nullable(q.Crop), q.Referred}
	if err := db.in(s).QueryRow(ctx, countHouseholds, filter...).Scan(&page.Total); err != nil {
		return page, fmt.Errorf("count households of publication %d: %w", id, err)
	}
	var afterID *string
	var afterLine *int64
	if q.After != nil {
		afterID, afterLine = &q.After.ID, &q.After.LineFen
	}
	sql := listHouseholdsByID
	if q.ByLine && s.Scores {
		sql = listHouseholdsByLine
	}
	rows, err := db.in(s).planned().Query(ctx, sql, append(filter, afterID, afterLine, q.Limit+1)...)
	if err != nil {
		return page, fmt.Errorf("list households of publication %d: %w", id, err)
	}
	page.Items, err = pgx.CollectRows(rows, scanHousehold(s))
	if err != nil {
		return page, fmt.Errorf("list households of publication %d: %w", id, err)
	}
	if len(page.Items) > q.Limit {
		page.Items, page.More = page.Items[:q.Limit], true
	}
	return page, nil
}

const selectHousehold = inScope + `
select ` + householdColumns + householdTables + `
where h.publication = $1 and (select true from pub) and h.id = $3`

const selectHouseholdParcels = inScope + `
select pp.id, pp.name, pp.area_m2, pp.crop, pp.crop_p, pp.abstained, pp.yield_p50,
       ST_XMin(e.box), ST_YMin(e.box), ST_XMax(e.box), ST_YMax(e.box)
from published_parcel pp join pub on pub.id = pp.publication,
     lateral (select ST_Transform(ST_Envelope(pp.geom), 4326) as box) e
where pp.household_id = $3
order by pp.id limit 1000`

// HouseholdCard returns one household, or [publication.ErrNotFound].
func (db *DB) HouseholdCard(ctx context.Context, s publication.Scope, id int64, household string) (publication.HouseholdCard, error) {
	var card publication.HouseholdCard
	var err error
	if card.Household, err = db.household(ctx, s, id, household); err != nil {
		return card, err
	}
	rows, err := db.in(s).Query(ctx, selectHouseholdParcels, id, prefixes(s), household)
	if err != nil {
		return card, fmt.Errorf("parcels of household %s: %w", household, err)
	}
	if card.ParcelList, err = pgx.CollectRows(rows, scanParcel); err != nil {
		return card, fmt.Errorf("parcels of household %s: %w", household, err)
	}
	card.Decision, err = db.shownDecision(ctx, s, id, household)
	return card, err
}

func (db *DB) household(ctx context.Context, s publication.Scope, id int64, household string) (publication.Household, error) {
	rows, err := db.in(s).Query(ctx, selectHousehold, id, prefixes(s), household)
	if err != nil {
		return publication.Household{}, fmt.Errorf("read household %s: %w", household, err)
	}
	h, err := pgx.CollectExactlyOneRow(rows, scanHousehold(s))
	if err != nil {
		return publication.Household{}, notFound("household "+household, err)
	}
	return h, nil
}

func scanHousehold(s publication.Scope) pgx.RowToFunc[publication.Household] {
	return func(row pgx.CollectableRow) (publication.Household, error) {
		var h publication.Household
		var due *time.Time
		var b box
		err := row.Scan(&h.ID, &h.DisplayName, &h.Village, &h.Parcels, &h.AreaM2, &h.Crop,
			&h.LineFen, &h.PD, &h.APR, &due, &h.Referred, &h.Reasons, &b.west, &b.south, &b.east, &b.north)
		h.Bounds, h.DueDate = b.bounds(), day(due)
		if !s.Scores {
			h.LineFen, h.PD, h.APR, h.DueDate, h.Referred, h.Reasons = nil, nil, nil, nil, nil, []string{}
		}
		return h, err
	}
}

func scanParcel(row pgx.CollectableRow) (publication.Parcel, error) {
	var p publication.Parcel
	var b box
	err := row.Scan(&p.ID, &p.Name, &p.AreaM2, &p.Crop, &p.CropP, &p.Abstained, &p.YieldP50, &b.west, &b.south, &b.east, &b.north)
	p.Bounds = b.bounds()
	return p, err
}

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
