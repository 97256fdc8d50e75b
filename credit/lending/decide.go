package lending

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"parus/credit"
)

// RulesVersion changes whenever the same request, facts and snapshot could give
// another outcome; the engine has a version of its own.
const RulesVersion = "1"

// Identity is what an officer found about who asks.
type Identity string

// What an officer may find.
const (
	IdentityChecked   Identity = "checked"   // the person is the household's, by an identity card
	IdentityUnchecked Identity = "unchecked" // nobody has looked: an approver decides
	IdentityDiffers   Identity = "differs"   // it is somebody else: no line
)

// Request is what a household asks for, as its officer entered it.
type Request struct {
	Publication int64      `json:"publication"` // that the officer looked at
	Season      string     `json:"season"`
	Household   string     `json:"household_id"`
	AskedFen    credit.Fen `json:"asked_fen"`
	DebtDueFen  credit.Fen `json:"debt_due_fen"` // debts due until the line is, as they are known now; 0: nothing beyond the snapshot's
	Identity    Identity   `json:"identity"`
	SignedAt    time.Time  `json:"signed_at"` // zero: not told
}

// Facts are what the moment of the decision adds to request and snapshot.
type Facts struct {
	At        time.Time      `json:"at"`
	County    string         `json:"county"`
	Village   string         `json:"village"`
	Digest    string         `json:"digest"`      // of the snapshot
	InForce   bool           `json:"in_force"`    // the publication still is
	Consent   int64          `json:"consent"`     // that is in force; 0: none
	OtherOpen int64          `json:"other_open"`  // application of the household's in the season; 0: none
	Rooms     []credit.Limit `json:"rooms"`       // see [Rooms]
	Policy    *credit.Policy `json:"policy"`      // in force; null: the snapshot's
	OwnDueFen credit.Fen     `json:"own_due_fen"` // lines of the household's in other seasons that are open
}

// Outcome is what the engine answers.
type Outcome struct {
	Act      Act                 `json:"act"`      // decide, refer or reject
	Offer    credit.Offer        `json:"offer"`    // LineFen is reserved where decided
	Counter  bool                `json:"counter"`  // less than asked
	AgeDays  int                 `json:"age_days"` // of the snapshot
	Decision string              `json:"decision"` // digest of the decision behind it: the snapshot's, or one made now with today's debts
	Currency string              `json:"currency"`
	PD       float64             `json:"pd"`
	APR      float64             `json:"apr"`
	AsOf     credit.Date         `json:"as_of"` // from when interest counts, as in the decision
	DueDate  credit.Date         `json:"due_date"`
	CapFen   credit.Fen          `json:"cap_fen"` // the most that an approver may offer
	Schedule []credit.Instalment `json:"schedule"`
	Shares   []credit.CropShare  `json:"shares"` // of the line, for limits on crops
}

