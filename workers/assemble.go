package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"parus/fields"
	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/series"
	"parus/internal/ledger"
	"parus/internal/season"
)

// assembleVersion is raised where series, smoothing or phenology change.
const assembleVersion = 2

// assemble joins a season's observations into one series per parcel at home in
// a block, smooths its NDVI and reads its phenology.
type assemble struct{ store assembleStore }

type assembleStore interface {
	units
	RegistryBlocks(ctx context.Context, registry int64, l imagery.Lattice) ([]season.Block, error)
	HomeParcels(ctx context.Context, registry int64, l imagery.Lattice, b imagery.Block) ([]string, error)
	Observation(ctx context.Context, unit int64) ([]byte, error)
	FinishSeries(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Series) error
	FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error
}

func (assemble) Name() string { return stageAssemble }

// assembleTask is the payload of one block.
type assembleTask struct {
	Registry     int64           `json:"registry"`
	Lattice      imagery.Lattice `json:"lattice"`
	Block        imagery.Block   `json:"block"`
	Season       fields.Season   `json:"season"`
	Observations []int64         `json:"observations"` // units, of this block and those that its parcels reach into
}

// Plan makes one unit of each block that parcels are at home in.
func (s assemble) Plan(ctx context.Context, run season.Run) (Plan, error) {
	observed, err := finishedBefore(ctx, s.store, run.ID, stageObserve)
	if err != nil {
		return Plan{}, err
	}
	blocks, err := s.store.RegistryBlocks(ctx, run.Registry, run.Spec.Lattice)
	if err != nil {
		return Plan{}, err
	}
	byBlock := map[imagery.Block][]ledger.Finished{}
	for _, f := range observed {
		var at observedAt
		if err := json.Unmarshal(f.Result, &at); err != nil {
			return Plan{}, fmt.Errorf("result of %s: %w", f.Item, err)
		}
		byBlock[at.Block] = append(byBlock[at.Block], f)
	}
	var p Plan
	for _, b := range blocks {
		if b.Home == 0 {
			continue
		}
		var seen []ledger.Finished
		for _, near := range b.Spans {
			seen = append(seen, byBlock[near]...)
		}
		observations := keys(seen)
		slices.Sort(observations)
		p.Units = append(p.Units, ledger.Unit{
			Key:     ledger.Key(stageAssemble, assembleVersion, run.Spec.Season, run.Spec.Lattice, b.Block, b.Digest, observations),
			County:  run.County,
			Stage:   stageAssemble,
			Item:    "block " + b.String(),
			Payload: payload(assembleTask{run.Registry, run.Spec.Lattice, b.Block, run.Spec.Season, ids(seen)}),
		})
	}
	return p, nil
}

// assembled is what the stages after it learn of a block's series.
type assembled struct {
	Parcels  int `json:"parcels"`
	Observed int `json:"observed"` // with at least one clear date
	// Spread counts these parcels by their median standard deviation of NDVI,
	// in steps of spreadStep. Counts of several blocks add up, so the county's
	// median is the same wherever the borders of blocks lie.
	Spread map[int]int `json:"spread,omitempty"`
}

// spreadStep is the resolution of NDVI itself (imagery/observe).
const spreadStep = 1e-4

func (s assemble) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[assembleTask](c)
	if err != nil {
		return err
	}
	home, err := s.store.HomeParcels(ctx, t.Registry, t.Lattice, t.Block)
	if err != nil {
		return err
	}
	parcels, err := s.join(ctx, t)
	if err != nil {
		return err
	}
	if len(parcels) == 0 {
		return s.store.FinishUnit(ctx, c, ledger.Outcome{State: ledger.Skipped, Reason: "no scene shows a parcel of this block",
			Items: unseen(home, nil, nil)})
	}
	var rows []season.Series
	clear := map[string]bool{}
	result := assembled{Parcels: len(home), Spread: map[int]int{}}
	for _, p := range parcels {
		if _, ok := slices.BinarySearch(home, p.ID); !ok {
			continue
		}
		row, err := seriesRow(p, t.Season)
		if err != nil {
			return Permanent(fmt.Errorf("parcel %s: %w", p.ID, err))
		}
		if len(row.Smooth) > 0 {
			result.Observed++
			clear[p.ID] = true
		}
		if sd, _ := fields.MedianSD(row.NDVISD, row.Valid); !math.IsNaN(sd) {
			result.Spread[int(math.Round(sd/spreadStep))]++
		}
		rows = append(rows, row)
	}
	told, err := json.Marshal(result)
	if err != nil {
		return err
	}
	return s.store.FinishSeries(ctx, c, ledger.Outcome{Result: told, Items: unseen(home, rows, clear)}, rows)
}

// unseen names the parcels at home here that no date shows clearly.
func unseen(home []string, rows []season.Series, clear map[string]bool) []ledger.Item {
	dates := make(map[string]int, len(rows))
	for _, r := range rows {
		dates[r.ParcelID] = len(r.Dates)
	}
	var out []ledger.Item
	for _, id := range home {
		if clear[id] {
			continue
		}
		reason := "no scene of the season shows the parcel"
		if n := dates[id]; n > 0 {
			reason = fmt.Sprintf("not clear on any of %d dates of the season", n)
		}
		out = append(out, ledger.Item{Name: "parcel " + id, State: ledger.Skipped, Reason: reason})
	}
	return out
}

// join reads the observations and adds their parts up.
func (s assemble) join(ctx context.Context, t assembleTask) ([]series.Parcel, error) {
	all := make([]*observe.Observation, 0, len(t.Observations))
	for _, unit := range t.Observations {
		data, err := s.store.Observation(ctx, unit)
		if err != nil {
			return nil, err
		}
		o := new(observe.Observation)
		if err := o.UnmarshalBinary(data); err != nil {
			return nil, Permanent(fmt.Errorf("observation of unit %d: %w", unit, err))
		}
		all = append(all, o)
	}
	parcels, err := series.Assemble(all)
	return parcels, Permanent(err)
}

// seriesRow smooths one parcel's series over the days of the season; days that
// no date is near are NaN. A parcel that was never seen clearly keeps its dates and gets no curve.
func seriesRow(p series.Parcel, se fields.Season) (season.Series, error) {
	s := p.Series
	row := season.Series{ParcelID: p.ID, Pixels: float32(s.Pixels), Dates: s.Dates, Scenes: s.Scenes, Valid: s.Valid,
		Layers: s.Layers, NDVISD: s.NDVISD, Values: slices.Concat(s.Values...)}
	curve, err := series.Smooth(s, "ndvi", series.SmoothParams{Start: se.Start, End: se.End})
	if errors.Is(err, series.ErrNoDates) {
		return row, nil
	}
	if err != nil {
		return row, err
	}
	row.Smooth = make([]float32, len(curve.Values))
	for i, v := range curve.Values {
		row.Smooth[i] = float32(v)
		if !curve.Known[i] {
			row.Smooth[i] = float32(math.NaN())
		}
	}
	row.Phenology, err = json.Marshal(series.Phenology(curve, series.PhenologyParams{}))
	return row, err
}
