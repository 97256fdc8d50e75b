package workers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"parus/fields"
	"parus/fields/crop"
	"parus/imagery/spectral"
	"parus/internal/ledger"
	"parus/internal/season"
)

// recogniseVersion is raised where matches or posteriors change for the same
// series and model.
const recogniseVersion = 5

// recognise tells, for each parcel of a block, the chance that imagery agrees
// with the registry and the posterior of its crop.
type recognise struct {
	store recogniseStore
	model *lastUsed[string, crop.Model] // by digest
}

type recogniseStore interface {
	units
	inputs
	Series(ctx context.Context, unit int64) ([]season.Series, error)
	Findings(ctx context.Context, units []int64) ([]season.Finding, error)
	Areas(ctx context.Context, registry int64, parcels []string) (map[string]season.Area, error)
	FinishCrops(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Crop) error
}

func (recognise) Name() string { return stageRecognise }

// recogniseTask is the payload of one block.
type recogniseTask struct {
	Registry  int64             `json:"registry"`
	Series    int64             `json:"series"`             // unit of the assemble stage
	Findings  []int64           `json:"findings,omitempty"` // unit of the reconcile stage; none where it has nothing to tell
	Season    fields.Season     `json:"season"`
	Model     string            `json:"model"`      // digest of the crop model
	Classes   map[string]string `json:"classes"`    // model class → catalogue code
	Crops     []string          `json:"crops"`      // codes grown here; none: all
	TypicalSD float64           `json:"typical_sd"` // of NDVI within a parcel of the county; 0: unknown
	// Shares of the county's parcels that are farmed, and of each village's that
	// are drawn in their place, as the season shows them.
	Cultivated float64            `json:"cultivated"`
	Placed     map[string]float64 `json:"placed,omitempty"`

	Cold *starter `json:"cold,omitempty"` // where there is no model
}

// Plan makes one unit of each block with series.
func (s recognise) Plan(ctx context.Context, run season.Run) (Plan, error) {
	model := run.Spec.Inputs[season.InputCropModel]
	source := model
	cold := startsCold(run)
	if cold != nil {
		var err error
		if source, err = cold.key(); err != nil {
			return Plan{}, err
		}
	}
	done, err := finishedBefore(ctx, s.store, run.ID, stageAssemble)
	if err != nil {
		return Plan{}, err
	}
	county, err := spreadOf(done)
	if err != nil {
		return Plan{}, err
	}
	if len(done) > 0 && county.observed == 0 {
		return Plan{}, Permanent(fmt.Errorf("no parcel is clear on any date of season %s: outcomes name what was seen; add scenes", run.Season))
	}
	typical := county.median()
	found, err := finishedBefore(ctx, s.store, run.ID, stageReconcile)
	if err != nil {
		return Plan{}, err
	}
	findings := make(map[string]ledger.Finished, len(found))
	for _, f := range found {
		findings[f.Item] = f
	}
	villages, err := villagesOf(found)
	if err != nil {
		return Plan{}, err
	}
	base := fields.DefaultMatchModel()
	cultivated := share(county.cultivated, base.Judges[fields.Cultivated].Prior)
	placed := make(map[string]float64, len(villages))
	for code, v := range villages {
		placed[code] = share(v.Odds, base.Judges[fields.Placed].Prior)
	}
	var p Plan
	if cold != nil {
		p.Outcomes = append(p.Outcomes, cold.notice(run))
	}
	for _, f := range done {
		t := recogniseTask{Cultivated: cultivated, Placed: placed, Registry: run.Registry, Series: f.ID, Season: run.Spec.Season, Model: model,
			Classes: run.Spec.County.Classes, Crops: run.Spec.County.Crops, TypicalSD: typical, Cold: cold}
		finding, ok := findings[f.Item]
		if ok {
			t.Findings = []int64{finding.ID}
		}
		p.Units = append(p.Units, ledger.Unit{
			Key: ledger.Key(stageRecognise, recogniseVersion, f.Key, finding.Key, run.Spec.RegistryDigest, t.Season, source,
				t.Classes, t.Crops, typical, cultivated, placed),
			County:  run.County,
			Stage:   stageRecognise,
			Item:    f.Item,
			Payload: payload(t),
		})
	}
	return p, nil
}