// Check refuses a request that nobody can mean; now is the server's clock.
func (r Request) Check(now time.Time) error {
	if err := CheckAsked(r.AskedFen); err != nil {
		return err
	}
	switch {
	case r.DebtDueFen < 0 || r.DebtDueFen > mostFen:
		return refuse(BadDebt, "debts of %s: name what falls due until the line does, 0 or more", r.DebtDueFen)
	case r.Identity != IdentityChecked && r.Identity != IdentityUnchecked && r.Identity != IdentityDiffers:
		return refuse(BadReason, "identity %q: say checked, unchecked or differs", r.Identity)
	case r.SignedAt.After(now.Add(mostSkew)):
		return refuse(SignedAhead, "signed at %s, but it is %s", r.SignedAt.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// Decide answers a request from the facts and the snapshot alone. Debts above
// the snapshot's, lines of other seasons that are open, or another policy are
// put to the engine again; lower debts than the snapshot's raise nothing. Asking for more than the line allows gives
// a counter-offer. A snapshot older than the policy allows, an identity that
// nobody has checked, and what [credit.Policy.Offer] refers, go to a person;
// somebody else's identity is rejected. The policy's rules that wait for an application are applied last. What can't be decided at all is a
// [Refusal].
func Decide(r Request, f Facts, s credit.Snapshot) (Outcome, error) {
	if err := admit(r, f, s); err != nil {
		return Outcome{}, err
	}
	policy := s.Policy
	if f.Policy != nil {
		policy = *f.Policy
	}
	c, d, err := decision(r, f, s, policy)
	if err != nil {
		return Outcome{}, err
	}
	if !f.At.Before(d.DueDate.Time().AddDate(0, 0, 1)) {
		return Outcome{}, refuse(SeasonOver, "a line of season %s would have been due on %s: score the season that is growing now", r.Season, d.DueDate)
	}
	offer, err := policy.Offer(d, r.AskedFen, f.Rooms)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{
		Act: ActDecide, Offer: offer, Currency: d.Currency, PD: d.PD, APR: d.APR, AsOf: d.AsOf, DueDate: d.DueDate, Decision: d.Digest,
		AgeDays: int(f.At.Sub(s.Case.AsOf.Time()).Hours() / 24), CapFen: Cap(policy), Shares: s.Case.CropShares(policy),
	}
	o.look(r, policy)
	if err := o.govern(r, f, c, d, policy); err != nil {
		return Outcome{}, err
	}
	o.Counter = o.Act == ActDecide && o.Offer.Binding != credit.BindingAsked
	o.Schedule = Schedule(d, o.Offer.LineFen)
	return o, nil
}

// Cap is the most that a policy lets anybody offer.
func Cap(p credit.Policy) credit.Fen {
	return credit.Fen(min(p.ProductCap, p.HouseholdCap)) * credit.FenPerYuan
}

// admit refuses what can not be decided.
func admit(r Request, f Facts, s credit.Snapshot) error {
	if err := r.Check(f.At); err != nil {
		return err
	}
	switch {
	case f.Digest != s.Digest || s.Case.HouseholdID != r.Household || s.Case.Season != r.Season:
		return refuse(NoSnapshot, "snapshot %.12s is of household %s in season %s, not of %s in %s", s.Digest, s.Case.HouseholdID, s.Case.Season, r.Household, r.Season)
	case f.At.Add(mostSkew).Before(s.Case.AsOf.Time()):
		return refuse(ClockSkew, "the score is of %s, but it is %s", s.Case.AsOf, f.At.UTC().Format(time.RFC3339))
	case !f.InForce:
		return refuse(PublicationReplaced, "publication %d is no longer in force: look at the newest and ask again", r.Publication)
	case f.Consent == 0:
		return refuse(NoConsent, "household %s has not consented to scoring, or has revoked it: record its consent first", r.Household)
	case f.OtherOpen != 0:
		return refuse(OpenApplication, "household %s has application %d open in season %s: withdraw or repay it first", r.Household, f.OtherOpen, r.Season)
	}
	return nil
}

// decision is the snapshot's, or a new one where debts have grown or the policy
// is another, with the case that it is on.
func decision(r Request, f Facts, s credit.Snapshot, p credit.Policy) (credit.Case, credit.Decision, error) {
	debt := max(s.Case.DebtDueFen, r.DebtDueFen) + f.OwnDueFen
	if debt == s.Case.DebtDueFen && p.Equal(s.Policy) {
		return s.Case, s.Decision, nil
	}
	c := s.Case
	c.DebtDueFen = debt
	d, err := credit.Decide(c, p)
	if err != nil {
		return c, d, fmt.Errorf("decide anew on household %s: %w", r.Household, err)
	}
	return c, d, nil
}

// look adds what an offer alone does not see.
func (o *Outcome) look(r Request, p credit.Policy) {
	refer := func(zh, en string, reasons ...credit.Reason) {
		o.Act = ActRefer
		if o.Offer.Referred {
			zh, en = o.Offer.ReferralZH+"；"+zh, o.Offer.Referral+"; "+en
		}
		o.Offer.Referred, o.Offer.ReferralZH, o.Offer.Referral = true, zh, en
		o.Offer.Reasons = append(reasons, o.Offer.Reasons...)
		o.Offer.Reasons = o.Offer.Reasons[:min(len(o.Offer.Reasons), 4)]
	}
	if o.Offer.Referred {
		o.Act = ActRefer
	}
	if o.AgeDays > p.StaleAfterDays {
		refer(fmt.Sprintf("评分已有 %d 天，超过 %d 天的期限，转人工审核", o.AgeDays, p.StaleAfterDays),
			fmt.Sprintf("the score is %d days old, more than the %d allowed", o.AgeDays, p.StaleAfterDays), credit.ReasonStaleImagery.Reason(0))
	}
	switch r.Identity {
	case IdentityUnchecked:
		refer("申请人身份尚未核实，转人工审核", "nobody has checked who applies")
	case IdentityDiffers:
		o.Act, o.Offer = ActReject, credit.Offer{Binding: "identity", Reasons: []credit.Reason{},
			ReferralZH: "申请人与农户身份不符", Referral: "who applies is not of the household"}
	case IdentityChecked:
	}
}

// Balance is a limit with what is held of it.
type Balance struct {
	Claim
	LimitFen     *credit.Fen // nil: none is set
	CommittedFen credit.Fen
}

// Rooms is what the limits leave for a line, as an offer takes it; see
// [RoomsUnder].
func Rooms(p credit.Policy, balances []Balance) []credit.Limit { return RoomsUnder(Cap(p), balances) }

// RoomsUnder is what the limits leave for a line. A household for which no limit
// is set has the policy's cap, over all its seasons together; another kind
// without a limit has room for all and is left out.
func RoomsUnder(limit credit.Fen, balances []Balance) []credit.Limit {
	out := []credit.Limit{}
	for _, b := range balances {
		top := b.LimitFen
		if top == nil && b.Kind == OnHousehold {
			top = &limit
		}
		if top != nil {
			out = append(out, b.Room(*top, b.CommittedFen))
		}
	}
	return out
}

// Record is the body of the engine's answer in the chain: all that it rests on
// but the snapshot, which Facts.Digest names.
type Record struct {
	Engine  string  `json:"engine"` // credit.EngineVersion
	Rules   string  `json:"rules"`  // [RulesVersion]
	Request Request `json:"request"`
	Facts   Facts   `json:"facts"`
	Outcome Outcome `json:"outcome"`
}

// NewRecord decides and keeps what the decision rests on. Bytes are what goes
// into the chain.
func NewRecord(r Request, f Facts, s credit.Snapshot) (Record, []byte, error) {
	o, err := Decide(r, f, s)
	if err != nil {
		return Record{}, nil, err
	}
	rec := Record{credit.EngineVersion, RulesVersion, r, f, o}
	b, err := json.Marshal(rec)
	if err != nil {
		return Record{}, nil, fmt.Errorf("record of household %s: %w", r.Household, err)
	}
	return rec, b, nil
}

// Decision is what the outcome rests on: the snapshot's decision, or the one that
// was made of it in the moment, computed again.
func (r Record) Decision(s credit.Snapshot) (credit.Decision, error) {
	policy := s.Policy
	if r.Facts.Policy != nil {
		policy = *r.Facts.Policy
	}
	_, d, err := decision(r.Request, r.Facts, s, policy)
	return d, err
}

// ReadRecord reads the body of a decision.
func ReadRecord(body []byte) (Record, error) {
	var rec Record
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&rec); err != nil {
		return Record{}, fmt.Errorf("body of a decision: %w", err)
	}
	return rec, nil
}

// Replay decides again from the body of a decision and its snapshot and compares
// every byte; it repeats the snapshot's own decision too. A difference is a
// [credit.ReplayError], another version of engine or rules [AnotherEngine].
func Replay(body []byte, s credit.Snapshot) error {
	rec, err := ReadRecord(body)
	if err != nil {
		return err
	}
	if rec.Engine != credit.EngineVersion || rec.Rules != RulesVersion {
		return refuse(AnotherEngine, "decided by engine %s and rules %s, this is engine %s and rules %s", rec.Engine, rec.Rules, credit.EngineVersion, RulesVersion)
	}
	if s.EngineVersion != credit.EngineVersion {
		return refuse(AnotherEngine, "its score was computed by engine %s, this is engine %s", s.EngineVersion, credit.EngineVersion)
	}
	if err := credit.Replay(s); err != nil {
		return err
	}
	_, again, err := NewRecord(rec.Request, rec.Facts, s)
	if err != nil {
		return fmt.Errorf("replay of household %s: %w", rec.Request.Household, err)
	}
	if !bytes.Equal(again, body) {
		return &credit.ReplayError{Household: rec.Request.Household, What: "answer to the application", Stored: string(body), Again: string(again)}
	}
	return nil
}
