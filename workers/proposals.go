package workers

import (
	"context"

	"parus/fields"
	"parus/fields/reconcile"
	"parus/internal/ledger"
	"parus/internal/season"
)

// proposalStore reads what the reconcile stage of a run kept.
type proposalStore interface {
	units
	Findings(ctx context.Context, units []int64) ([]season.Finding, error)
}

// Proposals lists what a run's pictures propose about the registry, in order of
// parcel.
func Proposals(ctx context.Context, s proposalStore, run int64) ([]season.Proposal, error) {
	done, err := finishedBefore(ctx, s, run, stageReconcile)
	if err != nil || len(done) == 0 {
		return nil, err
	}
	villages, err := villagesOf(done)
	if err != nil {
		return nil, err
	}
	all, err := s.Findings(ctx, ids(done))
	if err != nil {
		return nil, err
	}
	pixel, err := pixelOf(done)
	if err != nil {
		return nil, err
	}
	common := make(map[string]reconcile.Shift, len(villages))
	for code, v := range villages {
		common[code] = reconcile.Common(v.Fit, v.Parcels, pixel)
	}
	var out []season.Proposal
	for _, f := range all {
		village := fields.VillageOf(f.ParcelID)
		moved := reconcile.Moved(common[village], villages[village].Parcels)
		for _, p := range reconcile.Propose(findingOf(f), moved, common[village]) {
			zh, en := p.Kind.Words()
			out = append(out, season.Proposal{ParcelID: f.ParcelID, Kind: string(p.Kind), Zh: zh, En: en,
				EastM: p.EastM, NorthM: p.NorthM, Strength: p.Strength, With: p.With, Line: lineOf(p.Kind, f)})
		}
	}
	return out, nil
}

// lineOf is where to divide.
func lineOf(k reconcile.Kind, f season.Finding) []float64 {
	if k != reconcile.Divide {
		return nil
	}
	return f.SplitLine
}

func findingOf(f season.Finding) reconcile.Finding {
	return reconcile.Finding{ID: f.ParcelID, Dates: f.Dates, Edge: float64(f.Edge),
		Shift: reconcile.Shift{EastM: float64(f.EastM), NorthM: float64(f.NorthM), Gain: float64(f.Gain)},
		Split: reconcile.Split{Share: float64(f.SplitShare), Contrast: float64(f.SplitContrast)}, Joined: f.Joined}
}

// pixelOf is the side of the pixels that blocks were reconciled on.
func pixelOf(done []ledger.Finished) (float64, error) {
	all, err := results[reconciled](done[:1])
	if err != nil {
		return 0, err
	}
	return all[0].PixelM, nil
}
