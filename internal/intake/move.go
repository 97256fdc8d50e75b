package intake

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"time"
)

// New is an upload to begin.
type New struct {
	County, Name string
	Size         int64
	Account      int64
	By           string // the account's name
	Key          *Key   // nil: the pieces lie as they come
	ID           string
	Limits       Limits
	At           time.Time
}

// Limits bounds what a server takes in; see [Limits.WithDefaults].
type Limits struct {
	Bytes       int64         // of one upload; default 2 GiB
	CountyBytes int64         // kept of one county at once; default 8 GiB
	Open        int           // uploads of one account that are being received; default 4
	PerDay      int           // uploads that one account begins; default 50
	Life        time.Duration // without a byte; default a day
	Keep        time.Duration // after the last check; default a week
	Rounds      int           // checks of one upload; default 40
}

// WithDefaults fills what is zero.
func (l Limits) WithDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 2 << 30
	}
	if l.CountyBytes == 0 {
		l.CountyBytes = 8 << 30
	}
	if l.Open == 0 {
		l.Open = 4
	}
	if l.PerDay == 0 {
		l.PerDay = 50
	}
	if l.Life == 0 {
		l.Life = 24 * time.Hour
	}
	if l.Keep == 0 {
		l.Keep = 7 * 24 * time.Hour
	}
	if l.Rounds == 0 {
		l.Rounds = 40
	}
	return l
}

// Piece is some bytes of an upload, at most [PieceBytes].
type Piece struct {
	Upload  string
	Account int64
	At      int64 // offset of the first byte
	Data    []byte
	Digest  []byte // SHA-256 of Data as it was sent
	Size    int    // of what was sent; Data may be sealed
	Now     time.Time
	Limits  Limits
}

// PieceBytes is how much is kept in one row.
const PieceBytes = 1 << 20

// Chunk is a kept piece.
type Chunk struct {
	At     int64
	Size   int
	Digest []byte
	Data   []byte // sealed where the upload has a key
}

// Whole tells whether plain is what was sent.
func (c Chunk) Whole(plain []byte) bool {
	sum := sha256.Sum256(plain)
	return len(plain) == c.Size && bytes.Equal(sum[:], c.Digest)
}

// Key is the key of an upload's pieces, wrapped by one of the county's.
type Key struct {
	KeyID string
	Data  []byte
}

// Sealing is what a server needs to take in bytes.
type Sealing struct {
	County    string
	Account   int64
	Size, Got int64
	State     State
	Expires   time.Time
	Key       Key // KeyID "": the pieces lie as they come
}

// Act is something that a person does about an upload.
type Act struct {
	Upload  string
	Account int64
	By      string
	Admin   bool // may act on others' uploads before they are checked
	At      time.Time
	Limits  Limits
	Options Choices // of a check
	Round   int     // of the check that is committed
}

// Code says why something is refused. The API passes it on; the page has words
// for each.
type Code string

// The codes.
const (
	TooLarge   Code = "upload_too_large"
	Quota      Code = "upload_quota"    // the county's is used up
	TooMany    Code = "upload_too_many" // of the account are open, or were begun today
	WrongPlace Code = "upload_offset"   // the bytes do not follow what has come
	TooMuch    Code = "upload_overrun"  // more bytes than were announced
	Gone       Code = "upload_gone"
	WrongState Code = "upload_state"
	NothingIn  Code = "upload_nothing" // no row can be used
	NotYours   Code = "upload_others"
	TooOften   Code = "upload_rounds"
	BadOptions Code = "upload_options"
)

// Refusal is what is not done, and why.
type Refusal struct {
	Code Code
	At   int64 // bytes that have come, of WrongPlace
	Says string
}

func (r *Refusal) Error() string {
	if r.Says != "" {
		return fmt.Sprintf("%s: %s", r.Code, r.Says)
	}
	return string(r.Code)
}
