// Package password turns passwords into strings that can be stored, and checks
// passwords against them. It uses Argon2id with the second recommended
// parameters of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes.
//
// It stores nothing and limits no attempts.
//
//	phc, err := password.Hash("correct horse")
//	ok, err := password.Verify(phc, "correct horse") // true
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	memoryKiB = 64 * 1024
	passes    = 3
	lanes     = 4
	saltBytes = 16
	keyBytes  = 32

	// Least is the fewest characters of a new password (NIST SP 800-63B-4 asks
	// for 15 where a password is the only factor, 8 as the floor of floors).
	Least = 10
	// most keeps a request from buying hash time with megabytes.
	most = 1024
)

// ErrShort and ErrLong refuse a new password by its length.
var (
	ErrShort = fmt.Errorf("password is too short: use at least %d characters", Least)
	ErrLong  = fmt.Errorf("password is too long: use at most %d bytes", most)
)

// Hash returns the PHC string of a new password with a random salt.
func Hash(password string) (string, error) {
	if len([]rune(password)) < Least {
		return "", ErrShort
	}
	if len(password) > most {
		return "", ErrLong
	}
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("salt: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keyBytes)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, memoryKiB, passes, lanes, b.EncodeToString(salt), b.EncodeToString(key)), nil
}

var errPHC = errors.New("stored password is not an argon2id PHC string")

// Verify tells whether the password is the one behind the PHC string.
func Verify(phc, password string) (bool, error) {
	p, err := parse(phc)
	if err != nil {
		return false, err
	}
	if len(password) > most {
		return false, nil
	}
	key := argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.key)))
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

type params struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

// parse reads "$argon2id$v=19$m=65536,t=3,p=4$salt$key" and refuses parameters
// that would cost more than a few times what Hash costs.
func parse(phc string) (params, error) {
	var p params
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errPHC
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); n != 3 || err != nil {
		return p, errPHC
	}
	if p.memory < 8 || p.memory > 8*memoryKiB || p.passes < 1 || p.passes > 32 || p.lanes < 1 {
		return p, fmt.Errorf("%w: parameters out of range", errPHC)
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 {
		return p, errPHC
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) < 16 || len(p.key) > 64 {
		return p, errPHC
	}
	return p, nil
}
