package handover

import (
	"encoding/json"
	"time"

	"parus/credit"
)

// PayloadVersion changes whenever a field changes its meaning or goes; new
// fields may come without it.
const PayloadVersion = 1

// Payload is the body of a webhook, as Standard Webhooks lays it out. It holds
// what is listed here and nothing else: no name, no number of a person, no free
// text and nobody's account.
type Payload struct {
	Type      string      `json:"type"`      // application. and the act
	Timestamp time.Time   `json:"timestamp"` // of the event, UTC
	Data      PayloadData `json:"data"`
}

// PayloadData is what became of an application. Amounts are minor units.
type PayloadData struct {
	Version     int          `json:"version"`
	County      string       `json:"county"`
	Seq         int64        `json:"seq"`         // in the county's log, without gaps; a receiver of some states only sees some
	Application string       `json:"application"` // county and number
	Household   string       `json:"household"`
	Season      string       `json:"season"`
	Act         string       `json:"act"`
	State       string       `json:"state"`      // after it
	AmountFen   credit.Fen   `json:"amount_fen"` // of the act: asked, offered, drawn or repaid; 0 where it has none
	Line        *PayloadLine `json:"line,omitempty"`
	// History is there once the log was put back to an earlier point.
	History *PayloadHistory `json:"history,omitempty"`
}

// PayloadHistory tells a receiver that the county's log was put back: what it was
// told under an earlier epoch (0 where there was none) with this number or a
// higher one did not happen.
type PayloadHistory struct {
	Epoch   int64 `json:"epoch"`
	FromSeq int64 `json:"from_seq"`
}

// PayloadLine is the amount with its terms.
type PayloadLine struct {
	AmountFen     credit.Fen          `json:"amount_fen"`
	Currency      string              `json:"currency"`
	APR           float64             `json:"apr"` // a year, 0 to 1
	DueDate       credit.Date         `json:"due_date"`
	Schedule      []credit.Instalment `json:"schedule"`
	Snapshot      string              `json:"snapshot"` // SHA-256, hex
	PolicyVersion string              `json:"policy_version"`
	Reasons       []string            `json:"reasons"` // codes, strongest first
}

// NewPayload writes an event down. The same event gives the same bytes.
func NewPayload(e Event) ([]byte, error) {
	p := Payload{Type: "application." + string(e.Act), Timestamp: e.At.UTC(), Data: PayloadData{Version: PayloadVersion, County: e.County, Seq: e.Seq,
		Application: e.Number(), Household: e.Household, Season: e.Season, Act: string(e.Act), State: string(e.State), AmountFen: e.AmountFen}}
	if l := e.Line; l != nil {
		p.Data.Line = &PayloadLine{AmountFen: l.AmountFen, Currency: l.Currency, APR: l.APR, Schedule: orEmpty(l.Schedule),
			Snapshot: l.Snapshot, PolicyVersion: l.Policy, Reasons: orEmpty(l.Reasons)}
		if n := len(l.Schedule); n > 0 {
			p.Data.Line.DueDate = l.Schedule[n-1].Date
		}
	}
	if h := e.History; h.Epoch > 0 {
		p.Data.History = &PayloadHistory{Epoch: h.Epoch, FromSeq: h.FromSeq}
	}
	return json.Marshal(p)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
