package governance

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Day is a calendar day of UTC, as all dates of Parus are.
type Day struct{ time.Time }

// DayOf is the day of an instant.
func DayOf(t time.Time) Day {
	return Day{t.UTC().Truncate(24 * time.Hour)}
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("day %q: want YYYY-MM-DD", s)
	}
	return Day{t}, nil
}

// String writes YYYY-MM-DD.
func (d Day) String() string { return d.Format(time.DateOnly) }

// MarshalText writes YYYY-MM-DD.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Day) UnmarshalText(b []byte) error {
	parsed, err := ParseDay(string(b))
	*d = parsed
	return err
}

// MarshalJSON writes "YYYY-MM-DD"; without it that of the time would be used.
func (d Day) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Day) UnmarshalJSON(b []byte) error {
	return d.UnmarshalText([]byte(strings.Trim(string(b), `"`)))
}

// Term puts an approved policy in force from a day on, in the counties whose
// codes begin with the prefix, until a later term of the same prefix begins or
// it is rolled back.
type Term struct {
	ID      int64     `json:"id"`
	Digest  string    `json:"digest" doc:"Of the policy."`
	Version string    `json:"version"`
	Prefix  string    `json:"prefix" doc:"First digits of the counties' codes; empty is all."`
	From    Day       `json:"from"`
	Ended   *Day      `json:"ended" doc:"First day on which a rollback had ended it; null: it has not been rolled back."`
	SetBy   string    `json:"set_by"`
	SetAt   time.Time `json:"set_at"`
}

// holds tells whether a day lies in the term, whatever other terms there are.
func (t Term) holds(on Day) bool {
	return !on.Before(t.From.Time) && (t.Ended == nil || on.Before(t.Ended.Time))
}

// InForce is the term that holds for a county on a day; none means the built-in
// default. The longest prefix wins, so that a county's own policy stays when one
// for all begins; among terms of one prefix the one that began last; among those
// of one day the one that was set last.
func InForce(terms []Term, county string, on Day) (Term, bool) {
	var best Term
	found := false
	for _, t := range terms {
		if !strings.HasPrefix(county, t.Prefix) || !t.holds(on) {
			continue
		}
		if !found || t.after(best) {
			best, found = t, true
		}
	}
	return best, found
}

func (t Term) after(u Term) bool {
	return cmp.Or(cmp.Compare(len(t.Prefix), len(u.Prefix)), t.From.Compare(u.From.Time), cmp.Compare(t.ID, u.ID)) > 0
}

// Standing is a policy's state with what its terms make of it on a day.
type Standing string

// The standings of an approved policy beside "approved", which has no term yet.
const (
	Scheduled  Standing = "scheduled"
	Holding    Standing = "in_force"
	Superseded Standing = "superseded"
	RolledBack Standing = "rolled_back"
)

// StandingOf tells what is true of a policy on a day: in force where any of its
// terms is the last of its prefix, else scheduled, superseded or rolled back.
func StandingOf(state State, digest string, terms []Term, on Day) Standing {
	if state != Approved {
		return Standing(state)
	}
	out := Standing(state)
	rank := map[Standing]int{Standing(Approved): 0, RolledBack: 1, Superseded: 2, Scheduled: 3, Holding: 4}
	for _, t := range terms {
		if t.Digest != digest {
			continue
		}
		s := Superseded
		switch last, ok := lastOf(terms, t.Prefix, on); {
		case ok && last.ID == t.ID:
			s = Holding
		case t.Ended != nil && !on.Before(t.Ended.Time):
			s = RolledBack
		case on.Before(t.From.Time):
			s = Scheduled
		}
		if rank[s] > rank[out] {
			out = s
		}
	}
	return out
}

// lastOf is the term of exactly one prefix that holds.
func lastOf(terms []Term, prefix string, on Day) (Term, bool) {
	var own []Term
	for _, t := range terms {
		if t.Prefix == prefix {
			own = append(own, t)
		}
	}
	return InForce(own, prefix, on)
}
