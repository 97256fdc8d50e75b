package credit

import (
	"fmt"
	"time"
)

// Date is a calendar day, written YYYY-MM-DD; the zero Date is unknown and
// written as "".
type Date struct{ t time.Time }

// DateOf is the UTC day of t.
func DateOf(t time.Time) Date {
	t = t.UTC()
	return Date{time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)}
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: want YYYY-MM-DD", s)
	}
	return Date{t}, nil
}

// Time is midnight UTC of the day.
func (d Date) Time() time.Time { return d.t }

// IsZero tells whether the day is unknown.
func (d Date) IsZero() bool { return d.t.IsZero() }

// String writes YYYY-MM-DD, or "" where unknown.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.t.Format(time.DateOnly)
}

// MarshalText and UnmarshalText make a Date a string in JSON and YAML.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(b))
	*d = parsed
	return err
}

func (d Date) addDays(n int) Date { return Date{d.t.AddDate(0, 0, n)} }

// daysUntil is negative where e is before d.
func (d Date) daysUntil(e Date) int { return int(e.t.Sub(d.t).Hours() / 24) }

func (d Date) before(e Date) bool { return d.t.Before(e.t) }

func latest(a, b Date) Date {
	if a.before(b) {
		return b
	}
	return a
}
