package governance

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// State is where a document stands in its life.
type State string

// The states of a document.
const (
	Draft    State = "draft"
	Tested   State = "tested" // a back-test is stored
	Approved State = "approved"
	Replaced State = "replaced" // by a later draft of the same version
)

// Act is an entry of a policy's history.
type Act string

// The acts.
const (
	ActDraft     Act = "draft"
	ActReplace   Act = "replace"
	ActTest      Act = "test"
	ActApprove   Act = "approve"
	ActActivate  Act = "activate"
	ActRollback  Act = "rollback"
	ActChallenge Act = "challenge" // decides in the shadow of a county's policy
	ActDismiss   Act = "dismiss"   // no longer
)

// Allows tells whether a role may do an act: risk managers write, test and set
// challengers; approvers approve, put in force and take back; either may take
// back. Officers, partners, auditors and admins decide nothing about policies.
func (a Act) Allows(role string) bool {
	switch a {
	case ActApprove, ActActivate:
		return role == "approver"
	case ActRollback:
		return role == "approver" || role == "risk"
	default:
		return role == "risk"
	}
}

// Reads tells whether a role sees policies and their back-tests.
func Reads(role string) bool { return role == "risk" || role == "approver" || role == "auditor" }

// Refusal is an act that may not be done, and what to do instead. Nothing has
// changed.
type Refusal struct {
	Code   string // stable: not_allowed, four_eyes, not_tested, policy_state, version_taken, effective_date, county, reason
	Detail string
	Next   string
}

func (r *Refusal) Error() string { return r.Detail + " " + r.Next }

// Refuse is a refusal.
func Refuse(code, next, format string, args ...any) error {
	return &Refusal{Code: code, Detail: fmt.Sprintf(format, args...), Next: next}
}

// Actor is an account as it was when it acted.
type Actor struct {
	ID       int64
	Name     string
	Role     string
	Counties []string // prefixes
}

// String is the name as the history keeps it.
func (a Actor) String() string { return a.Name + " (" + a.Role + ")" }

// May refuses what the actor's role or counties don't allow. The prefix is that
// of the counties concerned; acts on documents concern none.
func (a Actor) May(act Act, prefix *string) error {
	if !act.Allows(a.Role) {
		who := "a risk manager"
		if act == ActApprove || act == ActActivate {
			who = "an approver"
		}
		return Refuse("not_allowed", "Ask "+who+".", "An account with the role %s may not %s a policy.", a.Role, act)
	}
	if prefix == nil {
		return nil
	}
	for _, own := range a.Counties {
		if strings.HasPrefix(*prefix, own) {
			return nil
		}
	}
	where := "every county"
	if *prefix != "" {
		where = "county " + *prefix
	}
	return Refuse("county", "Name a county that the account sees, or ask somebody who sees it.", "The account does not see %s.", where)
}

// Policy is a document in its life.
type Policy struct {
	Digest     string     `json:"digest" doc:"SHA-256 of the document; it names the document for ever."`
	Version    string     `json:"version"`
	State      State      `json:"state" enum:"draft,tested,approved,replaced"`
	Standing   Standing   `json:"standing" enum:"draft,tested,approved,replaced,scheduled,in_force,superseded,rolled_back" doc:"Its state, or that of its terms today."`
	Author     string     `json:"author"`
	CreatedAt  time.Time  `json:"created_at"`
	Approver   string     `json:"approver" doc:"Empty until approved."`
	ApprovedAt *time.Time `json:"approved_at"`
}

// Card is a policy with all that is known of it.
type Card struct {
	Policy
	Document  string     `json:"document" doc:"YAML."`
	Terms     []Term     `json:"terms"`
	History   []Event    `json:"history" doc:"Oldest first."`
	Backtests []Backtest `json:"backtests" doc:"Newest first, without their reports."`
	Shadows   []string   `json:"shadows" doc:"Counties in which it is the challenger."`
}

// Event is one line of a policy's history.
type Event struct {
	Seq    int             `json:"seq"`
	At     time.Time       `json:"at"`
	Actor  string          `json:"actor" doc:"Account and role."`
	Act    Act             `json:"act" enum:"draft,replace,test,approve,activate,rollback,challenge,dismiss"`
	State  State           `json:"state" doc:"After it." enum:"draft,tested,approved,replaced"`
	Reason string          `json:"reason"`
	Body   json.RawMessage `json:"body" doc:"What the act is about: the back-test, the term."`
}

// Backtest is a stored back-test.
type Backtest struct {
	ID            int64           `json:"id"`
	Digest        string          `json:"digest" doc:"Of the policy."`
	County        string          `json:"county"`
	Season        string          `json:"season"`
	Run           int64           `json:"run"`
	EngineVersion string          `json:"engine_version"`
	At            time.Time       `json:"at"`
	Actor         string          `json:"actor"`
	Households    int             `json:"households"`
	Report        json.RawMessage `json:"report,omitempty"`
}

// Move is an act with its reason.
type Move struct {
	Account string // who does it
	Reason  string
	At      time.Time
}

// ParseReason returns a reason without blanks around it: up to 500 characters,
// and 4 at least where one is needed.
func ParseReason(act Act, text string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	n := utf8.RuneCountInString(text)
	needed := act == ActApprove || act == ActActivate || act == ActRollback
	if n > 500 || !utf8.ValidString(text) || (needed && n < 4) {
		return "", Refuse("reason", "Say in 4 to 500 characters why.", "A reason is missing or too long.")
	}
	return text, nil
}
