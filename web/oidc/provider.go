package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Provider is one provider of identities. It is safe for concurrent use.
type Provider struct {
	cfg Config

	mu    sync.Mutex
	found *found // nil until discovery has been answered
}

// found is what discovery tells.
type found struct {
	verifier *oidc.IDTokenVerifier
	auth     oauth2.Config
	leave    string // end_session_endpoint
}

// Secrets bind a sign-in to the browser that began it.
type Secrets struct {
	State, Nonce, Verifier string
}

// Identity is who has signed in.
type Identity struct {
	Issuer, Subject string
	Name            string // preferred_username, else name; not unique, not stable
	claims          map[string]any
}

// Refusal is an answer of the provider, or of somebody in its place, that does
// not hold.
type Refusal struct{ err error }

func (r Refusal) Error() string { return r.err.Error() }

// Unwrap returns the cause.
func (r Refusal) Unwrap() error { return r.err }

// Refuse is a refusal for a reason.
func Refuse(reason string) Refusal { return Refusal{errors.New(reason)} }

// New checks a configuration. It asks the provider for nothing yet, so that a
// server starts while the provider is away.
func New(c Config) (*Provider, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("provider of identities: %w", err)
	}
	return &Provider{cfg: c.withDefaults()}, nil
}

// Issuer returns the issuer's name.
func (p *Provider) Issuer() string { return p.cfg.Issuer }

// Name is what people know it by.
func (p *Provider) Name() string { return p.cfg.Name }

// Creation tells how accounts are created.
func (p *Provider) Creation() Creation { return p.cfg.Create }

// asymmetric are the signatures that are believed: never none, and never one by
// a secret that is shared (RFC 8725, 3.1 and 3.2).
var asymmetric = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// discover asks the provider once; a failure is asked again the next time.
func (p *Provider) discover(ctx context.Context) (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The keys' reader keeps this context for as long as the server runs.
	kept := oidc.ClientContext(context.WithoutCancel(ctx), p.cfg.Client)
	provider, err := oidc.NewProvider(kept, p.cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask %s who it is: %w", p.cfg.Issuer, err)
	}
	var more struct {
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
		Leave      string   `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, fmt.Errorf("discovery of %s: %w", p.cfg.Issuer, err)
	}
	algorithms := slices.DeleteFunc(slices.Clone(asymmetric), func(a string) bool { return !slices.Contains(more.Algorithms, a) })
	if len(algorithms) == 0 {
		algorithms = []string{oidc.RS256} // which every provider has to have (OpenID Connect Core, 15.1)
	}
	p.found = &found{
		verifier: provider.VerifierContext(kept, &oidc.Config{ClientID: p.cfg.ClientID, SupportedSigningAlgs: algorithms, Now: p.cfg.Now}),
		auth: oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: provider.Endpoint(),
			RedirectURL: p.cfg.RedirectURL, Scopes: p.cfg.Scopes},
		leave: more.Leave,
	}
	return p.found, nil
}

// NewVerifier returns a new PKCE verifier of 256 bits.
func NewVerifier() string { return oauth2.GenerateVerifier() }

// Begin returns where to send the browser.
func (p *Provider) Begin(ctx context.Context, s Secrets) (string, error) {
	f, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return f.auth.AuthCodeURL(s.State, oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)), nil
}

// Leave returns where a browser signs out of the provider; "" where it has no
// such place, or is away.
func (p *Provider) Leave(ctx context.Context) string {
	f, err := p.discover(ctx)
	if err != nil || f.leave == "" {
		return ""
	}
	u, err := url.Parse(f.leave)
	if err != nil || u.Scheme != "https" && !strings.HasPrefix(p.cfg.Issuer, "http://") {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.cfg.ClientID)
	q.Set("post_logout_redirect_uri", strings.TrimSuffix(p.cfg.RedirectURL, CallbackPath)+"/")
	u.RawQuery = q.Encode()
	return u.String()
}

// ahead is how far an issue time may lie ahead of this clock.
const ahead = time.Minute

// Finish exchanges the code and returns who has signed in. What does not hold is
// a [Refusal]; the caller has compared the state.
func (p *Provider) Finish(ctx context.Context, s Secrets, code string) (Identity, error) {
	f, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	token, err := f.auth.Exchange(oidc.ClientContext(ctx, p.cfg.Client), code, oauth2.VerifierOption(s.Verifier))
	if r := (*oauth2.RetrieveError)(nil); errors.As(err, &r) && r.Response != nil && r.Response.StatusCode < http.StatusInternalServerError {
		return Identity{}, Refusal{fmt.Errorf("the provider refuses the code: %s", r.ErrorCode)}
	}
	if err != nil {
		return Identity{}, fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Identity{}, Refuse("the provider's answer has no ID token")
	}
	id, err := f.verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, Refusal{fmt.Errorf("ID token: %w", err)}
	}
	return p.identity(id, s)
}

func (p *Provider) identity(id *oidc.IDToken, s Secrets) (Identity, error) {
	who := Identity{Issuer: id.Issuer, Subject: id.Subject}
	if err := id.Claims(&who.claims); err != nil {
		return who, Refusal{fmt.Errorf("claims of the ID token: %w", err)}
	}
	party, _ := who.claims["azp"].(string)
	switch {
	case s.Nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(s.Nonce)) != 1:
		return who, Refuse("the ID token is of another sign-in: its nonce differs")
	case id.IssuedAt.After(p.cfg.Now().Add(ahead)):
		return who, Refuse("the ID token is from the future: compare the clocks of provider and server")
	case len(id.Audience) > 1 && party != p.cfg.ClientID, party != "" && party != p.cfg.ClientID:
		return who, Refuse("the ID token was made for another client")
	case id.Subject == "" || len(id.Subject) > 255:
		return who, Refuse("the ID token names nobody")
	}
	for _, claim := range []string{"preferred_username", "name"} {
		if who.Name == "" {
			who.Name, _ = who.claims[claim].(string)
		}
	}
	return who, nil
}

// Texts returns a claim as texts: those of a list, or one text's words.
func (i Identity) Texts(claim string) []string {
	var out []string
	switch v := i.claims[claim].(type) {
	case string:
		out = strings.Fields(v)
	case []any:
		for _, x := range v {
			if t, ok := x.(string); ok {
				out = append(out, t)
			}
		}
	}
	return out
}
