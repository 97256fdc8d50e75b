package lending

import (
	"strings"
	"time"
	"unicode/utf8"

	"parus/credit"
)

// OfferDays is how long an offer stands.
const OfferDays = 30

// mostFen is beyond any line: the largest cap that a policy may set is 10⁹
// yuan; see [credit.Policy.Validate].
const mostFen = credit.Fen(1e9) * credit.FenPerYuan

// Position is all that the rules need to know of an application; it follows
// from its events alone. Amounts are minor units of its currency.
type Position struct {
	State     State
	AskedFen  credit.Fen
	LineFen   credit.Fen // offered; while referred what an approver starts from
	CapFen    credit.Fen // the most that an approver may offer
	DrawnFen  credit.Fen // paid out in all
	RepaidFen credit.Fen // principal paid back in all
	DueDate   credit.Date
	ExpiresAt time.Time // when an offer lapses; zero: it does not
	Late      bool      // principal was paid after the due date
	AppliedBy string    // account
}

// Move is an act of somebody, or of the system.
type Move struct {
	Act       Act
	Actor     string // account, or [SystemActor]
	Role      Role
	AmountFen credit.Fen // asked, offered, drawn or repaid; of approval: 0 is the line that the engine proposed
	Reason    string
	At        time.Time

	DueDate credit.Date // of the system's decide, refer and reject
	CapFen  credit.Fen  // of decide and refer
}

// OwedFen is the principal outstanding.
func (p Position) OwedFen() credit.Fen { return p.DrawnFen - p.RepaidFen }

// HeldFen is what the application holds of the limits: the line, drawn or not,
// less what was paid back.
func (p Position) HeldFen() credit.Fen {
	if !p.State.Holds() {
		return 0
	}
	return p.LineFen - p.RepaidFen
}

// After returns where an act leads, or a [Refusal] by the first rule that it
// breaks: role, state, person, reason, amount, time.
func (p Position) After(m Move) (Position, error) {
	if !m.Role.May(m.Act) {
		return p, refuse(WrongRole, "role %q does not %s applications", m.Role, m.Act)
	}
	to, ok := p.State.after(m)
	if !ok {
		return p, refuse(WrongState, "an application that is %s can not be moved by %s of %s", p.State.word(), m.Act, m.Role)
	}
	if m.Role == Approver && m.Actor == p.AppliedBy {
		return p, refuse(SamePerson, "account %q has applied: another has to %s", m.Actor, m.Act)
	}
	if err := CheckReason(m.Act, m.Role, m.Reason); err != nil {
		return p, err
	}
	p.State = to
	return p.amounts(m)
}

func (s State) after(m Move) (State, bool) {
	for _, x := range moves() {
		if x.act != m.Act {
			continue
		}
		for i := range x.from {
			if x.from[i] == s && contains(x.by, m.Role) {
				return x.to, true
			}
		}
	}
	return s, false
}

func contains(list []Role, r Role) bool {
	for _, x := range list {
		if x == r {
			return true
		}
	}
	return false
}

func (s State) word() string {
	if s == None {
		return "not there yet"
	}
	return string(s)
}

// amounts applies an act that is allowed.
func (p Position) amounts(m Move) (Position, error) {
	switch m.Act {
	case ActApply:
		p.AppliedBy, p.AskedFen = m.Actor, m.AmountFen
		return p, CheckAsked(m.AmountFen)
	case ActDecide, ActRefer:
		return p.offer(m)
	case ActApprove:
		return p.approve(m)
	case ActAccept:
		if p.lapsed(m.At) {
			return p, refuse(Lapsed, "the offer stood until %s", p.ExpiresAt.UTC().Format(time.DateOnly))
		}
		p.ExpiresAt = p.endOfDue()
	case ActExpire:
		if !p.lapsed(m.At) {
			return p, refuse(WrongState, "the offer has not lapsed")
		}
	case ActDraw:
		return p.draw(m)
	case ActRepay:
		return p.repay(m)
	case ActReject:
		p.ExpiresAt = time.Time{}
		if m.Role == System {
			p.DueDate = m.DueDate // of the decision that it rests on
		}
	case ActWithdraw:
		p.ExpiresAt = time.Time{}
	}
	return p, nil
}

