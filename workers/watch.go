package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/internal/ledger"
	"parus/internal/season"
	"parus/yield"
	"parus/yield/alert"
)

// watchVersion is raised where other parcels are found to be in trouble for the
// same input.
const watchVersion = 2

// watch looks for parcels in trouble. It is one unit for the season: parcels
// are held against their county's band, and the hazards that the estimate found
// are weighed. What it finds is kept and becomes cases for officers when the run
// is published.
type watch struct{ store watchStore }

type watchStore interface {
	units
	inputs
	EarlierPublication(ctx context.Context, run season.Run) (season.Earlier, error)
	Watched(ctx context.Context, registry int64, s season.Sources, earlier int64, use func(season.Watched) error) error
	Signals(ctx context.Context, unit int64) ([]season.Signal, error)
	FinishSignals(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Signal) error
}

func (watch) Name() string { return stageWatch }

// watchTask is the payload of a season.
type watchTask struct {
	Registry int64             `json:"registry"`
	County   string            `json:"county"`
	Season   fields.Season     `json:"season"`
	Inputs   map[string]string `json:"inputs"` // those that the catalogue depends on
	Sources  season.Sources    `json:"sources"`
	Earlier  season.Earlier    `json:"earlier"`
}

// Plan makes one unit of the whole season.
func (s watch) Plan(ctx context.Context, run season.Run) (Plan, error) {
	done := map[string][]ledger.Finished{}
	var all []string
	for _, stage := range []string{stageAssemble, stageRecognise, stageEstimate} {
		f, err := finishedBefore(ctx, s.store, run.ID, stage)
		if err != nil {
			return Plan{}, err
		}
		done[stage], all = f, append(all, keys(f)...)
	}
	if len(done[stageEstimate]) != 1 {
		return Plan{}, Permanent(fmt.Errorf("run %d has %d estimates of yield, want one", run.ID, len(done[stageEstimate])))
	}
	earlier, err := s.store.EarlierPublication(ctx, run)
	if err != nil {
		return Plan{}, err
	}
	t := watchTask{Registry: run.Registry, County: run.County, Season: run.Spec.Season, Earlier: earlier,
		Inputs: pick(run.Spec.Inputs, season.InputCatalogue),
		Sources: season.Sources{Series: ids(done[stageAssemble]), Crops: ids(done[stageRecognise]),
			Yield: done[stageEstimate][0].ID}}
	return Plan{Units: []ledger.Unit{{
		Key:     ledger.Key(stageWatch, watchVersion, run.Spec.RegistryDigest, t.Season, all, earlier.Publication, earlier.Digest, alert.Defaults()),
		County:  run.County,
		Stage:   stageWatch,
		Item:    "season " + run.Season,
		Payload: payload(t),
	}}}, nil
}

func (s watch) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[watchTask](c)
	if err != nil {
		return err
	}
	crops, err := catalogueOf(ctx, s.store, t.Inputs, t.County, t.Season)
	if err != nil {
		return err
	}
	known, err := s.store.Signals(ctx, t.Earlier.Watch)
	if err != nil {
		return err
	}
	before, err := findings(known)
	if err != nil {
		return err
	}
	county := alert.County{Season: t.Season, Harvest: harvests(crops, t.Season)}
	err = s.store.Watched(ctx, t.Registry, t.Sources, t.Earlier.Publication, func(p season.Watched) error {
		watched, err := watchedParcel(p)
		county.Parcels = append(county.Parcels, watched)
		return Permanent(err)
	})
	if err != nil {
		return err
	}
	rows, err := signals(alert.Detect(county, before, alert.Defaults()))
	if err != nil {
		return err
	}
	return s.store.FinishSignals(ctx, c, ledger.Outcome{}, rows)
}

// harvests are the first usual days of harvest within the season.
func harvests(c catalogue.Catalogue, se fields.Season) map[string]time.Time {
	out := map[string]time.Time{}
	for _, code := range c.Codes() {
		crop, err := c.Crop(code)
		if err != nil {
			continue
		}
		if d, ok := crop.HarvestBegin(se.Start); ok {
			out[code] = d
		}
	}
	return out
}

// metresPerDegree of latitude, from the earth's mean radius.
const metresPerDegree = 111195

