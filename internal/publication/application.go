package publication

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"parus/credit"
	"parus/credit/lending"
)

// Lends is the role as the rules of applications know it.
func (r Role) Lends() lending.Role { return lending.Role(r) }

// Applying asks for a line. Season and household are those of the publication
// in the request.
type Applying struct {
	lending.Request
	Key     string // idempotency key: the same key and request give the same answer
	Account string
	Role    Role
	At      time.Time
}

// ParseKey checks an idempotency key: 1 to 200 printable ASCII characters.
func ParseKey(key string) (string, error) {
	bad := strings.ContainsFunc(key, func(r rune) bool { return r < 0x21 || r > 0x7e })
	if key == "" || len(key) > 200 || bad {
		return "", fmt.Errorf("%w: 1 to 200 printable characters of ASCII without blanks", lending.BadKey)
	}
	return key, nil
}

// Answer is what an application is answered at once. It never changes: asked
// again with the same key, it is the same to the byte.
type Answer struct {
	ID          int64         `json:"id"`
	Publication int64         `json:"publication"`
	County      string        `json:"county"`
	Season      string        `json:"season"`
	HouseholdID string        `json:"household_id"`
	State       lending.State `json:"state" enum:"decided,referred,rejected" doc:"decided: the offer is reserved until it expires; referred: an approver decides; rejected: no line."`
	AskedFen    int64         `json:"asked_fen"`
	Offer       Offer         `json:"offer"`
	AppliedBy   string        `json:"applied_by" doc:"Account."`
	CreatedAt   time.Time     `json:"created_at"`
	ExpiresAt   *time.Time    `json:"expires_at" doc:"When the offer lapses; null where there is none."`

	Replayed bool `json:"-"` // the key was known
}

// Fill adds what follows from the engine's outcome.
func (a *Answer) Fill(o lending.Outcome) {
	a.CreatedAt = a.CreatedAt.UTC()
	a.Offer, a.State, a.ExpiresAt = OfferOf(o), o.Act.Leads(), nil
	if a.State != lending.Rejected {
		lapses := lending.StandsUntil(a.CreatedAt, o.DueDate)
		a.ExpiresAt = &lapses
	}
}

// Offer is the engine's answer, with what lifts it.
type Offer struct {
	LineFen    int64        `json:"line_fen" doc:"Reserved where decided; where referred, what an approver starts from."`
	Counter    bool         `json:"counter" doc:"A line is offered that is less than was asked for."`
	Binding    string       `json:"binding" doc:"asked, need, capacity, value, or the name of a cap or limit."`
	ReferralZH string       `json:"referral_zh" doc:"Why somebody has to look, or why there is no line, in Chinese."`
	Referral   string       `json:"referral" doc:"The same in English."`
	Reasons    []Reason     `json:"reasons" doc:"Strongest first, at most four."`
	Currency   string       `json:"currency" doc:"ISO 4217."`
	PD         float64      `json:"pd" doc:"Probability of default, 0 to 1."`
	APR        float64      `json:"apr" doc:"Yearly rate, 0 to 1."`
	DueDate    string       `json:"due_date" doc:"YYYY-MM-DD."`
	Schedule   []Instalment `json:"schedule" doc:"Of the line if all of it is drawn at once."`
	AgeDays    int          `json:"age_days" doc:"Of the score."`
	CapFen     int64        `json:"cap_fen" doc:"The most that an approver may offer."`
	Decision   string       `json:"decision" doc:"Digest of the decision behind it."`
}

// Instalment is what falls due on a day.
type Instalment struct {
	Date         string `json:"date" doc:"YYYY-MM-DD."`
	PrincipalFen int64  `json:"principal_fen"`
	InterestFen  int64  `json:"interest_fen"`
}

// OfferOf is an outcome as it is shown.
func OfferOf(o lending.Outcome) Offer {
	out := Offer{
		LineFen: int64(o.Offer.LineFen), Counter: o.Counter, Binding: o.Offer.Binding, ReferralZH: o.Offer.ReferralZH, Referral: o.Offer.Referral,
		Reasons: []Reason{}, Currency: o.Currency, PD: o.PD, APR: o.APR, DueDate: o.DueDate.String(), Schedule: InstalmentsOf(o.Schedule),
		AgeDays: o.AgeDays, CapFen: int64(o.CapFen), Decision: o.Decision,
	}
	for _, r := range o.Offer.Reasons {
		out.Reasons = append(out.Reasons, Reason{string(r.Code), int64(r.EffectFen), r.ZH, r.EN, r.LiftZH, r.LiftEN})
	}
	return out
}

// InstalmentsOf is a schedule as it is shown.
func InstalmentsOf(schedule []credit.Instalment) []Instalment {
	out := []Instalment{}
	for _, i := range schedule {
		out = append(out, Instalment{i.Date.String(), int64(i.PrincipalFen), int64(i.InterestFen)})
	}
	return out
}

