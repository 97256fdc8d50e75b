package yield_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"parus/fields"
	"parus/fixtures"
	"parus/yield"
)

// level is a county of wheat parcels that stand at one NDVI from April to the
// middle of May with a tiny spread, looked at every five days from 1 March.
func level(t *testing.T, n int) yield.SeasonInput {
	t.Helper()
	in := input(t)
	in.Season = fields.Season{Name: "2025-winter", Start: day(t, "2024-10-01"), End: day(t, "2025-06-20")}
	in.Weather = yield.Weather{}
	for i := range n {
		x := parcel(fmt.Sprintf("p%03d", i), 0.3, 0, yield.CropChance{Code: "winter_wheat", P: 0.95})
		x.DailyNDVI = make([]float64, in.Season.Days())
		for d := range x.DailyNDVI {
			x.DailyNDVI[d] = at(i, d)
		}
		for d := 151; d < 230; d += 5 {
			x.Sightings = append(x.Sightings, yield.Sighting{Day: d, NDVI: at(i, d), Water: -0.45})
		}
		in.Parcels = append(in.Parcels, x)
	}
	return in
}

// at rises to 0.8 by 1 April (day 182), parcels ±0.02 apart, a wobble of 0.01.
func at(i, d int) float64 {
	rise := math.Max(0, math.Min(1, float64(d-120)/62))
	return 0.25 + 0.55*rise + 0.02*math.Sin(float64(i)) + 0.01*math.Sin(float64(3*i+d))
}

// fall lowers the looks of a parcel from a day on, so many of them.
func fall(in *yield.SeasonInput, i, from, looks int, by float64) {
	for k := range in.Parcels[i].Sightings {
		if s := &in.Parcels[i].Sightings[k]; s.Day >= from && looks > 0 {
			s.NDVI -= by
			looks--
		}
	}
}

func kinds(found []yield.Hazard) string {
	var out []string
	for _, h := range found {
		out = append(out, h.Kind)
	}
	return strings.Join(out, ",")
}

func TestLossesOfGreen(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		from, looks int
		by          float64
		want        string
	}{
		{"nothing befell it", 400, 0, 0, ""},
		{"it fell and stayed down", 196, 99, 0.3, yield.HazardGreenLoss},
		{"a cloud that the mask missed, on one date", 196, 1, 0.3, ""},
		{"haze on two dates, and green again within twenty days", 196, 2, 0.3, ""},
		{"a fall within what others do", 196, 99, 0.03, ""},
		{"the last look alone, and very clear", 226, 99, 0.4, yield.HazardGreenLoss},
		{"the last look alone, not so clear", 226, 99, 0.15, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := level(t, 60)
			fall(&in, 7, tc.from, tc.looks, tc.by)
			found, notes, err := yield.FindHazards(in)
			if err != nil {
				t.Fatal(err)
			}
			if got := kinds(found[7]); got != tc.want {
				t.Errorf("found %q, want %q: %+v", got, tc.want, found[7])
			}
			for i, h := range found {
				if i != 7 && len(h) > 0 {
					t.Errorf("parcel %d, which nothing befell: %+v", i, h)
				}
			}
			if !strings.Contains(strings.Join(notes, ";"), "no weather") {
				t.Errorf("notes %q", notes)
			}
			if tc.want == "" {
				return
			}
			h := found[7][0]
			// The look of 16 April (day 196 is 15 April; looks are on 196) is the first low one, the
			// one before of day 191 the last good one.
			if tc.from == 196 && (h.From != "2025-04-11" || !h.Confirmed || h.Loss < 0.3 || h.Loss > 0.95) {
				t.Errorf("finding %+v", h)
			}
			if len(h.Evidence) < 2 || h.Evidence[0].Value < tc.by/2 || h.ZH == "" || h.EN == "" {
				t.Errorf("evidence %+v", h.Evidence)
			}
		})
	}
}

// mild is weather in which nothing happens, with one day changed.
func mild(t *testing.T, on string, edit func(*yield.WeatherDay)) yield.Weather {
	t.Helper()
	var w yield.Weather
	for d := day(t, "2024-09-01"); !d.After(day(t, "2025-06-30")); d = d.AddDate(0, 0, 1) {
		x := yield.WeatherDay{Date: d, TMeanC: 14, TMinC: 8, TMaxC: 20, RadiationMJ: 15, PrecipitationMM: 2, DewpointC: 8, WindMPerSecs: 2}
		if d.Format(time.DateOnly) == on {
			edit(&x)
		}
		w.Days = append(w.Days, x)
	}
	return w
}

