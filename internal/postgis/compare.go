package postgis

import (
	"context"
	"errors"
	"fmt"

	"parus/internal/season"
)

// ComparePublications hands every household of two publications of a county to
// use, in order of id, one at a time: what both decided, with the snapshots. A
// household that only one of them decided has no other side.
func (db *DB) ComparePublications(ctx context.Context, before, after int64, use func(season.Compared) error) error {
	const compare = `
		with sides as (
			select p.id as publication, h.id, h.village, h.line_fen, h.referred, d.snapshot
			from publication p join published_household h on h.publication = p.id
			left join decision d on d.unit = any(p.decided) and d.household_id = h.id
			where p.id in ($1, $2)
		)
		select coalesce(b.id, a.id), coalesce(b.village, a.village),
			a.id is not null, coalesce(a.line_fen, 0), coalesce(a.referred, false), a.snapshot,
			b.id is not null, coalesce(b.line_fen, 0), coalesce(b.referred, false), b.snapshot
		from (select * from sides where publication = $1) a full join (select * from sides where publication = $2) b using (id)
		order by coalesce(b.id, a.id) collate "C"`
	from, _, err := db.PublicationCounty(ctx, before)
	if err != nil {
		return err
	}
	to, _, err := db.PublicationCounty(ctx, after)
	if err != nil {
		return err
	}
	if from != to {
		return fmt.Errorf("publication %d is of county %s and %d of %s: only publications of one county can be compared", before, from, after, to)
	}
	if before == after {
		return errors.New("both publications are the same: name two")
	}
	rows, err := db.pool.whole().Query(ctx, compare, before, after)
	if err != nil {
		return fmt.Errorf("compare publications %d and %d: %w", before, after, err)
	}
	defer rows.Close()
	for rows.Next() {
		var c season.Compared
		err := rows.Scan(&c.HouseholdID, &c.Village, &c.Before.Decided, &c.Before.LineFen, &c.Before.Referred, &c.Before.Snapshot,
			&c.After.Decided, &c.After.LineFen, &c.After.Referred, &c.After.Snapshot)
		if err != nil {
			return fmt.Errorf("compare publications %d and %d: %w", before, after, err)
		}
		if err := use(c); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("compare publications %d and %d: %w", before, after, err)
	}
	return nil
}
