package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// decisionsOf finds the stored decisions of a county's season, of all its runs.
const decisionsOf = ` from work w join decision d on d.unit = w.id
	where w.stage = 'decide' and w.county = $1 and w.payload -> 'season' ->> 'Name' = $2`

// DecisionCount is the number of stored decisions of a county's season.
func (db *DB) DecisionCount(ctx context.Context, county, season string) (int, error) {
	var n int
	if err := db.pool.QueryRow(ctx, `select count(*)`+decisionsOf, county, season).Scan(&n); err != nil {
		return 0, fmt.Errorf("count decisions of county %s, season %s: %w", county, season, err)
	}
	return n, nil
}

// EachSnapshot hands out the stored snapshots of a county's season as they come
// from the database, of all its runs, in the order of units and households. It
// stops at f's first error and returns it.
func (db *DB) EachSnapshot(ctx context.Context, county, season string, f func(snapshot []byte) error) error {
	rows, err := db.pool.Query(ctx, `select d.snapshot`+decisionsOf+` order by d.unit, d.household_id`, county, season)
	if err != nil {
		return fmt.Errorf("decisions of county %s, season %s: %w", county, season, err)
	}
	var snapshot []byte
	if _, err := pgx.ForEachRow(rows, []any{&snapshot}, func() error { return f(snapshot) }); err != nil {
		return fmt.Errorf("decisions of county %s, season %s: %w", county, season, err)
	}
	return nil
}
