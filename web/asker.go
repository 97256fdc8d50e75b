package web

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const tokenScheme = "token"

// Caller is where a request comes from; embed it in an operation's input.
type Caller struct {
	Plain  string `cookie:"parus" hidden:"true"`
	Secure string `cookie:"__Host-parus" hidden:"true"` // both names, as a cookie outlives a change of configuration
	Agent  string `header:"User-Agent" hidden:"true"`
	Via    string `header:"X-Forwarded-For" hidden:"true"`
	peer   string
}

// Resolve notes the other end of the connection.
func (c *Caller) Resolve(ctx huma.Context) []error {
	c.peer = ctx.RemoteAddr()
	return nil
}

func (s *server) cookieOf(c Caller) string {
	if s.cfg.SecureCookies {
		return c.Secure
	}
	return c.Plain
}

// addressOf is the address that a request comes from. What stands in
// X-Forwarded-For is believed from its end on as far as proxies that are known
// have written it.
func (s *server) addressOf(c Caller) string {
	at, err := netip.ParseAddrPort(c.peer)
	if err != nil {
		return plainText(c.peer, 60)
	}
	addr := at.Addr().Unmap()
	hops := strings.Split(c.Via, ",")
	for i := len(hops) - 1; i >= 0 && slices.ContainsFunc(s.cfg.Proxies, func(p netip.Prefix) bool { return p.Contains(addr) }); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = next.Unmap()
	}
	return addr.String()
}

// plainText is text of strangers without what would break a line or a screen.
func plainText(text string, most int) string {
	out := make([]rune, 0, min(len(text), most))
	for _, r := range text {
		if len(out) == most {
			break
		}
		if unicode.IsPrint(r) {
			out = append(out, r)
		}
	}
	return string(out)
}

// bearerOf returns the token of an Authorization header; false where it has
// none.
func bearerOf(header string) (string, bool) {
	scheme, token, _ := strings.Cut(header, " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "bearer")
}

// operation makes an operation need somebody who is known: a session, or a
// token that was given it.
func (s *server) operation(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{sessionScheme: {}}, {tokenScheme: {}}}
	op.Middlewares = append(op.Middlewares, s.requireAccount())
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	return op
}

func (s *server) requireAccount() func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		account, err := s.asker(ctx.Context(), ctx)
		if err == nil {
			err = s.admitted(account, ctx.Operation())
		}
		if err == nil {
			again := func(now context.Context) (publication.Account, error) { return s.asker(now, ctx) }
			next(huma.WithValue(huma.WithValue(ctx, accountKey{}, account), againKey{}, again))
			return
		}
		var p *Problem
		if !errors.As(err, &p) {
			p = s.failure(ctx.Operation().OperationID, err)
		}
		if p.Status == http.StatusUnauthorized {
			ctx.SetHeader("WWW-Authenticate", "Bearer")
		}
		_, w := humago.Unwrap(ctx)
		writeProblem(w, p)
	}
}

// asker is who sends a request: by its token where it has one, whatever its
// cookie, else by its session.
func (s *server) asker(now context.Context, ctx huma.Context) (publication.Account, error) {
	if secret, ok := bearerOf(ctx.Header("Authorization")); ok {
		a, err := s.store.TokenAccount(now, tokenHash(secret), s.cfg.Now())
		if errors.Is(err, publication.ErrNotFound) {
			return a, problem(http.StatusUnauthorized, "bad_token", "The token is not known, has expired or was revoked.", "Ask an administrator for a new one.")
		}
		return a, err
	}
	c, err := huma.ReadCookie(ctx, cookieName(s.cfg.SecureCookies))
	if err != nil {
		return publication.Account{}, errSignedOut()
	}
	a, err := s.sessions.get(now, string(tokenHash(c.Value)))
	if errors.Is(err, publication.ErrNotFound) {
		return a, errSignedOut()
	}
	return a, err
}

// admitted tells why an operation is kept from somebody, whatever it is asked
// for.
func (s *server) admitted(a publication.Account, op *huma.Operation) error {
	switch {
	case !s.askers.allow(a.Name, s.cfg.Now()):
		return problem(http.StatusTooManyRequests, "too_many_requests", "This account sends more requests than one may.", "Wait some seconds, and send fewer at once.")
	case a.Via == "token" && !slices.Contains(a.Operations, tokenOperation(op)):
		return problem(http.StatusForbidden, "token_scope", "The token was not given this operation.", "Ask an administrator for one that was, or sign in.")
	case a.MustChange && !slices.Contains(op.Tags, "session"):
		return problem(http.StatusForbidden, "change_password", "Somebody else has set the password of this account.", "Choose a password of your own with POST /v1/session/password.")
	}
	return nil
}

// tokenOperation is what a token must have been given for an operation; "" can't
// be given.
func tokenOperation(op *huma.Operation) string {
	if op.Method == http.MethodGet || op.Method == http.MethodHead {
		return "read"
	}
	if len(op.Tags) == 0 || !slices.Contains(publication.TokenOperations(), op.Tags[0]) {
		return ""
	}
	return op.Tags[0]
}

// person refuses tokens where only somebody with an account makes sense.
func person(ctx context.Context) (publication.Account, error) {
	a := accountOf(ctx)
	if a.ID == 0 {
		return a, errForbidden("A token has no account of its own.", "Sign in.")
	}
	return a, nil
}

// doer is who changes something, now.
func (s *server) doer(a publication.Account) publication.Doer {
	return publication.Doer{Account: a, At: s.cfg.Now()}
}
