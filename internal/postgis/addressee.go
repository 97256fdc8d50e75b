package postgis

import (
	"context"
	"errors"
	"fmt"

	"parus/internal/season"

	"github.com/jackc/pgx/v5"
)

// Addressee returns whom a decision is about, as the latest publication that
// holds it shows the household; where none does, the name is unknown. A name
// that was erased is empty.
func (db *DB) Addressee(ctx context.Context, household, digest string) (season.Addressee, error) {
	const find = `
		select c.code, c.name, coalesce(h.display_name, '')
		from decision d
		join run_work w on w.unit = d.unit
		join season_run r on r.id = w.run
		join county c on c.code = r.county
		left join publication p on p.run = r.id
		left join published_household h on h.publication = p.id and h.id = d.household_id
		where d.household_id = $1 and d.digest = $2
		order by h.publication desc nulls last limit 1`
	var a season.Addressee
	err := db.pool.QueryRow(ctx, find, household, digest).Scan(&a.County, &a.CountyName, &a.DisplayName)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, fmt.Errorf("decision %.12s on household %s: no run holds it", digest, household)
	}
	if err != nil {
		return a, fmt.Errorf("addressee of decision %.12s on household %s: %w", digest, household, err)
	}
	return a, nil
}
