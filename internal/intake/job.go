package intake

import (
	"encoding/json"
	"time"
)

// Phase is what a worker does about an upload.
type Phase string

// The phases.
const (
	PhaseCheck  Phase = "check"
	PhaseCommit Phase = "commit"
)

// Planned is an upload for which there is work.
type Planned struct {
	Upload, County string
	Name           string
	Size           int64
	Round          int
	Phase          Phase
}

// Job is what a worker needs to know of an upload.
type Job struct {
	ID, County, CountyName string
	Name                   string
	Size                   int64
	Round                  int
	Options                Choices
	Key                    *Key            // of its sealed pieces; nil: they lie as they came
	Mapping                json.RawMessage // that the check read it by; of a commit
	By                     string          // who commits
	At                     time.Time       // when that was asked for
}

// Result is what a check comes to. With Why it could not be read, and nothing
// else is there.
type Result struct {
	Why, Reason string
	Found       json.RawMessage // see [UploadCard]
	Report      json.RawMessage // without defects
	Full        []byte          // the whole report as JSON
	Rows        RowCount
	Mapping     json.RawMessage // that it was read by, nil for none
	Defects     []Defect
}

// Release is what a commit comes to: a release, or why there is none.
type Release struct {
	Why, Reason string
	ID          int64
	Known       bool // it was there before
}

// Breakdown is how reading an upload ended that broke whoever read it. Trying
// again would end so again.
type Breakdown struct {
	Why    string // crashed, hung, memory
	Reason string
}

func (b *Breakdown) Error() string { return b.Reason }
