package publication

import "encoding/json"

// Difference is what changed from one publication to another, by the lines that
// are stored.
type Difference struct {
	Before     int64               `json:"before"`
	After      int64               `json:"after"`
	Up         int                 `json:"up" doc:"Households with a higher line."`
	Down       int                 `json:"down"`
	Same       int                 `json:"same"`
	New        int                 `json:"new" doc:"Decided only in the later one."`
	Gone       int                 `json:"gone" doc:"Decided only in the earlier one."`
	UpFen      int64               `json:"up_fen" doc:"By which lines rose, together."`
	DownFen    int64               `json:"down_fen" doc:"By which lines fell, together; not above 0."`
	BeforeFen  int64               `json:"before_fen" doc:"All lines together."`
	AfterFen   int64               `json:"after_fen"`
	Referred   int                 `json:"referred" doc:"Households newly referred to an officer."`
	Unreferred int                 `json:"unreferred" doc:"No longer referred."`
	Villages   []VillageDifference `json:"villages" doc:"Those that moved most first."`
}

// VillageDifference is what changed in one village.
type VillageDifference struct {
	Code      string `json:"code"`
	Moved     int    `json:"moved" doc:"Households with another line, new and gone ones included."`
	BeforeFen int64  `json:"before_fen"`
	AfterFen  int64  `json:"after_fen"`
}

// Mover is a household that two publications decided on, with why its line
// moved.
type Mover struct {
	HouseholdID    string `json:"household_id"`
	Household      string `json:"household" doc:"Masked name."`
	Village        string `json:"village"`
	Move           string `json:"move" enum:"up,down,same,new,gone"`
	BeforeFen      *int64 `json:"before_fen" doc:"Null where it was not decided."`
	AfterFen       *int64 `json:"after_fen"`
	ChangeFen      int64  `json:"change_fen"`
	ReferredBefore bool   `json:"referred_before"`
	ReferredAfter  bool   `json:"referred_after"`
	Parts          []Part `json:"parts" doc:"They add up to change_fen; empty where it can't be explained."`
	Strongest      string `json:"strongest" enum:",area_match,crop,yield,price_policy,finances,debts,season" doc:"Group of the largest part; empty: none, or not known."`
	Note           string `json:"note" enum:",not_kept,not_explained" doc:"Why it can't be explained."`

	SnapshotBefore, SnapshotAfter json.RawMessage `json:"-"`
}

// Part is a group of inputs' part of a move.
type Part struct {
	Group string `json:"group" enum:"area_match,crop,yield,price_policy,finances,debts,season"`
	Fen   int64  `json:"fen"`
}

// MoverQuery asks for the households that moved, the largest moves first.
type MoverQuery struct {
	Before, After int64
	Village       string
	Household     string // part of its id
	Move          string // up, down, new, gone; "": all that moved
	Skip          *MoverCursor
	Limit         int
}

// MoverCursor is the last row of a page.
type MoverCursor struct {
	By int64  `json:"b"` // size of its move, fen
	ID string `json:"i"`
}

// MoverPage is a page of movers.
type MoverPage struct {
	Items []Mover
	More  bool
}