func (p Position) offer(m Move) (Position, error) {
	if m.AmountFen < 0 || m.AmountFen > p.AskedFen || m.DueDate.IsZero() {
		return p, refuse(BadAmount, "an offer of %s due %q on %s asked", m.AmountFen, m.DueDate, p.AskedFen)
	}
	p.LineFen, p.CapFen, p.DueDate = m.AmountFen, m.CapFen, m.DueDate
	p.ExpiresAt = StandsUntil(m.At, p.DueDate)
	return p, nil
}

func (p Position) approve(m Move) (Position, error) {
	if m.AmountFen != 0 {
		p.LineFen = m.AmountFen
	}
	if top := min(p.AskedFen, p.CapFen); p.LineFen <= 0 || p.LineFen > top {
		return p, refuse(BadAmount, "a line of %s: name one above nothing, up to the %s that were asked for and the cap of %s", p.LineFen, p.AskedFen, p.CapFen)
	}
	if !m.At.Before(p.endOfDue()) {
		return p, refuse(Lapsed, "the line would have been due on %s", p.DueDate)
	}
	p.ExpiresAt = StandsUntil(m.At, p.DueDate)
	return p, nil
}

func (p Position) draw(m Move) (Position, error) {
	left := p.LineFen - p.DrawnFen
	switch {
	case m.AmountFen <= 0:
		return p, refuse(BadAmount, "%s can not be drawn", m.AmountFen)
	case m.AmountFen > left:
		return p, refuse(BeyondLine, "%s can not be drawn: %s of the line of %s are left", m.AmountFen, left, p.LineFen)
	case !m.At.Before(p.endOfDue()):
		return p, refuse(Lapsed, "the line was due on %s", p.DueDate)
	}
	p.DrawnFen += m.AmountFen
	p.ExpiresAt = time.Time{}
	return p, nil
}

func (p Position) repay(m Move) (Position, error) {
	switch {
	case m.AmountFen <= 0:
		return p, refuse(BadAmount, "%s can not be repaid", m.AmountFen)
	case m.AmountFen > p.OwedFen():
		return p, refuse(BeyondDebt, "%s can not be repaid: %s are owed", m.AmountFen, p.OwedFen())
	}
	p.RepaidFen += m.AmountFen
	p.Late = p.Late || !m.At.Before(p.endOfDue())
	if p.OwedFen() == 0 {
		p.State = Repaid
	}
	return p, nil
}

// StandsUntil is when an offer made at an instant lapses: after [OfferDays], but
// never after the end of the day (UTC) on which its line would be due.
func StandsUntil(at time.Time, due credit.Date) time.Time {
	until, end := at.UTC().AddDate(0, 0, OfferDays), due.Time().AddDate(0, 0, 1)
	if end.Before(until) {
		return end
	}
	return until
}

// endOfDue is the end of the due date in UTC.
func (p Position) endOfDue() time.Time { return p.DueDate.Time().AddDate(0, 0, 1) }

func (p Position) lapsed(at time.Time) bool { return !p.ExpiresAt.IsZero() && !at.Before(p.ExpiresAt) }

// CheckAsked refuses amounts that nobody can ask for.
func CheckAsked(asked credit.Fen) error {
	if asked <= 0 || asked > mostFen {
		return refuse(BadAmount, "%s can not be asked for: name an amount above nothing and up to %s", asked, mostFen)
	}
	return nil
}

// CheckReason refuses a reason of more than 500 characters, and of less than 2
// where a person rejects or withdraws.
func CheckReason(a Act, r Role, reason string) error {
	n := utf8.RuneCountInString(reason)
	needed := r != System && (a == ActReject || a == ActWithdraw)
	if n > 500 || needed && utf8.RuneCountInString(strings.TrimSpace(reason)) < 2 {
		return refuse(BadReason, "say in 2 to 500 characters why")
	}
	return nil
}
