package vault

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Use says what a key is for. A county has one key for indices and one for the
// audit; of those that wrap, the one made last wraps and all unwrap.
type Use string

// The uses.
const (
	UseWrap  Use = "wrap"
	UseIndex Use = "index"
	UseAudit Use = "audit"
)

// keySize is that of AES-256, in bytes.
const keySize = 32

// format names the layout of the key file.
const format = "parus-keys-1"

// largestFile bounds what is read; a key takes about 200 bytes.
const largestFile = 16 << 20

// Key is one key of a county.
type Key struct {
	ID      string    `json:"id"`
	County  string    `json:"county"`
	Use     Use       `json:"use"`
	Created time.Time `json:"created"`
	Secret  []byte    `json:"secret"` // 32 bytes
}

// Ring is the content of a key file.
type Ring struct {
	keys []Key // in the order in which they were made
}

type keyFile struct {
	Format string `json:"format"`
	Keys   []Key  `json:"keys"`
}

// ErrNoKeys is wrapped where a county has no keys in the ring.
var ErrNoKeys = errors.New("no keys for this county")

// Load reads a key file. One that others may read or write is refused.
func Load(path string) (*Ring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key file (PARUS_KEYS): %w: `parus keys new` makes one", err)
	}
	defer f.Close()
	if err := Private(f); err != nil {
		return nil, fmt.Errorf("key file (PARUS_KEYS) %s: %w", path, err)
	}
	ring, err := Read(io.LimitReader(f, largestFile))
	if err != nil {
		return nil, fmt.Errorf("key file (PARUS_KEYS) %s: %w", path, err)
	}
	return ring, nil
}

// Private checks that a file of secrets belongs to whoever reads it, or to root, and
// that nobody else can read it.
func Private(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("is no file")
	}
	if others := info.Mode().Perm() & 0o077; others != 0 {
		return fmt.Errorf("its mode %04o lets others in: run `chmod 600` on it", info.Mode().Perm())
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return errors.New("it belongs to another user: run as that user, or give it to this one")
	}
	return nil
}

// Read parses a key file.
func Read(r io.Reader) (*Ring, error) {
	var file keyFile
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, errors.New("is not the JSON of a key file") // the parser's words may repeat what it read
	}
	if file.Format != format {
		return nil, fmt.Errorf("its format is not %s", format)
	}
	ids := map[string]bool{}
	for i, k := range file.Keys {
		switch {
		case k.ID == "" || k.County == "":
			return nil, fmt.Errorf("key %d has no id or no county", i+1)
		case ids[k.ID]:
			return nil, fmt.Errorf("key id %s occurs twice", k.ID)
		case k.Use != UseWrap && k.Use != UseIndex && k.Use != UseAudit:
			return nil, fmt.Errorf("key %s: its use is none of wrap, index, audit", k.ID)
		case len(k.Secret) != keySize:
			return nil, fmt.Errorf("key %s has %d bytes, want %d", k.ID, len(k.Secret), keySize)
		}
		ids[k.ID] = true
	}
	slices.SortStableFunc(file.Keys, func(a, b Key) int { return a.Created.Compare(b.Created) })
	return &Ring{file.Keys}, nil
}

// Save writes the ring to a file that appears whole or not at all and that
// only its owner can read.
func (r *Ring) Save(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".parus-keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write key file %s: %w", path, err)
			_ = os.Remove(f.Name())
		}
	}()
	e := json.NewEncoder(f)
	e.SetIndent("", " ")
	err = errors.Join(e.Encode(keyFile{format, r.keys}), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// LoadOrNew is Load, or an empty ring where there is no file.
func LoadOrNew(path string) (*Ring, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return &Ring{}, nil
	}
	return Load(path)
}

// Counties lists the counties that have keys, in order.
func (r *Ring) Counties() []string {
	var out []string
	for _, k := range r.keys {
		out = append(out, k.County)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Has tells whether the ring holds a key.
func (r *Ring) Has(id string) bool {
	return slices.ContainsFunc(r.keys, func(k Key) bool { return k.ID == id })
}

// AddCounty makes the keys of a county that it lacks and tells their ids.
func (r *Ring) AddCounty(county string, now time.Time) []string {
	var made []string
	for _, use := range []Use{UseWrap, UseIndex, UseAudit} {
		if !slices.ContainsFunc(r.keys, func(k Key) bool { return k.County == county && k.Use == use }) {
			made = append(made, r.add(county, use, now))
		}
	}
	return made
}

// Rotate makes another key that wraps and returns its id. Those before go on
// unwrapping until they are retired.
func (r *Ring) Rotate(county string, now time.Time) (string, error) {
	if _, err := r.County(county); err != nil {
		return "", err
	}
	for _, k := range r.keys { // the order of making holds whatever the clock does
		if k.County == county && !now.After(k.Created) {
			now = k.Created.Add(time.Millisecond)
		}
	}
	return r.add(county, UseWrap, now), nil
}

// Retire removes the keys of a county that wrap nothing any more and returns
// their ids: what they wrapped before, in old backups, is then lost.
func (r *Ring) Retire(county string) ([]string, error) {
	c, err := r.County(county)
	if err != nil {
		return nil, err
	}
	var gone []string
	r.keys = slices.DeleteFunc(r.keys, func(k Key) bool {
		old := k.County == county && k.Use == UseWrap && k.ID != c.active
		if old {
			gone = append(gone, k.ID)
		}
		return old
	})
	return gone, nil
}

func (r *Ring) add(county string, use Use, now time.Time) string {
	id, secret := make([]byte, 4), make([]byte, keySize)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	_, _ = rand.Read(secret)
	k := Key{ID: fmt.Sprintf("%s-%s-%s", county, use, hex.EncodeToString(id)), County: county, Use: use,
		Created: now.UTC().Truncate(time.Millisecond), Secret: secret}
	r.keys = append(r.keys, k)
	return k.ID
}
