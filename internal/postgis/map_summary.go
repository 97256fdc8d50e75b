package postgis

import (
	"context"
	"encoding/json"
	"fmt"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// inScope has $1 = publication and $2 = county prefixes; pub is empty where
// the reader may not see it.
const inScope = `
with pub as (
    select p.id, (r.spec #>> '{season,Start}')::timestamptz::date as starts
    from publication p join season_run r on r.id = p.run
    where p.id = $1 and exists (select 1 from unnest($2::text[]) prefix where starts_with(p.county, prefix))
)`

const selectTotals = inScope + `
select count(*), coalesce(sum(pp.area_m2), 0), count(*) filter (where pp.abstained)
from published_parcel pp join pub on pub.id = pp.publication`

const selectScoreTotals = inScope + `
select count(*), coalesce(sum(h.line_fen), 0)::bigint, count(*) filter (where h.line_fen > 0),
       count(*) filter (where h.referred), coalesce(avg(h.pd), 0),
       coalesce(percentile_disc(array[0.2, 0.4, 0.5, 0.6, 0.8]) within group (order by h.line_fen) filter (where h.line_fen > 0), array[]::bigint[])
from published_household h join pub on pub.id = h.publication`

const selectCropAreas = inScope + `
select case when pp.abstained then '' else pp.crop end as best, count(*), sum(pp.area_m2)
from published_parcel pp join pub on pub.id = pp.publication
group by best order by sum(pp.area_m2) desc, best`

const selectVillages = inScope + `
select h.*, coalesce(v.name, '') from (
    select h.village, count(*), sum(h.area_m2), sum(h.line_fen)::bigint,
           min(ST_XMin(h.bound)), min(ST_YMin(h.bound)), max(ST_XMax(h.bound)), max(ST_YMax(h.bound))
    from published_household h join pub on pub.id = h.publication
    group by h.village
) h left join village v on v.registry = (select registry from publication where id = $1) and v.code = h.village
order by h.village`

const selectKeptSummary = inScope + ` select p.summary from publication p join pub using (id)`

// Summary is a publication at a glance, or [publication.ErrNotFound]. It was
// added up when it was published; those from before are added up here.
func (db *DB) Summary(ctx context.Context, s publication.Scope, id int64) (publication.Summary, error) {
	var sum publication.Summary
	var kept []byte
	err := db.in(s).QueryRow(ctx, selectKeptSummary, id, prefixes(s)).Scan(&kept)
	if err != nil {
		return sum, notFound(fmt.Sprintf("summary of publication %d", id), err)
	}
	if kept != nil {
		err = json.Unmarshal(kept, &sum)
	} else {
		err = pgx.BeginTxFunc(ctx, db.in(s), pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			sum, err = addUp(ctx, tx, prefixes(s), id)
			return err
		})
	}
	if err != nil {
		return sum, fmt.Errorf("summary of publication %d: %w", id, err)
	}
	if !s.Scores {
		sum.Scores = nil
		for i := range sum.Villages {
			sum.Villages[i].LineFen = nil
		}
	}
	return sum, nil
}

// addUp adds a publication up with its scores, as far as counties are visible.
func addUp(ctx context.Context, tx pgx.Tx, counties []string, id int64) (publication.Summary, error) {
	sum := publication.Summary{Publication: id}
	if err := tx.QueryRow(ctx, selectTotals, id, counties).Scan(&sum.Parcels, &sum.AreaM2, &sum.Abstained); err != nil {
		return sum, fmt.Errorf("totals: %w", err)
	}
	if err := scoreTotals(ctx, tx, counties, &sum); err != nil {
		return sum, fmt.Errorf("score totals: %w", err)
	}
	rows, err := tx.Query(ctx, selectCropAreas, id, counties)
	if err != nil {
		return sum, fmt.Errorf("crops: %w", err)
	}
	if sum.Crops, err = pgx.CollectRows(rows, pgx.RowToStructByPos[publication.CropArea]); err != nil {
		return sum, fmt.Errorf("crops: %w", err)
	}
	sum.Villages, err = villages(ctx, tx, counties, id)
	return sum, err
}

func scoreTotals(ctx context.Context, tx pgx.Tx, counties []string, sum *publication.Summary) error {
	var t publication.ScoreSummary
	var q []int64
	err := tx.QueryRow(ctx, selectScoreTotals, sum.Publication, counties).
		Scan(&sum.Households, &t.LineFen, &t.WithLine, &t.Referred, &t.MeanPD, &q)
	if err != nil {
		return err
	}
	t.LineBreaks = []int64{}
	if len(q) == 5 {
		t.MedianFen = q[2]
		t.LineBreaks = []int64{q[0], q[1], q[3], q[4]}
	}
	sum.Scores = &t
	return nil
}

func villages(ctx context.Context, tx pgx.Tx, counties []string, id int64) ([]publication.Village, error) {
	rows, err := tx.Query(ctx, selectVillages, id, counties)
	if err != nil {
		return nil, fmt.Errorf("villages: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (publication.Village, error) {
		var v publication.Village
		var b box
		err := row.Scan(&v.Code, &v.Households, &v.AreaM2, &v.LineFen, &b.west, &b.south, &b.east, &b.north, &v.Name)
		v.Bounds = b.bounds()
		return v, err
	})
}
