package publication

import (
	"encoding/json"
	"time"
)

// FeedKind is what a line of the log of what is live tells of.
type FeedKind string

// The kinds of lines.
const (
	FeedRun         FeedKind = "run"         // a run was asked for, or moved to another state
	FeedPublication FeedKind = "publication" // a publication was put in force: a new one, or an earlier one again
	FeedAlerts      FeedKind = "alerts"      // alerts of a season were raised or moved
	FeedRescore     FeedKind = "rescore"     // an order to score again was given, planned, confirmed, carried out
)

// FeedEvent is a line of the log of what is live. Ids grow in the order in which
// transactions have ended, so that reading on from the last one loses nothing.
type FeedEvent struct {
	ID     int64
	County string
	At     time.Time
	Kind   FeedKind
	Body   json.RawMessage
}

// Hears tells whether an account of the role is told of a kind of event:
// partners see no scores and no alerts, and runs are for who reads them.
func (r Role) Hears(k FeedKind) bool {
	switch k {
	case FeedPublication:
		return true
	case FeedAlerts:
		return r != Partner
	case FeedRun, FeedRescore:
		return r.ReadsRuns()
	}
	return false
}

// RunProgress is how far an open run is.
type RunProgress struct {
	Run       int64           `json:"run"`
	County    string          `json:"county"`
	Season    string          `json:"season"`
	State     string          `json:"state" enum:"running,paused,done,failed,cancelled"`
	Reason    string          `json:"reason" doc:"Why it is paused, cancelled or failed."`
	Share     float64         `json:"share" doc:"0 to 1: units at their end, of those known and those expected."`
	Ended     int             `json:"ended" doc:"Units at their end."`
	Units     int             `json:"units" doc:"Units known or expected."`
	Failed    int             `json:"failed"`
	LeftS     *float64        `json:"left_s" doc:"Seconds left at the present pace, and by the estimate for stages that have not begun; null: not known yet."`
	Stages    []StageProgress `json:"stages" doc:"In order; those that have not begun are told where an estimate knows them."`
	CreatedAt time.Time       `json:"created_at"`
}

// StageProgress is one stage of a run.
type StageProgress struct {
	Stage     string   `json:"stage"`
	Units     int      `json:"units" doc:"Known, or expected where the stage has not begun."`
	Done      int      `json:"done"`
	Skipped   int      `json:"skipped"`
	Failed    int      `json:"failed"`
	Running   int      `json:"running"`
	Waiting   int      `json:"waiting"`
	Cancelled int      `json:"cancelled"`
	Earlier   int      `json:"earlier" doc:"At their end before this run asked for them."`
	PerMinute float64  `json:"per_minute" doc:"Units ended a minute, over the last two minutes; 0: none."`
	LeftS     *float64 `json:"left_s" doc:"Seconds left; null: not known."`
	Begun     bool     `json:"begun"`
}

// Ended is the number of units at their end.
func (s StageProgress) Ended() int { return s.Done + s.Skipped + s.Failed + s.Cancelled }
