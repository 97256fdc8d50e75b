package workers

import (
	"context"
	"fmt"

	"parus/internal/ledger"
	"parus/internal/season"
)

// publishVersion is raised where a publication holds something else.
const publishVersion = 2

// publish copies what people see of a run into a publication, puts it in force
// and raises its alerts, in one transaction.
type publish struct{ store publishStore }

type publishStore interface {
	units
	Run(ctx context.Context, id int64) (season.Run, error)
	Publish(ctx context.Context, c ledger.Claim, o ledger.Outcome, run season.Run, s season.Sources) error
}

func (publish) Name() string { return stagePublish }

// publishTask is the payload of a season.
type publishTask struct {
	Run     int64          `json:"run"`
	Sources season.Sources `json:"sources"`
}

// Plan makes one unit of the whole season.
func (s publish) Plan(ctx context.Context, run season.Run) (Plan, error) {
	done := map[string][]ledger.Finished{}
	var all []string
	for _, stage := range []string{stageAssemble, stageRecognise, stageEstimate, stageWatch, stageDecide} {
		f, err := finishedBefore(ctx, s.store, run.ID, stage)
		if err != nil {
			return Plan{}, err
		}
		done[stage] = f
		all = append(all, keys(f)...)
	}
	if len(done[stageEstimate]) != 1 {
		return Plan{}, Permanent(fmt.Errorf("run %d has %d estimates of yield, want one", run.ID, len(done[stageEstimate])))
	}
	if len(done[stageWatch]) != 1 {
		return Plan{}, Permanent(fmt.Errorf("run %d has %d watches for alerts, want one", run.ID, len(done[stageWatch])))
	}
	t := publishTask{Run: run.ID, Sources: season.Sources{Series: ids(done[stageAssemble]), Crops: ids(done[stageRecognise]),
		Decisions: ids(done[stageDecide]), Yield: done[stageEstimate][0].ID, Watch: done[stageWatch][0].ID}}
	return Plan{Units: []ledger.Unit{{
		Key:     ledger.Key(stagePublish, publishVersion, run.ID, run.Spec.Digest(), all),
		County:  run.County,
		Stage:   stagePublish,
		Item:    "season " + run.Season,
		Payload: payload(t),
	}}}, nil
}

func (s publish) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[publishTask](c)
	if err != nil {
		return err
	}
	run, err := s.store.Run(ctx, t.Run)
	if err != nil {
		return err
	}
	return s.store.Publish(ctx, c, ledger.Outcome{}, run, t.Sources)
}
