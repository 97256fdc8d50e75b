package yield_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/fixtures"
	curves "parus/imagery/series"
	"parus/yield"
)

// planted is one season of a generated county as the stages before see it.
type planted struct {
	county *fixtures.County
	season string
	in     yield.SeasonInput
	at     []int // index of each parcel of in
}

func allKinds() map[string]float64 {
	return map[string]float64{"hail": .03, "flood": .04, "drought": .05, "frost": .05, "heat": .05, "abandonment": .015}
}

// plant generates a county and reads a season's series from it, with clouds and
// what masks miss of them, or without.
func plant(t testing.TB, seed uint64, households, dates int, season string, damage map[string]float64, clouds bool) planted {
	t.Helper()
	size := max(200, int(math.Sqrt(float64(households))*26)/2*2)
	c, err := fixtures.NewCounty(fixtures.Config{Seed: seed, Households: households, SizePx: size, Dates: dates, Damage: damage})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	se := fields.Season{Name: season, Start: day(t, "2024-10-01"), End: day(t, "2025-06-20")}
	if season == fixtures.SummerSeason {
		se.Start, se.End = day(t, "2025-06-01"), day(t, "2025-10-20")
	}
	p := planted{county: c, season: season, in: yield.SeasonInput{Season: se, LatitudeDeg: 36.6, Catalogue: cat, Weather: weatherOf(c)}}
	for i := range c.Parcels {
		crop := c.Parcels[i].Main().Crop(season)
		if crop == fixtures.NoCrop || crop == fixtures.Fallow {
			continue
		}
		x := yield.ParcelInput{ID: c.Parcels[i].ID, AreaHa: c.Parcels[i].AreaM2 / 1e4, Pixels: c.Parcels[i].AreaM2 / 100, MatchP: .97,
			Crops: []yield.CropChance{{Code: crop, P: .95}}}
		p.look(t, i, &x, clouds)
		p.in.Parcels, p.at = append(p.in.Parcels, x), append(p.at, i)
	}
	return p
}

// look fills in a parcel's clear dates and its smooth curve.
func (p planted) look(t testing.TB, i int, x *yield.ParcelInput, clouds bool) {
	t.Helper()
	s := curves.Series{Layers: []string{"ndvi"}, Values: [][]float32{nil}}
	for k := range p.county.Dates {
		d := &p.county.Dates[k]
		at := int(d.Time.Sub(p.in.Season.Start).Hours() / 24)
		if at < 0 || at >= p.in.Season.Days() {
			continue
		}
		r, ok := p.county.Reflectance(&p.county.Parcels[i], d), true
		if clouds {
			r, ok = p.county.Sighted(i, d)
		}
		if !ok {
			continue
		}
		v := (r[fixtures.B08] - r[fixtures.B04]) / (r[fixtures.B08] + r[fixtures.B04])
		x.Sightings = append(x.Sightings, yield.Sighting{Day: at, NDVI: v, Water: (r[fixtures.B03] - r[fixtures.B11]) / (r[fixtures.B03] + r[fixtures.B11])})
		s.Dates, s.Valid = append(s.Dates, d.Time), append(s.Valid, 1)
		s.Values[0] = append(s.Values[0], float32(v))
	}
	x.ValidObservations = len(x.Sightings)
	curve, err := curves.Smooth(s, "ndvi", curves.SmoothParams{Start: p.in.Season.Start, End: p.in.Season.End})
	if err != nil {
		return
	}
	x.DailyNDVI = slices.Clone(curve.Values)
	for d, known := range curve.Known {
		if !known {
			x.DailyNDVI[d] = math.NaN()
		}
	}
}

func weatherOf(c *fixtures.County) yield.Weather {
	var w yield.Weather
	for _, d := range c.Weather {
		w.Days = append(w.Days, yield.WeatherDay{Date: d.Date, TMeanC: d.TMean - 273.15, TMinC: d.TMin - 273.15, TMaxC: d.TMax - 273.15,
			RadiationMJ: d.SolarJM2 / 1e6, PrecipitationMM: d.PrecipMM, DewpointC: d.Dewpoint - 273.15, WindMPerSecs: d.WindMS})
	}
	return w
}

// tally counts what was found of what was planted.
type tally struct{ planted, found, named, claimed, right int }

type score struct {
	kinds                map[string]*tally // by planted kind; green_loss stands for hail and abandonment
	whole, alarmed       int               // parcels without damage; those with a finding
	before, after, truth float64           // mean yield of damaged parcels, as share of the county's
	n                    float64
	spread               [2]float64 // squared errors before and after
}

func kindOf(d fixtures.Damage) string {
	if d.Kind == fixtures.DamageHail || d.Kind == fixtures.DamageAbandonment {
		return yield.HazardGreenLoss
	}
	return d.Kind
}

func damageOf(p planted, k int) (fixtures.Damage, bool) {
	for _, d := range p.county.Parcels[p.at[k]].Main().Damages {
		if d.Season == p.season {
			return d, true
		}
	}
	return fixtures.Damage{}, false
}

