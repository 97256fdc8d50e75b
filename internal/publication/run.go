package publication

import (
	"errors"
	"slices"
	"time"
)

// ReadsRuns tells whether the role sees runs of a season's batch: how far they
// are, what failed, whose lines moved.
func (r Role) ReadsRuns() bool { return slices.Contains([]Role{Risk, Approver, Auditor, Admin}, r) }

// OrdersRuns tells whether the role scores seasons again, pauses and cancels
// that, and takes publications back.
func (r Role) OrdersRuns() bool { return r == Risk }

// ErrState says that a run, an order or a publication is in a state that does
// not allow what was asked for.
var ErrState = errors.New("the state does not allow it")

// Run is a row of the list of runs: one scoring of a county's season.
type Run struct {
	ID          int64      `json:"id"`
	County      string     `json:"county"`
	CountyName  string     `json:"county_name"`
	Season      string     `json:"season"`
	State       string     `json:"state" enum:"running,paused,done,failed,cancelled"`
	Reason      string     `json:"reason" doc:"Why it is paused, cancelled or failed."`
	CreatedAt   time.Time  `json:"created_at"`
	FinishedAt  *time.Time `json:"finished_at"`
	Units       int        `json:"units" doc:"Planned so far."`
	Ended       int        `json:"ended"`
	Failed      int        `json:"failed"`
	Publication int64      `json:"publication" doc:"What it has published last; 0: nothing."`
	InForce     bool       `json:"in_force" doc:"Whether people see that publication."`
}

// RunQuery asks for runs, the newest first.
type RunQuery struct {
	ID             int64 // 0: any
	County, Season string
	State          string // "live": running and paused; "": any
	Before         int64  // id of the last row of the page before; 0: the first page
	Limit          int
}

// RunPage is a page of runs.
type RunPage struct {
	Items []Run
	More  bool
}

// RunCard is a run with what was expected of it and what became of it.
type RunCard struct {
	Run
	Progress RunProgress  `json:"progress"`
	Plan     *RunPlan     `json:"plan" doc:"What it was expected to cost; null where nobody asked."`
	TookS    *float64     `json:"took_s" doc:"Seconds from the estimate to the last unit's end, of a run at its end."`
	Actual   []StageSpent `json:"actual" doc:"What stages have cost since the estimate."`
	History  []RunAct     `json:"history" doc:"What people did to it, the oldest first."`
	Before   int64        `json:"before" doc:"The publication of the season before this run's own, to compare with; 0: none."`
}

// RunAct is what somebody did to a run.
type RunAct struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Act    string    `json:"act" enum:"start,pause,resume,cancel,retry"`
	State  string    `json:"state" enum:"running,paused,done,failed,cancelled" doc:"Of the run after it."`
	Reason string    `json:"reason"`
}

// RunPlan is what a run is expected to do and cost.
type RunPlan struct {
	Threads      int         `json:"threads" doc:"Units at once."`
	ToDo         int         `json:"to_do" doc:"Units; 0: the same inputs have been through."`
	LowS         float64     `json:"low_s" doc:"Seconds on the clock, and their range."`
	WallS        float64     `json:"wall_s"`
	HighS        float64     `json:"high_s"`
	MemoryBytes  int64       `json:"memory_bytes" doc:"In one worker, at most."`
	DiskBytes    int64       `json:"disk_bytes" doc:"By which the database grows."`
	ImageryBytes int64       `json:"imagery_bytes" doc:"To be read, of files whose size is known."`
	ImageryFiles int         `json:"imagery_files" doc:"To be read, of sizes not known."`
	Stages       []PlanStage `json:"stages"`
}

// PlanStage is one stage of a plan.
type PlanStage struct {
	Stage  string  `json:"stage"`
	Units  int     `json:"units"`
	Done   int     `json:"done" doc:"By earlier runs with the same inputs."`
	AtMost bool    `json:"at_most" doc:"Earlier stages decide how many there are; this is the most."`
	LowS   float64 `json:"low_s"`
	WallS  float64 `json:"wall_s"`
	HighS  float64 `json:"high_s"`
	Runs   int     `json:"runs" doc:"Earlier runs that the time rests on; 0: built-in figures."`
}

// StageSpent is what a stage has cost.
type StageSpent struct {
	Stage     string  `json:"stage"`
	Units     int     `json:"units"`
	WallS     float64 `json:"wall_s" doc:"Seconds from its first unit's start to its last one's end."`
	PeakBytes int64   `json:"peak_bytes"`
}

// RunMove is an order about a run.
type RunMove struct {
	Run    int64
	Act    string // pause, resume, cancel, retry
	Item   string // of retry: this item alone, whatever it failed of
	Poison bool   // of retry: what is not expected to mend too
	Actor  string
	Reason string
	At     time.Time
}

// RunItem is an item of a run that failed, or how else it ended.
type RunItem struct {
	Stage     string `json:"stage"`
	Item      string `json:"item"`
	State     string `json:"state" enum:"failed,skipped,done,running,pending,cancelled"`
	Reason    string `json:"reason"`
	Attempts  int    `json:"attempts"`
	Poison    bool   `json:"poison" doc:"Trying again is not expected to mend it."`
	Retryable bool   `json:"retryable" doc:"It is a unit of work; others are rows and scenes that were refused when inputs were read."`
}

// RunItemQuery asks for items of a run, in order of stage and item.
type RunItemQuery struct {
	Run   int64
	State string // "": any
	Text  string // part of an item's name
	After *RunItemCursor
	Limit int
}

// RunItemCursor is the last row of a page.
type RunItemCursor struct {
	Stage string `json:"s"`
	Item  string `json:"i"`
}

// RunItemPage is a page of items.
type RunItemPage struct {
	Items []RunItem
	More  bool
}

// Rescore is an order to score a county's season again.
type Rescore struct {
	ID          int64      `json:"id"`
	County      string     `json:"county"`
	Season      string     `json:"season"`
	State       string     `json:"state" enum:"asked,planned,confirmed,started,refused,withdrawn" doc:"asked: a worker plans it; planned: look at the plan and confirm it; confirmed: a worker starts it."`
	AskedBy     string     `json:"asked_by"`
	AskedAt     time.Time  `json:"asked_at"`
	ConfirmedBy string     `json:"confirmed_by"`
	Reason      string     `json:"reason"`
	Plan        *RunPlan   `json:"plan"`
	PlannedAt   *time.Time `json:"planned_at"`
	Run         int64      `json:"run" doc:"That it started; 0: none."`
	Result      string     `json:"result" doc:"Why it was refused."`
}

// AskingRescore asks for a plan to score a county's season again.
type AskingRescore struct {
	County, Season, Actor string
	At                    time.Time
}

// RescoreMove is what somebody does about an order.
type RescoreMove struct {
	Rescore int64
	Act     string // start, withdraw
	Actor   string
	Reason  string
	At      time.Time
}
