package publication

import (
	"fmt"
	"strings"
	"time"
)

// Role is what an account may do; see the roles in docs/credit.
type Role string

// The roles. A partner maintains a county's registry and sees no scores; an
// admin manages accounts and decides nothing.
const (
	Officer  Role = "officer"
	Partner  Role = "partner"
	Risk     Role = "risk"
	Approver Role = "approver"
	Auditor  Role = "auditor"
	Admin    Role = "admin"
)

// Roles lists every role.
func Roles() []Role { return []Role{Officer, Partner, Risk, Approver, Auditor, Admin} }

// ParseRole returns the role with the given name.
func ParseRole(name string) (Role, error) {
	for _, r := range Roles() {
		if string(r) == name {
			return r, nil
		}
	}
	return "", fmt.Errorf("role %q is unknown: use one of %v", name, Roles())
}

// Account is a person who signs in.
type Account struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Role     Role     `json:"role" enum:"officer,partner,risk,approver,auditor,admin"`
	Counties []string `json:"counties" doc:"Prefixes of county codes; an empty prefix sees every county."`

	Via        string `json:"via,omitempty" enum:"password,oidc,token" doc:"How it signed in: password, oidc or token."`
	MustChange bool   `json:"must_change,omitempty" doc:"Somebody else has set the password: nothing else is answered until it is changed."`

	SessionID  int64    `json:"-"` // 0: no session
	Operations []string `json:"-"` // of a token; nil for people, who are limited by their role alone
}

// Actor is how histories name the account.
func (a Account) Actor() string { return a.Name + " (" + string(a.Role) + ")" }

// Scope returns what the account may see.
func (a Account) Scope() Scope {
	return Scope{Counties: a.Counties, Scores: a.Role != Partner}
}

// NewAccount is an account to be created; PasswordHash is a PHC string, or
// empty where a provider of identities knows who it is.
type NewAccount struct {
	Name         string
	PasswordHash string
	Role         Role
	Counties     []string
	MustChange   bool
	Identity     Identity
	Managed      bool // role and counties follow the provider's claims
}

// Identity is a person as a provider of identities names them: the subject is
// stable and of that issuer alone. The zero value is nobody.
type Identity struct {
	Issuer  string
	Subject string
}

// Session is a signed-in browser. TokenHash is the SHA-256 of its cookie.
type Session struct {
	TokenHash []byte
	AccountID int64
	Created   time.Time
	Expires   time.Time     // however much it is used
	Idle      time.Duration // it ends when it is not used for so long; 0: it does not
	Via       string        // password or oidc
	Agent     string        // what the browser says it is
	Address   string
	Replaces  []byte // TokenHash of the session that the browser had before
}

// Scope limits every read: counties by prefix of their code, and whether
// scores (line, PD, APR, reasons) are part of what is seen.
type Scope struct {
	Counties []string
	Scores   bool
}

// Sees tells whether the county's code starts with one of the scope's prefixes.
func (s Scope) Sees(county string) bool {
	for _, c := range s.Counties {
		if strings.HasPrefix(county, c) {
			return true
		}
	}
	return false
}

// HandsIn tells whether the role may hand in a county's registry.
func (r Role) HandsIn() bool { return r == Partner || r == Admin }
