package season

import "time"

// CatalogueWatch is a catalogue that is polled for new scenes of a county's season.
type CatalogueWatch struct {
	ID             int64
	County, Season string
	Source         string // URL of a STAC catalogue, or an absolute path
	Every          time.Duration
	Until          time.Time // it ends by itself after its first poll from here on
	Enabled        bool
	EndedAt        *time.Time
	NextAt         time.Time
	LastPolledAt   *time.Time
	LastResult     string
	LastRun        int64 // the last that it started; 0: none yet
	Failures       int   // polls that failed since the last that did not
	Listed         []string
	CreatedBy      string
}

// State is what people call where it stands.
func (w CatalogueWatch) State() string {
	switch {
	case w.EndedAt != nil:
		return "ended"
	case !w.Enabled:
		return "paused"
	default:
		return "on"
	}
}

// CatalogueDue says which watch is claimed, and for how long.
type CatalogueDue struct {
	Token string
	Now   time.Time     // by the scheduler's clock
	Lease time.Duration // after which another may claim it
	Apart time.Duration // least time between two claims by the database's clock
	ID    int64         // only this one, due or not, ended or not; 0: any that is due
}

// CatalogueClaim is a catalogue that one scheduler polls until its lease ends.
type CatalogueClaim struct {
	CatalogueWatch
	Token string
}

// Polled is what a poll came to.
type Polled struct {
	At     time.Time
	Next   time.Time
	Result string
	Failed bool
	Run    int64    // that it started; 0: none
	Listed []string // nil where the catalogue was not read
	End    bool     // the season is over by the scheduler's clock
}

// Standing is a run that keeps the next one of its county's season waiting.
type Standing struct {
	Run   int64
	State string // RunRunning or RunPaused
	By    string // who paused it
}