// Application is a row of the list of applications.
type Application struct {
	ID          int64         `json:"id"`
	Publication int64         `json:"publication" doc:"That was in force when it was made."`
	County      string        `json:"county"`
	Season      string        `json:"season"`
	HouseholdID string        `json:"household_id"`
	Household   string        `json:"household" doc:"Masked name."`
	Village     string        `json:"village"`
	State       lending.State `json:"state" enum:"applied,decided,referred,approved,accepted,drawn,repaid,rejected,withdrawn"`
	AskedFen    int64         `json:"asked_fen"`
	LineFen     int64         `json:"line_fen" doc:"Offered; while referred what an approver starts from."`
	DrawnFen    int64         `json:"drawn_fen"`
	RepaidFen   int64         `json:"repaid_fen" doc:"Principal."`
	OwedFen     int64         `json:"owed_fen" doc:"Principal outstanding."`
	Currency    string        `json:"currency" doc:"ISO 4217."`
	PD          float64       `json:"pd" doc:"Probability of default, 0 to 1."`
	APR         float64       `json:"apr" doc:"Yearly rate, 0 to 1."`
	DueDate     string        `json:"due_date" doc:"YYYY-MM-DD."`
	Late        bool          `json:"late" doc:"Principal was paid after the due date."`
	AppliedBy   string        `json:"applied_by" doc:"Account."`
	Digest      string        `json:"digest" doc:"Of the snapshot that it rests on."`
	CreatedAt   time.Time     `json:"created_at"`
	UpdatedAt   time.Time     `json:"updated_at"`
	DecidedAt   *time.Time    `json:"decided_at" doc:"By the engine or an approver, the last."`
	ExpiresAt   *time.Time    `json:"expires_at" doc:"When the offer, or the time to draw, ends; null where nothing lapses."`
}

// ApplicationCard is an application with its offer and its history.
type ApplicationCard struct {
	Application
	Offer    Offer              `json:"offer" doc:"What the engine answered."`
	Schedule []Instalment       `json:"schedule" doc:"Of the line as it stands, if all of it is drawn at once."`
	History  []ApplicationEvent `json:"history" doc:"Oldest first."`
	Next     []lending.Act      `json:"next" enum:"approve,reject,accept,withdraw,draw,repay" doc:"What the reader can do to it now."`
}

// Papers is what a letter on an application is written from.
type Papers struct {
	ApplicationCard
	CountyName string
	Snapshot   json.RawMessage   // credit.Snapshot
	Record     string            // lending.Record, as it is in the chain
	Parcels    map[string]string // local names by id
	Consent    *time.Time        // on which the household gave the consent that was in force
}

// ApplicationEvent is one line of an application's history and one link of its
// county's chain.
type ApplicationEvent struct {
	Seq       int64         `json:"seq" doc:"Of the county's chain."`
	At        time.Time     `json:"at"`
	Actor     string        `json:"actor" doc:"Account; parus: the system."`
	Role      lending.Role  `json:"role" enum:"system,officer,approver"`
	Act       lending.Act   `json:"act" enum:"apply,decide,refer,reject,approve,accept,withdraw,expire,draw,repay"`
	State     lending.State `json:"state" enum:"applied,decided,referred,approved,accepted,drawn,repaid,rejected,withdrawn" doc:"After it."`
	AmountFen int64         `json:"amount_fen" doc:"Asked, offered, drawn or repaid."`
	Reason    string        `json:"reason"`
	Hash      string        `json:"hash" doc:"SHA-256 of the event and the one before it, hex."`
}

// ApplicationEventOf is an event as it is shown.
func ApplicationEventOf(e lending.Event) ApplicationEvent {
	return ApplicationEvent{e.Seq, e.At, e.Actor, e.Role, e.Act, e.State, int64(e.AmountFen), e.Reason, hex.EncodeToString(e.Hash)}
}

// ApplicationQuery asks for one page of applications, the newest first.
type ApplicationQuery struct {
	Publication int64  // of whose county and season; 0: all that is visible
	State       string // a state, "live" for all that are open, "" for all
	Household   string // "" is all
	After       *ApplicationCursor
	Limit       int
}

// ApplicationCursor is the last row of the page before.
type ApplicationCursor struct {
	CreatedAt time.Time `json:"t"`
	ID        int64     `json:"i"`
}

// ApplicationPage is one page; More tells that another follows.
type ApplicationPage struct {
	Items []Application
	More  bool
}

// ApplicationMove is an act of somebody on an application.
type ApplicationMove struct {
	Application int64
	Act         lending.Act
	AmountFen   credit.Fen // of approve (0: as proposed), draw and repay
	Reason      string
	Account     string
	Role        Role
	At          time.Time
}

// ConsentGiven is what a household says about being scored and lent to.
type ConsentGiven struct {
	Publication int64
	Household   string
	Revoke      bool
	Evidence    string
	Account     string
	At          time.Time
}

// ParseEvidenceOfConsent checks where a consent is proven: 2 to 500 characters.
func ParseEvidenceOfConsent(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 2 || n > 500 {
		return "", fmt.Errorf("%w: say in 2 to 500 characters where the consent is kept", lending.BadReason)
	}
	return text, nil
}

// Limit is how much may be lent on one thing within a county, and what is held.
type Limit struct {
	Kind         lending.Kind `json:"kind" enum:"household,village,county,crop"`
	Key          string       `json:"key" doc:"Household id, village code, county code, crop code; empty: the default of the kind."`
	AmountFen    *int64       `json:"amount_fen" doc:"Null: no limit."`
	CommittedFen int64        `json:"committed_fen" doc:"Lines offered, accepted and drawn, less what was paid back; of a default the most that one key holds."`
	SetBy        string       `json:"set_by" doc:"Account."`
	At           time.Time    `json:"at"`
}

// SettingLimit sets a limit; who holds more already keeps it.
type SettingLimit struct {
	County    string
	Kind      lending.Kind
	Key       string
	AmountFen *credit.Fen // nil: no limit
	Account   string
	At        time.Time
}

// SetsLimits tells whether the role may set what is lent at most.
func (r Role) SetsLimits() bool { return r == Risk }

// ParseOutcome reads the engine's answer as it is kept.
func ParseOutcome(b json.RawMessage) (lending.Outcome, error) {
	var o lending.Outcome
	err := json.Unmarshal(b, &o)
	return o, err
}
