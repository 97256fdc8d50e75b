package oidc

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config is what a provider has to be told, or is known by.
type Config struct {
	Issuer       string   // as discovery (/.well-known/openid-configuration) names it
	ClientID     string   // of Parus at the provider; the ID token's audience
	ClientSecret string   // "" for a public client
	RedirectURL  string   // of this server, ending in /v1/session/oidc/callback
	Name         string   // for the button; default: the issuer's host
	Scopes       []string // beside openid; default profile

	Create Creation // of accounts; the zero value creates none

	Now    func() time.Time // default time.Now
	Client *http.Client     // default: 10 s a request
}

// Creation says how accounts come to be at a first sign-in. Claims name the role
// and the counties, and both follow the claims at each sign-in.
type Creation struct {
	RoleClaim     string            // e.g. groups: a text or a list of texts
	Roles         map[string]string // value of the claim → role of Parus
	CountiesClaim string            // a list of prefixes of county codes, or one text with blanks between
}

// On tells whether accounts are created.
func (c Creation) On() bool { return c.RoleClaim != "" }

// CallbackPath is where the provider sends the browser back to.
const CallbackPath = "/v1/session/oidc/callback"

var digits = regexp.MustCompile(`^[0-9]{1,12}$`)

// Claims reads role and counties of an identity; false where they name none.
func (c Creation) Claims(who Identity) (role string, counties []string, ok bool) {
	for _, v := range who.Texts(c.RoleClaim) {
		if r, known := c.Roles[v]; known {
			if role != "" && role != r {
				return "", nil, false // of two roles none is the safe one
			}
			role = r
		}
	}
	for _, v := range who.Texts(c.CountiesClaim) {
		if !digits.MatchString(v) {
			return "", nil, false
		}
		counties = append(counties, v)
	}
	return role, counties, role != "" && len(counties) > 0
}

// ParseRoles reads VALUE=ROLE pairs with commas between.
func ParseRoles(text string) (map[string]string, error) {
	out := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		value, role, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok || value == "" || role == "" {
			return nil, fmt.Errorf("roles %q: write VALUE=ROLE with commas between, e.g. bank-officer=officer", text)
		}
		if role == "admin" {
			return nil, fmt.Errorf("roles %q: administrators are made by administrators, not by claims", text)
		}
		out[value] = role
	}
	return out, nil
}

func (c Config) check() error {
	if c.ClientID == "" {
		return errors.New("the client's id is missing")
	}
	for name, address := range map[string]string{"issuer": c.Issuer, "redirect": c.RedirectURL} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.User != nil {
			return fmt.Errorf("%s %q: write an address such as https://id.bank.example", name, address)
		}
		if ip := net.ParseIP(u.Hostname()); u.Scheme != "https" && (u.Scheme != "http" || (ip == nil || !ip.IsLoopback()) && u.Hostname() != "localhost") {
			return fmt.Errorf("%s %q: use https", name, address)
		}
	}
	if !strings.HasSuffix(c.RedirectURL, CallbackPath) {
		return fmt.Errorf("redirect %q: it ends in %s", c.RedirectURL, CallbackPath)
	}
	if c.Create.On() && (len(c.Create.Roles) == 0 || c.Create.CountiesClaim == "") {
		return errors.New("creating accounts needs the claims of role and counties, and which values are which roles")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Name == "" {
		if u, err := url.Parse(c.Issuer); err == nil {
			c.Name = u.Hostname()
		}
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"profile"}
	}
	if !slices.Contains(c.Scopes, "openid") {
		c.Scopes = append([]string{"openid"}, c.Scopes...)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	return c
}
