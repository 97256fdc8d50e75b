package publication

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a change of accounts is refused for.
var (
	ErrNameTaken         = errors.New("the name is taken")
	ErrLastAdministrator = errors.New("somebody has to remain who manages the accounts of every county")
	ErrManaged           = errors.New("role and counties of this account follow its provider of identities")
)

// Doer is who changes something and when: for histories, and for what may be
// changed.
type Doer struct {
	Account Account
	At      time.Time
}

// AccountCard is an account as administrators see it.
type AccountCard struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Role       Role       `json:"role" enum:"officer,partner,risk,approver,auditor,admin"`
	Counties   []string   `json:"counties"`
	CreatedAt  time.Time  `json:"created_at"`
	DisabledAt *time.Time `json:"disabled_at" doc:"Null while it is in use."`
	SignedInAt *time.Time `json:"signed_in_at"`
	Sessions   int        `json:"sessions" doc:"That have not ended."`
	Password   bool       `json:"password" doc:"It signs in by a password."`
	MustChange bool       `json:"must_change"`
	Issuer     string     `json:"issuer" doc:"Of the subject; empty: it does not sign in through a provider."`
	Subject    string     `json:"subject"`
	Managed    bool       `json:"managed" doc:"Role and counties follow the provider's claims."`
}

// AccountChange is what to change; nil stays as it is.
type AccountChange struct {
	Role     *Role
	Counties *[]string
	Disabled *bool
	Identity *Identity // the zero value takes it away
}

// SessionCard is one of an account's sessions as its owner sees it.
type SessionCard struct {
	ID        int64     `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at" doc:"Last use, within a minute."`
	ExpiresAt time.Time `json:"expires_at"`
	Via       string    `json:"via" enum:"password,oidc"`
	Agent     string    `json:"agent"`
	Address   string    `json:"address"`
	Current   bool      `json:"current" doc:"It is the one that asks."`
}

// TokenOperations are what a token may be given: read is every operation that
// changes nothing; the others are the tags of operations that do.
func TokenOperations() []string {
	return []string{"read", "applications", "alerts", "people"}
}

// Token is a system's key. Its secret is shown once and never kept.
type Token struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Role       Role       `json:"role" enum:"officer,partner,risk,auditor"`
	Counties   []string   `json:"counties"`
	Operations []string   `json:"operations" enum:"read,applications,alerts,people"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"Within a minute."`
	State      string     `json:"state" db:"-" enum:"in_force,expired,revoked"`
}

// At is the token with its state at a moment.
func (t Token) At(now time.Time) Token {
	t.State = "in_force"
	switch {
	case t.RevokedAt != nil:
		t.State = "revoked"
	case !t.ExpiresAt.After(now):
		t.State = "expired"
	}
	return t
}

var tokenName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// longestToken is the longest life of a token: it is renewed once a year.
const longestToken = 366 * 24 * time.Hour

// Check refuses a token that can't be: approvals and accounts are for people.
func (t Token) Check(now time.Time) error {
	switch {
	case !tokenName.MatchString(t.Name):
		return fmt.Errorf("name %q: use 1 to 40 of a-z, 0-9 and -", t.Name)
	case !slices.Contains([]Role{Officer, Partner, Risk, Auditor}, t.Role):
		return fmt.Errorf("role %q: a token is officer, partner, risk or auditor; approvals and accounts are for people", t.Role)
	case len(t.Operations) == 0:
		return fmt.Errorf("operations: say what it may do, of %v", TokenOperations())
	case !t.ExpiresAt.After(now) || t.ExpiresAt.After(now.Add(longestToken)):
		return errors.New("expiry: choose a time within the next year")
	}
	for _, o := range t.Operations {
		if !slices.Contains(TokenOperations(), o) {
			return fmt.Errorf("operation %q is unknown: use those of %v", o, TokenOperations())
		}
	}
	return CheckCounties(t.Counties)
}

// CheckCounties refuses what are no prefixes of county codes.
func CheckCounties(list []string) error {
	if len(list) == 0 {
		return errors.New("counties: name the first digits of at least one county's code")
	}
	for _, c := range list {
		if strings.Trim(c, "0123456789") != "" || len(c) > 12 {
			return fmt.Errorf("county %q: write the first digits of its code, such as 3701", c)
		}
	}
	return nil
}

// CheckAccountName refuses names that histories and tables could not show as
// they are, and those that look like a token's.
func CheckAccountName(name string) error {
	n := utf8.RuneCountInString(name)
	odd := strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == '(' || r == ')' || r == utf8.RuneError })
	if n < 1 || n > 60 || odd || strings.TrimSpace(name) != name || strings.HasPrefix(name, "token:") || strings.ContainsAny(name[:1], "=+-@") {
		return errors.New("the name of an account has 1 to 60 printable characters, no brackets, no blanks around it, and begins with a letter or digit")
	}
	return nil
}

// Holds tells whether whoever has the scope sees all that the counties, as
// prefixes, let others see.
func (s Scope) Holds(counties []string) bool {
	for _, c := range counties {
		if !s.Sees(c) {
			return false
		}
	}
	return len(counties) > 0 || s.Sees("")
}

// Flow is a sign-in through a provider that has begun.
type Flow struct {
	Browser  []byte // SHA-256 of the cookie that binds it
	State    []byte // SHA-256
	Nonce    string
	Verifier string // PKCE
	BackTo   string // path of the page
	Expires  time.Time
}

// TrailQuery selects entries of the trail; zero values select all.
type TrailQuery struct {
	Kind, Actor, Household string // Actor: a part of the name
	From, Until            time.Time
	After                  *TrailCursor
	Limit                  int
}

// TrailCursor is the entry after which a page begins.
type TrailCursor struct {
	At    time.Time `json:"at"`
	Kind  string    `json:"kind"`
	Place string    `json:"place"`
}

// TrailEntry is one thing that somebody has done.
type TrailEntry struct {
	Kind      string    `json:"kind" enum:"people,application,alert,run,policy,access"`
	Place     string    `json:"-"`
	County    string    `json:"county" doc:"Empty for what belongs to no single county."`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor"`
	Act       string    `json:"act"`
	Item      string    `json:"item" doc:"What it was done to, by the name of its kind."`
	Household string    `json:"household"`
	Reason    string    `json:"reason"`
	Release   string    `json:"release" doc:"Of the registry; empty where none was looked at."`
	Model     string    `json:"model" doc:"Models, engine and policy behind it; empty where there are none."`
}

// TrailPage is a part of the trail, the latest first.
type TrailPage struct {
	Items []TrailEntry
	More  bool
}

// ReadsTrail tells whether the role may read who did what.
func (r Role) ReadsTrail() bool { return slices.Contains([]Role{Auditor, Risk, Admin}, r) }