func TestFrostIsTold(t *testing.T) {
	t.Parallel()
	in := level(t, 60)
	in.Weather = mild(t, "2025-04-13", func(d *yield.WeatherDay) { d.TMinC = -4 })
	fall(&in, 7, 196, 99, 0.15)
	found, _, err := yield.FindHazards(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(found[7]) != 1 || found[7][0].Kind != yield.HazardFrost || found[7][0].Evidence[0].Value != -4 || found[7][0].Evidence[0].Threshold != -2 {
		t.Errorf("found %+v", found[7])
	}
	if len(found[8]) != 0 {
		t.Errorf("pictures deny it: %+v", found[8])
	}
	for i := range in.Parcels { // the last look was before the night
		in.Parcels[i].Sightings = in.Parcels[i].Sightings[:8]
	}
	found, _, err = yield.FindHazards(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(found[8]) != 1 || found[8][0].Confirmed || found[8][0].Kind != yield.HazardFrost {
		t.Errorf("no picture tells of it yet: %+v", found[8])
	}
	in.Parcels[8].Hazards = found[8]
	got, err := yield.Estimate(in)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "loss to come", got[8].HazardLoss, found[8][0].Loss, 1e-12)
	if got[8].Mean < 0.9*got[9].Mean {
		t.Errorf("what no picture shows moved the mean: %g and %g", got[8].Mean, got[9].Mean)
	}
}

// A parcel of λ = 0.095 whose index is the county's and which lost half of its
// light after a hazard (g = 0.5), where L = 0.4: whole would be an index of 2,
// kept at 1.7, so 0.095·0.7 = 0.0665 is carried: (1 − 0.4)·1.0665 = 0.6399 of
// the mean is left. SD of ln: √(SD² + (0.12/0.6)²).
func TestAHazardEntersTheYieldOnceByHand(t *testing.T) {
	t.Parallel()
	maize := yield.CropChance{Code: "maize", P: 1}
	in := input(t, parcel("a", 1, 0.6, maize), parcel("b", 1, 0.6, maize))
	before, err := yield.Estimate(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Parcels[0].Hazards = []yield.Hazard{{Kind: yield.HazardGreenLoss, Loss: 0.4, LossSD: 0.12, Green: 0.5, Confirmed: true}}
	after, err := yield.Estimate(in)
	if err != nil {
		t.Fatal(err)
	}
	b, a := before[0].PerCrop[0], after[0].PerCrop[0]
	near(t, "mean", a.MeanKgPerHa/b.MeanKgPerHa, 0.6399, 1e-6)
	near(t, "SD", a.SDModel, math.Sqrt(b.SDModel*b.SDModel+0.04), 1e-9)
	if after[0].HazardLoss != 0 || after[1].Mean != before[1].Mean {
		t.Errorf("loss to come %g; the other's mean %g, was %g", after[0].HazardLoss, after[1].Mean, before[1].Mean)
	}
}

func TestFewParcelsMakeNoBand(t *testing.T) {
	t.Parallel()
	in := level(t, 10)
	fall(&in, 7, 196, 99, 0.5)
	found, notes, err := yield.FindHazards(in)
	if err != nil || len(found[7]) != 0 || !strings.Contains(strings.Join(notes, ";"), "no band") {
		t.Errorf("found %+v, notes %q, %v", found[7], notes, err)
	}
}

// BenchmarkSeason estimates a season of a county of 10,000 parcels × 36 dates a
// year with its hazards, from series as they are stored.
func BenchmarkSeason(b *testing.B) {
	p := plant(b, 30, 2600, 36, fixtures.WinterSeason, allKinds(), true)
	base := p.in.Parcels
	for len(p.in.Parcels) < 10_000 {
		p.in.Parcels = append(p.in.Parcels, base[:min(len(base), 10_000-len(p.in.Parcels))]...)
	}
	b.ResetTimer()
	for b.Loop() {
		found, _, err := yield.FindHazards(p.in)
		if err != nil {
			b.Fatal(err)
		}
		for i := range found {
			p.in.Parcels[i].Hazards = found[i]
		}
		if _, err := yield.Estimate(p.in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(p.in.Parcels))/b.Elapsed().Seconds(), "parcels/s")
}
