package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/internal/governance"
	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
	"parus/internal/season"

	"github.com/jackc/pgx/v5"
)

// office is a database with people in every role.
type office struct {
	db  *postgis.DB
	url string
	now time.Time
}

func newOffice(t *testing.T) office {
	t.Helper()
	return staffed(t, newNewsroom(t))
}

func staffed(t *testing.T, n *newsroom) office {
	t.Helper()
	o := office{n.db, n.url, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	for name, role := range map[string]publication.Role{"risk": publication.Risk, "risk2": publication.Risk, "approver": publication.Approver,
		"approver2": publication.Approver, "officer": publication.Officer, "admin": publication.Admin} {
		o.account(t, name, role, "")
	}
	o.account(t, "local", publication.Approver, "3701")
	return o
}

func (o office) account(t *testing.T, name string, role publication.Role, prefix string) {
	t.Helper()
	if _, err := o.db.AddAccount(t.Context(), publication.NewAccount{Name: name, PasswordHash: "x", Role: role, Counties: []string{prefix}}); err != nil {
		t.Fatal(err)
	}
}

func (o office) by(account string) governance.Move {
	return governance.Move{Account: account, Reason: "as agreed", At: o.now}
}

func (o office) draft(t *testing.T, version string) governance.Policy {
	t.Helper()
	p, err := o.db.DraftPolicy(t.Context(), o.by("risk"), version, []byte("version: "+version+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (o office) tested(t *testing.T, version string) governance.Policy {
	t.Helper()
	p := o.draft(t, version)
	_, err := o.db.SaveBacktest(t.Context(), o.by("risk"), governance.Backtest{Digest: p.Digest, County: countyA.Code, Season: "w", Run: 1, EngineVersion: "3",
		Households: 10, Report: []byte(`{"gain": 1}`)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (o office) approved(t *testing.T, version string) governance.Policy {
	t.Helper()
	p := o.tested(t, version)
	if err := o.db.ApprovePolicy(t.Context(), o.by("approver"), version, "3"); err != nil {
		t.Fatal(err)
	}
	return p
}

func (o office) card(t *testing.T, name string) governance.Card {
	t.Helper()
	c, err := o.db.Policy(t.Context(), wholeBank, name, governance.DayOf(o.now))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var wholeBank = publication.Scope{Counties: []string{""}, Scores: true}

func refused(err error, code string) bool {
	var r *governance.Refusal
	return errors.As(err, &r) && r.Code == code && r.Next != ""
}

func theDay(t *testing.T, s string) governance.Day {
	t.Helper()
	d, err := governance.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheLifeOfAPolicy(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	p := o.draft(t, "2026-1")
	if err := o.db.ApprovePolicy(ctx, o.by("approver"), "2026-1", "3"); !refused(err, "policy_state") {
		t.Errorf("an untested draft is approved: %v", err)
	}
	if again := o.draft(t, "2026-1"); again.Digest != p.Digest || len(o.card(t, "2026-1").History) != 1 {
		t.Errorf("the same document again: %+v", again)
	}
	later, err := o.db.DraftPolicy(ctx, o.by("risk2"), "2026-1", []byte("version: 2026-1\n# clearer\n"))
	if err != nil || later.Author != "risk2" {
		t.Fatalf("%+v, %v", later, err)
	}
	if old := o.card(t, p.Digest); old.State != governance.Replaced || old.History[1].Act != governance.ActReplace {
		t.Errorf("%+v", old)
	}
	if _, err := o.db.DraftPolicy(ctx, o.by("risk"), "2026-1", []byte("version: 2026-1\n")); !refused(err, "version_taken") {
		t.Errorf("a replaced document comes back: %v", err)
	}
	b := governance.Backtest{Digest: later.Digest, County: countyA.Code, Season: "w", Run: 1, EngineVersion: "2", Households: 10, Report: []byte(`{"gain": 1}`)}
	if _, err := o.db.SaveBacktest(ctx, o.by("risk"), b); err != nil {
		t.Fatal(err)
	}
	if err := o.db.ApprovePolicy(ctx, o.by("approver"), "2026-1", "3"); !refused(err, "not_tested") {
		t.Errorf("a back-test of another engine: %v", err)
	}
	b.EngineVersion = "3"
	id, err := o.db.SaveBacktest(ctx, o.by("risk"), b)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := o.db.Backtest(ctx, wholeBank, id); err != nil || string(got.Report) != `{"gain": 1}` || got.Actor != "risk (risk)" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := o.db.Backtest(ctx, publication.Scope{Counties: []string{"11"}, Scores: true}, id); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("somebody of another county reads a back-test: %v", err)
	}
	if err := o.db.ApprovePolicy(ctx, o.by("approver"), "2026-1", "3"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.db.DraftPolicy(ctx, o.by("risk"), "2026-1", []byte("version: 2026-1\n# other\n")); !refused(err, "version_taken") {
		t.Errorf("an approved version is drafted anew: %v", err)
	}
	card := o.card(t, "2026-1")
	if card.State != governance.Approved || card.Standing != "approved" || card.Approver != "approver" || len(card.History) != 4 || len(card.Backtests) != 2 ||
		card.History[3].Reason != "as agreed" || card.Document != "version: 2026-1\n# clearer\n" {
		t.Errorf("%+v", card)
	}
	list, err := o.db.Policies(ctx, wholeBank, governance.DayOf(o.now))
	if err != nil || len(list) != 1 || list[0].Digest != later.Digest {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := o.db.Policy(ctx, wholeBank, "nothing", governance.DayOf(o.now)); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestOnlyTheRightRolesActOnPolicies(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.tested(t, "a")
	day := governance.DayOf(o.now)
	for name, act := range map[string]func(account string) error{
		"draft": func(account string) error {
			_, err := o.db.DraftPolicy(ctx, o.by(account), "x", []byte("x"))
			return err
		},
		"approve": func(account string) error { return o.db.ApprovePolicy(ctx, o.by(account), "a", "3") },
		"activate": func(account string) error {
			_, err := o.db.ActivatePolicy(ctx, o.by(account), "a", "", day)
			return err
		},
		"challenge": func(account string) error { return o.db.SetChallenger(ctx, o.by(account), "a", countyA.Code) },
	} {
		for _, account := range []string{"officer", "admin", "nobody"} {
			if err := act(account); !refused(err, "not_allowed") {
				t.Errorf("%s by %s: %v", name, account, err)
			}
		}
	}
	if err := o.db.ApprovePolicy(ctx, o.by("risk"), "a", "3"); !refused(err, "not_allowed") {
		t.Errorf("a risk manager approves: %v", err)
	}
	m := o.by("approver")
	m.Reason = " "
	if err := o.db.ApprovePolicy(ctx, m, "a", "3"); !refused(err, "reason") {
		t.Errorf("without a reason: %v", err)
	}
	if err := o.db.ApprovePolicy(ctx, o.by("local"), "a", "3"); err == nil {
		o.account(t, "elsewhere", publication.Approver, "11")
		if _, err := o.db.ActivatePolicy(ctx, o.by("local"), "a", "", day); !refused(err, "county") {
			t.Errorf("a county's approver activates for all: %v", err)
		}
		if _, err := o.db.ActivatePolicy(ctx, o.by("elsewhere"), "a", countyA.Code, day); !refused(err, "county") {
			t.Errorf("another county's approver activates: %v", err)
		}
		if _, err := o.db.ActivatePolicy(ctx, o.by("local"), "a", countyA.Code, day); err != nil {
			t.Errorf("in the own county: %v", err)
		}
	} else {
		t.Error(err)
	}
	o.tested(t, "b")
	if err := o.db.ApprovePolicy(ctx, o.by("elsewhere"), "b", "3"); !refused(err, "not_tested") {
		t.Errorf("an approver who can't see the back-test's county: %v", err)
	}
}

// The author becomes an approver in the meantime, and many approve at once: the
// author never succeeds, and one of the others does.
func TestNobodyApprovesTheirOwnPolicyHoweverManyTry(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.tested(t, "a")
	conn := connect(t, o.url)
	if _, err := conn.Exec(t.Context(), `update account set role = 'approver' where name = 'risk'`); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var lock sync.Mutex
	var own, other, wins int
	for i := range 12 {
		all.Go(func() {
			who := []string{"risk", "approver", "approver2"}[i%3]
			err := o.db.ApprovePolicy(context.Background(), o.by(who), "a", "3")
			lock.Lock()
			defer lock.Unlock()
			switch {
			case err == nil && who == "risk":
				t.Error("the author has approved")
			case err == nil:
				wins++
			case refused(err, "four_eyes"):
				own++
			case refused(err, "policy_state"):
				other++
			default:
				t.Errorf("%s: %v", who, err)
			}
		})
	}
	all.Wait()
	if wins != 1 || own+other != 11 {
		t.Errorf("%d approvals, %d refused for four eyes, %d for the state", wins, own, other)
	}
	if c := o.card(t, p.Digest); c.Approver == "risk" || len(c.History) != 3 {
		t.Errorf("%+v", c)
	}
}

func TestTheAuthorAloneIsToldOfFourEyes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.tested(t, "a")
	if _, err := connect(t, o.url).Exec(t.Context(), `update account set role = 'approver' where name = 'risk'`); err != nil {
		t.Fatal(err)
	}
	if err := o.db.ApprovePolicy(t.Context(), o.by("risk"), "a", "3"); !refused(err, "four_eyes") {
		t.Errorf("%v", err)
	}
	if c := o.card(t, "a"); c.State != governance.Tested || len(c.History) != 2 {
		t.Errorf("something is left of it: %+v", c)
	}
}

// Whatever reaches the tables past the store's functions.
func TestTheTablesKeepTheRulesByThemselves(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.approved(t, "a")
	o.tested(t, "b")
	o.draft(t, "c")
	if _, err := o.db.ActivatePolicy(t.Context(), o.by("approver"), "a", "", governance.DayOf(o.now)); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, o.url)
	if _, err := conn.Exec(t.Context(), `select set_config('parus.counties', '{""}', false)`); err != nil {
		t.Fatal(err)
	}
	for name, sql := range map[string]string{
		"another document":            `update policy set document = document || ' ' where version = 'b'`,
		"another author":              `update policy set author_name = 'x' where version = 'b'`,
		"a draft approved":            `update policy set state = 'approved', approver = author + 1, approver_name = 'x', approved_at = now() where version = 'c'`,
		"approved by the author":      `update policy set state = 'approved', approver = author, approver_name = 'x', approved_at = now() where version = 'b'`,
		"approved by nobody":          `update policy set state = 'approved' where version = 'b'`,
		"approved without a word":     `update policy set state = 'approved', approver = (select id from account where name = 'approver'), approver_name = 'approver', approved_at = now() where version = 'b'`,
		"an approval taken back":      `update policy set state = 'tested', approver = null, approver_name = '', approved_at = null where version = 'a'`,
		"a policy deleted":            `delete from policy where version = 'c'`,
		"history changed":             `update policy_event set reason = 'x'`,
		"history deleted":             `delete from policy_event`,
		"history with a gap":          `insert into policy_event (policy, seq, at, account, actor, act, state, reason) select digest, 9, now(), author, 'x', 'test', 'tested', '' from policy where version = 'b'`,
		"the author's own approval":   `insert into policy_event (policy, seq, at, account, actor, act, state, reason) select digest, 3, now(), author, 'x', 'approve', 'approved', '' from policy where version = 'b'`,
		"a term of a draft":           `insert into policy_term (policy, prefix, from_day, set_by, set_at) select digest, '', now(), 'x', now() from policy where version = 'c'`,
		"a term moved":                `update policy_term set from_day = from_day + 1`,
		"a term deleted":              `delete from policy_term`,
		"a back-test changed":         `update policy_backtest set report = '{}'`,
		"a document under a false id": `insert into policy (digest, version, document, author, author_name, created_at) select repeat('0', 64), 'z', 'z', author, 'x', now() from policy where version = 'c'`,
		"a rollback before the start": `update policy_term set ended_day = from_day - 1`,
		"a term rolled back twice":    `update policy_term set ended_day = from_day; update policy_term set ended_day = from_day + 1`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if c := o.card(t, "b"); c.State != governance.Tested || len(c.History) != 2 {
		t.Errorf("%+v", c)
	}
}

func (o office) inForce(t *testing.T, county, on string) string {
	t.Helper()
	term, doc, ok, err := o.db.PolicyInForce(t.Context(), county, theDay(t, on))
	if err != nil {
		t.Fatal(err)
	}
	if ok != (term.Version != "") || ok != strings.HasPrefix(string(doc), "version: "+term.Version) {
		t.Errorf("on %s: %+v with the document %q", on, term, doc)
	}
	return term.Version
}

func TestAPolicyIsInForceFromItsDayAndUntilItsRollback(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.approved(t, "old")
	o.approved(t, "new")
	o.tested(t, "unapproved")
	if _, err := o.db.ActivatePolicy(ctx, o.by("approver"), "unapproved", "", theDay(t, "2026-03-02")); !refused(err, "policy_state") {
		t.Errorf("an unapproved policy: %v", err)
	}
	if _, err := o.db.ActivatePolicy(ctx, o.by("approver"), "old", "", theDay(t, "2026-02-28")); !refused(err, "effective_date") {
		t.Errorf("a day that has passed: %v", err)
	}
	for _, a := range []struct{ version, prefix, from string }{{"old", "", "2026-03-01"}, {"new", "", "2026-04-01"}, {"old", "370199", "2026-06-01"}} {
		if _, err := o.db.ActivatePolicy(ctx, o.by("approver"), a.version, a.prefix, theDay(t, a.from)); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when, county, on, version string) {
		t.Helper()
		if got := o.inForce(t, county, on); got != version {
			t.Errorf("%s, county %s on %s: %q, want %q", when, county, on, got, version)
		}
	}
	for _, c := range [][3]string{{"370198", "2026-02-28", ""}, {"370198", "2026-03-01", "old"}, {"370198", "2026-03-31", "old"}, {"370198", "2026-04-01", "new"},
		{"370198", "2026-06-01", "new"}, {"370199", "2026-05-31", "new"}, {"370199", "2026-06-01", "old"}} {
		want("before", c[0], c[1], c[2])
	}
	o.now = time.Date(2026, 4, 15, 23, 59, 0, 0, time.UTC)
	if c := o.card(t, "new"); c.Standing != governance.Holding {
		t.Errorf("new is %s", c.Standing)
	}
	if n, err := o.db.RollbackPolicy(ctx, o.by("risk"), "new", ""); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	want("after", "370198", "2026-04-14", "new") // what was, was
	want("after", "370198", "2026-04-15", "old")
	want("after", "370198", "2026-12-01", "old")
	if c := o.card(t, "new"); c.Standing != governance.RolledBack || c.History[len(c.History)-1].Act != governance.ActRollback {
		t.Errorf("new is %s: %+v", c.Standing, c.History)
	}
	if _, err := o.db.RollbackPolicy(ctx, o.by("risk"), "new", ""); !refused(err, "policy_state") {
		t.Errorf("rolled back twice: %v", err)
	}
	if n, err := o.db.RollbackPolicy(ctx, o.by("approver"), "old", "370199"); err != nil || n != 1 {
		t.Fatalf("before it begins: %d, %v", n, err)
	}
	want("after both", "370199", "2026-06-01", "old") // that for every county
	if n, err := o.db.RollbackPolicy(ctx, o.by("approver"), "old", ""); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	want("after all", "370199", "2026-04-15", "")
	if _, err := o.db.ActivatePolicy(ctx, o.by("approver"), "new", "", theDay(t, "2026-04-15")); err != nil {
		t.Errorf("in force again: %v", err)
	}
	want("at last", "370199", "2026-04-15", "new")
}

func TestTwoDraftsOfOneVersionAtOnceLeaveOne(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := o.db.DraftPolicy(context.Background(), o.by("risk"), "v", fmt.Appendf(nil, "version: v\n# %d\n", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := o.db.Policies(t.Context(), wholeBank, governance.DayOf(o.now))
	if err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAChallengersDecisionsAreKeptBesideTheCountys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	p := o.tested(t, "bold")
	o.draft(t, "untested")
	if err := o.db.SetChallenger(ctx, o.by("risk"), "untested", countyA.Code); !refused(err, "policy_state") {
		t.Errorf("a draft: %v", err)
	}
	if err := o.db.DismissChallenger(ctx, o.by("risk"), countyA.Code); !refused(err, "policy_state") {
		t.Errorf("no challenger to dismiss: %v", err)
	}
	o.tested(t, "bolder")
	for _, v := range []string{"bolder", "bold"} {
		if err := o.db.SetChallenger(ctx, o.by("risk"), v, countyA.Code); err != nil {
			t.Fatal(err)
		}
	}
	got, doc, ok, err := o.db.Challenger(ctx, countyA.Code)
	if err != nil || !ok || got.Digest != p.Digest || string(doc) != "version: bold\n" || len(o.card(t, "bold").Shadows) != 1 || len(o.card(t, "bolder").Shadows) != 0 {
		t.Errorf("%+v, %t, %v", got, ok, err)
	}
	n := newsroom{db: o.db, url: o.url}
	rows, err := connect(t, o.url).Query(ctx, `select id from registry_release`)
	if err != nil {
		t.Fatal(err)
	}
	if n.registry, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64]); err != nil {
		t.Fatal(err)
	}
	run, err := o.db.StartRun(ctx, season.Run{County: countyA.Code, Season: "w", Registry: n.registry, Spec: season.Spec{County: countyA}})
	if err != nil {
		t.Fatal(err)
	}
	claim := n.unit(t, run.ID, "decide")
	decided := []season.Decision{
		{HouseholdID: "Ha", Digest: "d", Snapshot: []byte(`{"s": 1}`), Decision: []byte(`{"line_fen": 5}`), LineFen: 5,
			Shadow: &season.Shadow{HouseholdID: "Ha", Policy: p.Digest, LineFen: 7, PD: .02, Binding: "need", Rules: []string{"r"}}},
		{HouseholdID: "Hb", Digest: "e", Snapshot: []byte(`{"s": 2}`), Decision: []byte(`{}`)},
	}
	if err := o.db.FinishDecisions(ctx, claim, ledger.Outcome{}, decided); err != nil {
		t.Fatal(err)
	}
	var beside []season.ShadowedDecision
	if err := o.db.ShadowedDecisions(ctx, wholeBank, run.ID, func(d season.ShadowedDecision) error { beside = append(beside, d); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(beside) != 1 || beside[0].Household != "Ha" || beside[0].Shadow.LineFen != 7 || beside[0].Shadow.Rules[0] != "r" {
		t.Errorf("%+v", beside)
	}
	var stored []season.StoredDecision
	if err := o.db.Decisions(ctx, wholeBank, run.ID, func(d season.StoredDecision) error { stored = append(stored, d); return nil }); err != nil || len(stored) != 2 {
		t.Errorf("%+v, %v", stored, err)
	}
	stop := errors.New("enough")
	if err := o.db.Decisions(ctx, wholeBank, run.ID, func(season.StoredDecision) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	if err := o.db.DismissChallenger(ctx, o.by("risk"), countyA.Code); err != nil {
		t.Error(err)
	}
	if _, _, ok, err := o.db.Challenger(ctx, countyA.Code); ok || err != nil {
		t.Errorf("a dismissed challenger stays: %v", err)
	}
	if err := o.db.Decisions(ctx, publication.Scope{Counties: []string{"11"}}, run.ID, func(season.StoredDecision) error { return stop }); err != nil {
		t.Errorf("somebody of another county sees decisions: %v", err)
	}
}

func TestAnEmptyDatabaseHasNoPoliciesAndNoDecisions(t *testing.T) {
	t.Parallel()
	db, _ := postgistest.Open(t)
	list, err := db.Policies(t.Context(), wholeBank, governance.DayOf(time.Now()))
	if err != nil || list == nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, _, err := db.DecidedRun(t.Context(), wholeBank, "370199", "w"); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
