package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/zonal"
	"parus/internal/ledger"
	"parus/internal/season"
)

// observeVersion is raised where masks, indices or sums change.
const observeVersion = 1

// observer sums, for one scene over one block, bands and indices of each
// parcel. A block is decoded once.
type observer struct {
	store observeStore
	tools Tools
	cover *lastUsed[int64, zonal.Coverage] // by unit
}

type observeStore interface {
	units
	RegistryBlocks(ctx context.Context, registry int64, l imagery.Lattice) ([]season.Block, error)
	Scene(ctx context.Context, unit int64) (imagery.Scene, error)
	Coverage(ctx context.Context, unit int64) ([]byte, error)
	FinishObservation(ctx context.Context, c ledger.Claim, o ledger.Outcome, data []byte) error
	FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error
}

func newObserver(s observeStore, t Tools) observer {
	return observer{store: s, tools: t, cover: &lastUsed[int64, zonal.Coverage]{}}
}

func (observer) Name() string { return stageObserve }

// observeTask is the payload of one scene over one block.
type observeTask struct {
	Scene    int64          `json:"scene"`    // unit that verified it
	Coverage int64          `json:"coverage"` // unit that covered the block
	Block    imagery.Block  `json:"block"`
	Params   observe.Params `json:"params"`
}

// observedAt is what the stages after it learn of an observation.
type observedAt struct {
	Block imagery.Block `json:"block"`
}

// Plan pairs every verified scene with every covered block under its footprint.
func (o observer) Plan(ctx context.Context, run season.Run) (Plan, error) {
	scenes, err := finishedBefore(ctx, o.store, run.ID, stageVerify)
	if err != nil {
		return Plan{}, err
	}
	covers, err := finishedBefore(ctx, o.store, run.ID, stageCover)
	if err != nil {
		return Plan{}, err
	}
	blocks, err := o.store.RegistryBlocks(ctx, run.Registry, run.Spec.Lattice)
	if err != nil {
		return Plan{}, err
	}
	var plan Plan
	covered := make(map[string]ledger.Finished, len(covers))
	for _, c := range covers {
		covered[c.Key] = c
	}
	params, err := measureOf(run.Spec.Scenes)
	if err != nil {
		return Plan{}, Permanent(err)
	}
	footprints := footprintsOf(run.Spec.Scenes)
	for _, s := range scenes {
		reached := 0
		for _, b := range blocks {
			c, ok := covered[coverKey(run.Spec.Lattice, b)]
			if !ok || !footprints[s.Item].Intersects(b.Bound) {
				continue
			}
			u, err := observeUnit(run, params, s, c, b)
			if err != nil {
				return Plan{}, err
			}
			plan.Units = append(plan.Units, u)
			reached++
		}
		if reached == 0 {
			plan.Outcomes = append(plan.Outcomes, season.Outcome{Item: s.Item, Stage: stageObserve,
				Outcome: string(ledger.Skipped), Reason: "the scene's footprint touches no parcel"})
		}
	}
	return plan, nil
}

func observeUnit(run season.Run, params observe.Params, s, c ledger.Finished, b season.Block) (ledger.Unit, error) {
	var v verified
	if err := json.Unmarshal(s.Result, &v); err != nil {
		return ledger.Unit{}, fmt.Errorf("result of %s: %w", s.Item, err)
	}
	return ledger.Unit{
		Key:     ledger.Key(stageObserve, observeVersion, v.Content, c.Key, params),
		County:  run.County,
		Stage:   stageObserve,
		Item:    s.Item + " over block " + b.String(),
		Payload: payload(observeTask{Scene: s.ID, Coverage: c.ID, Block: b.Block, Params: params}),
	}, nil
}

func (o observer) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[observeTask](c)
	if err != nil {
		return err
	}
	scene, err := o.store.Scene(ctx, t.Scene)
	if err != nil {
		return err
	}
	cov, err := o.cover.get(t.Coverage, func() (*zonal.Coverage, error) { return o.loadCoverage(ctx, t.Coverage) })
	if err != nil {
		return err
	}
	pixels := o.tools.OpenPixels()
	defer pixels.Close()
	obs, err := observe.Block(ctx, pixels, scene, cov, t.Params)
	if errors.Is(err, observe.ErrNoOverlap) {
		return o.store.FinishUnit(ctx, c, ledger.Outcome{State: ledger.Skipped, Reason: "the scene has no pixels over the parcels of this block"})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return Permanent(err)
	}
	data, err := obs.MarshalBinary()
	if err != nil {
		return Permanent(err)
	}
	return o.store.FinishObservation(ctx, c, ledger.Outcome{Result: payload(observedAt{t.Block})}, data)
}

// everywhere stands for a footprint that the catalogue does not tell.
var everywhere = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}

func footprintsOf(scenes []imagery.Scene) map[string]orb.Bound {
	out := make(map[string]orb.Bound, len(scenes))
	for _, s := range scenes {
		if s.Bound.IsEmpty() || s.Bound == (orb.Bound{}) {
			out[s.ID] = everywhere
			continue
		}
		out[s.ID] = s.Bound
	}
	return out
}

// loadCoverage reads the coverage that a unit kept.
func (o observer) loadCoverage(ctx context.Context, unit int64) (*zonal.Coverage, error) {
	data, err := o.store.Coverage(ctx, unit)
	if err != nil {
		return nil, err
	}
	cov := new(zonal.Coverage)
	if err := cov.UnmarshalBinary(data); err != nil {
		return nil, Permanent(fmt.Errorf("coverage of unit %d: %w", unit, err))
	}
	return cov, nil
}
