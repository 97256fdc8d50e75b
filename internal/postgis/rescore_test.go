package postgis_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
	"parus/internal/season"
)

var (
	ofA       = publication.Scope{Counties: []string{countyA.Code}, Scores: true}
	elsewhere = publication.Scope{Counties: []string{"99"}, Scores: true}
	whenAsked = time.Date(2025, 8, 20, 4, 0, 0, 0, time.UTC)
)

func ask(db *postgis.DB, s publication.Scope, run season.Run) (publication.Rescore, error) {
	return db.AskRescore(context.Background(), s, publication.AskingRescore{County: run.County, Season: run.Season, Actor: "li (risk)", At: whenAsked})
}

func TestAnOrderIsPlannedConfirmedAndStartedOnce(t *testing.T) {
	t.Parallel()
	db, _ := postgistest.Open(t)
	run := startRun(t, db)
	ctx := t.Context()
	if _, err := ask(db, ofA, run); !errors.Is(err, publication.ErrState) {
		t.Errorf("while a run is open: %v", err)
	}
	if err := db.EndRun(ctx, run.ID, season.RunDone, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(db, elsewhere, run); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("of another county: %v", err)
	}
	order, err := ask(db, ofA, run)
	if err != nil || order.State != "asked" {
		t.Fatalf("%+v, %v", order, err)
	}
	if again, err := ask(db, ofA, run); err != nil || again.ID != order.ID {
		t.Errorf("asked twice: %+v, %v", again, err)
	}
	c, ok, err := db.ClaimRescore(ctx, "one", time.Minute)
	if err != nil || !ok || c.ID != order.ID || c.Confirmed {
		t.Fatalf("%+v, %t, %v", c, ok, err)
	}
	if _, ok, err := db.ClaimRescore(ctx, "two", time.Minute); ok || err != nil {
		t.Errorf("two have it: %v", err)
	}
	stale := c
	stale.Token = "two"
	if err := db.PlannedRescore(ctx, stale, season.Estimate{}); !errors.Is(err, ledger.ErrLeaseLost) {
		t.Errorf("planned by one that has lost it: %v", err)
	}
	e := season.Estimate{Threads: 2, Stages: []season.StageEstimate{{StagePlan: season.StagePlan{Stage: "decide", Units: 5, Done: 2}, WallS: 9, LowS: 6, HighS: 12}}}
	start := publication.RescoreMove{Rescore: order.ID, Act: "start", Actor: "li (risk)", Reason: "new prices", At: whenAsked}
	if err := db.MoveRescore(ctx, ofA, start); !errors.Is(err, publication.ErrState) {
		t.Errorf("started without a plan: %v", err)
	}
	if err := db.PlannedRescore(ctx, c, e); err != nil {
		t.Fatal(err)
	}
	order, err = db.Rescore(ctx, ofA, order.ID)
	if err != nil || order.State != "planned" || order.Plan == nil || order.Plan.ToDo != 3 || order.Plan.WallS != 9 {
		t.Fatalf("%+v, %v", order, err)
	}
	if err := db.MoveRescore(ctx, elsewhere, start); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("started from another county: %v", err)
	}
	if err := db.MoveRescore(ctx, ofA, start); err != nil {
		t.Fatal(err)
	}
	if err := db.MoveRescore(ctx, ofA, publication.RescoreMove{Rescore: order.ID, Act: "withdraw"}); !errors.Is(err, publication.ErrState) {
		t.Errorf("withdrawn after it was confirmed: %v", err)
	}
	c, ok, err = db.ClaimRescore(ctx, "three", time.Minute)
	if err != nil || !ok || !c.Confirmed || c.Reason != "new prices" {
		t.Fatalf("%+v, %t, %v", c, ok, err)
	}
	next := run
	next.Spec.Code = "another"
	started, refused, err := db.StartRescore(ctx, c, next, []season.Outcome{{Item: "row 7", Stage: "registry", Outcome: "failed", Reason: "no shape"}})
	if err != nil || refused != "" || started.ID == run.ID {
		t.Fatalf("%+v, %q, %v", started, refused, err)
	}
	if _, _, err := db.StartRescore(ctx, c, next, nil); !errors.Is(err, ledger.ErrLeaseLost) {
		t.Errorf("started twice: %v", err)
	}
	card, err := db.RunCard(ctx, ofA, started.ID)
	if err != nil || len(card.History) != 1 || card.History[0].Act != "start" || card.History[0].Actor != "li (risk)" || card.History[0].Reason != "new prices" {
		t.Errorf("%+v, %v", card.History, err)
	}
	if _, err := db.RunCard(ctx, elsewhere, started.ID); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("a run of another county: %v", err)
	}
	items, err := db.RunItems(ctx, ofA, publication.RunItemQuery{Run: started.ID, State: "failed", Text: "ROW", Limit: 5})
	if err != nil || len(items.Items) != 1 || items.Items[0].Reason != "no shape" || items.Items[0].Retryable {
		t.Errorf("%+v, %v", items, err)
	}
	feed, err := db.Feed(ctx, ofA, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, f := range feed {
		kinds = append(kinds, string(f.Kind))
	}
	// The run asked for and done; the order asked, planned, confirmed; the run it
	// started and its own end, in one transaction.
	if got := strings.Join(kinds, " "); got != "run run rescore rescore rescore run rescore" {
		t.Errorf("the log tells %s", got)
	}
	if feed, err := db.Feed(ctx, elsewhere, 0, 100); err != nil || len(feed) != 0 {
		t.Errorf("another county hears %v, %v", feed, err)
	}
}

