package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"strconv"
)

// UploadKey seals the pieces of one upload, which hold personal data as a county
// hands them in.
type UploadKey struct {
	aead   cipher.AEAD
	county string
	upload string
}

// NewUploadKey makes the key of an upload's pieces.
func (c *County) NewUploadKey(upload string) (UploadKey, WrappedKey, error) {
	secret := make([]byte, keySize)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the process instead
	aead, err := sealer(secret)
	if err != nil {
		return UploadKey{}, WrappedKey{}, err
	}
	return UploadKey{aead, c.code, upload}, c.wrap(uploadSubject(upload), secret), nil
}

// UploadKey opens the key of an upload's pieces.
func (c *County) UploadKey(upload string, w WrappedKey) (UploadKey, error) {
	secret, err := c.unwrap(uploadSubject(upload), w)
	if err != nil {
		return UploadKey{}, fmt.Errorf("upload %s: %w", upload, err)
	}
	aead, err := sealer(secret)
	return UploadKey{aead, c.code, upload}, err
}

func uploadSubject(upload string) []byte { return []byte("upload " + upload) }

// Seal encrypts the piece that begins at an offset.
func (k UploadKey) Seal(at int64, piece []byte) []byte {
	return k.aead.Seal(nil, nil, piece, k.place(at))
}

// Open decrypts the piece that begins at an offset, or returns [ErrOpen].
func (k UploadKey) Open(at int64, sealed []byte) ([]byte, error) {
	piece, err := k.aead.Open(nil, nil, sealed, k.place(at))
	if err != nil {
		return nil, fmt.Errorf("piece at byte %d of upload %s: %w", at, k.upload, ErrOpen)
	}
	return piece, nil
}

func (k UploadKey) place(at int64) []byte {
	return bound("parus upload 1", k.county, k.upload, strconv.FormatInt(at, 10))
}
