package workers

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"parus/internal/ledger"
	"parus/internal/season"
)

// OverlayLedger is the part of the ledger that overlays need.
type OverlayLedger interface {
	RunsToDraw(ctx context.Context, version int) ([]season.Run, error)
	EndOverlays(ctx context.Context, run int64, version int) error
	PlanUnits(ctx context.Context, run int64, stage string, units []ledger.Unit) error
	ReadyUnits(ctx context.Context, run int64, limit int) ([]ledger.Ready, error)
	RunProgress(ctx context.Context, run int64) ([]ledger.Progress, error)
}

// overlaysEvery is how often it is looked whether there is something to draw.
const overlaysEvery = 2 * time.Second

// drawnAtOnce bounds how many units wait on the queue, so that a season that
// starts meanwhile finds the workers free soon.
const drawnAtOnce = 16

// Overlays has the scenes of published seasons drawn. It works while no season
// is under way and never changes how a run has ended: a scene that cannot be
// drawn is missing on the map, by name in the ledger, and nothing else.
type Overlays struct {
	Ledger OverlayLedger
	Queue  Enqueuer
	Stage  Stage
	Log    *slog.Logger
	Now    func() time.Time
}

// Drive draws until ctx ends.
func (o *Overlays) Drive(ctx context.Context) error {
	tick := time.NewTicker(overlaysEvery)
	defer tick.Stop()
	planned, enqueued := map[int64]bool{}, map[string]time.Time{}
	for {
		if err := o.Round(ctx, planned, enqueued); err != nil && ctx.Err() == nil {
			o.Log.Warn("draw overlays", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Round moves on by one step; what it remembers in the maps can be lost.
func (o *Overlays) Round(ctx context.Context, planned map[int64]bool, enqueued map[string]time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	runs, err := o.Ledger.RunsToDraw(ctx, RenderVersion)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if !planned[run.ID] {
			p, err := o.Stage.Plan(ctx, run)
			if err != nil {
				return err
			}
			if err := o.Ledger.PlanUnits(ctx, run.ID, stageRender, p.Units); err != nil {
				return err
			}
			planned[run.ID] = true
		}
		open, err := o.feed(ctx, run.ID, enqueued)
		if err != nil {
			return err
		}
		if open { // one run after the other, the newest first
			return nil
		}
		if err := o.Ledger.EndOverlays(ctx, run.ID, RenderVersion); err != nil {
			return err
		}
		clear(enqueued)
	}
	return nil
}

// feed puts some units of a run on the queue and tells whether any is open.
func (o *Overlays) feed(ctx context.Context, run int64, enqueued map[string]time.Time) (open bool, err error) {
	progress, err := o.Ledger.RunProgress(ctx, run)
	if err != nil {
		return false, err
	}
	for _, p := range progress {
		open = open || p.Stage == stageRender && p.Open() > 0
	}
	if !open {
		return false, nil
	}
	ready, err := o.Ledger.ReadyUnits(ctx, run, drawnAtOnce)
	if err != nil {
		return false, err
	}
	ready = slices.DeleteFunc(ready, func(u ledger.Ready) bool { return u.Stage != stageRender })
	return true, enqueue(ctx, o.Queue, ready, enqueued, o.Now())
}
