package workers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"parus/fields"
	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/series"
	"parus/internal/ledger"
	"parus/internal/season"
)

// assembleVersion is raised where series, smoothing or phenology change.
const assembleVersion = 5

// assemble joins a season's observations into one series per parcel at home in
// a block, smooths its NDVI and reads its phenology.
type assemble struct {
	store  assembleStore
	covers *coverages
}

type assembleStore interface {
	blocks
	HomeParcels(ctx context.Context, registry int64, l imagery.Lattice, b imagery.Block) ([]string, error)
	Observation(ctx context.Context, unit int64) ([]byte, error)
	SharedObservation(ctx context.Context, unit int64) ([]byte, error)
	FinishSeries(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Series) error
	FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error
}

func (assemble) Name() string { return stageAssemble }

// assembleTask is the payload of one block.
type assembleTask struct {
	Registry  int64           `json:"registry"`
	Lattice   imagery.Lattice `json:"lattice"`
	Block     imagery.Block   `json:"block"`
	Season    fields.Season   `json:"season"`
	Coverages []int64         `json:"coverages"` // units, of this block and those that its parcels reach into
	Scenes    [][]part        `json:"scenes"`    // by time and id: the observations of each over these blocks
}

// part is one observation: of a scene over this block or a near one.
type part struct {
	Unit     int64 `json:"unit"`
	Coverage int64 `json:"coverage"`
	Near     bool  `json:"near,omitempty"` // another block: only what it shares matters
}

// Plan makes one unit of each block that parcels are at home in.
func (s assemble) Plan(ctx context.Context, run season.Run) (Plan, error) {
	seen, err := s.seen(ctx, run)
	if err != nil {
		return Plan{}, err
	}
	covers, err := coveredBlocks(ctx, s.store, run)
	if err != nil {
		return Plan{}, err
	}
	byBlock := make(map[imagery.Block]target, len(covers))
	for _, c := range covers {
		byBlock[c.Block.Block] = c
	}
	all, err := s.store.RegistryBlocks(ctx, run.Registry, run.Spec.Lattice)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	for _, b := range all {
		if b.Home == 0 {
			continue
		}
		t := assembleTask{Registry: run.Registry, Lattice: run.Spec.Lattice, Block: b.Block, Season: run.Spec.Season}
		var coverKeys []string
		var views []view
		for _, near := range b.Spans {
			c, ok := byBlock[near]
			if !ok {
				continue
			}
			t.Coverages, coverKeys = append(t.Coverages, c.unit), append(coverKeys, c.key)
			for _, v := range seen[near] {
				v.part = part{Unit: v.unit, Coverage: c.unit, Near: near != b.Block}
				views = append(views, v)
			}
		}
		slices.SortFunc(views, view.compare)
		keys := make([]string, len(views))
		for i, v := range views {
			keys[i] = v.key
			if i == 0 || !v.sameScene(views[i-1]) {
				t.Scenes = append(t.Scenes, nil)
			}
			t.Scenes[len(t.Scenes)-1] = append(t.Scenes[len(t.Scenes)-1], v.part)
		}
		p.Units = append(p.Units, ledger.Unit{
			Key:     ledger.Key(stageAssemble, assembleVersion, run.Spec.Season, run.Spec.Lattice, b.Block, b.Digest, coverKeys, keys),
			County:  run.County,
			Stage:   stageAssemble,
			Item:    "block " + b.String(),
			Payload: payload(t),
		})
	}
	return p, nil
}

// view is an observation that is done.
type view struct {
	observedAt
	key  string
	unit int64
	part part // as the block at hand sees it
}

// compare sorts by what does not depend on the order in which scenes arrived.
func (v view) compare(w view) int {
	return cmp.Or(v.Datetime.Compare(w.Datetime), cmp.Compare(v.Scene, w.Scene), cmp.Compare(v.key, w.key))
}

func (v view) sameScene(w view) bool { return v.Scene == w.Scene && v.Datetime.Equal(w.Datetime) }

// seen lists the observations of each block.
func (s assemble) seen(ctx context.Context, run season.Run) (map[imagery.Block][]view, error) {
	done, err := finishedBefore(ctx, s.store, run.ID, stageObserve)
	if err != nil {
		return nil, err
	}
	out := map[imagery.Block][]view{}
	for _, f := range done {
		v := view{key: f.Key, unit: f.ID}
		if err := json.Unmarshal(f.Result, &v.observedAt); err != nil {
			return nil, fmt.Errorf("result of %s: %w", f.Item, err)
		}
		out[v.Block] = append(out[v.Block], v)
	}
	return out, nil
}

