package lending

import (
	"encoding/json"
	"fmt"

	"parus/credit"
)

// Standing is an application as its events tell it.
type Standing struct {
	Position
	County, Season, Household, Village string
	Digest                             string // of the snapshot
	Claims                             []Claim
}

// Exposure names what is held of a limit.
type Exposure struct {
	Kind Kind
	Key  string
}

// Book follows a county's chain and knows at every link where each application
// stands and what is held of each limit. It takes nothing but events, so it
// checks what else was kept. The zero Book is empty.
type Book struct {
	Applications map[int64]Standing
	Held         map[Exposure]credit.Fen
	head         Head
}

// Head is the last event that was added.
func (b *Book) Head() Head { return b.head }

// Add follows one more event. It returns a [BrokenError] where the chain does
// not hold or no rule leads to it.
func (b *Book) Add(e Event) error {
	head, err := b.head.Follow(e.County, e)
	if err != nil {
		return err
	}
	if b.Applications == nil {
		b.Applications, b.Held = map[int64]Standing{}, map[Exposure]credit.Fen{}
	}
	before := b.Applications[e.Application]
	after, err := before.follow(e)
	if err != nil {
		return &BrokenError{e.County, e.Seq, fmt.Sprintf("application %d: %v", e.Application, err)}
	}
	for _, c := range after.Claims {
		b.Held[Exposure{c.Kind, c.Key}] += c.Of(after.HeldFen()) - c.Of(before.HeldFen())
	}
	b.Applications[e.Application], b.head = after, head
	return nil
}

// follow is the application after an event of its own.
func (s Standing) follow(e Event) (Standing, error) {
	m := Move{Act: e.Act, Actor: e.Actor, Role: e.Role, AmountFen: e.AmountFen, Reason: e.Reason, At: e.At}
	switch {
	case e.Act == ActApply:
		var r Request
		if err := json.Unmarshal([]byte(e.Body), &r); err != nil {
			return s, fmt.Errorf("request: %w", err)
		}
		if r.AskedFen != e.AmountFen {
			return s, fmt.Errorf("the request asks for %s, the event for %s", r.AskedFen, e.AmountFen)
		}
	case e.Role == System && e.Act != ActExpire:
		rec, err := ReadRecord([]byte(e.Body))
		if err != nil {
			return s, err
		}
		o := rec.Outcome
		if o.Act != e.Act || o.Offer.LineFen != e.AmountFen || rec.Request.AskedFen != s.AskedFen {
			return s, fmt.Errorf("its record tells of %s over %s", o.Act, o.Offer.LineFen)
		}
		m.DueDate, m.CapFen = o.DueDate, o.CapFen
		s.County, s.Season, s.Household, s.Village, s.Digest = e.County, rec.Request.Season, rec.Request.Household, rec.Facts.Village, rec.Facts.Digest
		s.Claims = Claims(e.County, s.Village, s.Household, o.Shares)
	}
	p, err := s.After(m)
	if err != nil {
		return s, err
	}
	if p.State != e.State {
		return s, fmt.Errorf("%s leads to %s, not to %s", e.Act, p.State, e.State)
	}
	s.Position = p
	return s, nil
}
