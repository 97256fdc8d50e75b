package handover

import (
	"encoding/json"
	"errors"
	"fmt"

	"parus/credit"
	"parus/credit/lending"
)

// NewEvent makes an event of the last entry of an application's history, which
// begins with the application itself. snapshot is what the engine's answer rests
// on; it is asked for by digest, and only where there is an answer.
func NewEvent(history []lending.Event, snapshot func(digest string) (credit.Snapshot, error)) (Event, error) {
	if len(history) == 0 {
		return Event{}, errors.New("an application without a history")
	}
	last := history[len(history)-1]
	e := Event{County: last.County, Seq: last.Seq, Application: last.Application, Act: last.Act, State: last.State, AmountFen: last.AmountFen, At: last.At}
	var asked lending.Request
	if err := json.Unmarshal([]byte(history[0].Body), &asked); err != nil {
		return e, fmt.Errorf("event %s: %w", e.ID(), err)
	}
	e.Household, e.Season = asked.Household, asked.Season
	var record *lending.Record
	var line credit.Fen
	for _, h := range history {
		switch {
		case h.Act == lending.ActDecide || h.Act == lending.ActRefer:
			r, err := lending.ReadRecord([]byte(h.Body))
			if err != nil {
				return e, fmt.Errorf("event %s: %w", e.ID(), err)
			}
			record, line = &r, r.Outcome.Offer.LineFen
		case h.Act == lending.ActApprove && h.AmountFen != 0:
			line = h.AmountFen
		}
	}
	if record == nil || line <= 0 {
		return e, nil
	}
	snap, err := snapshot(record.Facts.Digest)
	if err != nil {
		return e, fmt.Errorf("event %s: %w", e.ID(), err)
	}
	e.Line = lineOf(*record, line, snap)
	return e, nil
}

func lineOf(rec lending.Record, amount credit.Fen, s credit.Snapshot) *Line {
	o := rec.Outcome
	l := &Line{AmountFen: amount, Currency: o.Currency, APR: o.APR, Snapshot: s.Digest, Policy: s.Policy.Version}
	if rec.Facts.Policy != nil {
		l.Policy = rec.Facts.Policy.Version
	}
	l.Schedule = lending.Schedule(credit.Decision{LineFen: o.Offer.LineFen, Schedule: o.Schedule, APR: o.APR, AsOf: s.Case.AsOf, DueDate: o.DueDate}, amount)
	for _, r := range o.Offer.Reasons {
		l.Reasons = append(l.Reasons, string(r.Code))
	}
	perishable := map[string]bool{}
	for _, m := range s.Case.Market {
		perishable[m.Code] = m.Perishable
	}
	var share int64
	for _, c := range o.Shares {
		if perishable[c.Code] {
			share += c.PerMillion
		}
	}
	l.Perishable = share > credit.OneMillion/2
	return l
}
