package workers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/internal/ledger"
	"parus/internal/season"
	"parus/yield"
)

// estimateVersion is raised where yields change for the same input.
const estimateVersion = 3

// estimate gives every parcel its yield. It is one unit for the season: parcels
// are ranked against all others of the county and add up to its figure.
type estimate struct{ store estimateStore }

type estimateStore interface {
	units
	inputs
	RegistryBound(ctx context.Context, registry int64) (orb.Bound, error)
	Estimables(ctx context.Context, registry int64, seriesUnits, cropUnits []int64) ([]season.Estimable, error)
	FinishYields(ctx context.Context, c ledger.Claim, o ledger.Outcome, n int, row func(int) (season.Yield, error)) error
}

// inputs reads the files that runs depend on.
type inputs interface {
	Input(ctx context.Context, digest string) ([]byte, error)
}

func (estimate) Name() string { return stageEstimate }

// estimateTask is the payload of a season.
type estimateTask struct {
	Registry int64             `json:"registry"`
	County   string            `json:"county"`
	Season   fields.Season     `json:"season"`
	Inputs   map[string]string `json:"inputs"` // those that yields depend on
	Series   []int64           `json:"series"` // units of the assemble stage
	Crops    []int64           `json:"crops"`  // units of the recognise stage
}

// Plan makes one unit of the whole season.
func (s estimate) Plan(ctx context.Context, run season.Run) (Plan, error) {
	assembled, err := finishedBefore(ctx, s.store, run.ID, stageAssemble)
	if err != nil {
		return Plan{}, err
	}
	recognised, err := finishedBefore(ctx, s.store, run.ID, stageRecognise)
	if err != nil {
		return Plan{}, err
	}
	t := estimateTask{
		Registry: run.Registry, County: run.County, Season: run.Spec.Season, Series: ids(assembled), Crops: ids(recognised),
		Inputs: pick(run.Spec.Inputs, season.InputStatistics, season.InputWeather, season.InputCatalogue, season.InputPrices),
	}
	builtin, err := catalogue.Load()
	if err != nil {
		return Plan{}, Permanent(err)
	}
	return Plan{Units: []ledger.Unit{{
		Key: ledger.Key(stageEstimate, estimateVersion, run.Spec.RegistryDigest, t.Season, t.Inputs,
			keys(recognised), builtin.Digest()),
		County:  run.County,
		Stage:   stageEstimate,
		Item:    "season " + run.Season,
		Payload: payload(t),
	}}}, nil
}

func (s estimate) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[estimateTask](c)
	if err != nil {
		return err
	}
	in := yield.SeasonInput{Season: t.Season}
	bound, err := s.store.RegistryBound(ctx, t.Registry)
	if err != nil {
		return err
	}
	in.LatitudeDeg = bound.Center().Lat()
	if in.Catalogue, err = catalogueOf(ctx, s.store, t.Inputs, t.County, t.Season); err != nil {
		return err
	}
	weather, err := weatherOf(ctx, s.store, t.Inputs)
	if err != nil {
		return err
	}
	parcels, err := s.store.Estimables(ctx, t.Registry, t.Series, t.Crops)
	if err != nil {
		return err
	}
	in.Parcels = parcelInputs(parcels, t.Season)
	if err := placeWeather(&in, weather, parcels); err != nil {
		return Permanent(err)
	}
	var notes []string
	if in.Priors, notes, err = priorsOf(ctx, s.store, t, in); err != nil {
		return err
	}
	told, err := addHazards(&in)
	if err != nil {
		return Permanent(err)
	}
	notes = append(notes, told...)
	estimates, err := yield.Estimate(in)
	if err != nil {
		return Permanent(err)
	}
	if len(estimates) > 0 { // notes on the season come with the first, notes on a parcel are in its row
		notes = append(notes, estimates[0].Notes...)
	}
	estimates = slices.DeleteFunc(estimates, func(e yield.ParcelEstimate) bool { return len(e.PerCrop) == 0 })
	return s.store.FinishYields(ctx, c, ledger.Outcome{Notes: notes}, len(estimates), func(i int) (season.Yield, error) { return yieldRow(estimates[i]) })
}

// catalogueOf is the crop catalogue as the county overrides it.
func catalogueOf(ctx context.Context, s inputs, in map[string]string, county string, se fields.Season) (catalogue.Catalogue, error) {
	c, err := catalogue.Load()
	if err != nil {
		return c, Permanent(err)
	}
	if digest, ok := in[season.InputCatalogue]; ok {
		data, err := s.Input(ctx, digest)
		if err != nil {
			return c, err
		}
		if c, err = c.Override(bytes.NewReader(data)); err != nil {
			return c, Permanent(err)
		}
	}
	c = c.For(county, se.End.Year())
	if digest, ok := in[season.InputPrices]; ok {
		data, err := s.Input(ctx, digest)
		if err != nil {
			return c, err
		}
		if c, err = c.OverridePrices(bytes.NewReader(data), "prices of the county"); err != nil {
			return c, Permanent(err)
		}
	}
	return c, nil
}