func watchedParcel(w season.Watched) (alert.Parcel, error) {
	p := alert.Parcel{ID: w.ParcelID, Crop: best(w.Classes, w.Posterior, w.Abstained),
		EastM: w.Lon * metresPerDegree * math.Cos(w.Lat*math.Pi/180), NorthM: w.Lat * metresPerDegree, Observations: w.Observations}
	if len(w.NDVI) > 0 {
		p.Dates, p.NDVI, p.Valid = w.Dates, float64s(w.NDVI), float64s(w.Valid)
		p.Red, p.Blue = float64s(w.Red), float64s(w.Blue)
	}
	var err error
	if p.Hazards, err = causes(w.Yield); err != nil {
		return p, fmt.Errorf("hazards of parcel %s: %w", w.ParcelID, err)
	}
	if w.Before == nil {
		return p, nil
	}
	// Damage can look like another crop: what was known before it counts.
	if w.Before.Crop != "" {
		p.Crop = w.Before.Crop
	}
	if p.Before, err = forecast(w.Before.Yield, p.Crop, w.Before.Observations); err != nil {
		return p, fmt.Errorf("earlier estimate of parcel %s: %w", w.ParcelID, err)
	}
	if p.Now, err = forecast(w.Yield, p.Crop, w.Observations); err != nil {
		return p, fmt.Errorf("estimate of parcel %s: %w", w.ParcelID, err)
	}
	return p, nil
}

// causes are the hazards of an estimate that clear pictures show.
func causes(detail json.RawMessage) ([]alert.Cause, error) {
	var e struct{ Hazards []yield.Hazard }
	if err := json.Unmarshal(detail, &e); err != nil {
		return nil, err
	}
	var out []alert.Cause
	for _, h := range e.Hazards {
		if !h.Confirmed {
			continue
		}
		c := alert.Cause{Kind: h.Kind, From: h.From, To: h.To, Loss: h.Loss, ZH: h.ZH, EN: h.EN}
		for _, v := range h.Evidence {
			switch v.What {
			case "ndvi_fall":
				c.Fall = v.Value
			case "ndvi_fall_spread":
				c.Spreads = v.Value
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// best is the likeliest crop, "" where the recognition abstained.
func best(classes []string, posterior []float32, abstained bool) string {
	at := -1
	for i, p := range posterior {
		if i < len(classes) && (at < 0 || p > posterior[at]) {
			at = i
		}
	}
	if at < 0 || abstained {
		return ""
	}
	return classes[at]
}

// forecast is what an estimate tells of one crop, nil where it tells nothing.
func forecast(detail json.RawMessage, crop string, observations int) (*alert.Forecast, error) {
	var e yield.ParcelEstimate
	if err := json.Unmarshal(detail, &e); err != nil {
		return nil, err
	}
	for _, c := range e.PerCrop {
		if c.Code == crop && c.MeanKgPerHa > 0 {
			return &alert.Forecast{Crop: crop, MeanKgPerHa: c.MeanKgPerHa, SD: c.SDModel, Observations: observations}, nil
		}
	}
	return nil, nil
}

func findings(list []season.Signal) ([]alert.Finding, error) {
	out := make([]alert.Finding, len(list))
	for i, s := range list {
		out[i] = alert.Finding{ParcelID: s.ParcelID, Kind: alert.Kind(s.Kind), Crop: s.Crop, First: s.First, Last: s.Last, Strength: s.Strength}
		if s.Ended != nil {
			out[i].Ended = *s.Ended
		}
		if err := json.Unmarshal(s.Evidence, &out[i].Evidence); err != nil {
			return nil, fmt.Errorf("evidence of parcel %s: %w", s.ParcelID, err)
		}
	}
	return out, nil
}

func signals(list []alert.Finding) ([]season.Signal, error) {
	out := make([]season.Signal, len(list))
	for i, f := range list {
		evidence, err := json.Marshal(f.Evidence)
		if err != nil {
			return nil, fmt.Errorf("evidence of parcel %s: %w", f.ParcelID, err)
		}
		out[i] = season.Signal{ParcelID: f.ParcelID, Kind: string(f.Kind), Crop: f.Crop, First: f.First, Last: f.Last, Strength: f.Strength, Evidence: evidence}
		if !f.Ended.IsZero() {
			out[i].Ended = &f.Ended
		}
	}
	return out, nil
}
