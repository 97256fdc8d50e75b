package publication

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// DisputeKind is what somebody says is wrong about a published parcel.
type DisputeKind string

// The kinds of disputes.
const (
	DisputeBoundary DisputeKind = "boundary" // it lies elsewhere; another outline is proposed
	DisputeCrop     DisputeKind = "crop"     // something else grows there; a crop is proposed
	DisputeNotMine  DisputeKind = "not_mine" // it is another household's
)

// DisputeState is where a dispute stands. Open is the only one that it leaves.
//
//	open ── accept ──▶ accepted
//	  ├──── reject ──▶ rejected
//	  └─ withdraw ──▶ withdrawn
type DisputeState string

// The states of a dispute.
const (
	DisputeOpen      DisputeState = "open"
	DisputeAccepted  DisputeState = "accepted"
	DisputeRejected  DisputeState = "rejected"
	DisputeWithdrawn DisputeState = "withdrawn"
)

// DisputeAct is what somebody does about a dispute.
type DisputeAct string

// The acts on an open dispute.
const (
	AcceptDispute   DisputeAct = "accept"
	RejectDispute   DisputeAct = "reject"
	WithdrawDispute DisputeAct = "withdraw"
)

// After returns the state that an act leads to from an open dispute.
func (a DisputeAct) After() DisputeState {
	return map[DisputeAct]DisputeState{AcceptDispute: DisputeAccepted, RejectDispute: DisputeRejected, WithdrawDispute: DisputeWithdrawn}[a]
}

// Errors of disputes, each of which the page explains.
var (
	ErrDisputeState  = errors.New("the dispute is no longer open")
	ErrDisputeOpen   = errors.New("a dispute of this kind is open on the parcel")
	ErrDisputeAuthor = errors.New("who proposes does not review, and nobody else withdraws")
)

// ShapeFault is what is wrong with a proposed outline.
type ShapeFault string

// The faults of outlines.
const (
	ShapeInvalid ShapeFault = "shape_invalid" // no outline, or one that crosses itself
	ShapeFar     ShapeFault = "shape_far"     // farther than [OutlineWithinM] from the parcel
	ShapeSize    ShapeFault = "shape_size"    // outside [LeastOutlineM2] to [MostOutlineM2]
	ShapeSame    ShapeFault = "shape_same"    // nowhere more than a millimetre from what is published
)

// Error says it in words.
func (f ShapeFault) Error() string { return "the proposed outline: " + string(f) }

// Bounds of what is taken as a correction of a parcel. A survey's gross error
// moves a parcel by some tens of metres; what is farther off or beyond a square
// kilometre is another parcel or a slip of the hand.
const (
	OutlineWithinM = 200
	LeastOutlineM2 = 10
	MostOutlineM2  = 1e6
	MostVertices   = 2000
)

// Outline is a MultiPolygon as RFC 7946 writes it, in degrees.
type Outline struct {
	Type        string           `json:"type" enum:"MultiPolygon"`
	Coordinates [][][][2]float64 `json:"coordinates" doc:"Polygons of closed rings of [longitude, latitude]."`
}

// Check tells what is wrong with an outline as far as that shows without the
// others.
func (o Outline) Check() error {
	n := 0
	for _, polygon := range o.Coordinates {
		if len(polygon) == 0 {
			return ShapeInvalid
		}
		for _, ring := range polygon {
			if n += len(ring); len(ring) < 4 || ring[0] != ring[len(ring)-1] {
				return ShapeInvalid
			}
			for _, p := range ring {
				if !(p[0] >= -180 && p[0] <= 180 && p[1] >= -85 && p[1] <= 85) {
					return ShapeInvalid
				}
			}
		}
	}
	if n == 0 || n > MostVertices {
		return ShapeInvalid
	}
	return nil
}

// PublishedOutline is a parcel's outline in a publication.
type PublishedOutline struct {
	Shape  Outline `json:"shape"`
	AreaM2 float64 `json:"area_m2"`
}

// Overlap is a neighbour that a proposed outline overlaps.
type Overlap struct {
	ParcelID string  `json:"parcel_id"`
	AreaM2   float64 `json:"area_m2"`
}

