package governance_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"parus/internal/governance"
)

func day(t testing.TB, s string) governance.Day {
	t.Helper()
	d, err := governance.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhichPolicyHoldsOnADay(t *testing.T) {
	t.Parallel()
	ended := day(t, "2026-05-10")
	terms := []governance.Term{
		{ID: 1, Digest: "old", From: day(t, "2026-01-01")},
		{ID: 2, Digest: "new", From: day(t, "2026-03-01")},
		{ID: 3, Digest: "own", Prefix: "370199", From: day(t, "2026-04-01")},
		{ID: 4, Digest: "bad", From: day(t, "2026-05-01"), Ended: &ended},
		{ID: 5, Digest: "never", From: day(t, "2026-06-01"), Ended: ptr(day(t, "2026-06-01"))},
		{ID: 6, Digest: "corrected", From: day(t, "2026-07-01")},
		{ID: 7, Digest: "corrected again", From: day(t, "2026-07-01")},
	}
	for _, c := range []struct{ county, on, want string }{
		{"370198", "2025-12-31", ""},
		{"370198", "2026-01-01", "old"},
		{"370198", "2026-02-28", "old"},
		{"370198", "2026-03-01", "new"}, // from its first day on
		{"370199", "2026-03-31", "new"},
		{"370199", "2026-04-01", "own"}, // the longer prefix
		{"370198", "2026-04-01", "new"},
		{"370198", "2026-05-01", "bad"},
		{"370198", "2026-05-09", "bad"}, // it was in force then
		{"370198", "2026-05-10", "new"}, // and is not from the day of its rollback
		{"370199", "2026-05-05", "own"},
		{"370198", "2026-06-01", "new"}, // rolled back before it began
		{"370198", "2026-07-01", "corrected again"},
	} {
		got, ok := governance.InForce(terms, c.county, day(t, c.on))
		if got.Digest != c.want || ok != (c.want != "") {
			t.Errorf("county %s on %s: %q, want %q", c.county, c.on, got.Digest, c.want)
		}
	}
	for _, c := range []struct{ digest, on, want string }{
		{"old", "2026-02-01", "in_force"}, {"old", "2026-04-01", "superseded"}, {"new", "2026-02-01", "scheduled"}, {"new", "2026-05-05", "superseded"},
		{"new", "2026-05-20", "in_force"}, {"bad", "2026-05-20", "rolled_back"}, {"never", "2026-06-02", "rolled_back"}, {"own", "2026-08-01", "in_force"}, {"idle", "2026-08-01", "approved"},
	} {
		if got := governance.StandingOf(governance.Approved, c.digest, terms, day(t, c.on)); string(got) != c.want {
			t.Errorf("%s on %s is %s, want %s", c.digest, c.on, got, c.want)
		}
	}
	if got := governance.StandingOf(governance.Draft, "old", terms, day(t, "2026-02-01")); got != "draft" {
		t.Errorf("a draft is %s", got)
	}
}

func ptr[T any](v T) *T { return &v }

func TestDaysTurnAtMidnightUTC(t *testing.T) {
	t.Parallel()
	shanghai := time.FixedZone("CST", 8*3600)
	for at, want := range map[time.Time]string{
		time.Date(2026, 3, 1, 7, 59, 59, 0, shanghai): "2026-02-28",
		time.Date(2026, 3, 1, 8, 0, 0, 0, shanghai):   "2026-03-01",
	} {
		if got := governance.DayOf(at).String(); got != want {
			t.Errorf("%s is on %s, want %s", at, got, want)
		}
	}
	var again governance.Day
	b, err := json.Marshal(day(t, "2026-03-01"))
	if err != nil || json.Unmarshal(b, &again) != nil || again.String() != "2026-03-01" || string(b) != `"2026-03-01"` {
		t.Errorf("%s, %s, %v", b, again, err)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"risk": "draft replace test rollback challenge dismiss", "approver": "approve activate rollback", "officer": "", "partner": "", "auditor": "", "admin": "",
	}
	for role, acts := range allowed {
		for _, act := range []governance.Act{governance.ActDraft, governance.ActReplace, governance.ActTest, governance.ActApprove, governance.ActActivate,
			governance.ActRollback, governance.ActChallenge, governance.ActDismiss} {
			err := governance.Actor{Role: role}.May(act, nil)
			if want := strings.Contains(" "+acts+" ", " "+string(act)+" "); (err == nil) != want {
				t.Errorf("%s, %s: %v", role, act, err)
			}
		}
	}
	county, every := "370199", ""
	a := governance.Actor{Role: "approver", Counties: []string{"3701"}}
	var refusal *governance.Refusal
	if err := a.May(governance.ActActivate, &county); err != nil {
		t.Error(err)
	}
	if err := a.May(governance.ActActivate, &every); !errors.As(err, &refusal) || refusal.Code != "county" {
		t.Errorf("for every county: %v", err)
	}
	for _, c := range []struct {
		act    governance.Act
		reason string
		ok     bool
	}{{governance.ActDraft, "", true}, {governance.ActApprove, " ok ", false}, {governance.ActApprove, "回测无异常", true}, {governance.ActRollback, strings.Repeat("x", 501), false}} {
		if _, err := governance.ParseReason(c.act, c.reason); (err == nil) != c.ok {
			t.Errorf("%s for %.20q: %v", c.act, c.reason, err)
		}
	}
}
