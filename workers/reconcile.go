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

	"github.com/paulmach/orb"

	"parus/fields"
	"parus/fields/reconcile"
	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/sensor"
	"parus/imagery/zonal"
	"parus/internal/decoder"
	"parus/internal/ledger"
	"parus/internal/season"
)

// reconcileVersion is raised where findings change for the same planes and shapes.
const reconcileVersion = 1

// reconciliation holds the parcels at home in a block against the season's
// clearest days: edges, places, divisions, joined neighbours.
type reconciliation struct {
	store reconcileStore
	tools Tools
}

type reconcileStore interface {
	blocks
	Scene(ctx context.Context, unit int64) (imagery.Scene, error)
	HomeParcels(ctx context.Context, registry int64, l imagery.Lattice, b imagery.Block) ([]string, error)
	ShapesAround(ctx context.Context, registry int64, l imagery.Lattice, within orb.Bound) ([]zonal.Shape, error)
	FinishFindings(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Finding) error
	FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error
}

func (reconciliation) Name() string { return stageReconcile }

// reconcileTask is the payload of one block.
type reconcileTask struct {
	Registry int64           `json:"registry"`
	Lattice  imagery.Lattice `json:"lattice"`
	Block    imagery.Block   `json:"block"`
	Days     [][]glimpse     `json:"days"`
}

// glimpse is a scene of one day.
type glimpse struct {
	Scene    int64 `json:"scene"` // unit that verified it
	MarginPx int   `json:"margin_px"`
}

// reconciled is what the stages after it learn of a block. Fits of several
// blocks add up, so a village's shift is the same wherever borders lie.
type reconciled struct {
	PixelM   float64               `json:"pixel_m"`
	Villages map[string]villageFit `json:"villages,omitempty"`
}

type villageFit struct {
	Parcels int           `json:"parcels"`
	Fit     reconcile.Fit `json:"fit"`
	Odds    fields.Odds   `json:"odds"` // of being drawn in their place
}

// villagesOf adds up what blocks tell of villages.
func villagesOf(done []ledger.Finished) (map[string]villageFit, error) {
	out := map[string]villageFit{}
	all, err := results[reconciled](done)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		for code, v := range r.Villages {
			sum := out[code]
			if sum.Odds == nil {
				sum.Odds = fields.Odds{}
			}
			sum.Parcels += v.Parcels
			sum.Fit.Add(v.Fit)
			sum.Odds.Add(v.Odds)
			out[code] = sum
		}
	}
	return out, nil
}

// Plan makes one unit of each block with series, and has all of them look at
// the same days.
func (s reconciliation) Plan(ctx context.Context, run season.Run) (Plan, error) {
	done, err := finishedBefore(ctx, s.store, run.ID, stageAssemble)
	if err != nil {
		return Plan{}, err
	}
	days, err := clearestDays(done, run.Spec.Season)
	if err != nil {
		return Plan{}, err
	}
	byDay, err := s.glimpses(ctx, run)
	if err != nil {
		return Plan{}, err
	}
	all, err := s.store.RegistryBlocks(ctx, run.Registry, run.Spec.Lattice)
	if err != nil {
		return Plan{}, err
	}
	assembledAt := map[string]bool{}
	for _, f := range done {
		assembledAt[f.Item] = true
	}
	var p Plan
	for _, b := range all {
		item := "block " + b.String()
		if b.Home == 0 || !assembledAt[item] {
			continue
		}
		t := reconcileTask{Registry: run.Registry, Lattice: run.Spec.Lattice, Block: b.Block}
		var contents [][]string
		for _, day := range days {
			var here []glimpse
			var content []string
			for _, g := range byDay[day] {
				if g.footprint.Intersects(b.Bound) {
					here, content = append(here, g.glimpse), append(content, g.content)
				}
			}
			if len(here) > 0 {
				t.Days, contents = append(t.Days, here), append(contents, content)
			}
		}
		p.Units = append(p.Units, ledger.Unit{
			Key:     ledger.Key(stageReconcile, reconcileVersion, run.Spec.RegistryDigest, t.Lattice, t.Block, contents),
			County:  run.County,
			Stage:   stageReconcile,
			Item:    item,
			Payload: payload(t),
		})
	}
	return p, nil
}

