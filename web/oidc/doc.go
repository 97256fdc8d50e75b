// Package oidc signs people in through a provider of identities by OpenID
// Connect: the code flow with PKCE (RFC 7636), bound to one browser by a state
// and a nonce that the caller keeps. It checks the signature by the provider's
// published keys, issuer, audience, authorised party, expiry and issue time of
// the ID token, and takes asymmetric signatures alone.
//
// It keeps nothing, knows no accounts, and asks the provider for nothing beyond
// who signs in.
//
//	p, err := oidc.New(oidc.Config{Issuer: "https://id.bank.example", ClientID: "parus", …})
//	url, err := p.Begin(ctx, secrets)            // send the browser there
//	who, err := p.Finish(ctx, secrets, code)     // when it comes back with a code
//	// who.Subject is the provider's stable name of the person
package oidc
