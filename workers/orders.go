package workers

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"parus/internal/ledger"
	"parus/internal/season"
)

// orderLease is for how long nobody else takes an order up: a plan of a large
// county takes seconds, and a worker that dies is stood in for after it.
const orderLease = 2 * time.Minute

// Ordered is what is needed of the table of orders.
type Ordered interface {
	ClaimRescore(ctx context.Context, token string, lease time.Duration) (season.RescoreOrder, bool, error)
	PlannedRescore(ctx context.Context, o season.RescoreOrder, e season.Estimate) error
	RefuseRescore(ctx context.Context, o season.RescoreOrder, why string) error
	StartRescore(ctx context.Context, o season.RescoreOrder, r season.Run, outcomes []season.Outcome) (started season.Run, refused string, err error)
	KeepEstimate(ctx context.Context, run int64, e season.Estimate) (time.Time, error)
	LastRun(ctx context.Context, county, name string) (season.Run, error)
}

// Orders carries out what a server, which plans nothing itself, has written
// down: it plans re-scores that were asked for and starts those that were
// confirmed. Any number may work on one database.
type Orders struct {
	Table Ordered
	// Renew is a run as it would be asked for now, and what of its inputs is of no use.
	Renew func(ctx context.Context, last season.Run) (season.Run, []season.Outcome, error)
	// Estimate foresees a run.
	Estimate func(ctx context.Context, run season.Run) (season.Estimate, error)
	Log      *slog.Logger
}

// Drive carries out what there is at every tick until ctx ends.
func (o *Orders) Drive(ctx context.Context, ticks <-chan time.Time) error {
	for {
		for {
			did, err := o.Next(ctx)
			if err != nil && ctx.Err() == nil {
				o.Log.Warn("orders to score again", "error", err) // the database may come back
			}
			if !did || err != nil {
				break
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks:
		}
	}
}

// Next carries out the oldest order; false where there is none.
func (o *Orders) Next(ctx context.Context) (bool, error) {
	order, ok, err := o.Table.ClaimRescore(ctx, newToken(), orderLease)
	if !ok || err != nil {
		return false, err
	}
	failed := o.carryOut(ctx, order)
	if failed != nil && ctx.Err() == nil && !errors.Is(failed, ledger.ErrLeaseLost) { // those end with the lease
		err = o.Table.RefuseRescore(ctx, order, failed.Error())
	}
	return true, err
}

func (o *Orders) carryOut(ctx context.Context, order season.RescoreOrder) error {
	last, err := o.Table.LastRun(ctx, order.County, order.Season)
	if err != nil {
		return err
	}
	run, outcomes, err := o.Renew(ctx, last)
	if err != nil {
		return err
	}
	e, err := o.Estimate(ctx, run)
	if err != nil {
		return err
	}
	if !order.Confirmed {
		return o.Table.PlannedRescore(ctx, order, e)
	}
	started, refused, err := o.Table.StartRescore(ctx, order, run, outcomes)
	if err != nil || refused != "" {
		return err
	}
	o.Log.Info("scored again by order", "order", order.ID, "county", run.County, "season", run.Season, "run", started.ID)
	if _, err := o.Table.KeepEstimate(ctx, started.ID, e); err != nil {
		o.Log.Debug("no estimate", "run", started.ID, "error", err)
	}
	return nil
}
