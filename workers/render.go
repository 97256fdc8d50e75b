package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/overlay"
	"parus/internal/decoder"
	"parus/internal/ledger"
	"parus/internal/season"
)

// stageRender draws scenes for the map. It is no stage of a season: lines do
// not depend on it, so it comes after them; see [Overlays].
const stageRender = "render"

// RenderVersion is raised where overlays look different.
const RenderVersion = 2

// render draws one scene in one cell of the map's tile pyramid.
type render struct {
	store renderStore
	tools Tools
}

type renderStore interface {
	units
	RegistryBlocks(ctx context.Context, registry int64, l imagery.Lattice) ([]season.Block, error)
	Scene(ctx context.Context, unit int64) (imagery.Scene, error)
	FinishOverlay(ctx context.Context, c ledger.Claim, o ledger.Outcome, v season.Overlay) error
	FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error
}

// Render returns the stage that draws overlays.
func Render(s renderStore, t Tools) Stage { return render{s, t} }

func (render) Name() string { return stageRender }

// renderTask is the payload of one scene in one cell.
type renderTask struct {
	Scene int64        `json:"scene"` // unit that verified it
	Cell  overlay.Tile `json:"cell"`
	Area  overlay.Area `json:"area"` // part of the cell around parcels
}

// Plan pairs every verified scene that no other supersedes with every cell
// around parcels that lies under its footprint.
func (s render) Plan(ctx context.Context, run season.Run) (Plan, error) {
	scenes, err := finishedBefore(ctx, s.store, run.ID, stageVerify)
	if err != nil {
		return Plan{}, err
	}
	blocks, err := s.store.RegistryBlocks(ctx, run.Registry, run.Spec.Lattice)
	if err != nil {
		return Plan{}, err
	}
	var plan Plan
	if len(blocks) == 0 {
		return plan, nil
	}
	county := blocks[0].Bound
	for _, b := range blocks {
		county = county.Union(b.Bound)
	}
	byID := make(map[string]imagery.Scene, len(run.Spec.Scenes))
	for _, sc := range run.Spec.Scenes {
		byID[sc.ID] = sc
	}
	all := make([]imagery.Scene, len(scenes))
	for i, f := range scenes {
		all[i] = byID[f.Item]
	}
	area, superseded := overlay.AreaOf(county), imagery.Superseded(all)
	for i, f := range scenes {
		if _, old := superseded[f.Item]; old {
			continue
		}
		for _, cell := range area.Cells() {
			if near(cell.Bound(), blocks) && footprintOf(all[i]).Intersects(cell.Bound()) {
				u, err := renderUnit(run, f, cell, area.Clip(cell))
				if err != nil {
					return Plan{}, err
				}
				plan.Units = append(plan.Units, u)
			}
		}
	}
	return plan, nil
}

// near tells whether parcels may lie in the bound.
func near(b orb.Bound, blocks []season.Block) bool {
	for _, block := range blocks {
		if block.Bound.Intersects(b) {
			return true
		}
	}
	return false
}

func renderUnit(run season.Run, f ledger.Finished, cell overlay.Tile, area overlay.Area) (ledger.Unit, error) {
	var v verified
	if err := json.Unmarshal(f.Result, &v); err != nil {
		return ledger.Unit{}, fmt.Errorf("result of %s: %w", f.Item, err)
	}
	return ledger.Unit{
		Key:     ledger.Key(stageRender, RenderVersion, run.County, v.Content, cell, area),
		County:  run.County,
		Stage:   stageRender,
		Item:    f.Item + " in cell " + cell.String(),
		Payload: payload(renderTask{f.ID, cell, area}),
	}, nil
}

func (s render) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[renderTask](c)
	if err != nil {
		return err
	}
	scene, err := s.store.Scene(ctx, t.Scene)
	if err != nil {
		return err
	}
	p, err := s.tools.Draw(ctx, overlay.Job{Scene: scene, Cell: t.Cell, Area: t.Area})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, overlay.ErrNothing) {
		return s.store.FinishUnit(ctx, c, ledger.Outcome{State: ledger.Skipped, Reason: err.Error()})
	}
	if err != nil {
		return ofTool(err)
	}
	return s.store.FinishOverlay(ctx, c, ledger.Outcome{}, overlayOf(scene, p))
}

// overlayOf is a picture as it is kept.
func overlayOf(s imagery.Scene, p decoder.Picture) season.Overlay {
	v := season.Overlay{Scene: s.ID, Datetime: s.Datetime, Seen: int64(p.Report.Seen), Clear: int64(p.Report.Clear)}
	for _, k := range p.Report.Kinds {
		v.Kinds = append(v.Kinds, string(k))
	}
	for _, d := range p.Tiles {
		v.Tiles = append(v.Tiles, season.OverlayTile{Kind: string(d.Kind), Z: d.Tile.Z, X: d.Tile.X, Y: d.Tile.Y, Data: d.Data})
	}
	return v
}
