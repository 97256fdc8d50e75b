package postgis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/season"
	"parus/internal/vault"
)

// manager is somebody who controls runs.
func manager(why string) vault.Act {
	return vault.Act{Actor: "li (risk)", Purpose: why, At: time.Date(2025, 8, 20, 4, 0, 0, 0, time.UTC)}
}

// anotherRun is a run beside the first one of the same county.
func anotherRun(t *testing.T, db *postgis.DB, like season.Run, name string) season.Run {
	t.Helper()
	like.Spec.Code = name
	run, err := db.StartRun(t.Context(), like)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func taking(who string) ledger.Taking { return ledger.Taking{Token: who + "/1", Lease: time.Minute} }

func TestARunMovesAlongItsArrowsOrNotAtAll(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	run := startRun(t, db)
	pause := func() error { return db.PauseRun(t.Context(), run.ID, manager("prices are being checked")) }
	resume := func() error { return db.ResumeRun(t.Context(), run.ID, manager("prices are right")) }
	cancel := func() error { _, err := db.CancelRun(t.Context(), run.ID, manager("wrong policy")); return err }
	again := func() error { _, err := db.StartRun(t.Context(), run); return err }
	end := func(state string) func() error {
		return func() error { return db.EndRun(t.Context(), run.ID, state, "") }
	}
	for i, step := range []struct {
		do   func() error
		want string // state after it
		ok   bool
	}{
		{resume, "running", false},
		{pause, "paused", true},
		{pause, "paused", false},
		{end(season.RunDone), "paused", true}, // changes nothing: who ends a run finds it running
		{again, "paused", true},
		{resume, "running", true},
		{cancel, "cancelled", true},
		{cancel, "cancelled", false},
		{pause, "cancelled", false},
		{again, "cancelled", true},
		{resume, "running", true},
		{pause, "paused", true},
		{cancel, "cancelled", true},
		{resume, "running", true},
		{end(season.RunFailed), "failed", true},
		{pause, "failed", false},
		{cancel, "failed", false},
		{again, "running", true},
		{end(season.RunDone), "done", true},
		{pause, "done", false},
		{cancel, "done", false},
		{resume, "done", false},
	} {
		err := step.do()
		var refused *postgis.MoveError
		if (err == nil) != step.ok || err != nil && !errors.As(err, &refused) {
			t.Fatalf("step %d: %v, want it allowed: %t", i, err, step.ok)
		}
		s, err := db.RunState(t.Context(), run.ID)
		if err != nil || s.State != step.want {
			t.Fatalf("step %d: %+v, %v; want %s", i, s, err, step.want)
		}
	}
	events, err := db.RunEvents(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for i, e := range events {
		if e.Seq != i+1 || e.Actor != "li (risk)" {
			t.Errorf("event %d: %+v", i, e)
		}
		told = append(told, e.Act)
	}
	if want := strings.Fields("pause resume cancel resume pause cancel resume"); !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	conn := connect(t, url) // nor does anybody else get past the arrows
	for _, sql := range []string{
		`update season_run set state = 'paused'`,                                          // from done
		`update season_run set state = 'running'; update season_run set state = 'paused'`, // without a word
		`update run_event set reason = 'another'`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is allowed", sql)
		}
	}
	if _, err := db.RunState(t.Context(), 99); err == nil {
		t.Error("a run that does not exist has a state")
	}
	if err := db.PauseRun(t.Context(), 99, manager("x")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("pausing a run that does not exist: %v", err)
	}
}

func TestNobodyTakesUpAPausedRunUnlessAnotherNeedsIt(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	other := anotherRun(t, db, run, "other")
	plan := func(r season.Run, units ...ledger.Unit) {
		t.Helper()
		if err := db.PlanUnits(t.Context(), r.ID, "observe", units); err != nil {
			t.Fatal(err)
		}
	}
	plan(run, unit(1), unit(2), unit(3))
	plan(other, unit(3))
	inHand, err := db.ClaimUnit(t.Context(), unit(1).Key, taking("w"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.PauseRun(t.Context(), run.ID, manager("stop")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ClaimUnit(t.Context(), unit(2).Key, taking("w")); !errors.Is(err, ledger.ErrNotClaimable) {
		t.Errorf("a unit of the paused run alone: %v", err)
	}
	if _, err := db.ClaimUnit(t.Context(), unit(3).Key, taking("w")); err != nil {
		t.Errorf("a unit that another run needs: %v", err)
	}
	if err := db.ExtendLease(t.Context(), inHand, time.Minute); err != nil {
		t.Errorf("the unit in hand: %v", err)
	}
	if err := db.FinishUnit(t.Context(), inHand, ledger.Outcome{}); err != nil {
		t.Errorf("the unit in hand: %v", err)
	}
	if err := db.ResumeRun(t.Context(), run.ID, manager("go")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ClaimUnit(t.Context(), unit(2).Key, taking("w")); err != nil {
		t.Errorf("after it goes on: %v", err)
	}
}

func TestCancellingARunCancelsWhatNobodyElseNeeds(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	other := anotherRun(t, db, run, "other")
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{unit(1), unit(2), unit(3)}); err != nil {
		t.Fatal(err)
	}
	if err := db.PlanUnits(t.Context(), other.ID, "observe", []ledger.Unit{unit(3)}); err != nil {
		t.Fatal(err)
	}
	inHand, err := db.ClaimUnit(t.Context(), unit(1).Key, taking("w"))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := db.CancelRun(t.Context(), run.ID, manager("wrong policy")); err != nil || n != 1 {
		t.Fatalf("%d cancelled, %v; want unit 2 alone", n, err)
	}
	p, err := db.RunProgress(t.Context(), run.ID)
	if err != nil || p[0].Cancelled != 1 || p[0].Running != 1 || p[0].Pending != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	// The one in hand fails for a passing reason: nobody tries it again.
	if err := db.FailUnit(t.Context(), inHand, ledger.Failure{Reason: "the network is away"}); err != nil {
		t.Fatal(err)
	}
	if p, err = db.RunProgress(t.Context(), run.ID); err != nil || p[0].Cancelled != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	out, err := db.RunOutcomes(t.Context(), run.ID)
	if err != nil || len(out) != 2 || out[1].Outcome != "cancelled" || !strings.Contains(out[1].Reason, "cancelled by li (risk): wrong policy") {
		t.Fatalf("outcomes %+v, %v", out, err)
	}
	// Whoever needs them later has them wait again, by planning or by itself.
	if err := db.PlanUnits(t.Context(), other.ID, "observe", []ledger.Unit{unit(2), unit(3)}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ClaimUnit(t.Context(), unit(2).Key, taking("w")); err != nil {
		t.Errorf("planned by another run: %v", err)
	}
	if err := db.ResumeRun(t.Context(), run.ID, manager("right after all")); err != nil {
		t.Fatal(err)
	}
	ready, err := db.ReadyUnits(t.Context(), run.ID, 10)
	if err != nil || len(ready) != 2 || ready[0].Key != unit(1).Key {
		t.Errorf("after it goes on %+v wait, %v; want units 1 and 3", ready, err)
	}
}

// A run is cancelled while workers claim and finish its units: whatever the
// order, each unit is done, failed or cancelled, and none is lost in between.
func TestCancellingWhileWorkersClaimLosesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	const n = 60
	var units []ledger.Unit
	for i := range n {
		units = append(units, unit(i))
	}
	if err := db.PlanUnits(t.Context(), run.ID, "observe", units); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	taken := make(chan struct{}, n)
	for w := range 4 {
		all.Go(func() {
			for i := range n {
				c, err := db.ClaimUnit(t.Context(), units[i].Key, taking(fmt.Sprint("w", w)))
				if errors.Is(err, ledger.ErrNotClaimable) {
					continue
				}
				if err == nil {
					taken <- struct{}{}
					err = db.FinishUnit(t.Context(), c, ledger.Outcome{})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		<-taken
	}
	cancelled, err := db.CancelRun(t.Context(), run.ID, manager("stop"))
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
	p, err := db.RunProgress(t.Context(), run.ID)
	if err != nil || p[0].Cancelled != cancelled || p[0].Done+p[0].Cancelled != n || p[0].Pending+p[0].Running != 0 {
		t.Errorf("%d cancelled, then %+v, %v", cancelled, p, err)
	}
}

func TestACancelledRunPublishesNothing(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t)
	before := n.id
	run := anotherRun(t, n.db, season.Run{County: countyA.Code, Season: "w", Registry: n.registry, Spec: season.Spec{County: countyA}}, "second")
	w := n.unit(t, run.ID, "watch")
	c := n.unit(t, run.ID, "publish")
	if _, err := n.db.CancelRun(t.Context(), run.ID, manager("wrong policy")); err != nil {
		t.Fatal(err)
	}
	if err := n.db.Publish(t.Context(), c, ledger.Outcome{}, run, season.Sources{Watch: w.ID}); !errors.Is(err, ledger.ErrCancelled) {
		t.Fatalf("publishing a cancelled run: %v", err)
	}
	rows, err := n.db.PublicationList(t.Context(), countyA.Code)
	if err != nil || len(rows) != 1 || rows[0].ID != before || !rows[0].InForce {
		t.Errorf("publications %+v, %v; want the one before alone", rows, err)
	}
	// A run that has published is done, in the same moment.
	third := anotherRun(t, n.db, run, "third")
	if err := n.db.Publish(t.Context(), n.unit(t, third.ID, "publish"), ledger.Outcome{}, third, season.Sources{}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.db.CancelRun(t.Context(), third.ID, manager("too late")); err == nil {
		t.Error("a published run is cancelled")
	}
}

func TestARetryTakesOnlyWhatMayPass(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{unit(1), unit(2), unit(3)}); err != nil {
		t.Fatal(err)
	}
	for i, f := range []ledger.Failure{{Reason: "429", Final: true}, {Reason: "corrupt", Poison: true}, {Reason: "corrupt", Poison: true}} {
		c, err := db.ClaimUnit(t.Context(), unit(i+1).Key, taking("w"))
		if err != nil {
			t.Fatal(err)
		}
		if err := db.FailUnit(t.Context(), c, f); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.EndRun(t.Context(), run.ID, season.RunDone, ""); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		retry postgis.Retry
		want  int
		state string
	}{
		{postgis.Retry{Item: "item 9"}, 0, season.RunDone},
		{postgis.Retry{}, 1, season.RunRunning},
		{postgis.Retry{}, 0, season.RunRunning},
		{postgis.Retry{Item: "item 2"}, 1, season.RunRunning},
		{postgis.Retry{Poison: true}, 1, season.RunRunning},
	} {
		n, err := db.RetryFailed(t.Context(), run.ID, step.retry, manager("try again"))
		s, e := db.RunState(t.Context(), run.ID)
		if err != nil || e != nil || n != step.want || s.State != step.state {
			t.Errorf("%+v: %d units, run %s, %v %v; want %d and %s", step.retry, n, s.State, err, e, step.want, step.state)
		}
	}
}

func TestADeadWorkersUnitsWaitAgainAtOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{unit(1), unit(2)}); err != nil {
		t.Fatal(err)
	}
	for i, who := range []string{"w1", "w10"} {
		if _, err := db.ClaimUnit(t.Context(), unit(i+1).Key, taking(who)); err != nil {
			t.Fatal(err)
		}
	}
	if items, err := db.BuryWorker(t.Context(), "w1"); err != nil || !slices.Equal(items, []string{"observe item 1"}) {
		t.Fatalf("%v, %v; want the unit of w1 and not that of w10", items, err)
	}
	ready, err := db.ReadyUnits(t.Context(), run.ID, 10)
	if err != nil || len(ready) != 1 || ready[0].Deaths != 1 {
		t.Errorf("%+v, %v", ready, err)
	}
}

func TestWhatAPersonWaitsForNeedsNoRunAndGoesFirst(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{unit(1), unit(2)}); err != nil {
		t.Fatal(err)
	}
	if err := db.AskUnits(t.Context(), []ledger.Unit{unit(2), unit(3), unit(3)}); err != nil {
		t.Fatal(err)
	}
	asked, err := db.AskedUnits(t.Context(), 10)
	if err != nil || len(asked) != 2 || asked[0].Key != unit(2).Key || asked[1].Key != unit(3).Key || !asked[0].Urgent {
		t.Fatalf("asked for %+v, %v", asked, err)
	}
	ready, err := db.ReadyUnits(t.Context(), run.ID, 10)
	if err != nil || len(ready) != 2 || ready[0].Key != unit(2).Key {
		t.Errorf("ready %+v, %v; want unit 2 first", ready, err)
	}
	c, err := db.ClaimUnit(t.Context(), unit(3).Key, taking("w"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.FinishUnit(t.Context(), c, ledger.Outcome{}); err != nil {
		t.Fatal(err)
	}
	if asked, err = db.AskedUnits(t.Context(), 10); err != nil || len(asked) != 1 {
		t.Errorf("after unit 3: %+v, %v", asked, err)
	}
}

// Of five units two were done by an earlier run, one here within the minute, one
// is in hand and one waits.
func TestThePaceCountsWhatWasDoneHere(t *testing.T) {
	t.Parallel()
	db := open(t)
	first := startRun(t, db)
	finish := func(n int) {
		t.Helper()
		c, err := db.ClaimUnit(t.Context(), unit(n).Key, taking("w"))
		if err == nil {
			err = db.FinishUnit(t.Context(), c, ledger.Outcome{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.PlanUnits(t.Context(), first.ID, "observe", []ledger.Unit{unit(1), unit(2)}); err != nil {
		t.Fatal(err)
	}
	finish(1)
	finish(2)
	run := anotherRun(t, db, first, "second")
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{unit(1), unit(2), unit(3), unit(4), unit(5)}); err != nil {
		t.Fatal(err)
	}
	finish(3)
	if _, err := db.ClaimUnit(t.Context(), unit(4).Key, taking("w")); err != nil {
		t.Fatal(err)
	}
	pace, err := db.RunPace(t.Context(), run.ID)
	if err != nil || len(pace) != 1 {
		t.Fatalf("%+v, %v", pace, err)
	}
	p := pace[0]
	if p.Done != 3 || p.Running != 1 || p.Pending != 1 || p.Here != 2 || p.Recent != 1 || p.Window <= 0 || p.Wall <= 0 {
		t.Errorf("%+v", p)
	}
	// One in the window: the two that are left take twice as long.
	if left, ok := p.Left(); !ok || left < p.Window || left > 2*p.Window+time.Millisecond {
		t.Errorf("left %s, %t, in a window of %s", left, ok, p.Window)
	}
	list, err := db.RunList(t.Context(), first.County, 10)
	if err != nil || len(list) != 2 || list[0].ID != run.ID || list[0].Units != 5 || list[0].Ended != 3 || list[0].Failed != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}
