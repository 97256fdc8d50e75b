package publication

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// AlertState is where an alert stands.
//
//	          assign          acknowledge
//	open ───────────▶ assigned ──────────▶ acknowledged
//	 │ ▲                 │ ◀───── assign ─────┘ │
//	 │ └─ reopen ─┐      │ close                │ close
//	 └── close ───┴──▶ closed ◀─────────────────┘
//
// An alert that closed by itself, since its parcel had recovered, reopens where
// later dates show that it had not. A new episode is a new alert.
type AlertState string

// The states of an alert.
const (
	AlertOpen         AlertState = "open"
	AlertAssigned     AlertState = "assigned"
	AlertAcknowledged AlertState = "acknowledged"
	AlertClosed       AlertState = "closed"
)

// AlertAct is what somebody does about an alert.
type AlertAct string

// The acts of people. Raising, recovery and reopening are of the runs.
const (
	AssignAlert      AlertAct = "assign"      // take it, also from somebody else
	AcknowledgeAlert AlertAct = "acknowledge" // it is true and is being dealt with
	CloseAlert       AlertAct = "close"
)

// ErrAlertState says that an act does not fit the state of the alert.
var ErrAlertState = errors.New("the alert is in another state")

// After returns the state that an act leads to, or [ErrAlertState].
func (s AlertState) After(a AlertAct) (AlertState, error) {
	moves := map[AlertAct]struct {
		from []AlertState
		to   AlertState
	}{
		AssignAlert:      {[]AlertState{AlertOpen, AlertAssigned, AlertAcknowledged}, AlertAssigned},
		AcknowledgeAlert: {[]AlertState{AlertOpen, AlertAssigned}, AlertAcknowledged},
		CloseAlert:       {[]AlertState{AlertOpen, AlertAssigned, AlertAcknowledged}, AlertClosed},
	}
	m, ok := moves[a]
	if !ok || !slices.Contains(m.from, s) {
		return s, fmt.Errorf("%s an alert that is %s: %w", a, s, ErrAlertState)
	}
	return m.to, nil
}

// Works tells whether the role works on alerts; others but partners read them.
func (r Role) Works() bool { return r == Officer }

// ParseAlertReason checks why somebody moves an alert: up to 500 characters,
// and 2 at least where it is closed.
func ParseAlertReason(a AlertAct, text string) (string, error) {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	if n > 500 || (a == CloseAlert && n < 2) {
		return "", errors.New("a reason has up to 500 characters, and 2 at least where an alert is closed")
	}
	return text, nil
}

