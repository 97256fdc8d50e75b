package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parus/internal/publication"
	"parus/web/oidc"

	"github.com/danielgtaylor/huma/v2"
)

// flowLife is how long somebody may take at the provider.
const flowLife = 10 * time.Minute

type waysOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Provider string `json:"provider" doc:"Name of the provider of identities; empty: there is none."`
		Leave    string `json:"leave" doc:"Where a browser signs out of the provider; empty: nowhere."`
	}
}

type beginInput struct {
	BackTo string `query:"back_to" maxLength:"300" doc:"Path of the page to come back to."`
}

type callbackInput struct {
	Caller
	FlowPlain  string `cookie:"parus-sign-on" hidden:"true"`
	FlowSecure string `cookie:"__Host-parus-sign-on" hidden:"true"`
	State      string `query:"state" maxLength:"200"`
	Code       string `query:"code" maxLength:"4096"`
	Error      string `query:"error" maxLength:"200"`
}

type redirectOutput struct {
	Status       int
	Location     string        `header:"Location"`
	SetCookie    []http.Cookie `header:"Set-Cookie"`
	CacheControl string        `header:"Cache-Control"`
}

// addSignOn registers the way through a provider. Both steps are addresses that
// a browser is sent to, so their failures lead to the page, which says what to
// do next.
func (s *server) addSignOn(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "signInWays", Method: http.MethodGet, Path: "/v1/session/ways", Tags: []string{"session"}, Summary: "How one may sign in",
	}, s.ways)
	huma.Register(api, huma.Operation{
		OperationID: "beginSignOn", Method: http.MethodGet, Path: "/v1/session/oidc", Tags: []string{"session"}, DefaultStatus: http.StatusSeeOther,
		Summary: "Go to the provider of identities to sign in",
	}, s.beginSignOn)
	huma.Register(api, huma.Operation{
		OperationID: "finishSignOn", Method: http.MethodGet, Path: oidc.CallbackPath, Tags: []string{"session"}, DefaultStatus: http.StatusSeeOther,
		Summary: "Come back from the provider of identities",
	}, s.finishSignOn)
}

func (s *server) ways(ctx context.Context, _ *struct{}) (*waysOutput, error) {
	out := &waysOutput{CacheControl: noStore}
	if p := s.cfg.SignOn; p != nil {
		out.Body.Provider, out.Body.Leave = p.Name(), p.Leave(ctx)
	}
	return out, nil
}

func (s *server) flowCookie(value string, expires time.Time) http.Cookie {
	c := s.cookie(value, expires)
	c.Name += "-sign-on"
	return c
}

// toPage sends the browser to the page; a code that is not empty says why
// nobody is signed in.
func (s *server) toPage(path, code string) *redirectOutput {
	out := &redirectOutput{Status: http.StatusSeeOther, Location: path, CacheControl: noStore, SetCookie: []http.Cookie{s.flowCookie("", time.Unix(0, 0))}}
	if code != "" {
		out.Location = "/?" + url.Values{"refused": {code}}.Encode()
	}
	return out
}

// backTo is a path of this page, never an address of another.
func backTo(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || strings.HasPrefix(path, "/v1/") {
		return "/"
	}
	return u.EscapedPath()
}

func (s *server) beginSignOn(ctx context.Context, in *beginInput) (*redirectOutput, error) {
	if s.cfg.SignOn == nil {
		return s.toPage("", "sign_on_off"), nil
	}
	var made [3]string // cookie, state, nonce
	for i := range made {
		var err error
		if made[i], err = newSecret(); err != nil {
			return nil, s.answer("beginSignOn", err)
		}
	}
	now := s.cfg.Now()
	f := publication.Flow{Browser: tokenHash(made[0]), State: tokenHash(made[1]), Nonce: made[2], Verifier: oidc.NewVerifier(), BackTo: backTo(in.BackTo), Expires: now.Add(flowLife)}
	where, err := s.cfg.SignOn.Begin(ctx, oidc.Secrets{State: made[1], Nonce: f.Nonce, Verifier: f.Verifier})
	if err == nil {
		err = s.store.BeginFlow(ctx, f, now)
	}
	if err != nil {
		s.logFailure("beginSignOn", err)
		return s.toPage("", "sign_on_away"), nil
	}
	return &redirectOutput{Status: http.StatusSeeOther, Location: where, CacheControl: noStore, SetCookie: []http.Cookie{s.flowCookie(made[0], f.Expires)}}, nil
}

