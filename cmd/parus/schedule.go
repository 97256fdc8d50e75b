package main

import (
	"context"
	"io"
	"math/rand/v2"
	"time"

	"parus/internal/season"
	"parus/workers"
)

// scheduleEvery is how often it is looked whether a catalogue is due, and
// pollsApart the least time between two polls of one, whatever clocks say.
const (
	scheduleEvery = 15 * time.Second
	pollsApart    = 30 * time.Second
)

// ordersEvery is how often it is looked whether somebody waits for a plan.
const ordersEvery = time.Second

// scheduler polls what the database says.
func (b *backend) scheduler() *workers.Scheduler {
	return &workers.Scheduler{Watches: b.db, Log: b.log, Now: b.db.Clock(b.now).Now, Chance: rand.Float64, Apart: pollsApart, Renew: b.renew}
}

// renew is a run as it would be asked for now, and what of its inputs is of no
// use.
func (b *backend) renew(ctx context.Context, last season.Run) (season.Run, []season.Outcome, error) {
	run, release, err := renewed(ctx, b.db, last, io.Discard)
	if err != nil {
		return run, nil, err
	}
	quarantined, err := storedQuarantine(ctx, b.db, release.ID)
	return run, quarantined, err
}

// schedule polls catalogues until the crew is stopped.
func (c *crew) schedule() {
	tick := time.NewTicker(scheduleEvery)
	defer tick.Stop()
	_ = c.scheduler().Drive(c.ctx, tick.C) // it ends with the crew
}

// takeOrders plans and starts re-scores that a server has written down, until
// the crew is stopped.
func (c *crew) takeOrders() {
	tick := time.NewTicker(ordersEvery)
	defer tick.Stop()
	o := workers.Orders{Table: c.db, Renew: c.renew, Log: c.log,
		Estimate: func(ctx context.Context, run season.Run) (season.Estimate, error) {
			return foresee(ctx, c.db, run, c.threads)
		}}
	_ = o.Drive(c.ctx, tick.C) // it ends with the crew
}
