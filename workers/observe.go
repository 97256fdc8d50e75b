package workers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/sensor"
	"parus/internal/decoder"
	"parus/internal/ledger"
	"parus/internal/season"
)

// observeVersion is raised where masks, indices or sums change.
const observeVersion = 3

// observer sums, for one scene over one block, bands and indices of each
// parcel. A block is decoded once.
type observer struct {
	store observeStore
	tools Tools
}

type observeStore interface {
	blocks
	Scene(ctx context.Context, unit int64) (imagery.Scene, error)
	Coverage(ctx context.Context, unit int64) ([]byte, error)
	FinishObservation(ctx context.Context, c ledger.Claim, o ledger.Outcome, data, shared []byte) error
	FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error
}

func (observer) Name() string { return stageObserve }

// observeTask is the payload of one scene over one block.
type observeTask struct {
	Scene    int64           `json:"scene"`    // unit that verified it
	Coverage int64           `json:"coverage"` // unit that covered the block
	Shared   int             `json:"shared"`   // of the coverage's parcels, the first, that reach into other blocks
	Lattice  imagery.Lattice `json:"lattice"`
	Block    imagery.Block   `json:"block"`
	Params   observe.Params  `json:"params"`
}

// observedAt is what the stages after it learn of an observation.
type observedAt struct {
	Block    imagery.Block `json:"block"`
	Scene    string        `json:"scene"`
	Datetime time.Time     `json:"datetime"`
}

// Plan pairs every verified scene that no other supersedes with every covered
// block under its footprint. Units go scene by scene and, within, row by row,
// so that a worker finds in memory what the files' tiles share with the block
// before.
func (o observer) Plan(ctx context.Context, run season.Run) (Plan, error) {
	scenes, superseded, err := verifiedSights(ctx, o.store, run)
	if err != nil {
		return Plan{}, err
	}
	targets, err := o.targets(ctx, run)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Outcomes: superseded}
	for _, s := range scenes {
		reached := 0
		for _, t := range targets {
			if !s.footprint.Intersects(t.Bound) {
				continue
			}
			plan.Units = append(plan.Units, observeUnit(run, s, t))
			reached++
		}
		if reached == 0 {
			plan.Outcomes = append(plan.Outcomes, season.Outcome{Item: s.item, Stage: stageObserve,
				Outcome: string(ledger.Skipped), Reason: "the scene's footprint touches no parcel"})
		}
	}
	return plan, nil
}

// sight is a verified scene and what is measured of it.
type sight struct {
	item      string
	unit      int64 // that verified it
	content   string
	footprint orb.Bound
	params    observe.Params
}

// verifiedSights lists the verified scenes, and how those ended that others supersede.
// A product that cannot be read supersedes nothing.
func verifiedSights(ctx context.Context, l units, run season.Run) ([]sight, []season.Outcome, error) {
	done, err := finishedBefore(ctx, l, run.ID, stageVerify)
	if err != nil {
		return nil, nil, err
	}
	sensors, err := sensor.Load()
	if err != nil {
		return nil, nil, Permanent(err)
	}
	byID := make(map[string]imagery.Scene, len(run.Spec.Scenes))
	for _, s := range run.Spec.Scenes {
		byID[s.ID] = s
	}
	var all []imagery.Scene
	for _, f := range done {
		all = append(all, byID[f.Item])
	}
	superseded := imagery.Superseded(all)
	var sights []sight
	var gone []season.Outcome
	for i, f := range done {
		if by, ok := superseded[f.Item]; ok {
			gone = append(gone, season.Outcome{Item: f.Item, Stage: stageObserve, Outcome: string(ledger.Skipped), Reason: "superseded by " + by.Version()})
			continue
		}
		var v verified
		if err := json.Unmarshal(f.Result, &v); err != nil {
			return nil, nil, fmt.Errorf("result of %s: %w", f.Item, err)
		}
		params, err := measureOf(sensors, all[i], run.Spec.Lattice)
		if err != nil {
			return nil, nil, Permanent(err)
		}
		sights = append(sights, sight{f.Item, f.ID, v.Content, footprintOf(all[i]), params})
	}
	return sights, gone, nil
}

// target is a block with its coverage.
type target struct {
	season.Block
	key    string // of its coverage
	unit   int64
	shared int
}

// targets lists the covered blocks, north to south and, within, west to east.
func (o observer) targets(ctx context.Context, run season.Run) ([]target, error) {
	covers, err := coveredBlocks(ctx, o.store, run)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(covers, func(a, b target) int { return cmp.Or(cmp.Compare(b.Row, a.Row), cmp.Compare(a.Col, b.Col)) })
	return covers, nil
}

// observedOver stands between a scene and a block in the name of a unit.
const observedOver = " over block "

func observeUnit(run season.Run, s sight, t target) ledger.Unit {
	return ledger.Unit{
		Key:     ledger.Key(stageObserve, observeVersion, s.content, t.key, s.params),
		County:  run.County,
		Stage:   stageObserve,
		Item:    s.item + observedOver + t.String(),
		Payload: payload(observeTask{Scene: s.unit, Coverage: t.unit, Shared: t.shared, Lattice: run.Spec.Lattice, Block: t.Block.Block, Params: s.params}),
	}
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
	data, shared, err := o.tools.Observe(ctx, decoder.Look{
		Scene: scene, Params: t.Params, Grid: t.Lattice.Grid(t.Block), Block: fmt.Sprint(t.Coverage), Shared: t.Shared,
		Coverage: func(ctx context.Context) ([]byte, error) {
			data, err := o.store.Coverage(ctx, t.Coverage)
			return data, ofStore(err)
		},
	})
	if errors.Is(err, observe.ErrNoOverlap) {
		return o.store.FinishUnit(ctx, c, ledger.Outcome{State: ledger.Skipped, Reason: "the scene has no pixels over the parcels of this block"})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return ofTool(err)
	}
	return o.store.FinishObservation(ctx, c, ledger.Outcome{Result: payload(observedAt{t.Block, scene.ID, scene.Datetime.UTC()})}, data, shared)
}

// everywhere stands for a footprint that the catalogue does not tell.
var everywhere = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}

func footprintOf(s imagery.Scene) orb.Bound {
	if s.Bound.IsEmpty() || s.Bound == (orb.Bound{}) {
		return everywhere
	}
	return s.Bound
}

// blocks reads the blocks of a registry.
type blocks interface {
	units
	RegistryBlocks(ctx context.Context, registry int64, l imagery.Lattice) ([]season.Block, error)
}

// coveredBlocks lists the blocks whose coverage is done.
func coveredBlocks(ctx context.Context, store blocks, run season.Run) ([]target, error) {
	done, err := finishedBefore(ctx, store, run.ID, stageCover)
	if err != nil {
		return nil, err
	}
	byKey := make(map[string]ledger.Finished, len(done))
	for _, f := range done {
		byKey[f.Key] = f
	}
	all, err := store.RegistryBlocks(ctx, run.Registry, run.Spec.Lattice)
	if err != nil {
		return nil, err
	}
	var out []target
	for _, b := range all {
		f, ok := byKey[coverKey(run.Spec.Lattice, b)]
		if !ok {
			continue
		}
		var c covered
		if err := json.Unmarshal(f.Result, &c); err != nil {
			return nil, fmt.Errorf("result of %s: %w", f.Item, err)
		}
		out = append(out, target{b, f.Key, f.ID, c.Shared})
	}
	return out, nil
}