// spread is how much NDVI differs within the parcels of the county.
type spread struct {
	observed   int         // parcels with a clear date
	cultivated fields.Odds // of these
	steps      map[int]int // parcels by their median standard deviation, see assembled
}

func spreadOf(done []ledger.Finished) (spread, error) {
	county := spread{steps: map[int]int{}, cultivated: fields.Odds{}}
	for _, f := range done {
		var a assembled
		if err := json.Unmarshal(f.Result, &a); err != nil {
			return county, fmt.Errorf("result of %s: %w", f.Item, err)
		}
		county.observed += a.Observed
		county.cultivated.Add(a.Cultivated)
		for step, n := range a.Spread {
			county.steps[step] += n
		}
	}
	return county, nil
}

// share is the prior that counts of evidence give, to four digits.
func share(o fields.Odds, base float64) float64 { return math.Round(o.Prior(base)*1e4) / 1e4 }

// median is 0 where no parcel tells anything.
func (s spread) median() float64 {
	total, seen := 0, 0
	for _, n := range s.steps {
		total += n
	}
	for _, step := range slices.Sorted(maps.Keys(s.steps)) {
		if seen += s.steps[step]; 2*seen >= total {
			return float64(step) * spreadStep
		}
	}
	return 0
}

func (s recognise) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[recogniseTask](c)
	if err != nil {
		return err
	}
	all, err := s.store.Series(ctx, t.Series)
	if err != nil {
		return err
	}
	// Of a parcel that was never clear nothing is known, neither its crop nor
	// that imagery agrees with it; the assemble stage has named it.
	all = slices.DeleteFunc(all, func(r season.Series) bool { return len(r.Smooth) == 0 })
	parcels := make([]string, len(all))
	samples := make([]crop.Sample, len(all))
	for i, r := range all {
		parcels[i], samples[i] = r.ParcelID, sampleOf(r)
	}
	areas, err := s.store.Areas(ctx, t.Registry, parcels)
	if err != nil {
		return err
	}
	posteriors, notes, err := s.posteriors(ctx, t, samples)
	if err != nil {
		return err
	}
	found, err := s.findings(ctx, t.Findings)
	if err != nil {
		return err
	}
	rows := make([]season.Crop, len(all))
	for i, r := range all {
		rows[i] = cropRow(r, posteriors[i], t)
		addMatch(&rows[i], r, areas[r.ParcelID], found[r.ParcelID], t)
	}
	return s.store.FinishCrops(ctx, c, ledger.Outcome{Notes: notes}, rows)
}

// findings returns what the pictures say of each parcel's shape.
func (s recognise) findings(ctx context.Context, units []int64) (map[string]*season.Finding, error) {
	out := map[string]*season.Finding{}
	if len(units) == 0 {
		return out, nil
	}
	rows, err := s.store.Findings(ctx, units)
	for i := range rows {
		out[rows[i].ParcelID] = &rows[i]
	}
	return out, err
}

// clearShare is the share of a parcel that must be clear for a date to count as
// an observation of it.
const clearShare = 0.5

// sampleOf hands a series to the crop model, without the dates on which too
// little of the parcel was clear. A radar needs no clear sky.
func sampleOf(r season.Series) crop.Sample {
	s := crop.Sample{ID: r.ParcelID, Dates: r.Dates, Layers: r.Layers, Values: make([][]float32, len(r.Layers))}
	n := len(r.Dates)
	for l := range r.Layers {
		row := slices.Clone(r.Values[l*n : (l+1)*n])
		for d := range row {
			if r.Valid[d] < clearShare && !spectral.Radar(r.Layers[l]) {
				row[d] = float32(math.NaN())
			}
		}
		s.Values[l] = row
	}
	return s
}

