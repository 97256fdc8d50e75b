package postgis

import (
	"context"
	"fmt"
	"strings"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// bothSides has $1 = earlier and $2 = later publication: households that either
// decided on, with what it said.
const bothSides = `
	both_sides as (
		select coalesce(a.id, b.id) as id, coalesce(a.village, b.village) as village, coalesce(a.display_name, b.display_name) as name,
			b.line_fen as before, a.line_fen as after, b.referred as referred_before, a.referred as referred_after,
			coalesce(a.line_fen, 0) - coalesce(b.line_fen, 0) as by,
			case when b.id is null then 'new' when a.id is null then 'gone' when a.line_fen > b.line_fen then 'up' when a.line_fen < b.line_fen then 'down' else 'same' end as move
		from (select * from published_household where publication = $1) b
		full join (select * from published_household where publication = $2) a using (id)
	)`

// Difference adds up what changed from one publication to another of the same
// county. A publication outside the scope is [publication.ErrNotFound].
func (db *DB) Difference(ctx context.Context, s publication.Scope, before, after int64) (publication.Difference, error) {
	const sums = `with ` + bothSides + `
		select count(*) filter (where move = 'up'), count(*) filter (where move = 'down'), count(*) filter (where move = 'same'),
			count(*) filter (where move = 'new'), count(*) filter (where move = 'gone'),
			coalesce(sum(by) filter (where move = 'up'), 0)::bigint, coalesce(sum(by) filter (where move = 'down'), 0)::bigint,
			coalesce(sum(before), 0)::bigint, coalesce(sum(after), 0)::bigint,
			count(*) filter (where referred_after and not referred_before), count(*) filter (where referred_before and not referred_after)
		from both_sides`
	const villages = `with ` + bothSides + `
		select village, count(*) filter (where move <> 'same'), coalesce(sum(before), 0)::bigint, coalesce(sum(after), 0)::bigint
		from both_sides group by village order by 2 desc, village limit 500`
	d := publication.Difference{Before: before, After: after}
	if err := db.comparable(ctx, s, before, after); err != nil {
		return d, err
	}
	in := db.in(s).whole()
	err := in.QueryRow(ctx, sums, before, after).Scan(&d.Up, &d.Down, &d.Same, &d.New, &d.Gone, &d.UpFen, &d.DownFen, &d.BeforeFen, &d.AfterFen, &d.Referred, &d.Unreferred)
	if err == nil {
		d.Villages, err = collectIn[publication.VillageDifference](ctx, in, villages, before, after)
	}
	if err != nil {
		return d, fmt.Errorf("difference from publication %d to %d: %w", before, after, err)
	}
	return d, nil
}

// comparable refuses two publications that are not both of one county that the
// scope sees.
func (db *DB) comparable(ctx context.Context, s publication.Scope, before, after int64) error {
	b, err := db.Publication(ctx, s, before)
	if err != nil {
		return err
	}
	a, err := db.Publication(ctx, s, after)
	if err != nil {
		return err
	}
	if a.County != b.County || before == after {
		return fmt.Errorf("publications %d and %d: %w", before, after, publication.ErrNotFound)
	}
	return nil
}

// Movers returns a page of the households whose lines moved, the largest moves
// first, with the snapshots that tell why.
func (db *DB) Movers(ctx context.Context, s publication.Scope, q publication.MoverQuery) (publication.MoverPage, error) {
	const movers = `with ` + bothSides + `,
		page as (
			select * from both_sides
			where move <> 'same' and ($3 = '' or move = $3) and ($4 = '' or village = $4) and ($5 = '' or id like $6 escape '\')
				and ($7 < 0 or (-abs(by), id collate "C") > (-$7, $8))
			order by -abs(by), id collate "C" limit $9 + 1
		)
		select p.id, p.name, p.village, p.move, p.before, p.after, p.by, coalesce(p.referred_before, false), coalesce(p.referred_after, false),
			(select d.snapshot from decision d where d.household_id = p.id and d.unit = any((select decided from publication where id = $1)::bigint[])),
			(select d.snapshot from decision d where d.household_id = p.id and d.unit = any((select decided from publication where id = $2)::bigint[]))
		from page p order by -abs(p.by), p.id collate "C"`
	if err := db.comparable(ctx, s, q.Before, q.After); err != nil {
		return publication.MoverPage{}, err
	}
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q.Household) + "%"
	skip := publication.MoverCursor{By: -1}
	if q.Skip != nil {
		skip = *q.Skip
	}
	rows, err := db.in(s).Query(ctx, movers, q.Before, q.After, q.Move, q.Village, q.Household, like, skip.By, skip.ID, q.Limit)
	if err != nil {
		return publication.MoverPage{}, fmt.Errorf("movers from publication %d to %d: %w", q.Before, q.After, err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (publication.Mover, error) {
		m := publication.Mover{Parts: []publication.Part{}}
		err := row.Scan(&m.HouseholdID, &m.Household, &m.Village, &m.Move, &m.BeforeFen, &m.AfterFen, &m.ChangeFen, &m.ReferredBefore, &m.ReferredAfter,
			(*[]byte)(&m.SnapshotBefore), (*[]byte)(&m.SnapshotAfter))
		return m, err
	})
	if err != nil {
		return publication.MoverPage{}, fmt.Errorf("movers from publication %d to %d: %w", q.Before, q.After, err)
	}
	p := publication.MoverPage{Items: items}
	if len(items) > q.Limit {
		p.Items, p.More = items[:q.Limit], true
	}
	return p, nil
}