// Dispute is a row of the list of disputes.
type Dispute struct {
	ID           int64        `json:"id"`
	County       string       `json:"county"`
	Publication  int64        `json:"publication" doc:"That was looked at. It keeps what it published."`
	Season       string       `json:"season"`
	ParcelID     string       `json:"parcel_id"`
	HouseholdID  string       `json:"household_id"`
	Village      string       `json:"village"`
	Kind         DisputeKind  `json:"kind" enum:"boundary,crop,not_mine"`
	State        DisputeState `json:"state" enum:"open,accepted,rejected,withdrawn"`
	Crop         string       `json:"crop" doc:"Published catalogue code, empty where unknown."`
	ProposedCrop string       `json:"proposed_crop" doc:"Catalogue code; empty unless of kind crop."`
	AreaM2       float64      `json:"area_m2" doc:"Published."`
	ProposedM2   *float64     `json:"proposed_m2" doc:"Of the proposed outline on the ellipsoid; null unless of kind boundary."`
	Author       string       `json:"author" doc:"Account."`
	Reviewer     string       `json:"reviewer" doc:"Account; empty unless it is accepted or rejected."`
	CreatedAt    time.Time    `json:"created_at"`
	UpdatedAt    time.Time    `json:"updated_at"`
}

// DisputeCard is a dispute with its outlines and its history.
type DisputeCard struct {
	Dispute
	Evidence string         `json:"evidence"`
	Disputed Outline        `json:"disputed" doc:"The outline as it was published."`
	Proposed *Outline       `json:"proposed" doc:"Null unless of kind boundary."`
	Overlaps []Overlap      `json:"overlaps" doc:"Neighbours that the proposal overlaps by more than a square metre, the largest first, up to 20."`
	History  []DisputeEvent `json:"history" doc:"Oldest first."`
}

// DisputeEvent is one line of a dispute's history.
type DisputeEvent struct {
	At     time.Time    `json:"at"`
	Actor  string       `json:"actor" doc:"Account and role."`
	Act    string       `json:"act" enum:"propose,accept,reject,withdraw"`
	State  DisputeState `json:"state" enum:"open,accepted,rejected,withdrawn" doc:"After it."`
	Reason string       `json:"reason"`
}

// DisputeQuery asks for one page of disputes, the newest first.
type DisputeQuery struct {
	Publication int64  // of its county and season; 0 is all
	County      string // "" is all
	Parcel      string // "" is all
	State       string // "" is all
	After       *DisputeCursor
	Limit       int
}

// DisputeCursor is the last row of the page before.
type DisputeCursor struct {
	CreatedAt time.Time `json:"t"`
	ID        int64     `json:"i"`
}

// DisputePage is one page; More tells that another follows.
type DisputePage struct {
	Items []Dispute
	More  bool
}

// Disputing is a dispute on the way in.
type Disputing struct {
	Publication int64
	ParcelID    string
	Kind        DisputeKind
	Shape       *Outline // of kind boundary alone
	Crop        string   // of kind crop alone
	Evidence    string
	Account     string // who proposes
	Actor       string // account and role, for the history
	At          time.Time
}

// DisputeMove is an act of somebody on an open dispute.
type DisputeMove struct {
	Dispute int64
	Act     DisputeAct
	Account string
	Actor   string
	Reason  string
	At      time.Time
}

// Disputes tells whether the role proposes corrections: who meets the farmers
// and who keeps the county's registry.
func (r Role) Disputes() bool { return r == Officer || r == Partner }

// Reviews tells whether the role decides about proposed corrections: who lends
// by the registry, and who answers for it. Neither proposes.
func (r Role) Reviews() bool { return r == Approver || r == Admin }

// A mobile number, or a resident's ID number by its date of birth; codes of
// parcels and households have neither form.
var personal = regexp.MustCompile(`(?:^|\D)(?:1[3-9]\d{9}|\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])(?:\D|$)`)

// Errors of what is written about a dispute.
var (
	ErrTextLength   = errors.New("it has 2 to 500 characters")
	ErrTextPersonal = errors.New("it holds a telephone or ID number")
)

// ParseDisputeText checks what somebody writes about a dispute: up to 500
// characters, 2 at least where needed, and no telephone or ID number.
func ParseDisputeText(text string, needed bool) (string, error) {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	switch {
	case n > 500, needed && n < 2:
		return "", ErrTextLength
	case personal.MatchString(text):
		return "", ErrTextPersonal
	}
	return text, nil
}
