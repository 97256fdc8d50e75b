package postgis

import (
	"context"
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
select h.village, count(*), sum(h.area_m2), sum(h.line_fen)::bigint,
       min(ST_XMin(h.bound)), min(ST_YMin(h.bound)), max(ST_XMax(h.bound)), max(ST_YMax(h.bound))
from published_household h join pub on pub.id = h.publication
group by h.village order by h.village`

// Summary adds a publication up, or returns [publication.ErrNotFound].
func (db *DB) Summary(ctx context.Context, s publication.Scope, id int64) (publication.Summary, error) {
	sum := publication.Summary{Publication: id}
	if _, err := db.Publication(ctx, s, id); err != nil {
		return sum, err
	}
	err := pgx.BeginTxFunc(ctx, db.in(s), pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, selectTotals, id, prefixes(s)).Scan(&sum.Parcels, &sum.AreaM2, &sum.Abstained); err != nil {
			return fmt.Errorf("totals: %w", err)
		}
		if err := scoreTotals(ctx, tx, s, &sum); err != nil {
			return fmt.Errorf("score totals: %w", err)
		}
		rows, err := tx.Query(ctx, selectCropAreas, id, prefixes(s))
		if err != nil {
			return fmt.Errorf("crops: %w", err)
		}
		if sum.Crops, err = pgx.CollectRows(rows, pgx.RowToStructByPos[publication.CropArea]); err != nil {
			return fmt.Errorf("crops: %w", err)
		}
		sum.Villages, err = villages(ctx, tx, s, id)
		return err
	})
	if err != nil {
		return sum, fmt.Errorf("summary of publication %d: %w", id, err)
	}
	return sum, nil
}

func scoreTotals(ctx context.Context, tx pgx.Tx, s publication.Scope, sum *publication.Summary) error {
	var t publication.ScoreSummary
	var q []int64
	err := tx.QueryRow(ctx, selectScoreTotals, sum.Publication, prefixes(s)).
		Scan(&sum.Households, &t.LineFen, &t.WithLine, &t.Referred, &t.MeanPD, &q)
	if err != nil || !s.Scores {
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

func villages(ctx context.Context, tx pgx.Tx, s publication.Scope, id int64) ([]publication.Village, error) {
	rows, err := tx.Query(ctx, selectVillages, id, prefixes(s))
	if err != nil {
		return nil, fmt.Errorf("villages: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (publication.Village, error) {
		var v publication.Village
		var b box
		err := row.Scan(&v.Code, &v.Households, &v.AreaM2, &v.LineFen, &b.west, &b.south, &b.east, &b.north)
		v.Bounds = b.bounds()
		if !s.Scores {
			v.LineFen = nil
		}
		return v, err
	})
}
