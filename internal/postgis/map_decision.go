package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/publication"
)

const selectShownDecision = inScope + `
select h.line_fen, h.pd, h.apr, h.due_date, h.referred, h.decision
from published_household h join pub on pub.id = h.publication
where h.id = $3`

// shownDecision reads the decision of a household; it is nil for a scope
// without scores.
func (db *DB) shownDecision(ctx context.Context, s publication.Scope, id int64, household string) (*publication.Decision, error) {
	if !s.Scores {
		return nil, nil
	}
	var line int64
	var pd, apr float64
	var referred bool
	var due *time.Time
	var raw []byte
	err := db.in(s).QueryRow(ctx, selectShownDecision, id, prefixes(s), household).Scan(&line, &pd, &apr, &due, &referred, &raw)
	if err != nil {
		return nil, notFound("decision of household "+household, err)
	}
	d, err := publication.ShownDecision(raw)
	if err != nil {
		return nil, fmt.Errorf("household %s: %w", household, err)
	}
	d.LineFen, d.PD, d.APR, d.DueDate, d.Referred = line, pd, apr, day(due), referred
	return &d, nil
}
