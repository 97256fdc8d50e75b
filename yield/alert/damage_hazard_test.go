package alert_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/fixtures"
	"parus/imagery/series"
	"parus/yield"
	"parus/yield/alert"
)

// strike gives parcels the hazards that the season's estimate would find on a
// day, from the dates that they have and the weather up to it.
func (tr *trial) strike(t *testing.T, crops catalogue.Catalogue, s fields.Season, parcels []alert.Parcel, now time.Time) {
	t.Helper()
	in := yield.SeasonInput{Season: s, LatitudeDeg: 36.6, Catalogue: crops}
	for _, d := range tr.county.Weather {
		if !d.Date.After(now) {
			in.Weather.Days = append(in.Weather.Days, yield.WeatherDay{Date: d.Date, TMeanC: d.TMean - 273.15, TMinC: d.TMin - 273.15, TMaxC: d.TMax - 273.15,
				RadiationMJ: d.SolarJM2 / 1e6, PrecipitationMM: d.PrecipMM, DewpointC: d.Dewpoint - 273.15, WindMPerSecs: d.WindMS})
		}
	}
	var at []int
	for i := range parcels {
		if c := parcels[i].Crop; c == "" || c == fixtures.NoCrop || c == fixtures.Fallow {
			continue
		}
		in.Parcels, at = append(in.Parcels, tr.estimable(i, parcels[i], s)), append(at, i)
	}
	found, _, err := yield.FindHazards(in)
	if err != nil {
		t.Fatal(err)
	}
	for k, all := range found {
		for _, h := range all {
			if !h.Confirmed {
				continue
			}
			c := alert.Cause{Kind: h.Kind, From: h.From, To: h.To, Loss: h.Loss, ZH: h.ZH, EN: h.EN}
			for _, e := range h.Evidence {
				switch e.What {
				case "ndvi_fall":
					c.Fall = e.Value
				case "ndvi_fall_spread":
					c.Spreads = e.Value
				}
			}
			parcels[at[k]].Hazards = append(parcels[at[k]].Hazards, c)
		}
	}
}

// estimable is a parcel as the estimate sees it: its clear dates and its curve.
func (tr *trial) estimable(i int, p alert.Parcel, s fields.Season) yield.ParcelInput {
	c := &tr.county.Parcels[i]
	x := yield.ParcelInput{ID: p.ID, AreaHa: c.AreaM2 / 1e4, Pixels: c.AreaM2 / 100, MatchP: 0.97, Crops: []yield.CropChance{{Code: p.Crop, P: 0.95}}}
	seen := series.Series{Layers: []string{"ndvi"}, Values: [][]float32{nil}}
	for k, d := range p.Dates {
		if p.Valid[k] < 0.5 || math.IsNaN(p.NDVI[k]) {
			continue
		}
		x.Sightings = append(x.Sightings, yield.Sighting{Day: int(d.Sub(s.Start).Hours() / 24), NDVI: p.NDVI[k], Water: tr.water[i][d]})
		seen.Dates, seen.Valid = append(seen.Dates, d), append(seen.Valid, float32(p.Valid[k]))
		seen.Values[0] = append(seen.Values[0], float32(p.NDVI[k]))
	}
	x.ValidObservations = len(x.Sightings)
	curve, err := series.Smooth(seen, "ndvi", series.SmoothParams{Start: s.Start, End: s.End})
	if err != nil {
		return x
	}
	x.DailyNDVI = slices.Clone(curve.Values)
	for d, known := range curve.Known {
		if !known {
			x.DailyNDVI[d] = math.NaN()
		}
	}
	return x
}

// blame counts what an alert was laid to; hail and abandonment are not told from
// each other.
func (s *score) blame(kind, cause string) {
	if cause == "" {
		return
	}
	s.named++
	if kind == fixtures.DamageHail || kind == fixtures.DamageAbandonment {
		kind = yield.HazardGreenLoss
	}
	if kind == cause {
		s.right++
	}
}