func (s *server) finishSignOn(ctx context.Context, in *callbackInput) (*redirectOutput, error) {
	account, path, err := s.signOn(ctx, in)
	var r oidc.Refusal
	switch {
	case errors.Is(err, publication.ErrNotFound):
		return s.toPage("", "sign_on_unknown"), nil
	case errors.As(err, &r):
		s.log.Warn("sign-on refused", "reason", plainText(err.Error(), 300))
		return s.toPage("", "sign_on_refused"), nil
	case err != nil:
		s.logFailure("finishSignOn", err)
		return s.toPage("", "sign_on_away"), nil
	}
	account.Via = "oidc"
	cookie, err := s.openSession(ctx, account, in.Caller)
	if errors.Is(err, publication.ErrNotFound) {
		return s.toPage("", "sign_on_unknown"), nil
	}
	if err != nil {
		return nil, s.answer("finishSignOn", err)
	}
	out := s.toPage(path, "")
	out.SetCookie = append(out.SetCookie, cookie)
	return out, nil
}

// errFlow is an answer that belongs to no sign-in of this browser.
var errFlow = oidc.Refuse("no sign-in of this browser is open, or its state differs")

// signOn is the account that a provider's answer names, and the path to go back
// to. Whatever the answer, the sign-in that it belongs to is over.
func (s *server) signOn(ctx context.Context, in *callbackInput) (publication.Account, string, error) {
	cookie := in.FlowPlain
	if s.cfg.SecureCookies {
		cookie = in.FlowSecure
	}
	if s.cfg.SignOn == nil || cookie == "" {
		return publication.Account{}, "", errFlow
	}
	flow, err := s.store.TakeFlow(ctx, tokenHash(cookie), s.cfg.Now())
	switch {
	case errors.Is(err, publication.ErrNotFound):
		return publication.Account{}, "", errFlow
	case err != nil:
		return publication.Account{}, "", err
	case subtle.ConstantTimeCompare(flow.State, tokenHash(in.State)) != 1:
		return publication.Account{}, "", errFlow
	case in.Error != "" || in.Code == "":
		return publication.Account{}, "", oidc.Refuse("the provider says " + in.Error)
	}
	who, err := s.cfg.SignOn.Finish(ctx, oidc.Secrets{Nonce: flow.Nonce, Verifier: flow.Verifier}, in.Code)
	if err != nil {
		return publication.Account{}, "", err
	}
	account, err := s.accountFor(ctx, who)
	return account, flow.BackTo, err
}

// accountFor is the account of an identity. It is created only where the
// configuration says so and the claims name a role and counties; those of an
// account that was created so follow the claims.
func (s *server) accountFor(ctx context.Context, who oidc.Identity) (publication.Account, error) {
	id := publication.Identity{Issuer: who.Issuer, Subject: who.Subject}
	creation := s.cfg.SignOn.Creation()
	role, counties, told := "", []string(nil), false
	if creation.On() {
		role, counties, told = creation.Claims(who)
	}
	account, err := s.store.AccountByIdentity(ctx, id)
	by := publication.Doer{Account: publication.Account{Name: "parus", Role: "system"}, At: s.cfg.Now()}
	switch {
	case err == nil && told:
		if err := s.store.FollowClaims(ctx, by, account.ID, publication.Role(role), counties); err != nil {
			return account, err
		}
		return s.store.AccountByIdentity(ctx, id)
	case err == nil && creation.On(): // whom the provider gives no role any more
		return account, s.store.FollowClaims(ctx, by, account.ID, account.Role, []string{})
	case !errors.Is(err, publication.ErrNotFound) || !told:
		return account, err
	}
	if err := publication.CheckAccountName(who.Name); err != nil {
		return account, oidc.Refuse("the provider's name of the person can't be one of an account")
	}
	_, err = s.store.CreateAccount(ctx, by, publication.NewAccount{Name: who.Name, Role: publication.Role(role), Counties: counties, Identity: id, Managed: true})
	if errors.Is(err, publication.ErrNameTaken) { // by somebody else, or by a disabled account of this subject
		return account, publication.ErrNotFound
	}
	if err != nil {
		return account, err
	}
	return s.store.AccountByIdentity(ctx, id)
}