// Days that are looked at: the clearest of each part of the season, where most
// of the land was seen. A new scene changes what is known of a parcel's place
// only where it is the clearest of its part.
const (
	reconcileDays  = 8
	leastClearDays = 0.5 // share of the parcels' area
)

// clearestDays picks days over all blocks together, so that borders of blocks
// show in nothing; of equals the earlier.
func clearestDays(done []ledger.Finished, s fields.Season) ([]string, error) {
	sum := map[string]clearness{}
	var most uint64
	for _, f := range done {
		var a assembled
		if err := json.Unmarshal(f.Result, &a); err != nil {
			return nil, fmt.Errorf("result of %s: %w", f.Item, err)
		}
		for day, c := range a.Days {
			d := sum[day]
			d.Covered, d.Clear = d.Covered+c.Covered, d.Clear+c.Clear
			sum[day], most = d, max(most, d.Covered)
		}
	}
	var best [reconcileDays]string
	length := s.End.Sub(s.Start)/reconcileDays + 1
	for day, d := range sum {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return nil, fmt.Errorf("day %q of the season: %w", day, err)
		}
		part := int(at.Sub(s.Start) / length)
		if part < 0 || part >= reconcileDays || float64(d.Clear) < leastClearDays*float64(most) {
			continue
		}
		if b := best[part]; b == "" || d.Clear > sum[b].Clear || d.Clear == sum[b].Clear && day < b {
			best[part] = day
		}
	}
	return slices.DeleteFunc(best[:], func(d string) bool { return d == "" }), nil
}

// candidate is a scene that can be looked at.
type candidate struct {
	glimpse
	content   string
	footprint orb.Bound
}

// glimpses lists the scenes of each day that show vegetation.
func (s reconciliation) glimpses(ctx context.Context, run season.Run) (map[string][]candidate, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return nil, Permanent(err)
	}
	sights, _, err := verifiedSights(ctx, s.store, run)
	if err != nil {
		return nil, err
	}
	observed, err := finishedBefore(ctx, s.store, run.ID, stageObserve)
	if err != nil {
		return nil, err
	}
	when := map[string]time.Time{}
	for _, f := range observed {
		var at observedAt
		if err := json.Unmarshal(f.Result, &at); err != nil {
			return nil, fmt.Errorf("result of %s: %w", f.Item, err)
		}
		when[at.Scene] = at.Datetime
	}
	byID := make(map[string]imagery.Scene, len(run.Spec.Scenes))
	for _, sc := range run.Spec.Scenes {
		byID[sc.ID] = sc
	}
	out := map[string][]candidate{}
	for _, x := range sights {
		at, seen := when[x.item]
		if !seen || !green(sensors, byID[x.item], x.params) {
			continue
		}
		day := at.UTC().Format(time.DateOnly)
		out[day] = append(out[day], candidate{glimpse{x.unit, x.params.MarginPx}, x.content, x.footprint})
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b candidate) int { return cmp.Compare(a.content, b.content) })
	}
	return out, nil
}

// green tells whether a scene gives NDVI.
func green(sensors sensor.Catalogue, s imagery.Scene, p observe.Params) bool {
	if slices.Contains(p.Indices, "ndvi") {
		return true
	}
	sn, ok := sensors.Find(s.Sensor)
	if !ok {
		return false
	}
	given, ok := sn.Gives("ndvi")
	if !ok {
		return false
	}
	_, ok = s.Band(given.Name)
	return ok
}

