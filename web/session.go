package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"parus/internal/publication"
	"parus/web/password"

	"github.com/danielgtaylor/huma/v2"
)

const sessionScheme = "session"

// cookieName follows the __Host- rules (RFC 6265bis) where cookies are secure.
func cookieName(secure bool) string {
	if secure {
		return "__Host-parus"
	}
	return "parus"
}

type signInInput struct {
	Caller
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"200"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type sessionOutput struct {
	SetCookie    http.Cookie `header:"Set-Cookie"`
	CacheControl string      `header:"Cache-Control"`
	Body         signedIn
}

type meOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         signedIn
}

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *server) addSession(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "signIn", Method: http.MethodPost, Path: "/v1/session", Summary: "Sign in",
		Tags: []string{"session"}, MaxBodyBytes: 8 << 10, Errors: []int{401, 429},
	}, s.signIn)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "me", Method: http.MethodGet, Path: "/v1/session", Summary: "Who is signed in", Tags: []string{"session"},
	}), func(ctx context.Context, _ *struct{}) (*meOutput, error) {
		return &meOutput{CacheControl: noStore, Body: s.signedIn(accountOf(ctx))}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "signOut", Method: http.MethodDelete, Path: "/v1/session", Summary: "Sign out",
		Tags: []string{"session"}, DefaultStatus: http.StatusNoContent,
	}, s.signOut)
	s.addOwnAccount(api)
	s.addSignOn(api)
}

// decoyPHC is checked where the name is unknown, so that the time taken tells
// nothing. No password is behind it: its key is 32 zero bytes.
const decoyPHC = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (s *server) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	address, now := s.addressOf(in.Caller), s.cfg.Now()
	if err := s.mayTry(ctx, in.Body.Name, address, now); err != nil {
		return nil, s.answer("signIn", err)
	}
	account, phc, err := s.store.AccountByName(ctx, in.Body.Name)
	unknown := errors.Is(err, publication.ErrNotFound) || err == nil && phc == ""
	if err != nil && !unknown {
		return nil, s.answer("signIn", err)
	}
	if unknown {
		phc = decoyPHC
	}
	ok, err := s.verify(ctx, phc, in.Body.Password)
	if err != nil {
		return nil, s.answer("signIn", err)
	}
	if unknown || !ok {
		return nil, errWrongCredentials()
	}
	if err := s.store.ForgiveAttempt(ctx, in.Body.Name, address); err != nil {
		return nil, s.answer("signIn", err)
	}
	account.Via = "password"
	cookie, err := s.openSession(ctx, account, in.Caller)
	if err != nil {
		return nil, s.answer("signIn", err)
	}
	return &sessionOutput{SetCookie: cookie, CacheControl: noStore, Body: s.signedIn(account)}, nil
}

// signedIn is who is signed in, and the day on which the server does business.
type signedIn struct {
	publication.Account
	Today string `json:"today,omitempty" format:"date" doc:"The day of business, where it isn't the clock's: a demonstration of an earlier season."`
}

func (s *server) signedIn(a publication.Account) signedIn {
	in := signedIn{Account: a}
	if today, now := s.cfg.Today(), s.cfg.Now(); today.Sub(now).Abs() >= 24*time.Hour {
		in.Today = today.UTC().Format(time.DateOnly)
	}
	return in
}

func errWrongCredentials() *Problem {
	return problem(http.StatusUnauthorized, "wrong_credentials", "The name or the password is wrong.", "Check both, or ask an administrator for a new password.")
}

// mayTry counts an attempt to sign in, in this server's memory first, which
// costs nothing, then for all servers.
func (s *server) mayTry(ctx context.Context, name, address string, now time.Time) error {
	if !s.signIns.allow(address, name, now) {
		return problem(http.StatusTooManyRequests, "too_many_attempts", "Too many attempts to sign in.", "Wait a minute, then try again.")
	}
	until, err := s.store.CountAttempt(ctx, name, address, now)
	if err != nil || until.IsZero() {
		return err
	}
	minutes := int(until.Sub(now)/time.Minute) + 1
	return problem(http.StatusTooManyRequests, "locked", "After too many failures this name or address waits.",
		fmt.Sprintf("Try again in %d min, or ask an administrator to reset the password.", minutes))
}

// verify compares a password, a few at a time.
func (s *server) verify(ctx context.Context, phc, secret string) (bool, error) {
	release, err := s.signIns.hashing(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	return password.Verify(phc, secret)
}

// openSession makes a session with a new secret, whatever cookie the browser
// came with; the session behind that one ends.
func (s *server) openSession(ctx context.Context, a publication.Account, c Caller) (http.Cookie, error) {
	token, err := newSecret()
	if err != nil {
		return http.Cookie{}, err
	}
	now := s.cfg.Now()
	expires := now.Add(s.cfg.SessionLife)
	n := publication.Session{TokenHash: tokenHash(token), AccountID: a.ID, Created: now, Expires: expires, Idle: s.cfg.SessionIdle, Via: a.Via,
		Agent: plainText(c.Agent, 200), Address: s.addressOf(c)}
	if old := s.cookieOf(c); old != "" {
		n.Replaces = tokenHash(old)
	}
	if err := s.store.AddSession(ctx, n); err != nil {
		return http.Cookie{}, err
	}
	return s.cookie(token, expires), nil
}

// newSecret is 256 random bits in letters.
func newSecret() (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

func (s *server) cookie(value string, expires time.Time) http.Cookie {
	return http.Cookie{
		Name: cookieName(s.cfg.SecureCookies), Value: value, Path: "/", Expires: expires.UTC(),
		HttpOnly: true, Secure: s.cfg.SecureCookies, SameSite: http.SameSiteLaxMode,
	}
}

type signOutInput struct{ Caller }

func (s *server) signOut(ctx context.Context, in *signOutInput) (*signOutOutput, error) {
	if token := s.cookieOf(in.Caller); token != "" {
		if err := s.store.DropSession(ctx, tokenHash(token)); err != nil {
			return nil, s.answer("signOut", err)
		}
	}
	return &signOutOutput{SetCookie: s.cookie("", time.Unix(0, 0))}, nil
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

type (
	accountKey struct{}
	againKey   struct{} // asks once more who it is, for what lasts
)

// accountOf returns who asks; requireAccount has put it there.
func accountOf(ctx context.Context) publication.Account {
	a, _ := ctx.Value(accountKey{}).(publication.Account)
	return a
}

func scopeOf(ctx context.Context) publication.Scope { return accountOf(ctx).Scope() }