// assembled is what the stages after it learn of a block's series.
type assembled struct {
	Parcels  int `json:"parcels"`
	Observed int `json:"observed"` // with at least one clear date
	// Spread counts these parcels by their median standard deviation of NDVI,
	// in steps of spreadStep. Counts of several blocks add up, so the county's
	// median is the same wherever the borders of blocks lie.
	Spread map[int]int `json:"spread,omitempty"`
	// Cultivated counts them by how the season speaks for a crop.
	Cultivated fields.Odds `json:"cultivated,omitempty"`
	// Days tells how clear each date was that shows vegetation, "2025-03-01".
	// Like Spread it adds up over blocks.
	Days map[string]clearness `json:"days,omitempty"`
}

// clearness is what was seen of the parcels of a block, in units of coverage.
type clearness struct {
	Covered uint64 `json:"covered"`
	Clear   uint64 `json:"clear"`
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
	parcels, days, err := s.join(ctx, t, home)
	if err != nil {
		return err
	}
	if len(parcels) == 0 {
		return s.store.FinishUnit(ctx, c, ledger.Outcome{State: ledger.Skipped, Reason: "no scene shows a parcel of this block",
			Items: unseen(home, nil, nil)})
	}
	var rows []season.Series
	clear := map[string]bool{}
	result := assembled{Parcels: len(home), Spread: map[int]int{}, Cultivated: fields.Odds{}, Days: days}
	model := fields.DefaultMatchModel()
	for _, p := range parcels {
		row, err := seriesRow(p, t.Season)
		if err != nil {
			return Permanent(fmt.Errorf("parcel %s: %w", p.ID, err))
		}
		if len(row.Smooth) > 0 {
			result.Observed++
			clear[p.ID] = true
			result.Cultivated.Count(model.LogOdds(fields.Cultivated, growth(row)))
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

// join reads the observations of the parcels at home, scene by scene, and adds
// their parts up.
func (s assemble) join(ctx context.Context, t assembleTask, home []string) ([]series.Parcel, map[string]clearness, error) {
	area := make(map[string]uint64, len(home))
	for _, id := range home {
		area[id] = 0
	}
	for _, unit := range t.Coverages {
		c, err := s.covers.get(ctx, unit)
		if err != nil {
			return nil, nil, err
		}
		for i, id := range c.IDs {
			if at, ok := area[id]; ok {
				area[id] = at + c.Weight(i)
			}
		}
	}
	a := series.NewAssembler(area)
	days := map[string]clearness{}
	for _, scene := range t.Scenes {
		var all []*observe.Observation
		for _, p := range scene {
			parts, err := s.load(ctx, p)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, parts...)
		}
		addDay(days, all, area)
		if err := a.Scene(all); err != nil {
			return nil, nil, Permanent(err)
		}
	}
	return a.Parcels(), days, nil
}

// addDay adds what a scene shows of the parcels at home to its date.
func addDay(days map[string]clearness, parts []*observe.Observation, home map[string]uint64) {
	for _, o := range parts {
		if !slices.ContainsFunc(o.Layers, func(l observe.Layer) bool { return l.Name == "ndvi" }) {
			continue
		}
		day := o.Datetime.UTC().Format(time.DateOnly)
		d := days[day]
		for _, p := range o.Parcels {
			if _, ok := home[p.ID]; ok {
				d.Covered += p.Covered
				d.Clear += p.Valid
			}
		}
		days[day] = d
	}
}

// load reads the parts of an observation that matter.
func (s assemble) load(ctx context.Context, p part) ([]*observe.Observation, error) {
	c, err := s.covers.get(ctx, p.Coverage)
	if err != nil {
		return nil, err
	}
	read := []func(context.Context, int64) ([]byte, error){s.store.SharedObservation}
	if !p.Near {
		read = append(read, s.store.Observation)
	}
	var out []*observe.Observation
	for _, from := range read {
		data, err := from(ctx, p.Unit)
		if err != nil {
			return nil, err
		}
		o, err := observe.Unmarshal(data, c)
		if err != nil {
			return nil, Permanent(fmt.Errorf("observation of unit %d: %w", p.Unit, err))
		}
		out = append(out, o)
	}
	return out, nil
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