func (s reconciliation) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[reconcileTask](c)
	if err != nil {
		return err
	}
	grid := widened(t.Lattice.Grid(t.Block), reconcile.MarginPx)
	shapes, err := s.store.ShapesAround(ctx, t.Registry, t.Lattice, grid.Bound())
	if err != nil {
		return err
	}
	home, err := s.store.HomeParcels(ctx, t.Registry, t.Lattice, t.Block)
	if err != nil {
		return err
	}
	m := reconcile.Image{Grid: around(grid, shapes, home)}
	for _, day := range t.Days {
		plane, err := s.plane(ctx, day, m.Grid)
		if err != nil {
			return err
		}
		if plane != nil {
			m.NDVI = append(m.NDVI, plane)
		}
	}
	// What cannot be measured was told by the cover stage.
	findings, _, err := reconcile.Examine(m, shapes)
	if err != nil {
		return Permanent(err)
	}
	told := reconciled{PixelM: t.Lattice.PixelSizeM, Villages: map[string]villageFit{}}
	model := fields.DefaultMatchModel()
	var rows []season.Finding
	for _, f := range findings {
		if _, ok := slices.BinarySearch(home, f.ID); !ok {
			continue
		}
		rows = append(rows, findingRow(f))
		if village := fields.VillageOf(f.ID); village != "" && !math.IsNaN(f.Edge) {
			v := told.Villages[village]
			if v.Odds == nil {
				v.Odds = fields.Odds{}
			}
			v.Parcels++
			v.Fit.Add(f.Fit)
			v.Odds.Count(model.LogOdds(fields.Placed, fields.MatchEvidence{EffectivePixels: float64(f.Pixels), Observations: f.Dates, Edge: f.Edge}))
			told.Villages[village] = v
		}
	}
	return s.store.FinishFindings(ctx, c, ledger.Outcome{Result: payload(told)}, rows)
}

// plane is NDVI over a grid on one day, from as many scenes as it takes: a
// pixel is the first's that has it. It is nil where none shows anything.
func (s reconciliation) plane(ctx context.Context, day []glimpse, g imagery.Grid) ([]float32, error) {
	var out []float32
	for _, look := range day {
		scene, err := s.store.Scene(ctx, look.Scene)
		if err != nil {
			return nil, err
		}
		values, err := s.tools.Plane(ctx, decoder.Plane{Scene: scene, Grid: g, Index: "ndvi", MarginPx: look.MarginPx})
		if errors.Is(err, observe.ErrNoOverlap) {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, ofTool(err)
		}
		if out == nil {
			out = make([]float32, len(values))
			for i := range out {
				out[i] = float32(math.NaN())
			}
		}
		for i, v := range values {
			if out[i] != out[i] && v != observe.Hidden {
				out[i] = float32(v) * 1e-4
			}
		}
	}
	return out, nil
}

// widened is a grid with px more pixels on each side.
func widened(g imagery.Grid, px int) imagery.Grid {
	o := g.Transform.Apply(float64(-px), float64(-px))
	g.Transform[0], g.Transform[3] = o[0], o[1]
	g.Width, g.Height = g.Width+2*px, g.Height+2*px
	return g
}

// around is the part of a grid that the parcels at home and their
// surroundings need: a county's edge leaves most of a block empty.
func around(g imagery.Grid, shapes []zonal.Shape, home []string) imagery.Grid {
	var bound orb.Bound
	for _, s := range shapes {
		if _, ok := slices.BinarySearch(home, s.ID); !ok {
			continue
		}
		if b := s.Polygon.Bound(); bound.IsZero() {
			bound = b
		} else {
			bound = bound.Union(b)
		}
	}
	if bound.IsZero() {
		return g
	}
	t, margin := g.Transform, float64(reconcile.MarginPx)
	x0 := max(0, int(math.Floor((bound.Min[0]-t[0])/t[1]-margin)))
	y0 := max(0, int(math.Floor((bound.Max[1]-t[3])/t[5]-margin)))
	x1 := min(g.Width, int(math.Ceil((bound.Max[0]-t[0])/t[1]+margin)))
	y1 := min(g.Height, int(math.Ceil((bound.Min[1]-t[3])/t[5]+margin)))
	if x1 <= x0 || y1 <= y0 {
		return g
	}
	o := t.Apply(float64(x0), float64(y0))
	g.Transform[0], g.Transform[3] = o[0], o[1]
	g.Width, g.Height = x1-x0, y1-y0
	return g
}

func findingRow(f reconcile.Finding) season.Finding {
	var line []float64
	for _, p := range f.Split.Line {
		line = append(line, p[0], p[1])
	}
	return season.Finding{
		ParcelID: f.ID, Dates: f.Dates, Edge: float32(f.Edge),
		EastM: float32(f.Shift.EastM), NorthM: float32(f.Shift.NorthM), Gain: float32(f.Shift.Gain),
		SplitShare: float32(f.Split.Share), SplitContrast: float32(f.Split.Contrast), SplitLine: line, Joined: f.Joined,
	}
}