// weatherOf is the season's weather, zero where the run names none.
func weatherOf(ctx context.Context, s inputs, in map[string]string) (yield.WeatherGrid, error) {
	digest, ok := in[season.InputWeather]
	if !ok {
		return yield.WeatherGrid{}, nil
	}
	data, err := s.Input(ctx, digest)
	if err != nil {
		return yield.WeatherGrid{}, err
	}
	g, err := yield.ReadWeatherGrid(bytes.NewReader(data))
	return g, Permanent(err)
}

// placeWeather gives every parcel the weather of where it lies.
func placeWeather(in *yield.SeasonInput, g yield.WeatherGrid, parcels []season.Estimable) error {
	if len(g.Cells) == 0 {
		return nil
	}
	lonLat := make([][2]float64, len(parcels))
	for i, p := range parcels {
		lonLat[i] = [2]float64{p.Lon, p.Lat}
	}
	local, at, err := g.Places(lonLat)
	if err != nil {
		return err
	}
	in.Weather = g.Cells[0].Weather
	if len(g.Cells) == 1 {
		return nil
	}
	in.Local = local
	for i := range in.Parcels {
		in.Parcels[i].Place = at[i]
	}
	return nil
}

// priorsOf forecasts every crop that the county's statistics tell of; the rest
// get the national figure in yield.Estimate.
func priorsOf(ctx context.Context, s inputs, t estimateTask, in yield.SeasonInput) ([]yield.Prior, []string, error) {
	digest, ok := t.Inputs[season.InputStatistics]
	if !ok {
		return nil, []string{"no county statistics: national yields with a doubled spread"}, nil
	}
	data, err := s.Input(ctx, digest)
	if err != nil {
		return nil, nil, err
	}
	statistics, err := yield.ReadStatistics(bytes.NewReader(data))
	if err != nil {
		return nil, nil, Permanent(err)
	}
	var priors []yield.Prior
	var notes []string
	told := map[string]bool{}
	for _, st := range statistics {
		if told[st.Crop] {
			continue
		}
		told[st.Crop] = true
		crop, err := in.Catalogue.Crop(st.Crop)
		if err != nil {
			notes = append(notes, "statistics: "+err.Error())
			continue
		}
		if crop.EarnsNothing {
			continue
		}
		p, err := yield.FitPrior(crop, statistics, t.Season.End.Year())
		if err != nil {
			return nil, nil, Permanent(err)
		}
		priors, notes = append(priors, p), append(notes, p.Notes...)
	}
	return priors, notes, nil
}

func parcelInputs(parcels []season.Estimable, se fields.Season) []yield.ParcelInput {
	out := make([]yield.ParcelInput, len(parcels))
	for i, p := range parcels {
		crops := make([]yield.CropChance, len(p.Classes))
		for k := range crops {
			crops[k] = yield.CropChance{Code: p.Classes[k], P: float64(p.Posterior[k])}
		}
		out[i] = yield.ParcelInput{ID: p.ParcelID, AreaHa: p.AreaM2 / 1e4, Crops: crops, DailyNDVI: float64s(p.Smooth),
			Pixels: float64(p.Pixels), ValidObservations: p.Observations, MatchP: float64(p.MatchP), Sightings: sightings(p, se)}
	}
	return out
}

// yieldRow is an estimate as it is kept. A county's rows are made one by one, as
// they are written: together they take gigabytes.
func yieldRow(e yield.ParcelEstimate) (season.Yield, error) {
	detail, err := json.Marshal(e)
	if err != nil {
		return season.Yield{}, fmt.Errorf("estimate of parcel %s: %w", e.ID, err)
	}
	return season.Yield{ParcelID: e.ID, P10: float32(e.P10), P50: float32(e.P50), P90: float32(e.P90),
		Mean: float32(e.Mean), SD: float32(e.SD), Detail: detail}, nil
}

func float64s(v []float32) []float64 {
	if len(v) == 0 {
		return nil
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

func ids(done []ledger.Finished) []int64 {
	out := make([]int64, len(done))
	for i, f := range done {
		out[i] = f.ID
	}
	return out
}

func keys(done []ledger.Finished) []string {
	out := make([]string, len(done))
	for i, f := range done {
		out[i] = f.Key
	}
	return out
}

// pick returns the named entries of m.
func pick(m map[string]string, names ...string) map[string]string {
	out := map[string]string{}
	for _, n := range names {
		if v, ok := m[n]; ok {
			out[n] = v
		}
	}
	return out
}
