package vault_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parus/internal/vault"
)

var now = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// county makes the keys of an invented county.
func county(t *testing.T, code string) *vault.County {
	t.Helper()
	var r vault.Ring
	r.AddCounty(code, now)
	c, err := r.County(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var wang = vault.Secret{Name: "王小明", IDKind: "1", IDNumber: "370199199001011237", Phone: "13800000000", Address: "红旗村1号", Relation: "02"}

func TestWhatIsSealedOpensWithItsKeyAtItsPlaceAlone(t *testing.T) {
	t.Parallel()
	c := county(t, "370199")
	subject := c.Subject("H", wang)
	key, wrapped, err := c.NewKey(subject)
	if err != nil {
		t.Fatal(err)
	}
	at := vault.Place{County: "370199", Release: 3, Household: "H", Position: 1, Subject: subject}
	sealed, err := key.Seal(at, wang)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("13800000000")) || bytes.Contains(sealed, []byte(wang.Name)) {
		t.Error("what is sealed can be read")
	}
	again, err := c.Key(subject, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(at, sealed); err != nil || got != wang {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, other := range map[string]vault.Place{
		"another county":    {"370198", 3, "H", 1, subject},
		"another release":   {"370199", 4, "H", 1, subject},
		"another household": {"370199", 3, "I", 1, subject},
		"another position":  {"370199", 3, "H", 2, subject},
		"another subject":   {"370199", 3, "H", 1, []byte("x")},
	} {
		if _, err := again.Open(other, sealed); !errors.Is(err, vault.ErrOpen) {
			t.Errorf("at %s: %v", name, err)
		}
	}
	for i := range sealed {
		bent := bytes.Clone(sealed)
		bent[i] ^= 1
		if _, err := again.Open(at, bent); !errors.Is(err, vault.ErrOpen) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	another, _, err := c.NewKey(subject)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := another.Open(at, sealed); !errors.Is(err, vault.ErrOpen) {
		t.Errorf("by another key: %v", err)
	}
	if _, err := c.Key([]byte("x"), wrapped); !errors.Is(err, vault.ErrOpen) {
		t.Errorf("a key as another person's: %v", err)
	}
	if _, err := county(t, "370199").Key(subject, wrapped); err == nil {
		t.Error("another county's key unwraps")
	}
}

func TestARotatedKeyUnwrapsUntilItIsRetired(t *testing.T) {
	t.Parallel()
	var r vault.Ring
	r.AddCounty("370199", now)
	old, err := r.County("370199")
	if err != nil {
		t.Fatal(err)
	}
	_, first, err := old.NewKey([]byte("s"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.Rotate("370199", now.Add(-time.Hour)) // a clock that was put back
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.County("370199")
	if err != nil || c.Active() != id {
		t.Fatalf("active is %s, want %s; %v", c.Active(), id, err)
	}
	second, err := c.Rewrap([]byte("s"), first)
	if err != nil || second.KeyID != id {
		t.Fatalf("%s, %v", second.KeyID, err)
	}
	if !bytes.Equal(old.Index(vault.ByPhone, "1"), c.Index(vault.ByPhone, "1")) {
		t.Error("a rotation changes the indices")
	}
	gone, err := r.Retire("370199")
	if err != nil || len(gone) != 1 || gone[0] != first.KeyID || r.Has(first.KeyID) {
		t.Errorf("retired %v, %v", gone, err)
	}
	last, err := r.County("370199")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := last.Key([]byte("s"), second); err != nil {
		t.Error(err)
	}
	if _, err := last.Key([]byte("s"), first); err == nil || !strings.Contains(err.Error(), first.KeyID) {
		t.Errorf("under a key that is gone: %v", err)
	}
}

func TestIndicesMeetWhereTheTextMeansTheSame(t *testing.T) {
	t.Parallel()
	c, other := county(t, "370199"), county(t, "370198")
	for _, x := range []struct {
		kind vault.Kind
		a, b string
		same bool
	}{
		{vault.ByID, "37019919900101123x", " 370199 19900101 123X ", true},
		{vault.ByID, "３７０１９９１９９００１０１１２３７", "370199199001011237", true},
		{vault.ByID, "370199199001011237", "370199199001011238", false},
		{vault.ByPhone, "+86 138-0000-0000", "13800000000", true},
		{vault.ByPhone, "13800000000", "13800000001", false},
		{vault.ByName, "王 小明", "王小明", true},
		{vault.ByName, "王小明", "王小民", false},
	} {
		if got := bytes.Equal(c.Index(x.kind, x.a), c.Index(x.kind, x.b)); got != x.same {
			t.Errorf("%s %q and %q: same %t, want %t", x.kind, x.a, x.b, got, x.same)
		}
	}
	if bytes.Equal(c.Index(vault.ByPhone, "1"), c.Index(vault.ByID, "1")) || bytes.Equal(c.Index(vault.ByPhone, "1"), other.Index(vault.ByPhone, "1")) {
		t.Error("kinds or counties share an index")
	}
	if c.Index(vault.ByID, " - ") != nil {
		t.Error("nothing has an index")
	}
	if !bytes.Equal(c.Subject("H1", wang), c.Subject("H2", vault.Secret{IDNumber: "370199 199001011237"})) {
		t.Error("one ID number is two people")
	}
	if bytes.Equal(c.Subject("H1", vault.Secret{Name: "王"}), c.Subject("H2", vault.Secret{Name: "王"})) {
		t.Error("two people without an ID number are one")
	}
}

func TestAKeyFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := vault.LoadOrNew(path)
	if err != nil {
		t.Fatal(err)
	}
	if made := r.AddCounty("370199", now); len(made) != 3 {
		t.Errorf("made %v", made)
	}
	if made := r.AddCounty("370199", now); len(made) != 0 {
		t.Errorf("made again %v", made)
	}
	if err := r.Save(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := vault.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := r.County("370199")
	b, errB := again.County("370199")
	if errA != nil || errB != nil || !bytes.Equal(a.Index(vault.ByID, "1"), b.Index(vault.ByID, "1")) {
		t.Errorf("the file is not what was saved: %v, %v", errA, errB)
	}
	if _, err := again.County("370198"); !errors.Is(err, vault.ErrNoKeys) {
		t.Errorf("keys of no county: %v", err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o611} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Load(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".parus-keys-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestABrokenKeyFileIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	const secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MDE="
	key := func(id, use, text string) string {
		return fmt.Sprintf(`{"id":%q,"county":"370199","use":%q,"created":"2026-01-01T00:00:00Z","secret":%q}`, id, use, text)
	}
	for name, text := range map[string]string{
		"no JSON":                secret,
		"another format":         `{"format":"x","keys":[]}`,
		"an unknown member":      `{"format":"parus-keys-1","keys":[],"` + secret + `":1}`,
		"a use that is none":     `{"format":"parus-keys-1","keys":[` + key("a", "sign", secret) + `]}`,
		"a short secret":         `{"format":"parus-keys-1","keys":[` + key("a", "wrap", "c2VjcmV0") + `]}`,
		"an id that comes twice": `{"format":"parus-keys-1","keys":[` + key("a", "wrap", secret) + `,` + key("a", "wrap", secret) + `]}`,
	} {
		_, err := vault.Read(strings.NewReader(text))
		if err == nil || strings.Contains(err.Error(), "c2Vj") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAChangedAuditShows(t *testing.T) {
	t.Parallel()
	c := county(t, "370199")
	chain := func() (out []vault.Entry) {
		var before []byte
		for i := range 5 {
			var keys *vault.County
			if i > 0 { // the first entry is from before there were keys
				keys = c
			}
			e := keys.Chain(before, vault.Entry{Seq: int64(i + 1), At: now.Add(time.Duration(i) * time.Hour), Actor: "officer", Act: "reveal", Item: fmt.Sprint(i), Purpose: "visit"})
			out, before = append(out, e), e.Hash
		}
		return out
	}
	head := hex.EncodeToString(chain()[4].Hash)
	if err := c.Verify(chain(), head); err != nil {
		t.Fatal(err)
	}
	for name, tamper := range map[string]func([]vault.Entry) []vault.Entry{
		"another purpose": func(e []vault.Entry) []vault.Entry { e[2].Purpose = "theft"; return e },
		"another person":  func(e []vault.Entry) []vault.Entry { e[2].Actor = "x"; return e },
		"another time":    func(e []vault.Entry) []vault.Entry { e[2].At = now; return e },
		"another item":    func(e []vault.Entry) []vault.Entry { e[2].Item = "x"; return e },
		"an entry gone":   func(e []vault.Entry) []vault.Entry { return append(e[:2], e[3:]...) },
		"an entry gone and the rest renumbered": func(e []vault.Entry) []vault.Entry {
			e = append(e[:2], e[3:]...)
			e[2].Seq, e[3].Seq = 3, 4
			return e
		},
		"two that changed places": func(e []vault.Entry) []vault.Entry { e[1], e[2] = e[2], e[1]; return e },
		"the last cut off":        func(e []vault.Entry) []vault.Entry { return e[:4] },
		"all gone":                func([]vault.Entry) []vault.Entry { return nil },
		"chained anew without a key": func(e []vault.Entry) []vault.Entry {
			var none *vault.County
			e[4].Purpose = "x"
			e[4] = none.Chain(e[3].Hash, e[4])
			return e
		},
		"moved between words": func(e []vault.Entry) []vault.Entry { e[2].Act, e[2].Item = "reveal2", ""; return e },
	} {
		if err := c.Verify(tamper(chain()), head); err == nil {
			t.Errorf("%s does not show", name)
		}
	}
	var none *vault.County
	if err := none.Verify(chain(), ""); err == nil || !strings.Contains(err.Error(), "PARUS_KEYS") {
		t.Errorf("without the keys: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"format":"parus-keys-1","keys":[{"id":"a","county":"370199","use":"wrap","created":"2026-01-01T00:00:00Z","secret":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}]}`))
	f.Add([]byte(`{"format":"parus-keys-1","keys":null}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		r, err := vault.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, code := range r.Counties() {
			if c, err := r.County(code); err == nil {
				c.Index(vault.ByID, string(data))
			}
		}
	})
}
