package lending

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"
	"time"

	"parus/credit"
)

// Event is one step of an application and one link of its county's chain. It is
// never changed; who follows the chain by Seq misses nothing.
type Event struct {
	County      string     `json:"county"`
	Seq         int64      `json:"seq"` // of the county, from 1, without gaps
	Application int64      `json:"application"`
	At          time.Time  `json:"at"`    // UTC, microseconds; never before the link before
	Actor       string     `json:"actor"` // account, or [SystemActor]
	Role        Role       `json:"role"`
	Act         Act        `json:"act"`
	State       State      `json:"state"` // after it
	AmountFen   credit.Fen `json:"amount_fen"`
	Reason      string     `json:"reason"`
	Body        string     `json:"body"` // JSON, byte for byte as it was hashed; of apply a [Request], of decide, refer and the engine's reject a [Record]
	Previous    []byte     `json:"previous"`
	Hash        []byte     `json:"hash"`
}

// Head is the end of a county's chain; the zero Head is of an empty one.
type Head struct {
	Seq  int64
	Hash []byte // SHA-256; empty before the first link
	At   time.Time
}

// mostSkew is how far a clock may run behind the chain and be forgiven.
const mostSkew = 5 * time.Minute

// Time is when the next link happens: now, or the time of the last where the
// clock is a little behind. One that is more than five minutes behind is refused
// as [ClockSkew].
func (h Head) Time(now time.Time) (time.Time, error) {
	now = now.UTC().Truncate(time.Microsecond) // what the database keeps
	switch behind := h.At.Sub(now); {
	case h.Seq == 0 || behind <= 0:
		return now, nil
	case behind > mostSkew:
		return time.Time{}, refuse(ClockSkew, "the clock says %s, the last event is of %s: set the clock of this server",
			now.Format(time.RFC3339), h.At.UTC().Format(time.RFC3339))
	default:
		return h.At, nil
	}
}

// Chain makes an event the next link: it fills Seq, Previous and Hash.
func (h Head) Chain(e Event) (Event, Head) {
	e.Seq, e.Previous = h.Seq+1, bytes.Clone(h.Hash)
	if e.Previous == nil {
		e.Previous = []byte{}
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	e.Hash = e.digest()
	return e, Head{e.Seq, e.Hash, e.At}
}

// digest is SHA-256 over every field with its length before it, so that no two
// events share the bytes that are hashed.
func (e Event) digest() []byte {
	h := sha256.New()
	var n [8]byte
	for _, field := range []string{
		"parus application 1", e.County, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(e.Application, 10),
		e.At.UTC().Format(time.RFC3339Nano), e.Actor, string(e.Role), string(e.Act), string(e.State),
		strconv.FormatInt(int64(e.AmountFen), 10), e.Reason, e.Body, string(e.Previous),
	} {
		binary.BigEndian.PutUint64(n[:], uint64(len(field)))
		h.Write(n[:])
		h.Write([]byte(field))
	}
	return h.Sum(nil)
}

// BrokenError names the first link at which a chain does not hold.
type BrokenError struct {
	County  string
	Seq     int64 // that should be there
	Problem string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("chain of county %s breaks at event %d: %s", e.County, e.Seq, e.Problem)
}

// Verify goes along a county's chain from its beginning, in the order in which
// it is stored, and returns its end, or a [BrokenError] at the first link that
// was edited, is missing, out of order or was put in. Links cut off the end show
// only by comparing the head with one that was noted elsewhere.
func Verify(county string, events iter.Seq2[Event, error]) (Head, error) {
	var h Head
	for e, err := range events {
		if err != nil {
			return h, fmt.Errorf("read event %d of county %s: %w", h.Seq+1, county, err)
		}
		if h, err = h.Follow(county, e); err != nil {
			return h, err
		}
	}
	return h, nil
}

// Follow checks that an event is the next link and moves the head to it.
func (h Head) Follow(county string, e Event) (Head, error) {
	want := h.Seq + 1
	broken := func(format string, args ...any) (Head, error) {
		return h, &BrokenError{county, want, fmt.Sprintf(format, args...)}
	}
	switch {
	case e.County != county:
		return broken("it belongs to county %s", e.County)
	case e.Seq > want:
		return broken("it is missing; event %d comes instead", e.Seq)
	case e.Seq < want:
		return broken("event %d comes again, or out of order", e.Seq)
	case !bytes.Equal(e.digest(), e.Hash):
		return broken("it was edited: its hash is not that of its content")
	case !bytes.Equal(e.Previous, h.Hash):
		return broken("it does not follow from event %d: it was put in, or the one before it was replaced", h.Seq)
	case e.At.Before(h.At):
		return broken("it is earlier than the one before it")
	}
	return Head{e.Seq, e.Hash, e.At}, nil
}
