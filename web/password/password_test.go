package password_test

import (
	"errors"
	"strings"
	"testing"

	"parus/web/password"
)

func TestAHashVerifiesItsPasswordAlone(t *testing.T) {
	t.Parallel()
	phc, err := password.Hash("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=65536,t=3,p=4$") || strings.Contains(phc, "correct") {
		t.Errorf("hash %q, want the parameters of RFC 9106's second choice", phc)
	}
	for given, want := range map[string]bool{"correct horse": true, "correct horsE": false, strings.Repeat("x", 2000): false} {
		if ok, err := password.Verify(phc, given); ok != want || err != nil {
			t.Errorf("verify %.20q: %t, %v; want %t", given, ok, err, want)
		}
	}
	again, err := password.Hash("correct horse")
	if err != nil || again == phc {
		t.Errorf("the same password hashes to the same string: salts repeat (%v)", err)
	}
}

func TestNewPasswordsAreBounded(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]error{"short": password.ErrShort, "一二三四五六七八九": password.ErrShort, strings.Repeat("x", 1025): password.ErrLong} {
		if _, err := password.Hash(given); !errors.Is(err, want) {
			t.Errorf("%.12q: %v, want %v", given, err, want)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA")
	f.Add("$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, phc string) {
		if strings.Contains(phc, "m=") && len(phc) > 40 && !strings.Contains(phc, "m=64,t=1,p=1") {
			t.Skip("costly parameters are left to the cases")
		}
		if ok, err := password.Verify(phc, "guess"); ok && err != nil {
			t.Error("verified with an error")
		}
	})
}
