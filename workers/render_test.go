package workers_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/overlay"
	"parus/internal/decoder"
	"parus/internal/ledger"
	"parus/internal/publication"
	"parus/internal/season"
	"parus/workers"
)

// meadow is green everywhere, in any projection.
type meadow struct{}

func (meadow) Read(_ context.Context, b imagery.Band, _ imagery.Grid, _ imagery.Window, dst []int32) error {
	for i := range dst {
		dst[i] = map[string]int32{"SCL": 4, "B04": 400}[b.Name]
		if b.Name == "B08" {
			dst[i] = 3000
		}
	}
	return nil
}

// atOnce does a unit where others would queue it.
type atOnce struct {
	*workers.Worker
	done int
}

func (a *atOnce) Enqueue(ctx context.Context, u ledger.Ready) error {
	a.done++
	if err := a.Do(ctx, u); err != nil {
		a.Log.Info("the queue would try again, or not", "error", err)
	}
	return nil
}

func (a *atOnce) LostAt(context.Context, time.Time) (time.Time, error) { return time.Time{}, nil }

// paint draws meadows.
func paint(ctx context.Context, j overlay.Job) (decoder.Picture, error) {
	return decoder.Paint(ctx, meadow{}, j)
}

// drawAll lets overlays be drawn until there is nothing left, and tells how many
// units were.
func (f farm) drawAll(t *testing.T, draw func(context.Context, overlay.Job) (decoder.Picture, error)) int {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	stage := workers.Render(f.db, workers.Tools{Draw: draw})
	queue := &atOnce{Worker: &workers.Worker{Claims: f.db, Stages: []workers.Stage{stage}, Log: log}}
	clock := time.Now()
	o := workers.Overlays{Ledger: f.db, Queue: queue, Stage: stage, Log: log, Now: func() time.Time {
		clock = clock.Add(time.Hour) // what waits to be tried again is due
		return clock
	}}
	planned, enqueued := map[int64]bool{}, map[string]time.Time{}
	for range 100 {
		runs, err := f.db.RunsToDraw(t.Context(), workers.RenderVersion)
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) == 0 {
			return queue.done
		}
		if err := o.Round(t.Context(), planned, enqueued); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the overlays come to no end")
	return 0
}

func TestOverlaysComeAfterTheSeasonAndNewScenesOnlyAdd(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(s *season.Spec) {
		s.Scenes = append(s.Scenes, scene("corrupt", day(2025, 5, 6), false))
	})
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	if runs, err := f.db.RunsToDraw(t.Context(), workers.RenderVersion); err != nil || len(runs) > 0 {
		t.Fatalf("%d runs are drawn while another is open, %v", len(runs), err)
	}
	open, err := f.db.OpenRuns(t.Context()) // that of newHouse, which nobody drives
	if err != nil || len(open) != 1 {
		t.Fatalf("%d open runs, %v", len(open), err)
	}
	if err := f.db.EndRun(t.Context(), open[0].ID, season.RunFailed, "nobody drives it"); err != nil {
		t.Fatal(err)
	}
	before := f.outcomes(t)
	scenes := len(dates())
	if n := f.drawAll(t, paint); n != scenes {
		t.Errorf("%d units are drawn, want one for each of %d scenes", n, scenes)
	}
	for item := range f.outcomes(t) {
		if _, ok := before[item]; !ok {
			t.Errorf("drawing adds the outcome %s", item)
		}
	}
	f.checkOverlays(t, scenes)
	if n := f.drawAll(t, paint); n != 0 {
		t.Errorf("%d units are drawn again", n)
	}
	f.run.Spec.Scenes = append(f.run.Spec.Scenes, scene("more", day(2025, 5, 5), false))
	run, err := f.db.StartRun(t.Context(), f.run)
	if err != nil {
		t.Fatal(err)
	}
	f.run = run
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	if n := f.drawAll(t, paint); n != 1 {
		t.Errorf("a new scene draws %d units", n)
	}
	f.checkOverlays(t, scenes+1)
}

// checkOverlays reads what was drawn as the map does.
func (f farm) checkOverlays(t *testing.T, scenes int) {
	t.Helper()
	id, err := f.db.PublicationOfRun(t.Context(), f.run.ID)
	if err != nil {
		t.Fatal(err)
	}
	scope := publication.Scope{Counties: []string{"3701"}}
	list, err := f.db.Overlays(t.Context(), scope, id)
	if err != nil || len(list) != scenes {
		t.Fatalf("%d scenes are listed, want %d: %v", len(list), scenes, err)
	}
	for i, o := range list {
		if o.ClearShare != 1 || len(o.Kinds) != 1 || o.Kinds[0] != string(overlay.Vegetation) || i > 0 && o.Date < list[i-1].Date {
			t.Errorf("scene %d is %+v", i, o)
		}
	}
	area := overlay.AreaOf(orb.Bound{Min: orb.Point{117.611, 36.549}, Max: orb.Point{117.611, 36.549}})
	tile := publication.OverlayTile{Scene: list[0].Scene, Kind: list[0].Kinds[0], MapTile: publication.MapTile{Z: 14, X: area.X0, Y: area.Y0}}
	data, err := f.db.OverlayTile(t.Context(), scope, id, tile)
	if err != nil || len(data) == 0 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	away := publication.Scope{Counties: []string{"3702"}}
	if _, err := f.db.OverlayTile(t.Context(), away, id, tile); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("an account of another county gets %v", err)
	}
	if list, err := f.db.Overlays(t.Context(), away, id); err != nil || len(list) > 0 {
		t.Errorf("an account of another county sees %d scenes, %v", len(list), err)
	}
}

func TestADrawingThatBreaksItsDecoderIsMissingAndNothingElse(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(*season.Spec) {})
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	open, err := f.db.OpenRuns(t.Context()) // that of newHouse, which nobody drives
	if err != nil || len(open) != 1 {
		t.Fatalf("%d open runs, %v", len(open), err)
	}
	if err := f.db.EndRun(t.Context(), open[0].ID, season.RunFailed, "nobody drives it"); err != nil {
		t.Fatal(err)
	}
	killed := 0
	f.drawAll(t, func(ctx context.Context, j overlay.Job) (decoder.Picture, error) {
		switch {
		case j.Scene.ID == "S0":
			return decoder.Picture{}, &decoder.Fault{Item: j.Scene.ID, What: decoder.Crashed, Cause: "SIGSEGV", Doing: "reading B04"}
		case j.Scene.ID == "S1" && killed == 0: // by somebody else: it is drawn when tried again
			killed++
			return decoder.Picture{}, &decoder.Fault{Item: j.Scene.ID, What: decoder.Killed, Cause: "SIGKILL"}
		}
		return paint(ctx, j)
	})
	if killed != 1 {
		t.Errorf("%d drawings were killed", killed)
	}
	f.checkOverlays(t, len(dates())-1)
	units, err := f.db.FinishedUnits(t.Context(), f.run.ID, "render")
	if err != nil || len(units) != len(dates()) {
		t.Fatalf("%d drawings have ended, %v", len(units), err)
	}
	for _, u := range units {
		if broken := strings.HasPrefix(u.Item, "S0 "); broken != (u.State == ledger.Failed) || broken != strings.Contains(u.Reason, "crashed (SIGSEGV) while reading B04") {
			t.Errorf("%s is %s: %s", u.Item, u.State, u.Reason)
		}
	}
}
