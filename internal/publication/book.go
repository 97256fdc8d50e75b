package publication

import "fmt"

// BookReport is what verifying a county's book has found.
type BookReport struct {
	County       string
	Events       int64
	Head         string // hash of the last event, hex; "" where there is none: to be noted elsewhere
	Applications int
	Decided      int // straight through
	Referred     int
	Rejected     int // by the engine
	Replayed     int // decisions that were computed again and agree to the byte
	OtherEngine  int // decisions of other versions, which those versions can repeat
	Differences  []string
	Untold       int // differences beyond those that are listed
}

// mostDifferences is how many a report lists.
const mostDifferences = 100

// Differs adds a difference.
func (r *BookReport) Differs(format string, args ...any) {
	if len(r.Differences) == mostDifferences {
		r.Untold++
		return
	}
	r.Differences = append(r.Differences, fmt.Sprintf(format, args...))
}
