package lending_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
)

var noon = time.Date(2025, 4, 1, 12, 0, 0, 0, time.UTC)

func day(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at is an application in a state: 10,000 yuan asked, 8,000 offered, 5,000 of
// them drawn where it is drawn.
func at(t testing.TB, s lending.State) lending.Position {
	t.Helper()
	p := lending.Position{State: s, AskedFen: 1_000_000, LineFen: 800_000, CapFen: 5_000_000, DueDate: day(t, "2025-07-20"),
		ExpiresAt: noon.AddDate(0, 0, 30), AppliedBy: "li"}
	if s == lending.Drawn {
		p.DrawnFen = 500_000
	}
	return p
}

func TestEveryActInEveryStateByEveryRole(t *testing.T) {
	t.Parallel()
	allowed := map[string]lending.State{
		" apply officer": lending.Applied, "applied decide system": lending.Decided, "applied refer system": lending.Referred,
		"applied reject system": lending.Rejected, "referred reject approver": lending.Rejected, "referred approve approver": lending.Approved,
		"decided accept officer": lending.Accepted, "approved accept officer": lending.Accepted,
		"accepted draw officer": lending.Drawn, "drawn draw officer": lending.Drawn, "drawn repay officer": lending.Drawn,
	}
	for _, s := range []lending.State{lending.Applied, lending.Decided, lending.Referred, lending.Approved, lending.Accepted} {
		allowed[fmt.Sprintf("%s withdraw officer", s)] = lending.Withdrawn
		allowed[fmt.Sprintf("%s expire system", s)] = lending.Withdrawn
	}
	seen := 0
	for _, s := range append([]lending.State{lending.None}, lending.States()...) {
		for _, a := range lending.Acts() {
			for _, r := range []lending.Role{lending.System, lending.Officer, lending.Approver, "partner", "risk", "auditor", "admin", ""} {
				key := fmt.Sprintf("%s %s %s", s, a, r)
				m := lending.Move{Act: a, Actor: "zhao", Role: r, AmountFen: 100_000, Reason: "because", At: noon, DueDate: day(t, "2025-07-20"), CapFen: 5_000_000}
				if a == lending.ActExpire {
					m.At = noon.AddDate(0, 0, 31)
				}
				to, err := at(t, s).After(m)
				want, ok := allowed[key]
				switch {
				case ok && (err != nil || to.State != want):
					t.Errorf("%s leads to %q, %v; want %q", key, to.State, err, want)
				case ok:
					seen++
				case err == nil:
					t.Errorf("%s is allowed and leads to %q", key, to.State)
				case r.May(a) != errors.Is(err, lending.WrongState), r.May(a) == errors.Is(err, lending.WrongRole):
					t.Errorf("%s: %v", key, err)
				case to != at(t, s):
					t.Errorf("%s is refused, but the position moves to %+v", key, to)
				}
				if next := contains(s.Next(r), a); next != ok {
					t.Errorf("%s: next tells %t, want %t", key, next, ok)
				}
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d of %d moves were tried", seen, len(allowed))
	}
}

func contains(list []lending.Act, a lending.Act) bool {
	for _, x := range list {
		if x == a {
			return true
		}
	}
	return false
}

func TestAnOfferStandsThirtyDaysButNotBeyondItsDueDate(t *testing.T) {
	t.Parallel()
	made := time.Date(2025, 10, 14, 9, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		due  credit.Date
		want time.Time
	}{
		{"due next year", credit.DateOf(time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)), time.Date(2025, 11, 13, 9, 30, 0, 0, time.UTC)},
		{"due the day before it would lapse", credit.DateOf(time.Date(2025, 11, 12, 0, 0, 0, 0, time.UTC)), time.Date(2025, 11, 13, 0, 0, 0, 0, time.UTC)},
		{"due tomorrow", credit.DateOf(time.Date(2025, 10, 15, 0, 0, 0, 0, time.UTC)), time.Date(2025, 10, 16, 0, 0, 0, 0, time.UTC)},
	} {
		if got := lending.StandsUntil(made, c.due); !got.Equal(c.want) {
			t.Errorf("%s: until %s, want %s", c.name, got, c.want)
		}
	}
}

func TestMovesRefuseByName(t *testing.T) {
	t.Parallel()
	afterDue := time.Date(2025, 7, 21, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		from lending.State
		move lending.Move
		want error // nil: allowed
	}{
		{"who applied does not approve", lending.Referred, lending.Move{Act: lending.ActApprove, Actor: "li", Role: lending.Approver}, lending.SamePerson},
		{"who applied does not reject either", lending.Referred, lending.Move{Act: lending.ActReject, Actor: "li", Role: lending.Approver, Reason: "no"}, lending.SamePerson},
		{"another approves what was proposed", lending.Referred, lending.Move{Act: lending.ActApprove, Actor: "wu", Role: lending.Approver}, nil},
		{"another approves all that was asked", lending.Referred, lending.Move{Act: lending.ActApprove, Actor: "wu", Role: lending.Approver, AmountFen: 1_000_000}, nil},
		{"nobody approves more than was asked", lending.Referred, lending.Move{Act: lending.ActApprove, Actor: "wu", Role: lending.Approver, AmountFen: 1_000_001}, lending.BadAmount},
		{"nobody approves less than nothing", lending.Referred, lending.Move{Act: lending.ActApprove, Actor: "wu", Role: lending.Approver, AmountFen: -1}, lending.BadAmount},
		{"nobody approves a line that is due", lending.Referred, lending.Move{Act: lending.ActApprove, Actor: "wu", Role: lending.Approver, At: afterDue}, lending.Lapsed},
		{"a rejection says why", lending.Referred, lending.Move{Act: lending.ActReject, Actor: "wu", Role: lending.Approver, Reason: " 我 "}, lending.BadReason},
		{"a reason is not a book", lending.Decided, lending.Move{Act: lending.ActAccept, Role: lending.Officer, Reason: fmt.Sprintf("%501s", "x")}, lending.BadReason},
		{"an offer stands to its last moment", lending.Decided, lending.Move{Act: lending.ActAccept, Role: lending.Officer, At: noon.AddDate(0, 0, 30).Add(-1)}, nil},
		{"an offer lapses", lending.Decided, lending.Move{Act: lending.ActAccept, Role: lending.Officer, At: noon.AddDate(0, 0, 30)}, lending.Lapsed},
		{"an offer that stands does not expire", lending.Decided, lending.Move{Act: lending.ActExpire, Role: lending.System}, lending.WrongState},
		{"nothing is drawn", lending.Accepted, lending.Move{Act: lending.ActDraw, Role: lending.Officer}, lending.BadAmount},
		{"all is drawn", lending.Accepted, lending.Move{Act: lending.ActDraw, Role: lending.Officer, AmountFen: 800_000}, nil},
		{"one fen too many is drawn", lending.Accepted, lending.Move{Act: lending.ActDraw, Role: lending.Officer, AmountFen: 800_001}, lending.BeyondLine},
		{"the rest is drawn", lending.Drawn, lending.Move{Act: lending.ActDraw, Role: lending.Officer, AmountFen: 300_000}, nil},
		{"more than the rest is drawn", lending.Drawn, lending.Move{Act: lending.ActDraw, Role: lending.Officer, AmountFen: 300_001}, lending.BeyondLine},
		{"drawn on the due date", lending.Drawn, lending.Move{Act: lending.ActDraw, Role: lending.Officer, AmountFen: 1, At: afterDue.Add(-1)}, nil},
		{"drawn after the due date", lending.Drawn, lending.Move{Act: lending.ActDraw, Role: lending.Officer, AmountFen: 1, At: afterDue}, lending.Lapsed},
		{"one fen too many is repaid", lending.Drawn, lending.Move{Act: lending.ActRepay, Role: lending.Officer, AmountFen: 500_001}, lending.BeyondDebt},
		{"less than nothing is repaid", lending.Drawn, lending.Move{Act: lending.ActRepay, Role: lending.Officer, AmountFen: -1}, lending.BadAmount},
		{"nobody asks for nothing", lending.None, lending.Move{Act: lending.ActApply, Role: lending.Officer}, lending.BadAmount},
		{"nobody asks for more than a county", lending.None, lending.Move{Act: lending.ActApply, Role: lending.Officer, AmountFen: 1e11 + 1}, lending.BadAmount},
		{"no offer exceeds what was asked", lending.Applied, lending.Move{Act: lending.ActDecide, Role: lending.System, AmountFen: 1_000_001, DueDate: day(t, "2025-07-20")}, lending.BadAmount},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.move.At.IsZero() {
				tc.move.At = noon
			}
			if _, err := at(t, tc.from).After(tc.move); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// 8,000 are held from the offer on; 2,000 paid back leave 6,000; the last
// 3,000 that are owed end it and free the 3,000 that were never drawn too.
func TestWhatAnApplicationHolds(t *testing.T) {
	t.Parallel()
	p := lending.Position{}
	late := time.Date(2025, 7, 21, 8, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		move  lending.Move
		state lending.State
		held  credit.Fen
		late  bool
	}{
		{lending.Move{Act: lending.ActApply, Role: lending.Officer, Actor: "li", AmountFen: 1_000_000}, lending.Applied, 0, false},
		{lending.Move{Act: lending.ActRefer, Role: lending.System, AmountFen: 700_000, DueDate: day(t, "2025-07-20"), CapFen: 5_000_000}, lending.Referred, 0, false},
		{lending.Move{Act: lending.ActApprove, Role: lending.Approver, Actor: "wu", AmountFen: 800_000}, lending.Approved, 800_000, false},
		{lending.Move{Act: lending.ActAccept, Role: lending.Officer}, lending.Accepted, 800_000, false},
		{lending.Move{Act: lending.ActDraw, Role: lending.Officer, AmountFen: 500_000}, lending.Drawn, 800_000, false},
		{lending.Move{Act: lending.ActRepay, Role: lending.Officer, AmountFen: 200_000}, lending.Drawn, 600_000, false},
		{lending.Move{Act: lending.ActRepay, Role: lending.Officer, AmountFen: 300_000, At: late}, lending.Repaid, 0, true},
	} {
		if step.move.At.IsZero() {
			step.move.At = noon
		}
		var err error
		if p, err = p.After(step.move); err != nil {
			t.Fatal(err)
		}
		if p.State != step.state || p.HeldFen() != step.held || p.Late != step.late {
			t.Errorf("after %s: %+v holds %s", step.move.Act, p, p.HeldFen())
		}
	}
	if want := time.Date(2025, 7, 21, 0, 0, 0, 0, time.UTC); true {
		p, err := at(t, lending.Decided).After(lending.Move{Act: lending.ActAccept, Role: lending.Officer, At: noon})
		if err != nil || !p.ExpiresAt.Equal(want) {
			t.Errorf("an accepted line can be drawn until %v, want %v; %v", p.ExpiresAt, want, err)
		}
	}
}
