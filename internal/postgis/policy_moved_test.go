package postgis_test

import (
	"encoding/json"
	"testing"
	"time"

	"parus/credit/monitor"
	"parus/internal/governance"
	"parus/internal/postgis"
	"parus/internal/publication"
)

// keepStability keeps that a publication's households have moved, or have not.
func keepStability(t *testing.T, db *postgis.DB, id int64, v monitor.Verdict, at time.Time) {
	t.Helper()
	st := monitor.Stability{Reference: "w 2025", Current: "w 2026", Verdict: v, Indices: []monitor.Index{{EN: "debts", Kind: "CSI", Value: .31, Verdict: v}}}
	result, err := json.Marshal(st)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.KeepMonitoring(t.Context(), id, publication.Monitoring{Kind: publication.MonitoringStability, At: at, Actor: "risk", Result: result}); err != nil {
		t.Fatal(err)
	}
}

func TestAPolicyIsNotPromotedOnHouseholdsThatHaveMoved(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	o := staffed(t, n)
	n.publish(t)
	n.publish(t) // back-tests are of the first run
	o.approved(t, "2026-1")
	activate := func(prefix string) error {
		_, err := o.db.ActivatePolicy(t.Context(), o.by("approver"), "2026-1", prefix, governance.DayOf(o.now))
		return err
	}
	keepStability(t, o.db, n.id, monitor.Stops, o.now)
	if err := activate(""); !refused(err, "population_moved") {
		t.Errorf("over households that have moved: %v", err)
	}
	if err := activate("99"); err != nil {
		t.Errorf("for other counties: %v", err)
	}
	keepStability(t, o.db, n.id, monitor.Warns, o.now.Add(time.Minute))
	if err := activate(""); err != nil {
		t.Errorf("what was found last is no more than a warning: %v", err)
	}
	keepStability(t, o.db, n.id, monitor.Stops, o.now.Add(2*time.Minute))
	var run int64
	if err := connectTo(t, n.url).QueryRow(t.Context(), `select run from publication where id = $1`, n.id).Scan(&run); err != nil {
		t.Fatal(err)
	}
	p := o.card(t, "2026-1")
	_, err := o.db.SaveBacktest(t.Context(), o.by("risk"), governance.Backtest{Digest: p.Digest, County: countyA.Code, Season: "w", Run: run, EngineVersion: "3",
		Households: 10, Report: []byte(`{"gain": 1}`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := activate(countyA.Code); err != nil {
		t.Errorf("tested on them as they are now: %v", err)
	}
}
