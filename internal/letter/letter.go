package letter

import (
	"errors"
	"fmt"

	"parus/credit"
)

// Language is that of a letter; a letter has one.
type Language string

// The languages that letters are written in.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// ParseLanguage reads zh or en.
func ParseLanguage(s string) (Language, error) {
	if l := Language(s); l == Chinese || l == English {
		return l, nil
	}
	return "", fmt.Errorf("language %q: want zh or en", s)
}

// tag is the language as BCP 47 has it, for the document's metadata.
func (l Language) tag() string {
	if l == English {
		return "en"
	}
	return "zh-CN"
}

// of picks the text in the language.
func (l Language) of(zh, en string) string {
	if l == English {
		return en
	}
	return zh
}

// State is what became of the household's line.
type State string

// The states that a letter tells of. Proposed is a line that was computed
// before anybody asked for one.
const (
	Proposed     State = "proposed"
	Approved     State = "approved"
	CounterOffer State = "counter_offer" // another amount than was asked is offered
	Referred     State = "referred"      // an officer decides
	Rejected     State = "rejected"
)

// Words is a text in both languages; where one is empty the other stands in.
type Words struct{ ZH, EN string }

func (w Words) in(l Language) string {
	first, second := w.ZH, w.EN
	if l == English {
		first, second = w.EN, w.ZH
	}
	if first == "" {
		return second
	}
	return first
}

// Parcel is a row of the letter's table of land.
type Parcel struct {
	ID     string
	Name   string  // of the plot, as people call it; "" where none is known
	Mu     float64 // the smaller of contract and shape; 1 mu is 1/15 ha
	Crop   Words   // likeliest crop; empty where none is known
	CropP  float64 // its probability, 0 to 1
	MatchP float64 // that the field in the pictures is this parcel, 0 to 1
	Left   string  // why the parcel did not count: match, crop or area; "" where it did
}

// Bounds are the amounts that a line is the least of, beside what was asked.
type Bounds struct {
	NeedFen, CapacityFen, ValueFen, CapFen credit.Fen
	Binding                                string // need, capacity, value, asked or the name of a cap
}

// Provenance is what the decision was computed with.
type Provenance struct {
	EngineVersion, ModelVersion, PolicyVersion string
	Digest                                     string // of the snapshot, SHA-256 in hex
}

// Consent is the household's consent to the use of its data.
type Consent struct {
	On        credit.Date // zero: none is on record
	Reference string
}

// Letter is all that a letter says. Amounts are in the minor unit of Currency.
type Letter struct {
	Lender      string // letterhead; "" leaves a blank
	County      string
	Applicant   string // masked unless the reader may see the name
	HouseholdID string
	Season      string
	Date        credit.Date // of the decision
	Application string      // its number; "" where nobody applied

	Currency   string // ISO 4217
	State      State
	Because    Words      // why it was referred or rejected, beside the reasons
	AskedFen   credit.Fen // 0: nothing was asked
	GrantedFen credit.Fen // of a referred household, what was computed
	APR        float64    // a year, simple interest, fraction of 1
	DueDate    credit.Date
	Schedule   []credit.Instalment // of the whole amount
	From       credit.Date         // from which the schedule counts interest; zero: Date

	Bounds         Bounds
	Reasons        []credit.Reason
	Parcels        []Parcel
	ImageryAgeDays int // greatest age of a parcel's last clear picture; negative: unknown
	Provenance     Provenance
	Consent        Consent
	Contact        string // where to object; "" leaves a blank
}

// mostParcels is the most rows that a letter prints: with more it is no letter,
// and what the file holds is the stored decision.
const mostParcels = 1000

// check tells what no letter may go out with.
func (l Letter) check(lang Language) error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("letter to household %q: %s", l.HouseholdID, fmt.Sprintf(format, args...)))
	}
	if _, err := ParseLanguage(string(lang)); err != nil {
		errs = append(errs, err)
	}
	if l.HouseholdID == "" || l.Season == "" || l.Currency == "" || l.Date.IsZero() {
		bad("household, season, currency and date must be given")
	}
	switch l.State {
	case Proposed, Approved, CounterOffer, Referred, Rejected:
	default:
		bad("state %q is none that a letter can tell of", l.State)
	}
	if l.AskedFen < 0 || l.GrantedFen < 0 {
		bad("amounts of %s and %s: a line is not negative", l.AskedFen, l.GrantedFen)
	}
	if l.grants() {
		var principal credit.Fen
		for _, i := range l.Schedule {
			principal += i.PrincipalFen
		}
		if principal != l.GrantedFen {
			bad("the schedule repays %s of %s granted", principal, l.GrantedFen)
		}
		if !(l.APR > 0 && l.APR < 1) || l.DueDate.IsZero() {
			bad("an amount without its yearly rate (%g) and due date (%s) must not go out", l.APR, l.DueDate)
		}
	}
	if len(l.Parcels) > mostParcels {
		bad("%d parcels: a letter lists %d at most", len(l.Parcels), mostParcels)
	}
	return errors.Join(errs...)
}

// applied tells whether anybody asked for the line.
func (l Letter) applied() bool { return l.Application != "" || l.AskedFen > 0 }

// grants tells whether the letter offers an amount, with rate and schedule.
func (l Letter) grants() bool {
	return l.GrantedFen > 0 && (l.State == Proposed || l.State == Approved || l.State == CounterOffer)
}

// number is what the letter is filed under.
func (l Letter) number() string {
	if l.Application != "" {
		return l.Application
	}
	return shortDigest(l.Provenance.Digest)
}

// shortDigest is as much of a digest as names a decision on the command line.
func shortDigest(d string) string { return d[:min(len(d), 12)] }