func TestAnOrderOfWhatHasBeenThroughIsRefused(t *testing.T) {
	t.Parallel()
	db, _ := postgistest.Open(t)
	run := startRun(t, db)
	ctx := t.Context()
	if err := db.EndRun(ctx, run.ID, season.RunDone, ""); err != nil {
		t.Fatal(err)
	}
	order, err := ask(db, ofA, run)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := db.ClaimRescore(ctx, "one", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.PlannedRescore(ctx, c, season.Estimate{}); err != nil {
		t.Fatal(err)
	}
	if err := db.MoveRescore(ctx, ofA, publication.RescoreMove{Rescore: order.ID, Act: "start", Actor: "li", Reason: "again", At: whenAsked}); err != nil {
		t.Fatal(err)
	}
	if c, _, err = db.ClaimRescore(ctx, "one", time.Minute); err != nil {
		t.Fatal(err)
	}
	_, refused, err := db.StartRescore(ctx, c, run, nil)
	if err != nil || !strings.Contains(refused, "is done") {
		t.Errorf("%q, %v", refused, err)
	}
	order, err = db.Rescore(ctx, ofA, order.ID)
	if err != nil || order.State != "refused" || order.Result != refused {
		t.Errorf("%+v, %v", order, err)
	}
	if next, err := ask(db, ofA, run); err != nil || next.ID == order.ID {
		t.Errorf("after it another may be given: %+v, %v", next, err)
	}
}

func TestOrdersAboutRunsStayWithinTheirCounty(t *testing.T) {
	t.Parallel()
	db, _ := postgistest.Open(t)
	run := startRun(t, db)
	move := func(s publication.Scope, act string) error {
		_, err := db.MoveRun(t.Context(), s, publication.RunMove{Run: run.ID, Act: act, Actor: "li (risk)", Reason: "because", At: whenAsked})
		return err
	}
	for _, act := range []string{"pause", "cancel", "retry"} {
		if err := move(elsewhere, act); !errors.Is(err, publication.ErrNotFound) {
			t.Errorf("%s from another county: %v", act, err)
		}
	}
	for _, act := range []string{"pause", "resume", "cancel", "resume"} {
		if err := move(ofA, act); err != nil {
			t.Errorf("%s: %v", act, err)
		}
	}
	if err := move(ofA, "resume"); !errors.Is(err, publication.ErrState) {
		t.Errorf("resuming what runs: %v", err)
	}
	if s, err := db.RunState(t.Context(), run.ID); err != nil || s.State != season.RunRunning {
		t.Errorf("%+v, %v", s, err)
	}
}
