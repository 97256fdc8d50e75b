package workers_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"parus/internal/season"
	"parus/workers"
)

// orderTable is the table of one order, which notes what became of it.
type orderTable struct {
	order   season.RescoreOrder
	taken   bool
	planned *season.Estimate
	started *season.Run
	refused string
	kept    int64
}

func (o *orderTable) ClaimRescore(context.Context, string, time.Duration) (season.RescoreOrder, bool, error) {
	first := !o.taken
	o.taken = true
	return o.order, first, nil
}

func (o *orderTable) PlannedRescore(_ context.Context, _ season.RescoreOrder, e season.Estimate) error {
	o.planned = &e
	return nil
}

func (o *orderTable) RefuseRescore(_ context.Context, _ season.RescoreOrder, why string) error {
	o.refused = why
	return nil
}

func (o *orderTable) StartRescore(_ context.Context, _ season.RescoreOrder, r season.Run, _ []season.Outcome) (season.Run, string, error) {
	r.ID = 8
	o.started = &r
	return r, "", nil
}

func (o *orderTable) KeepEstimate(_ context.Context, run int64, _ season.Estimate) (time.Time, error) {
	o.kept = run
	return time.Time{}, nil
}

func (o *orderTable) LastRun(context.Context, string, string) (season.Run, error) {
	return season.Run{ID: 7, County: "370199"}, nil
}

func TestOrdersArePlannedFirstAndStartedWhenConfirmed(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	broken := errors.New("the registry release is gone")
	for name, c := range map[string]struct {
		ctx       context.Context
		confirmed bool
		renew     error
		want      func(o *orderTable) bool
	}{
		"asked for: a plan alone":       {t.Context(), false, nil, func(o *orderTable) bool { return o.planned != nil && o.planned.Threads == 3 && o.started == nil }},
		"confirmed: a run, as expected": {t.Context(), true, nil, func(o *orderTable) bool { return o.started != nil && o.kept == 8 && o.planned == nil }},
		"what can't be is refused":      {t.Context(), true, broken, func(o *orderTable) bool { return o.refused == broken.Error() && o.started == nil }},
		"told to stop: another does it": {stopped, true, broken, func(o *orderTable) bool { return o.refused == "" && o.started == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := &orderTable{order: season.RescoreOrder{ID: 1, County: "370199", Confirmed: c.confirmed}}
			o := workers.Orders{Table: table, Log: slog.New(slog.DiscardHandler),
				Renew: func(_ context.Context, last season.Run) (season.Run, []season.Outcome, error) {
					return last, nil, c.renew
				},
				Estimate: func(context.Context, season.Run) (season.Estimate, error) { return season.Estimate{Threads: 3}, nil }}
			if did, err := o.Next(c.ctx); !did || err != nil {
				t.Fatalf("%t, %v", did, err)
			}
			if !c.want(table) {
				t.Errorf("%+v", table)
			}
			if did, err := o.Next(c.ctx); did || err != nil {
				t.Errorf("once more: %t, %v", did, err)
			}
		})
	}
}
