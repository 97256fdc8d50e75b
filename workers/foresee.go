package workers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"parus/internal/ledger"
	"parus/internal/season"
)

// Foreseeing is what the stages' planners need when nothing is to be done yet.
type Foreseeing interface {
	Store
	// UnitsByKey returns those of the units that are in a final state.
	UnitsByKey(ctx context.Context, keys []string) ([]ledger.Finished, error)
}

// Foresee plans every stage of a run without recording anything and tells how
// much of it the ledger has already. The run needs no row of its own.
//
// A stage's units are known to the last as long as the stages before it are
// done. Where they are not, keys of later units can't be known, and the stage
// counts as all to be done: an upper bound, marked as such.
func Foresee(ctx context.Context, store Foreseeing, run season.Run) ([]season.StagePlan, error) {
	f := foresight{Foreseeing: store, run: run, ended: map[string][]ledger.Finished{}}
	stages := Season(&f, Tools{})
	blocks, err := store.RegistryBlocks(ctx, run.Registry, run.Spec.Lattice)
	if err != nil {
		return nil, err
	}
	households, err := store.HouseholdCount(ctx, run.Registry)
	if err != nil {
		return nil, err
	}
	most := map[string]int{stageAssemble: len(blocks), stageReconcile: len(blocks), stageRecognise: len(blocks), stageEstimate: 1, stageWatch: 1,
		stageDecide: (households + householdsAtOnce - 1) / householdsAtOnce, stagePublish: 1}
	var out []season.StagePlan
	open, watching := false, false // a stage before has something to do; the watch, which publishing alone builds on, has
	for _, s := range stages {
		var p season.StagePlan
		switch {
		case s.Name() == stageObserve:
			p, err = f.observing(ctx, s, blocks)
		case s.Name() == stagePublish && watching:
			p = season.StagePlan{Stage: stagePublish, Units: 1, AtMost: true}
		case !open || s.Name() == stageCover: // shapes alone decide coverage
			p, err = f.exactly(ctx, s)
		default:
			p = season.StagePlan{Stage: s.Name(), Units: most[s.Name()], AtMost: true}
		}
		if err != nil {
			return nil, fmt.Errorf("foresee stage %s: %w", s.Name(), err)
		}
		if s.Name() == stageWatch {
			watching = p.ToDo() > 0
		} else {
			open = open || p.ToDo() > 0
		}
		out = append(out, p)
	}
	return out, nil
}

// foresight is a store in which the units that a planner has just named are
// those of the run.
type foresight struct {
	Foreseeing
	run     season.Run
	ended   map[string][]ledger.Finished // by stage
	planned map[string]bool              // items of verify
}

// FinishedUnits is what the ledger has of the units planned for a stage.
func (f *foresight) FinishedUnits(_ context.Context, _ int64, stage string) ([]ledger.Finished, error) {
	return f.ended[stage], nil
}

// exactly plans a stage whose earlier stages are done.
func (f *foresight) exactly(ctx context.Context, s Stage) (season.StagePlan, error) {
	p, err := s.Plan(ctx, f.run)
	if err != nil {
		return season.StagePlan{}, err
	}
	out, err := f.look(ctx, s.Name(), p.Units)
	if s.Name() == stageVerify {
		f.planned = map[string]bool{}
		for _, u := range p.Units {
			f.planned[u.Item] = true
		}
		out.Scenes = f.unread(s.Name(), p.Units)
	}
	return out, err
}

// look counts planned units and notes which the ledger has.
func (f *foresight) look(ctx context.Context, stage string, units []ledger.Unit) (season.StagePlan, error) {
	keys := make([]string, len(units))
	for i, u := range units {
		keys[i] = u.Key
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	ended, err := f.UnitsByKey(ctx, keys)
	f.ended[stage] = ended
	return season.StagePlan{Stage: stage, Units: len(keys), Done: len(ended)}, err
}

// unread lists the items among units that are not at their end.
func (f *foresight) unread(stage string, units []ledger.Unit) []string {
	known := map[string]bool{}
	for _, e := range f.ended[stage] {
		known[e.Key] = true
	}
	var out []string
	for _, u := range units {
		if !known[u.Key] {
			out = append(out, u.Item)
		}
	}
	return out
}

// observing counts pairs of scene and block: those of verified scenes over
// covered blocks by their keys, the others by their footprints.
func (f *foresight) observing(ctx context.Context, s Stage, blocks []season.Block) (season.StagePlan, error) {
	p, err := s.Plan(ctx, f.run)
	if err != nil {
		return season.StagePlan{}, err
	}
	out, err := f.look(ctx, stageObserve, p.Units)
	if err != nil {
		return out, err
	}
	verified, covered := map[string]bool{}, map[string]bool{}
	for _, e := range f.ended[stageVerify] {
		verified[e.Item] = true
	}
	for _, e := range f.ended[stageCover] {
		covered[e.Key] = true
	}
	reads := map[string]bool{}
	for _, sc := range f.run.Spec.Scenes {
		if !f.planned[sc.ID] {
			continue
		}
		for _, b := range blocks {
			if (!verified[sc.ID] || !covered[coverKey(f.run.Spec.Lattice, b)]) && footprintOf(sc).Intersects(b.Bound) {
				out.Units++
				reads[sc.ID] = true
				out.AtMost = true
			}
		}
	}
	for _, item := range f.unread(stageObserve, p.Units) {
		id, _, _ := strings.Cut(item, observedOver)
		reads[id] = true
	}
	out.Scenes = slices.Sorted(maps.Keys(reads))
	return out, nil
}
