package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// County holds the keys of one county.
type County struct {
	code   string
	wraps  map[string]cipher.AEAD // by key id
	active string                 // id of the one that wraps
	index  []byte
	audit  Key
}

// County returns the keys of a county, or [ErrNoKeys].
func (r *Ring) County(code string) (*County, error) {
	c := &County{code: code, wraps: map[string]cipher.AEAD{}}
	for _, k := range r.keys {
		if k.County != code {
			continue
		}
		switch k.Use {
		case UseWrap:
			aead, err := sealer(k.Secret)
			if err != nil {
				return nil, fmt.Errorf("key %s: %w", k.ID, err)
			}
			c.wraps[k.ID], c.active = aead, k.ID
		case UseIndex:
			c.index = k.Secret
		case UseAudit:
			c.audit = k
		}
	}
	if c.active == "" || c.index == nil || c.audit.ID == "" {
		return nil, fmt.Errorf("county %s: %w: `parus keys new --county %s` makes them", code, ErrNoKeys, code)
	}
	return c, nil
}

// Code is the county's.
func (c *County) Code() string { return c.code }

// Active is the id of the key that wraps.
func (c *County) Active() string { return c.active }

// sealer is AES-256-GCM with a random nonce of 96 bits in front of each
// message. Source: NIST SP 800-38D, 8.2.2; up to 2³² messages a key (8.3), and
// a county key wraps one for each person.
func sealer(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// bound writes what a ciphertext belongs to: parts with their lengths, so that
// no two lists give the same bytes.
func bound(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// WrappedKey is a person's data key under a county key.
type WrappedKey struct {
	KeyID string
	Data  []byte
}

// ErrOpen says that a key or a row can't be opened: another key, another place,
// or changed bytes. Nothing more can be told.
var ErrOpen = errors.New("cannot be opened: the key is another, or the row has been changed or moved")

// NewKey makes a person's data key.
func (c *County) NewKey(subject []byte) (DataKey, WrappedKey, error) {
	secret := make([]byte, keySize)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the process instead
	key, err := newDataKey(secret)
	if err != nil {
		return DataKey{}, WrappedKey{}, err
	}
	return key, c.wrap(subject, secret), nil
}

func (c *County) wrap(subject, secret []byte) WrappedKey {
	return WrappedKey{c.active, c.wraps[c.active].Seal(nil, nil, secret, c.keyPlace(subject, c.active))}
}

func (c *County) keyPlace(subject []byte, id string) []byte {
	return bound("parus person key 1", c.code, string(subject), id)
}

func (c *County) unwrap(subject []byte, w WrappedKey) ([]byte, error) {
	aead, ok := c.wraps[w.KeyID]
	if !ok {
		return nil, fmt.Errorf("county %s: key %s is not in the key file", c.code, w.KeyID)
	}
	secret, err := aead.Open(nil, nil, w.Data, c.keyPlace(subject, w.KeyID))
	if err != nil || len(secret) != keySize {
		return nil, fmt.Errorf("key of a person of county %s: %w", c.code, ErrOpen)
	}
	return secret, nil
}

// Key opens a person's data key.
func (c *County) Key(subject []byte, w WrappedKey) (DataKey, error) {
	secret, err := c.unwrap(subject, w)
	if err != nil {
		return DataKey{}, err
	}
	return newDataKey(secret)
}

// Rewrap puts a person's data key under the county's newest key.
func (c *County) Rewrap(subject []byte, w WrappedKey) (WrappedKey, error) {
	secret, err := c.unwrap(subject, w)
	if err != nil {
		return WrappedKey{}, err
	}
	return c.wrap(subject, secret), nil
}

// indexSize is the length of a blind index in bytes: 128 bits make an accident
// among a county's people impossible in practice.
const indexSize = 16

// Kind is what a blind index is of.
type Kind string

// The kinds.
const (
	ByName  Kind = "name"
	ByID    Kind = "id"
	ByPhone Kind = "phone"
)

// Index is the blind index of a text, nil of none: the first 128 bits of
// HMAC-SHA256 over the kind and the text as [Normal] writes it.
func (c *County) Index(kind Kind, text string) []byte {
	n := Normal(kind, text)
	if n == "" {
		return nil
	}
	return c.keyed("index "+string(kind), n)
}

// Subject names a person across releases without telling who it is: by the ID
// number, or where there is none by household and name.
func (c *County) Subject(household string, s Secret) []byte {
	if id := Normal(ByID, s.IDNumber); id != "" {
		return c.keyed("subject id", id)
	}
	return c.keyed("subject name", household, Normal(ByName, s.Name))
}

func (c *County) keyed(parts ...string) []byte {
	h := hmac.New(sha256.New, c.index)
	h.Write(bound(parts...))
	return h.Sum(nil)[:indexSize]
}

// Normal writes a text as it is indexed: ID numbers and telephones without
// anything but letters and digits, upper case, full-width forms as plain ones,
// a telephone without the country code 86 in front of a mobile number; names
// without blanks.
func Normal(kind Kind, text string) string {
	var b strings.Builder
	for _, r := range text {
		if r >= '！' && r <= '～' { // full-width forms of ! to ~
			r -= '！' - '!'
		}
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
		case kind == ByName:
			b.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	n := b.String()
	if kind == ByPhone && len(n) == 13 && strings.HasPrefix(n, "861") {
		n = n[2:]
	}
	return n
}
