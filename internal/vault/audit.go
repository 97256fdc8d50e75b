package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Act says who does something, when and why.
type Act struct {
	Actor, Purpose string
	At             time.Time
}

// Entry is one line of a county's audit.
type Entry struct {
	Seq     int64 // from 1, without gaps
	At      time.Time
	Actor   string
	Act     string
	Item    string
	Purpose string
	KeyID   string // of the audit key, "" where the county had none
	Hash    []byte
}

// Chain ties an entry to the one before: it fills KeyID and Hash, the
// HMAC-SHA256 over the hash before and everything that the entry says. On a nil
// county the hash is unkeyed, and anybody could make it.
func (c *County) Chain(before []byte, e Entry) Entry {
	e.At = e.At.UTC().Truncate(time.Microsecond) // what the database keeps
	e.KeyID, e.Hash = "", nil
	code, secret := "", []byte(nil)
	if c != nil {
		code, secret, e.KeyID = c.code, c.audit.Secret, c.audit.ID
	}
	h := hmac.New(sha256.New, secret)
	h.Write(bound("parus audit 1", code, string(before), strconv.FormatInt(e.Seq, 10), e.At.Format(time.RFC3339Nano),
		e.Actor, e.Act, e.Item, e.Purpose, e.KeyID))
	e.Hash = h.Sum(nil)
	return e
}

// Verify goes along a county's audit and returns an error at the first entry
// that was changed, or from which on one is missing. head is the hash of the
// last entry as it was noted elsewhere: without it, entries cut off the end
// can't be seen. Once a key has been used, entries without one are refused.
func (c *County) Verify(entries []Entry, head string) error {
	var before []byte
	seen := head == ""
	keyed := false
	for i, e := range entries {
		if e.Seq != int64(i+1) {
			return fmt.Errorf("audit entry %d is missing", i+1)
		}
		with := c
		if e.KeyID == "" && !keyed {
			with = nil
		}
		keyed = keyed || e.KeyID != ""
		if e.KeyID != "" && c == nil {
			return fmt.Errorf("audit entry %d is chained by key %s: name the key file with PARUS_KEYS", e.Seq, e.KeyID)
		}
		want := with.Chain(before, e)
		if want.KeyID != e.KeyID || !hmac.Equal(want.Hash, e.Hash) {
			return fmt.Errorf("audit entry %d, or one before it, has been changed", e.Seq)
		}
		before = e.Hash
		seen = seen || hex.EncodeToString(e.Hash) == head
	}
	if !seen {
		return fmt.Errorf("no audit entry has the hash %s: entries have been cut off", head)
	}
	return nil
}
