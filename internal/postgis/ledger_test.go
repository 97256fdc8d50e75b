package postgis_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parus/fields"
	"parus/imagery"
	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/season"
)

// startRun returns a run of an empty county to hang units on.
func startRun(t *testing.T, db *postgis.DB) season.Run {
	t.Helper()
	county := fields.County{Code: "370199", Name: "测试县", Currency: "CNY"}
	registry, err := db.ImportRegistry(t.Context(), postgis.RegistryRelease{County: county, Digest: "d", Source: "none"})
	if err != nil {
		t.Fatal(err)
	}
	run, err := db.StartRun(t.Context(), season.Run{County: county.Code, Season: "s", Registry: registry, Spec: season.Spec{County: county}})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func unit(n int) ledger.Unit {
	return ledger.Unit{Key: ledger.Key("observe", 1, n), County: "370199", Stage: "observe", Item: fmt.Sprint("item ", n)}
}

func TestAUnitGoesToOneOfManyClaimers(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{unit(1)}); err != nil {
		t.Fatal(err)
	}
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := db.ClaimUnit(t.Context(), unit(1).Key, ledger.Taking{Token: fmt.Sprint(i), Lease: time.Minute, Alone: true})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, ledger.ErrNotClaimable):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 7 {
		t.Fatalf("%d claims won and %d lost, want 1 and 7", won.Load(), lost.Load())
	}
}

