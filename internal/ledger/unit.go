package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// State is where a unit stands; see the package comment for the moves.
type State string

// The states of a unit.
const (
	Pending State = "pending"
	Running State = "running"
	Done    State = "done"
	Skipped State = "skipped"
	Failed  State = "failed"
	// Cancelled is a unit that nobody wants any more. It waits again as soon as
	// an open run asks for it.
	Cancelled State = "cancelled"
)

// Final tells whether nothing happens to a unit in this state by itself.
func (s State) Final() bool { return s == Done || s == Skipped || s == Failed }

// Unit is one piece of work that can be done once and for all.
type Unit struct {
	Key     string          // content key, see [Key]
	County  string          // administrative code
	Stage   string          // name of the stage, "observe"
	Item    string          // the name that people know it by
	Payload json.RawMessage // what the handler needs besides the tables

	// MemoryBytes is what it is expected to take in its worker, beside what all
	// units take; 0: little.
	MemoryBytes int64
	// Urgent says that a person waits for it.
	Urgent bool
}

// Key derives a content key from everything that decides a unit's result: the
// stage, the version of its code and its inputs. The parts must marshal to JSON
// deterministically (structs, slices, strings, numbers; maps are sorted).
//
// It panics where a part cannot be marshalled, which is an error of the program.
func Key(stage string, version int, parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		panic(fmt.Sprintf("ledger key of %s: %v", stage, err))
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%s", stage, version, b))
	return stage + ":" + hex.EncodeToString(sum[:])
}

// Claim is the right to work on a unit until its lease runs out.
type Claim struct {
	Unit
	ID       int64  // row of the ledger
	Token    string // proves the claim; a later claim has another
	Attempts int    // this one included
}

// Taking is how somebody asks for a unit.
type Taking struct {
	Token string // unlike any other; begins with the worker's name and a slash
	Lease time.Duration
	Alone bool // the worker does nothing else meanwhile
}

// Outcome is how a claim ends well: done or skipped.
type Outcome struct {
	State  State           // Done or Skipped
	Reason string          // why it was skipped
	Notes  []string        // repairs and doubts, in words
	Result json.RawMessage // small facts for the stages after it; nil stands for {}
	Items  []Item          // what is smaller than the unit and came to nothing
}

// Item is something smaller than a unit, a parcel or a household, that the unit
// has no result for although it may have one for others.
type Item struct {
	Name   string `json:"item"`
	State  State  `json:"outcome"` // Skipped or Failed
	Reason string `json:"reason"`
}

// Ready names a unit that waits to be worked on.
type Ready struct {
	Key, Stage  string
	Urgent      bool
	MemoryBytes int64
	Deaths      int // of workers that had it in hand

	Again bool `db:"-"` // it was put on the queue before
}

// Failure is how a claim ends without a result.
type Failure struct {
	Reason string
	Final  bool // it is not tried again by itself
	Poison bool // trying again can't mend it; implies Final

	Innocent bool // the unit has no part in it: the attempt does not count
}

// Finished is what later stages and people learn of a unit in a final state.
type Finished struct {
	ID     int64
	Key    string
	Stage  string
	Item   string
	State  State
	Reason string
	Notes  []string
	Result json.RawMessage
	Took   time.Duration // from its last claim to its end
}

// Progress counts the units of one stage of a run.
type Progress struct {
	Stage                                   string
	Pending, Running, Done, Skipped, Failed int
	Cancelled                               int           // wait for somebody to ask again
	Busy                                    time.Duration // summed over finished units
}

// Total is the number of units that the stage has planned.
func (p Progress) Total() int {
	return p.Pending + p.Running + p.Done + p.Skipped + p.Failed + p.Cancelled
}

// Open is the number of units that are not in a final state.
func (p Progress) Open() int { return p.Pending + p.Running + p.Cancelled }

// ErrNotClaimable is returned for a unit that somebody else works on or that is
// in a final state: a duplicate delivery, and no fault.
var ErrNotClaimable = errors.New("unit is not waiting for work")

// ErrLeaseLost is returned where a claim has run out and another may hold the
// unit: the work of this claim must be thrown away.
var ErrLeaseLost = errors.New("lease on the unit was lost")

// ErrSuspect is returned for a unit that had a worker die on it before and may
// be what killed it: it is claimed only to be worked on alone.
var ErrSuspect = errors.New("a worker died on the unit: it is worked on alone")

// ErrCancelled is returned where a result would appear of a run that somebody
// has cancelled.
var ErrCancelled = errors.New("the run is cancelled")
