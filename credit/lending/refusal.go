package lending

import "fmt"

// Refusal names why something was refused; nothing was changed. Callers branch
// on it with errors.Is, people read what wraps it.
type Refusal string

// The refusals.
const (
	UnknownHousehold    Refusal = "unknown_household"    // not in the publication
	NoSnapshot          Refusal = "no_snapshot"          // scored, but what the score rests on is not there
	BadAmount           Refusal = "bad_amount"           // zero, negative, beyond any line
	BadDebt             Refusal = "bad_debt"             // negative, absurd
	BadReason           Refusal = "bad_reason"           // missing or too long
	BadLimit            Refusal = "bad_limit"            // an unknown kind, an amount below nothing
	BadKey              Refusal = "bad_idempotency_key"  // missing, too long, not printable
	KeyReused           Refusal = "idempotency_key"      // the same key came with another request
	NoConsent           Refusal = "no_consent"           // never given, or revoked
	OpenApplication     Refusal = "open_application"     // the household has one in this season
	PublicationReplaced Refusal = "publication_replaced" // a newer scoring is in force
	ClockSkew           Refusal = "clock_skew"           // the clock is behind the chain
	SignedAhead         Refusal = "signed_ahead"         // signed in the future
	LimitFull           Refusal = "limit_full"           // a limit leaves less room
	WrongState          Refusal = "wrong_state"          // the act does not fit the state
	WrongRole           Refusal = "wrong_role"           // the role never does this
	SamePerson          Refusal = "same_person"          // who applied may not decide
	BeyondLine          Refusal = "beyond_line"          // more would be drawn than the line
	BeyondDebt          Refusal = "beyond_debt"          // more would be repaid than is owed
	SeasonOver          Refusal = "season_over"          // the line would have been due already
	Lapsed              Refusal = "lapsed"               // the offer, or the time to draw, is over
	AnotherEngine       Refusal = "another_engine"       // decided by another version: it can not be repeated here
)

// Error is the name.
func (r Refusal) Error() string { return string(r) }

func refuse(r Refusal, format string, args ...any) error {
	return fmt.Errorf("%w: %s", r, fmt.Sprintf(format, args...))
}
