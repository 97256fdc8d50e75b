package vault

import (
	"crypto/cipher"
	"encoding/json"
	"fmt"
	"strconv"
)

// Secret is what is sealed of a person.
type Secret struct {
	Name     string `json:"name"`
	IDKind   string `json:"id_kind"` // ZJLX; 1 is the resident ID
	IDNumber string `json:"id_number"`
	Phone    string `json:"phone"`
	Address  string `json:"address"`
	Relation string `json:"relation"` // YHZGX
}

// Place is the row that a sealed text belongs to; it opens nowhere else.
type Place struct {
	County    string
	Release   int64
	Household string
	Position  int // in the household
	Subject   []byte
}

func (p Place) bytes() []byte {
	return bound("parus person 1", p.County, strconv.FormatInt(p.Release, 10), p.Household, strconv.Itoa(p.Position), string(p.Subject))
}

// DataKey is the key of one person.
type DataKey struct{ aead cipher.AEAD }

func newDataKey(secret []byte) (DataKey, error) {
	aead, err := sealer(secret)
	return DataKey{aead}, err
}

// Seal encrypts a person's data for one row.
func (k DataKey) Seal(at Place, s Secret) ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return k.aead.Seal(nil, nil, text, at.bytes()), nil
}

// Open decrypts a person's data, or returns [ErrOpen].
func (k DataKey) Open(at Place, sealed []byte) (Secret, error) {
	var s Secret
	text, err := k.aead.Open(nil, nil, sealed, at.bytes())
	if err != nil {
		return s, fmt.Errorf("person %d of household %s in release %d: %w", at.Position, at.Household, at.Release, ErrOpen)
	}
	if json.Unmarshal(text, &s) != nil {
		return s, fmt.Errorf("person %d of household %s in release %d: what was sealed is no person", at.Position, at.Household, at.Release)
	}
	return s, nil
}

// Person is one person of a release on the way in.
type Person struct {
	HouseholdID                 string
	Holder                      bool // the household itself, not a member
	Head                        bool // head of the household
	NameMask, IDMask, PhoneMask string
	Secret                      Secret
}

// Match is a person that was found, without what is sealed.
type Match struct {
	Release                     int64
	Household                   string
	Position                    int
	Subject                     []byte
	Holder, Head                bool
	NameMask, IDMask, PhoneMask string
}

// Revealed is a person with what was sealed.
type Revealed struct {
	Match
	Secret Secret
}
