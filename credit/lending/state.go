package lending

import "slices"

// State is where an application stands.
//
//	                     ┌────────────── reject (engine) ──────────────┐
//	                     │                                             ▼
//	apply ──▶ applied ───┼── refer ──▶ referred ───── reject ────▶ rejected
//	                     │                │
//	                     │             approve (a second person)
//	                     ▼                ▼
//	                  decided         approved
//	                     └──── accept ────┤
//	                                      ▼          ┌ draw ┐     ┌ repay ┐
//	                                  accepted ─ draw ▶ drawn ────┴──▶ repaid
//
//	applied, decided, referred, approved, accepted ── withdraw, expire ──▶ withdrawn
//
// Applying and the engine's answer are one transaction, so that nobody meets an
// application that is merely applied. A line is reserved while it is decided,
// approved, accepted or drawn.
type State string

// The states of an application; [None] is before it exists.
const (
	None      State = ""
	Applied   State = "applied"
	Decided   State = "decided"   // the engine offers a line
	Referred  State = "referred"  // somebody has to look
	Approved  State = "approved"  // somebody has looked and offers a line
	Accepted  State = "accepted"  // the household takes it
	Drawn     State = "drawn"     // some of it is paid out
	Repaid    State = "repaid"    // nothing is owed any more
	Rejected  State = "rejected"  // no line
	Withdrawn State = "withdrawn" // by the household, or the offer has lapsed
)

// States lists every state of an application.
func States() []State {
	return []State{Applied, Decided, Referred, Approved, Accepted, Drawn, Repaid, Rejected, Withdrawn}
}

// Live tells whether the application is still open: a household has at most one
// such application in a season.
func (s State) Live() bool {
	return slices.Contains([]State{Applied, Decided, Referred, Approved, Accepted, Drawn}, s)
}

// Holds tells whether the line counts against the limits.
func (s State) Holds() bool { return slices.Contains([]State{Decided, Approved, Accepted, Drawn}, s) }

// Act is what somebody, or the engine, does about an application.
type Act string

// The acts. What a bank's people do is by [Act.Role].
const (
	ActApply    Act = "apply"    // the household asks
	ActDecide   Act = "decide"   // the engine offers a line
	ActRefer    Act = "refer"    // the engine asks for a person
	ActReject   Act = "reject"   // the engine or an approver refuses a line
	ActApprove  Act = "approve"  // a second person offers a line
	ActAccept   Act = "accept"   // the household takes the line
	ActWithdraw Act = "withdraw" // the household takes the application back
	ActExpire   Act = "expire"   // the offer was not taken in time
	ActDraw     Act = "draw"     // money is paid out
	ActRepay    Act = "repay"    // principal is paid back
)

// Role is who does it: the names of the accounts' roles, or the system.
type Role string

// The roles that do anything to applications. Others (partner, risk, auditor,
// admin) do nothing to them.
const (
	System   Role = "system"
	Officer  Role = "officer"
	Approver Role = "approver"
)

// SystemActor is who does what the system does.
const SystemActor = "parus"

// move is one line of the table of what leads where.
type move struct {
	act  Act
	from []State
	to   State
	by   []Role
}

// moves is the one table of acts. A repayment of all that is owed leads on to
// repaid; [Position.After] sees to it.
func moves() []move {
	open := []State{Applied, Decided, Referred, Approved, Accepted}
	return []move{
		{ActApply, []State{None}, Applied, []Role{Officer}},
		{ActDecide, []State{Applied}, Decided, []Role{System}},
		{ActRefer, []State{Applied}, Referred, []Role{System}},
		{ActReject, []State{Applied}, Rejected, []Role{System}},
		{ActReject, []State{Referred}, Rejected, []Role{Approver}},
		{ActApprove, []State{Referred}, Approved, []Role{Approver}},
		{ActAccept, []State{Decided, Approved}, Accepted, []Role{Officer}},
		{ActWithdraw, open, Withdrawn, []Role{Officer}},
		{ActExpire, open, Withdrawn, []Role{System}},
		{ActDraw, []State{Accepted, Drawn}, Drawn, []Role{Officer}},
		{ActRepay, []State{Drawn}, Drawn, []Role{Officer}},
	}
}

// Acts lists every act.
func Acts() []Act {
	return []Act{ActApply, ActDecide, ActRefer, ActReject, ActApprove, ActAccept, ActWithdraw, ActExpire, ActDraw, ActRepay}
}

// Leads is the state that the act leads to; repaying may lead on to repaid.
func (a Act) Leads() State {
	for _, m := range moves() {
		if m.act == a {
			return m.to
		}
	}
	return None
}

// May tells whether the role ever does the act.
func (r Role) May(a Act) bool {
	return slices.ContainsFunc(moves(), func(m move) bool { return m.act == a && slices.Contains(m.by, r) })
}

// Next lists what the role can do to an application in the state. Whether a
// certain person may is for [Position.After], which knows who applied.
func (s State) Next(r Role) []Act {
	out := []Act{}
	for _, m := range moves() {
		if slices.Contains(m.from, s) && slices.Contains(m.by, r) {
			out = append(out, m.act)
		}
	}
	return out
}
