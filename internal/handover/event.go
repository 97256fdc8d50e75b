package handover

import (
	"fmt"
	"slices"
	"time"

	"parus/credit"
	"parus/credit/lending"
)

// Event is one line of a county's log of applications: what became of one.
type Event struct {
	County      string
	Seq         int64 // from 1, without gaps in the county
	Application int64
	Household   string // the registry's number; no person's
	Season      string
	Act         lending.Act
	State       lending.State // after the event
	AmountFen   credit.Fen    // of the act: asked, offered, drawn or repaid
	At          time.Time
	Line        *Line // nil before there was an answer, and after one without a line
	History     History
}

// History is the history of the database that an event belongs to. A database
// that is put back to an earlier point begins another; the zero value is the
// first.
type History struct {
	Epoch   int64  // grows with each
	Mark    string // of its events' ids; "" in the first
	FromSeq int64  // first event of the county in it: what an earlier one told from there on did not happen
}

// ID names the event for good: repeats and replays carry the same one, and
// another event whose number was given anew does not.
func (e Event) ID() string {
	if e.History.Mark != "" {
		return fmt.Sprintf("evt-%s-%d-%s", e.County, e.Seq, e.History.Mark)
	}
	return fmt.Sprintf("evt-%s-%d", e.County, e.Seq)
}

// Number names the application for good, in the bank's systems too.
func (e Event) Number() string { return fmt.Sprintf("%s-%d", e.County, e.Application) }

// Line is what an application is offered or granted.
type Line struct {
	AmountFen  credit.Fen
	Currency   string
	APR        float64 // a year, 0 to 1
	Schedule   []credit.Instalment
	Snapshot   string // digest of what the decision rests on
	Policy     string // version
	Reasons    []string
	Perishable bool // most of the expected crop is
}

// Delivery is an event on its way to a target. Whoever holds its token may say
// how it ended.
type Delivery struct {
	Target  string
	Attempt int // from 1
	Token   string
	Event   Event
	Broken  error // the event can't be read: only its county and number are told
}

// Receipt is what a target said.
type Receipt struct {
	Digest string // SHA-256 of the answer's body, hex; of its beginning where it is long
	Remote string // what the target calls it, such as "loan 55"; "" where it says nothing
}

// Kind is a way of delivery.
type Kind string

// The kinds.
const (
	Fineract Kind = "fineract"
	Webhook  Kind = "webhook"
)

// Target is somebody who is told. Its secrets lie elsewhere: see [Secrets].
type Target struct {
	Name    string
	Kind    Kind
	Config  []byte // JSON, by kind
	County  string // prefix of the counties that it is told about
	FromSeq int64  // events before are not sent
	Acts    []lending.Act
	Paused  bool
}

// Check refuses a target that can't work.
func (t Target) Check() error {
	switch {
	case !named(t.Name):
		return fmt.Errorf("target %.40q: a name is 1 to 40 of a-z, 0-9 and -", t.Name)
	case t.Kind != Fineract && t.Kind != Webhook:
		return fmt.Errorf("target %s: kind %.20q is neither fineract nor webhook", t.Name, t.Kind)
	case t.FromSeq < 1:
		return fmt.Errorf("target %s: sequences begin at 1, not %d", t.Name, t.FromSeq)
	case len(t.Acts) == 0:
		return fmt.Errorf("target %s: name at least one act that it is told of", t.Name)
	}
	for _, a := range t.Acts {
		if !slices.Contains(t.Kind.Acts(), a) {
			return fmt.Errorf("target %s: a %s is not told of act %.20q; there are %v", t.Name, t.Kind, a, t.Kind.Acts())
		}
	}
	return nil
}

func named(s string) bool {
	if len(s) == 0 || len(s) > 40 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}

// Acts are those that a kind of target can be told of. Draws and repayments are
// Fineract's own news: see [Booking].
func (k Kind) Acts() []lending.Act {
	if k == Fineract {
		return []lending.Act{lending.ActAccept, lending.ActWithdraw, lending.ActExpire}
	}
	return lending.Acts()
}
