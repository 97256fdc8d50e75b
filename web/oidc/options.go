package oidc

// Options are a provider as command lines and environments name it. The zero
// value is none.
type Options struct {
	OIDCIssuer   string `name:"oidc-issuer" env:"PARUS_OIDC_ISSUER" placeholder:"URL" help:"Provider of identities (OpenID Connect) that people may sign in through; default: none."`
	OIDCClient   string `name:"oidc-client" env:"PARUS_OIDC_CLIENT_ID" placeholder:"ID" help:"What the provider knows this server by."`
	OIDCSecret   string `name:"oidc-secret" env:"PARUS_OIDC_CLIENT_SECRET" placeholder:"SECRET" help:"Of the client; set it in the environment, as arguments can be seen by everybody on the machine."`
	OIDCRedirect string `name:"oidc-redirect" env:"PARUS_OIDC_REDIRECT_URL" placeholder:"URL" help:"Address of this server with /v1/session/oidc/callback, as the provider knows it."`
	OIDCName     string `name:"oidc-name" env:"PARUS_OIDC_NAME" placeholder:"TEXT" help:"Name on the button; default: the issuer's host."`

	OIDCRoleClaim     string `name:"oidc-role-claim" env:"PARUS_OIDC_ROLE_CLAIM" placeholder:"CLAIM" help:"Create accounts at a first sign-in, with a role by this claim; default: accounts are made by administrators."`
	OIDCRoles         string `name:"oidc-roles" env:"PARUS_OIDC_ROLES" placeholder:"VALUE=ROLE,…" help:"Which values of that claim are which roles."`
	OIDCCountiesClaim string `name:"oidc-counties-claim" env:"PARUS_OIDC_COUNTIES_CLAIM" placeholder:"CLAIM" help:"Claim with the first digits of county codes."`
}

// Provider returns the provider, nil where there is none.
func (o Options) Provider() (*Provider, error) {
	if o.OIDCIssuer == "" {
		return nil, nil //nolint:nilnil // no provider is no error
	}
	c := Config{Issuer: o.OIDCIssuer, ClientID: o.OIDCClient, ClientSecret: o.OIDCSecret, RedirectURL: o.OIDCRedirect, Name: o.OIDCName}
	if o.OIDCRoleClaim != "" {
		roles, err := ParseRoles(o.OIDCRoles)
		if err != nil {
			return nil, err
		}
		c.Create = Creation{RoleClaim: o.OIDCRoleClaim, Roles: roles, CountiesClaim: o.OIDCCountiesClaim}
	}
	return New(c)
}
