package intake

import (
	"encoding/json"
	"time"
)

// State is where an upload stands.
type State string

// The states.
const (
	Receiving   State = "receiving"   // bytes are coming
	Checking    State = "checking"    // a worker reads it, or is about to
	Checked     State = "checked"     // there is a report
	Refused     State = "refused"     // it cannot be read; the reason says why
	Quarantined State = "quarantined" // a worker broke down on it
	Committing  State = "committing"  // it becomes a release
	Committed   State = "committed"
	Expired     State = "expired"   // never finished, or never committed; its bytes are gone
	Withdrawn   State = "withdrawn" // its bytes are gone
)

// Upload is a hand-over as people see it.
type Upload struct {
	ID      string    `json:"id"`
	County  string    `json:"county"`
	Name    string    `json:"name" doc:"Of the file, as it was called where it came from."`
	By      string    `json:"by" doc:"Account that uploads it."`
	Size    int64     `json:"size"`
	Got     int64     `json:"got" doc:"Bytes that have come."`
	State   State     `json:"state" enum:"receiving,checking,checked,refused,quarantined,committing,committed,expired,withdrawn"`
	Working bool      `json:"working" doc:"A worker has it in hand."`
	Step    string    `json:"step" enum:"waiting,fetching,reading,storing," doc:"What the worker does."`
	Why     string    `json:"why" enum:"kind,zip,bomb,path,nested,mapping,place,county,nothing,crashed,hung,memory,unreadable,failed," doc:"Kind of refusal; the page has words for each."`
	Reason  string    `json:"reason" doc:"Of a refusal or a breakdown, in English, with names."`
	Round   int       `json:"round" doc:"How often it was asked to be checked."`
	Options Choices   `json:"options" doc:"What was chosen about how it is read."`
	Rows    *RowCount `json:"rows" doc:"Of its parcels, once it is checked."`
	Release *int64    `json:"release" doc:"That it has become."`
	Known   bool      `json:"known" doc:"The release was there before, with the same content."`
	InForce bool      `json:"in_force" doc:"The release is the county's present one."`
	Signed  string    `json:"committed_by"`
	Created time.Time `json:"created_at"`
	Moved   time.Time `json:"moved_at"`
	Expires time.Time `json:"expires_at" doc:"When its bytes go, unless something happens before."`
}

// Open tells whether the bytes are kept.
func (s State) Open() bool { return s != Expired && s != Withdrawn && s != Committed }

// RowCount counts how the rows of a hand-over end: In = Accepted + Corrected +
// Quarantined.
type RowCount struct {
	In          int `json:"in"`
	Accepted    int `json:"accepted"`
	Corrected   int `json:"corrected"`
	Quarantined int `json:"quarantined"`
}

// UploadCard is an upload with what was found in it and who did what.
type UploadCard struct {
	Upload
	Found   json.RawMessage `json:"found" doc:"What it seems to be, with what else it could be: files, tables with encodings, columns and masked rows, coordinate systems. Null until it is checked."`
	Report  json.RawMessage `json:"report" doc:"The report without its defects. Null until it is checked."`
	Kinds   []DefectKind    `json:"kinds" doc:"Defects by code, the worst first."`
	Placed  int             `json:"placed" doc:"Defects that have a place."`
	History []UploadEvent   `json:"history"`
	Before  *ReleaseBefore  `json:"before" doc:"The county's release in force, null for none."`
	May     []string        `json:"may" enum:"send,check,commit,withdraw" doc:"What the account that asks may do."`
}

// ReleaseBefore is the release that a commit would follow.
type ReleaseBefore struct {
	Release    int64     `json:"release"`
	Source     string    `json:"source"`
	Created    time.Time `json:"created_at"`
	Parcels    int       `json:"parcels"`
	Households int       `json:"households"`
}

// DefectKind counts the defects of one code.
type DefectKind struct {
	Code     string `json:"code"`
	Severity string `json:"severity" enum:"error,repaired,warning"`
	Count    int    `json:"count"`
	Fix      string `json:"fix" doc:"What to do, Chinese, a slash, English."`
}

// UploadEvent is a line of an upload's history, which only grows.
type UploadEvent struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Act    string    `json:"act" enum:"begin,finish,check,checked,refuse,commit,committed,withdraw,expire"`
	Detail string    `json:"detail"`
}

// Defect is one entry of the report.
type Defect struct {
	Seq      int             `json:"seq" doc:"Place in the report, from 1."`
	Code     string          `json:"code"`
	Severity string          `json:"severity" enum:"error,repaired,warning"`
	Layer    string          `json:"layer"`
	Key      string          `json:"key"`
	Row      int             `json:"row" doc:"Record in its file or table, from 1; 0: of no row."`
	Message  string          `json:"message" doc:"Chinese, a slash, English."`
	Fix      string          `json:"fix" doc:"The same."`
	Original string          `json:"original" doc:"What was there before a repair."`
	Bounds   *[4]float64     `json:"bounds" doc:"West, south, east, north in degrees; null where the defect has no place."`
	Shape    json.RawMessage `json:"-"` // GeoJSON; nil where it has no place

	WKB []byte `json:"-"` // on the way in, lon/lat; nil where it has no place
}

// DefectQuery chooses defects.
type DefectQuery struct {
	Code, Severity string // "" for all
	Text           string // part of a key
	After          int    // Seq of the last one seen
	Limit          int
	Placed         bool // only those with a place
}

// DefectPage is a page of defects.
type DefectPage struct {
	Items []Defect `json:"items"`
	Total int      `json:"total"`
	More  bool     `json:"-"`
}

// Page is a page of uploads, the newest first.
type Page struct {
	Items []Upload
	More  bool
}

// Cursor is the last upload of a page.
type Cursor struct {
	Created time.Time `json:"t"`
	ID      string    `json:"i"`
}
