package postgis

import (
	"context"
	"encoding/json"
	"fmt"

	"parus/credit"
	"parus/internal/publication"
)

// The digest is asked for by itself, see selectScore. $1 publication, $2 household.
const selectSnapshot = `
	select d.snapshot from decision d where d.digest =
		(select h.decision ->> 'digest' from published_household h where h.publication = $1 and h.id = $2) limit 1`

// HouseholdSnapshot is what a household's published line rests on, for scopes with scores.
func (db *DB) HouseholdSnapshot(ctx context.Context, s publication.Scope, id int64, household string) (credit.Snapshot, error) {
	var snapshot credit.Snapshot
	if !s.Scores {
		return snapshot, fmt.Errorf("snapshot of household %s: %w", household, publication.ErrNotFound)
	}
	var raw []byte
	if err := db.in(s).QueryRow(ctx, selectSnapshot, id, household).Scan(&raw); err != nil {
		return snapshot, notFound("snapshot of household "+household, err)
	}
	if err := json.Unmarshal(raw, &snapshot); err != nil {
		return snapshot, fmt.Errorf("snapshot of household %s: %w", household, err)
	}
	return snapshot, nil
}