// Alert is a row of the list of alerts: one episode of one kind on one parcel.
type Alert struct {
	ID          int64      `json:"id"`
	Kind        string     `json:"kind" enum:"left_band,hazard,forecast_fell" doc:"left_band: under the county's band of its crop; hazard: struck by one that pictures show, be it inside the band; forecast_fell: its own forecast of yield fell."`
	State       AlertState `json:"state" enum:"open,assigned,acknowledged,closed"`
	Recovered   bool       `json:"recovered" doc:"It closed by itself: the parcel has returned to the band."`
	ParcelID    string     `json:"parcel_id"`
	ParcelName  string     `json:"parcel_name"`
	HouseholdID string     `json:"household_id"`
	Household   string     `json:"household" doc:"Masked name."`
	Village     string     `json:"village"`
	Crop        string     `json:"crop" doc:"Catalogue code."`
	AreaM2      float64    `json:"area_m2"`
	Episode     int        `json:"episode" doc:"From 1: how often this has befallen the parcel in the season."`
	FirstOn     string     `json:"first_on" doc:"First clear date of it, YYYY-MM-DD."`
	LastOn      string     `json:"last_on" doc:"Last clear date on which it was seen, YYYY-MM-DD."`
	Strength    float64    `json:"strength" doc:"Share of the green, or of the yield, that is gone, 0 to 1."`
	Assignee    string     `json:"assignee" doc:"Account that has taken it; empty: nobody."`
	RaisedAt    time.Time  `json:"raised_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

// AlertCard is an alert with what it rests on and what was done about it.
type AlertCard struct {
	Alert
	Evidence AlertEvidence `json:"evidence"`
	History  []AlertEvent  `json:"history" doc:"Oldest first."`
}

// AlertEvidence is what an alert rests on, in numbers. Values that belong to
// the other kind are left out.
type AlertEvidence struct {
	Dates      []AlertDate `json:"dates,omitempty" doc:"Clear dates outside the band."`
	LowestZ    float64     `json:"lowest_z,omitempty" doc:"Farthest from the county's median, in spreads of its lower half."`
	Own        float64     `json:"own,omitempty" doc:"Where the parcel stood before, in the same spreads."`
	Neighbours int         `json:"neighbours,omitempty" doc:"Near parcels of the same crop that were seen on the first date."`
	Outside    int         `json:"outside,omitempty" doc:"Of them outside the band too."`
	Before     float64     `json:"before,omitempty" doc:"Forecast of the publication before, kg/ha."`
	Now        float64     `json:"now,omitempty" doc:"Forecast now, kg/ha."`
	County     float64     `json:"county,omitempty" doc:"By which share the county's forecasts of the crop moved."`
	RevisionZ  float64     `json:"revision_z,omitempty" doc:"The fall beyond the county's, in spreads of a revision."`
	Cause      *AlertCause `json:"cause,omitempty" doc:"The likely cause, where a hazard of the same days is known."`
}

// AlertCause is the hazard that an alert is laid to, with its evidence in words.
type AlertCause struct {
	Kind string  `json:"kind" enum:"drought,flood,frost,heat,green_loss"`
	From string  `json:"from" doc:"The earliest day on which it can have begun, YYYY-MM-DD."`
	To   string  `json:"to"`
	Loss float64 `json:"loss" doc:"Share of the yield."`
	Zh   string  `json:"zh"`
	En   string  `json:"en"`
}

// AlertDate is one clear date against the county's band.
type AlertDate struct {
	Date   string  `json:"date"`
	NDVI   float64 `json:"ndvi"`
	Median float64 `json:"median" doc:"Of the county's parcels of the crop."`
	P10    float64 `json:"p10"`
	Z      float64 `json:"z"`
}

// ParseEvidence reads the evidence as it is kept.
func ParseEvidence(b json.RawMessage) (AlertEvidence, error) {
	var e AlertEvidence
	err := json.Unmarshal(b, &e)
	return e, err
}

// AlertEvent is one line of an alert's history.
type AlertEvent struct {
	At     time.Time  `json:"at"`
	Actor  string     `json:"actor" doc:"Account and role; parus: a run."`
	Act    string     `json:"act" enum:"raise,assign,acknowledge,close,recover,reopen"`
	State  AlertState `json:"state" enum:"open,assigned,acknowledged,closed" doc:"After it."`
	Reason string     `json:"reason"`
}

// AlertQuery asks for one page of alerts, the latest and strongest first.
type AlertQuery struct {
	State  string // a state, "live" for all but closed, "" for all
	Parcel string // "" is all
	After  *AlertCursor
	Limit  int
}

// AlertCursor is the last row of the page before.
type AlertCursor struct {
	RaisedAt time.Time `json:"t"`
	Strength float64   `json:"s"`
	ID       int64     `json:"i"`
}

// AlertPage is one page; More tells that another follows.
type AlertPage struct {
	Items  []Alert
	Counts map[AlertState]int // of the county's season, whatever was asked for
	More   bool
}

// AlertMove is an act of somebody on an alert.
type AlertMove struct {
	Alert   int64
	Act     AlertAct
	Account string // who does it
	Actor   string // account and role, for the history
	Reason  string
	At      time.Time
}