func TestALateResultIsThrownAwayWhole(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	u := unit(1)
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{u}); err != nil {
		t.Fatal(err)
	}
	// The first worker's lease is over at once; a second one takes the unit.
	slow, err := db.ClaimUnit(t.Context(), u.Key, ledger.Taking{Token: "slow", Lease: -time.Second, Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	if ready, err := db.ReadyUnits(t.Context(), run.ID, 10); err != nil || len(ready) != 1 {
		t.Fatalf("after the lease ran out %d units wait, want 1 (%v)", len(ready), err)
	}
	quick, err := db.ClaimUnit(t.Context(), u.Key, ledger.Taking{Token: "quick", Lease: time.Minute, Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	late := db.FinishObservation(t.Context(), slow, ledger.Outcome{}, []byte("late"), nil)
	if !errors.Is(late, ledger.ErrLeaseLost) {
		t.Fatalf("the late result gives %v, want a lost lease", late)
	}
	if err := db.FinishObservation(t.Context(), quick, ledger.Outcome{}, []byte("quick"), nil); err != nil {
		t.Fatal(err)
	}
	if data, err := db.Observation(t.Context(), quick.ID); err != nil || string(data) != "quick" {
		t.Fatalf("kept %q, %v; want the second worker's", data, err)
	}
	again := db.FinishObservation(t.Context(), quick, ledger.Outcome{}, []byte("again"), nil)
	if !errors.Is(again, ledger.ErrLeaseLost) {
		t.Fatalf("a second end of the same claim gives %v, want a lost lease", again)
	}
}

func TestAUnitThatKillsItsWorkersFailsByName(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	u := unit(1)
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{u}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if i > 0 {
			_, err := db.ClaimUnit(t.Context(), u.Key, ledger.Taking{Token: "w", Lease: time.Minute})
			if !errors.Is(err, ledger.ErrSuspect) {
				t.Fatalf("beside others: %v, want a suspect", err)
			}
		}
		if _, err := db.ClaimUnit(t.Context(), u.Key, ledger.Taking{Token: fmt.Sprint(i), Lease: -time.Second, Alone: true}); err != nil {
			t.Fatalf("claim %d: %v", i, err)
		}
		if _, err := db.ReadyUnits(t.Context(), run.ID, 1); err != nil {
			t.Fatal(err)
		}
	}
	all, err := db.FinishedUnits(t.Context(), run.ID, "observe")
	if err != nil || len(all) != 1 || all[0].State != ledger.Failed || all[0].Reason == "" {
		t.Fatalf("after three dead workers: %+v, %v; want one failed unit with a reason", all, err)
	}
	if all[0].Reason != "killed its worker 3 times: it is quarantined; look at item 1, then retry it by name" {
		t.Errorf("reason %q", all[0].Reason)
	}
	if q, err := db.Quarantined(t.Context()); err != nil || len(q) != 1 || q[0].Item != "item 1" {
		t.Errorf("quarantined %+v, %v", q, err)
	}
	for _, step := range []struct {
		retry postgis.Retry
		want  int
	}{{postgis.Retry{}, 0}, {postgis.Retry{Item: "item 2"}, 0}, {postgis.Retry{Item: "item 1"}, 1}} {
		if n, err := db.RetryFailed(t.Context(), run.ID, step.retry, manager("the file was mended")); err != nil || n != step.want {
			t.Fatalf("%+v: retried %d, %v; want %d", step.retry, n, err, step.want)
		}
	}
}

func TestPlanningAgainKeepsWhatIsDone(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	plan := []ledger.Unit{unit(1), unit(2), unit(3)}
	if err := db.PlanUnits(t.Context(), run.ID, "observe", plan[:2]); err != nil {
		t.Fatal(err)
	}
	c, err := db.ClaimUnit(t.Context(), unit(1).Key, ledger.Taking{Token: "w", Lease: time.Minute, Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	result := json.RawMessage(`{"n": 1}`)
	if err := db.FinishScene(t.Context(), c, ledger.Outcome{Notes: []string{"offset repaired"}, Result: result}, imagery.Scene{ID: "S"}); err != nil {
		t.Fatal(err)
	}
	if err := db.PlanUnits(t.Context(), run.ID, "observe", plan); err != nil {
		t.Fatal(err)
	}
	p, err := db.RunProgress(t.Context(), run.ID)
	if err != nil || len(p) != 1 || p[0].Done != 1 || p[0].Pending != 2 {
		t.Fatalf("progress %+v, %v; want 1 done and 2 pending", p, err)
	}
	done, err := db.FinishedUnits(t.Context(), run.ID, "observe")
	if err != nil || len(done) != 1 || string(done[0].Result) != string(result) || done[0].Notes[0] != "offset repaired" {
		t.Fatalf("finished %+v, %v", done, err)
	}
}

func TestUnitsOfAnEarlierPlanNoLongerCount(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	for _, plan := range [][]ledger.Unit{{unit(1), unit(2)}, {unit(2), unit(3)}} {
		if err := db.PlanUnits(t.Context(), run.ID, "observe", plan); err != nil {
			t.Fatal(err)
		}
	}
	ready, err := db.ReadyUnits(t.Context(), run.ID, 10)
	if err != nil || len(ready) != 2 || ready[0].Key != unit(2).Key || ready[1].Key != unit(3).Key {
		t.Fatalf("waiting %+v, %v; want units 2 and 3", ready, err)
	}
}

func TestReleasedClaimsCountNoAttempt(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{unit(1)}); err != nil {
		t.Fatal(err)
	}
	for i := range 6 { // more restarts than a unit may lose leases
		c, err := db.ClaimUnit(t.Context(), unit(1).Key, ledger.Taking{Token: fmt.Sprint(i), Lease: time.Minute, Alone: true})
		if err != nil || c.Attempts != 1 {
			t.Fatalf("restart %d: attempt %d, %v; want the first again", i, c.Attempts, err)
		}
		if err := db.ReleaseClaims(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// A run that was stopped names, in the payload of its units, where their inputs
// lay. Planned again after these have moved, a unit must not look there.
func TestAUnitThatIsNotDoneFollowsItsInputs(t *testing.T) {
	t.Parallel()
	db := open(t)
	run := startRun(t, db)
	at := func(n int, place string) ledger.Unit {
		u := unit(n)
		u.Payload = json.RawMessage(`{"at": "` + place + `"}`)
		return u
	}
	plan := func(place string) {
		t.Helper()
		if err := db.PlanUnits(t.Context(), run.ID, "observe", []ledger.Unit{at(1, place), at(2, place), at(3, place)}); err != nil {
			t.Fatal(err)
		}
	}
	plan("old")
	done, err := db.ClaimUnit(t.Context(), unit(1).Key, ledger.Taking{Token: "w", Lease: time.Minute, Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.FinishUnit(t.Context(), done, ledger.Outcome{}); err != nil {
		t.Fatal(err)
	}
	lost, err := db.ClaimUnit(t.Context(), unit(2).Key, ledger.Taking{Token: "w", Lease: time.Minute, Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.FailUnit(t.Context(), lost, ledger.Failure{Reason: "no such file", Final: true}); err != nil {
		t.Fatal(err)
	}
	plan("old") // nothing has moved: the failed unit stays failed
	if p, err := db.RunProgress(t.Context(), run.ID); err != nil || p[0].Done != 1 || p[0].Failed != 1 || p[0].Pending != 1 {
		t.Fatalf("planned again in place: %+v, %v; want 1 done, 1 failed, 1 pending", p, err)
	}
	plan("new")
	if p, err := db.RunProgress(t.Context(), run.ID); err != nil || p[0].Done != 1 || p[0].Pending != 2 {
		t.Fatalf("planned after the move: %+v, %v; want 1 done and 2 pending", p, err)
	}
	for _, n := range []int{2, 3} {
		c, err := db.ClaimUnit(t.Context(), unit(n).Key, ledger.Taking{Token: "w", Lease: time.Minute, Alone: true})
		if err != nil || string(c.Payload) != `{"at": "new"}` || c.Attempts != 1 {
			t.Errorf("unit %d: payload %s at attempt %d, %v; want the new place at the first", n, c.Payload, c.Attempts, err)
		}
	}
}