// cropRow turns a posterior over the model's classes into one over the
// catalogue's codes. Where the county says what is grown, other crops are
// ruled out and the rest make up one again.
func cropRow(r season.Series, p crop.Posterior, t recogniseTask) season.Crop {
	chances := map[string]float64{}
	var sum float64
	for i, class := range p.Classes {
		code := class
		if mapped, ok := t.Classes[class]; ok {
			code = mapped
		}
		if len(t.Crops) > 0 && !slices.Contains(t.Crops, code) {
			continue
		}
		chances[code] += p.P[i]
		sum += p.P[i]
	}
	row := season.Crop{ParcelID: r.ParcelID, Abstained: p.Abstained, Reason: p.Reason}
	for code := range chances {
		row.Classes = append(row.Classes, code)
	}
	slices.Sort(row.Classes)
	for _, code := range row.Classes {
		row.Posterior = append(row.Posterior, float32(chances[code]/sum))
	}
	if !(sum > ruledOut) {
		row.Classes, row.Posterior, row.Abstained = nil, nil, true
		row.Reason = "the model sees a crop that is not grown in the county"
	}
	return row
}

// ruledOut is the probability of all crops of the county together under which
// the model is held to have seen something else.
const ruledOut = 0.01

// growth is what a series shows of a parcel, but for how its shape lies.
func growth(r season.Series) fields.MatchEvidence {
	sd, n := fields.MedianSD(r.NDVISD, r.Valid)
	low, high := math.NaN(), math.NaN()
	for _, v := range r.Smooth {
		if x := float64(v); !math.IsNaN(x) {
			low, high = fmin(low, x), fmax(high, x)
		}
	}
	return fields.MatchEvidence{
		EffectivePixels: float64(r.Pixels), Observations: n, WithinSD: sd, Amplitude: high - low, PeakNDVI: high,
		Edge: math.NaN(), SplitShare: math.NaN(), SplitContrast: math.NaN(),
	}
}

// addMatch judges the parcel's match from what the series shows and, where
// anything is known of it, from how the shape lies in the pictures.
func addMatch(row *season.Crop, r season.Series, a season.Area, f *season.Finding, t recogniseTask) {
	e := growth(r)
	e.TypicalSD, e.DeclaredM2, e.AreaM2 = t.TypicalSD, a.DeclaredM2, a.AreaM2
	if f != nil {
		e.Edge, e.SplitShare, e.SplitContrast = float64(f.Edge), float64(f.SplitShare), float64(f.SplitContrast)
	}
	m := t.model(r.ParcelID).Match(e)
	row.MatchP, row.Observations = float32(m.P), e.Observations
	for _, reason := range m.Reasons {
		row.MatchReasons = append(row.MatchReasons, string(reason))
	}
	row.LastClear = lastClear(r)
}

// model is the match model with the shares of the parcel's county and village.
func (t recogniseTask) model(parcel string) fields.MatchModel {
	m := fields.DefaultMatchModel()
	if t.Cultivated > 0 {
		m = m.WithPrior(fields.Cultivated, t.Cultivated)
	}
	if p, ok := t.Placed[fields.VillageOf(parcel)]; ok {
		m = m.WithPrior(fields.Placed, p)
	}
	return m
}

func lastClear(r season.Series) *time.Time {
	for i := len(r.Dates) - 1; i >= 0; i-- {
		if r.Valid[i] >= clearShare {
			return &r.Dates[i]
		}
	}
	return nil
}

// fmin and fmax take the other number where one is NaN.
func fmin(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func fmax(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// loadModel reads the crop model of that digest.
func (s recognise) loadModel(ctx context.Context, digest string) (*crop.Model, error) {
	data, err := s.store.Input(ctx, digest)
	if err != nil {
		return nil, err
	}
	m, err := crop.Load(bytes.NewReader(data))
	if err != nil {
		return nil, Permanent(fmt.Errorf("crop model: %w", err))
	}
	return m, nil
}
