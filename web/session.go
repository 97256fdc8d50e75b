package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"time"

	"parus/internal/publication"
	"parus/web/password"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
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
	Remote string
	Body   struct {
		Name     string `json:"name" minLength:"1" maxLength:"200"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

// Resolve notes where the request comes from, for the limit on attempts.
func (in *signInInput) Resolve(ctx huma.Context) []error {
	in.Remote = ctx.RemoteAddr()
	if host, _, err := net.SplitHostPort(in.Remote); err == nil {
		in.Remote = host
	}
	return nil
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
}

// decoyPHC is checked where the name is unknown, so that the time taken tells
// nothing. No password is behind it: its key is 32 zero bytes.
const decoyPHC = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (s *server) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	now := s.cfg.Now()
	if !s.signIns.allow(in.Remote, in.Body.Name, now) {
		return nil, problem(http.StatusTooManyRequests, "too_many_attempts", "Too many attempts to sign in.", "Wait a minute, then try again.")
	}
	account, phc, err := s.store.AccountByName(ctx, in.Body.Name)
	unknown := errors.Is(err, publication.ErrNotFound)
	if err != nil && !unknown {
		return nil, s.answer("signIn", err)
	}
	if unknown {
		phc = decoyPHC
	}
	release, err := s.signIns.hashing(ctx)
	if err != nil {
		return nil, s.answer("signIn", err)
	}
	ok, err := password.Verify(phc, in.Body.Password)
	release()
	if err != nil {
		return nil, s.answer("signIn", err)
	}
	if unknown || !ok {
		return nil, problem(http.StatusUnauthorized, "wrong_credentials", "The name or the password is wrong.", "Check both, or ask an administrator for a new password.")
	}
	return s.openSession(ctx, account, now)
}

func (s *server) openSession(ctx context.Context, a publication.Account, now time.Time) (*sessionOutput, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return nil, s.answer("signIn", err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	expires := now.Add(s.cfg.SessionLife)
	err := s.store.AddSession(ctx, publication.Session{TokenHash: tokenHash(token), AccountID: a.ID, Created: now, Expires: expires})
	if err != nil {
		return nil, s.answer("signIn", err)
	}
	return &sessionOutput{SetCookie: s.cookie(token, expires), CacheControl: noStore, Body: s.signedIn(a)}, nil
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

func (s *server) cookie(value string, expires time.Time) http.Cookie {
	return http.Cookie{
		Name: cookieName(s.cfg.SecureCookies), Value: value, Path: "/", Expires: expires.UTC(),
		HttpOnly: true, Secure: s.cfg.SecureCookies, SameSite: http.SameSiteLaxMode,
	}
}

// signOutInput has both names, as a cookie outlives a change of configuration.
type signOutInput struct {
	Plain  string `cookie:"parus" hidden:"true"`
	Secure string `cookie:"__Host-parus" hidden:"true"`
}

func (s *server) signOut(ctx context.Context, in *signOutInput) (*signOutOutput, error) {
	token := in.Plain
	if s.cfg.SecureCookies {
		token = in.Secure
	}
	if token != "" {
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

// operation makes an operation need a session.
func (s *server) operation(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{sessionScheme: {}}}
	op.Middlewares = append(op.Middlewares, s.requireAccount())
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusServiceUnavailable)
	return op
}

func (s *server) requireAccount() func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c, err := huma.ReadCookie(ctx, cookieName(s.cfg.SecureCookies))
		var account publication.Account
		if err == nil {
			account, err = s.store.SessionAccount(ctx.Context(), tokenHash(c.Value), s.cfg.Now())
		} else {
			err = publication.ErrNotFound
		}
		if err == nil {
			again := func(ctx context.Context) (publication.Account, error) {
				return s.store.SessionAccount(ctx, tokenHash(c.Value), s.cfg.Now())
			}
			next(huma.WithValue(huma.WithValue(ctx, accountKey{}, account), againKey{}, again))
			return
		}
		p := errSignedOut()
		if !errors.Is(err, publication.ErrNotFound) {
			p = s.failure(ctx.Operation().OperationID, err)
		}
		_, w := humago.Unwrap(ctx)
		writeProblem(w, p)
	}
}