// judge compares findings with the truth. A finding counts for a damage where
// its days come within twenty of the damage's.
func (s *score) judge(t testing.TB, p planted, found [][]yield.Hazard) {
	t.Helper()
	if s.kinds == nil {
		s.kinds = map[string]*tally{}
	}
	of := func(kind string) *tally {
		if s.kinds[kind] == nil {
			s.kinds[kind] = &tally{}
		}
		return s.kinds[kind]
	}
	for k, hazards := range found {
		d, harmed := damageOf(p, k)
		if !harmed {
			s.whole++
			if slices.ContainsFunc(hazards, func(h yield.Hazard) bool { return h.Confirmed }) {
				s.alarmed++
			}
		} else {
			of(kindOf(d)).planted++
		}
		any, named := false, false
		for _, h := range hazards {
			if !h.Confirmed {
				continue
			}
			c := of(h.Kind)
			c.claimed++
			if harmed && !day(t, h.From).After(d.To.AddDate(0, 0, 20)) && !day(t, h.To).Before(d.From.AddDate(0, 0, -20)) {
				any = true
				if h.Kind == kindOf(d) {
					c.right++
					named = true
				}
			}
		}
		if any {
			of(kindOf(d)).found++
		}
		if named {
			of(kindOf(d)).named++
		}
	}
}

// yields compares the means of damaged parcels with the truth, before and after
// hazards enter the distribution.
func (s *score) yields(t testing.TB, p planted, found [][]yield.Hazard) {
	t.Helper()
	crops := map[string]*[2]float64{}
	for k := range p.in.Parcels {
		f := p.county.Parcels[p.at[k]].Main()
		if _, harmed := damageOf(p, k); harmed {
			continue
		}
		c := f.Crop(p.season)
		if crops[c] == nil {
			crops[c] = &[2]float64{}
		}
		crops[c][0] += f.YieldKgHa[p.season]
		crops[c][1]++
	}
	for c, m := range crops {
		p.in.Priors = append(p.in.Priors, yield.Prior{Crop: c, MeanKgPerHa: m[0] / m[1], SDKgPerHa: 0.08 * m[0] / m[1]})
	}
	slices.SortFunc(p.in.Priors, func(a, b yield.Prior) int { return strings.Compare(a.Crop, b.Crop) })
	before, err := yield.Estimate(p.in)
	if err != nil {
		t.Fatal(err)
	}
	for k := range found {
		p.in.Parcels[k].Hazards = found[k]
	}
	after, err := yield.Estimate(p.in)
	if err != nil {
		t.Fatal(err)
	}
	for k := range found {
		p.in.Parcels[k].Hazards = nil
		if _, harmed := damageOf(p, k); !harmed {
			continue
		}
		f := p.county.Parcels[p.at[k]].Main()
		m := crops[f.Crop(p.season)]
		mean := m[0] / m[1]
		b, a, y := before[k].Mean/mean, after[k].Mean/mean, f.YieldKgHa[p.season]/mean
		s.before, s.after, s.truth, s.n = s.before+b, s.after+a, s.truth+y, s.n+1
		s.spread[0] += (b - y) * (b - y)
		s.spread[1] += (a - y) * (a - y)
	}
}

func (s *score) String() string {
	var b strings.Builder
	kinds := make([]string, 0, len(s.kinds))
	for k := range s.kinds {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		c := s.kinds[k]
		fmt.Fprintf(&b, "%-10s planted %4d  found %.2f  found by name %.2f  claimed %4d  precision %.2f\n", k, c.planted,
			float64(c.found)/float64(max(1, c.planted)), float64(c.named)/float64(max(1, c.planted)), c.claimed, float64(c.right)/float64(max(1, c.claimed)))
	}
	fmt.Fprintf(&b, "false alarms %d of %d unharmed parcels: %.1f per 1,000\n", s.alarmed, s.whole, 1000*float64(s.alarmed)/float64(s.whole))
	fmt.Fprintf(&b, "yield of harmed parcels: truth %.3f, before %.3f, after %.3f of the county's; RMSE %.3f before, %.3f after",
		s.truth/s.n, s.before/s.n, s.after/s.n, math.Sqrt(s.spread[0]/s.n), math.Sqrt(s.spread[1]/s.n))
	return b.String()
}

// measure finds and judges both seasons of a county.
func (s *score) measure(t testing.TB, seed uint64, households, dates int, damage map[string]float64, clouds bool) {
	t.Helper()
	for _, season := range []string{fixtures.WinterSeason, fixtures.SummerSeason} {
		p := plant(t, seed, households, dates, season, damage, clouds)
		found, _, err := yield.FindHazards(p.in)
		if err != nil {
			t.Fatal(err)
		}
		s.judge(t, p, found)
		s.yields(t, p, found)
	}
}

// PARUS_HAZARD_SEEDS=31,32 go test -run TestPlantedHazards -v ./yield prints the
// table of docs/results.md; without, one small county holds the floor.
func TestPlantedHazards(t *testing.T) {
	t.Parallel()
	if list := os.Getenv("PARUS_HAZARD_SEEDS"); list != "" {
		for _, dates := range []int{36, 73} {
			for _, clouds := range []bool{true, false} {
				var s score
				for _, text := range strings.Split(list, ",") {
					seed, err := strconv.ParseUint(text, 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					s.measure(t, seed, 600, dates, allKinds(), clouds)
				}
				t.Logf("%d dates a year, clouds %v\n%s", dates, clouds, &s)
			}
		}
		return
	}
	var s score
	start := time.Now()
	s.measure(t, 30, 400, 73, allKinds(), true)
	t.Logf("%s\n%s", time.Since(start), &s)
}
