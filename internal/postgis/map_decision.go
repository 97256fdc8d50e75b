package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parus/credit/publication"
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
	var d publication.Decision
	var due *time.Time
	var raw []byte
	err := db.pool.QueryRow(ctx, selectShownDecision, id, prefixes(s), household).
		Scan(&d.LineFen, &d.PD, &d.APR, &due, &d.Referred, &raw)
	if err != nil {
		return nil, notFound("decision of household "+household, err)
	}
	d.DueDate = day(due)
	var detail struct {
		Reasons  []publication.Reason  `json:"reasons"`
		Ceilings *publication.Ceilings `json:"ceilings"`
	}
	if err := json.Unmarshal(raw, &detail); err != nil {
		return nil, fmt.Errorf("decision of household %s: %w", household, err)
	}
	d.Reasons, d.Ceilings = detail.Reasons, detail.Ceilings
	if d.Reasons == nil {
		d.Reasons = []publication.Reason{}
	}
	return &d, nil
}
