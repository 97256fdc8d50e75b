package yield_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/yield"
)

func season(t testing.TB) fields.Season {
	t.Helper()
	return fields.Season{Name: "2025-summer", Start: day(t, "2025-06-10"), End: day(t, "2025-10-10")}
}

func flat(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func input(t testing.TB, parcels ...yield.ParcelInput) yield.SeasonInput {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	return yield.SeasonInput{Season: season(t), LatitudeDeg: 36, Catalogue: c, Parcels: parcels,
		Priors: []yield.Prior{{Crop: "maize", Year: 2025, MeanKgPerHa: 8000, SDKgPerHa: 640}, {Crop: "soybean", Year: 2025, MeanKgPerHa: 2300, SDKgPerHa: 200}}}
}

func parcel(id string, ha, ndvi float64, crops ...yield.CropChance) yield.ParcelInput {
	return yield.ParcelInput{ID: id, AreaHa: ha, Crops: crops, DailyNDVI: flat(123, ndvi), Pixels: 8, ValidObservations: 6, MatchP: 1}
}

// Two parcels of 1 ha of certain maize with constant NDVI 0.5 and 0.7:
// fPAR 0.4393 and 0.67206, mean 0.55568, indices 0.79056 and 1.20944.
// λ = 0.38·½ (8 pixels)·½ (6 dates) = 0.095. Yields 8000·(1 ∓ 0.095·0.20944)
// = 7840.8 and 8159.2, together 2·8000.
func TestTwoParcelsByHand(t *testing.T) {
	t.Parallel()
	got, err := yield.Estimate(input(t, parcel("a", 1, 0.5, yield.CropChance{Code: "maize", P: 1}), parcel("b", 1, 0.7, yield.CropChance{Code: "maize", P: 1})))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "λ", got[0].PerCrop[0].Lambda, 0.095, 1e-12)
	near(t, "index of a", got[0].PerCrop[0].Index, 0.79056, 1e-4)
	near(t, "yield of a", got[0].PerCrop[0].MeanKgPerHa, 7840.8, 0.1)
	near(t, "yield of b", got[1].PerCrop[0].MeanKgPerHa, 8159.2, 0.1)
	// SDs of ln yield: county √ln(1+0.08²) = 0.07987; the indices' variance is
	// 0.20944² and explains 0.095²·0.04387 of 0.22², own √(0.0484 − 0.000396) =
	// 0.21910; the area, 2·1 m/√10,000 m² = 0.02, makes it 0.22001; together
	// s = 0.23406; median 7840.8·e^(−s²/2) = 7629.0, P10 = median·e^(−1.28155 s).
	near(t, "SD of the county", got[0].PerCrop[0].SDCounty, 0.07987, 1e-5)
	near(t, "SD of the parcel", got[0].PerCrop[0].SDModel, 0.22001, 1e-5)
	near(t, "median of a", got[0].P50, 7629.0, 0.2)
	near(t, "P10 of a", got[0].P10, 7629.0*math.Exp(-1.281552*0.23406), 0.2)
	near(t, "P90 of a", got[0].P90, 7629.0*math.Exp(1.281552*0.23406), 0.4)
	near(t, "mean of a", got[0].Mean, 7840.8, 0.1)
	if len(got[0].Notes) == 0 || !strings.Contains(strings.Join(got[0].Notes, ";"), "extraterrestrial") {
		t.Errorf("the missing weather is not noted: %q", got[0].Notes)
	}
}

func TestParcelsAddUpToTheCounty(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var parcels []yield.ParcelInput
	for i := range 300 {
		p := r.Float64()
		x := parcel(fmt.Sprint(i), 0.05+2*r.Float64(), 0.9*r.Float64(), yield.CropChance{Code: "maize", P: p}, yield.CropChance{Code: "soybean", P: (1 - p) * r.Float64()})
		x.Pixels, x.ValidObservations, x.MatchP = 30*r.Float64(), r.IntN(20), r.Float64()
		for d := range x.DailyNDVI {
			if r.Float64() < .2 {
				x.DailyNDVI[d] = math.NaN()
			}
		}
		parcels = append(parcels, x)
	}
	got, err := yield.Estimate(input(t, parcels...))
	if err != nil {
		t.Fatal(err)
	}
	for k, county := range []float64{8000, 2300} {
		var sum, area float64
		for i, e := range got {
			a := parcels[i].AreaHa * parcels[i].MatchP * e.PerCrop[k].P
			sum, area = sum+a*e.PerCrop[k].MeanKgPerHa, area+a
			if !(e.P10 <= e.P50 && e.P50 <= e.P90) {
				t.Fatalf("quantiles of %s are %g %g %g", e.ID, e.P10, e.P50, e.P90)
			}
		}
		near(t, "county mean", sum/area, county, 1e-6*county)
	}
}

func TestTrustGrowsWithEvidence(t *testing.T) {
	t.Parallel()
	maize := yield.CropChance{Code: "maize", P: 1}
	few, many, half, none := parcel("few", 1, 0.5, maize), parcel("many", 1, 0.5, maize), parcel("half", 1, 0.5, maize), parcel("none", 1, 0, maize)
	few.Pixels, many.Pixels, half.Pixels = 2, 100, 100
	few.ValidObservations, many.ValidObservations, half.ValidObservations = 2, 20, 20
	for d := 60; d < 123; d++ {
		half.DailyNDVI[d] = math.NaN()
	}
	none.DailyNDVI = nil
	lush := parcel("lush", 1, 0.8, maize) // so that the index differs between parcels
	got, err := yield.Estimate(input(t, few, many, half, none, lush))
	if err != nil {
		t.Fatal(err)
	}
	l := func(i int) float64 { return got[i].PerCrop[0].Lambda }
	sd := func(i int) float64 { return got[i].PerCrop[0].SDModel }
	if !(l(1) > l(2) && l(2) > l(0) && l(0) > l(3) && l(3) == 0) || !(sd(1) < sd(2) && sd(2) < sd(0) && sd(0) < sd(3)) {
		t.Errorf("λ %g %g %g %g", l(0), l(1), l(2), l(3))
	}
	// The other parcels' mean moves a little where one of five falls out.
	near(t, "index from half of the season", got[2].PerCrop[0].Index, got[1].PerCrop[0].Index, 0.03)
}

func TestCropsThatEarnNothingOrAreUnknown(t *testing.T) {
	t.Parallel()
	in := input(t, parcel("f", 1, 0.5, yield.CropChance{Code: "maize", P: .6}, yield.CropChance{Code: "fallow", P: .4}),
		parcel("u", 1, 0.5, yield.CropChance{Code: "maize", P: .7}, yield.CropChance{Code: "kryptonite", P: .3}),
		parcel("x", 1, 0.5))
	got, err := yield.Estimate(in)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].P10 != 0 || got[0].P50 <= 0 || got[0].PerCrop[1].MeanKgPerHa != 0 {
		t.Errorf("fallow at 40 %%: %+v", got[0])
	}
	if len(got[1].PerCrop) != 1 || !strings.Contains(strings.Join(got[1].Notes, ";"), "kryptonite") {
		t.Errorf("an unknown crop: %+v", got[1])
	}
	if !math.IsNaN(got[2].Mean) || len(got[2].Notes) == 0 {
		t.Errorf("no crop at all: %+v", got[2])
	}
}

func TestInputThatIsRefused(t *testing.T) {
	t.Parallel()
	maize := yield.CropChance{Code: "maize", P: 1}
	for _, tc := range []struct {
		name, want string
		edit       func(*yield.SeasonInput)
	}{
		{"no parcels", "no parcels", func(in *yield.SeasonInput) { in.Parcels = nil }},
		{"a series of another length", "parcel p", func(in *yield.SeasonInput) { in.Parcels[0].DailyNDVI = flat(7, 1) }},
		{"a negative area", "parcel p", func(in *yield.SeasonInput) { in.Parcels[0].AreaHa = -1 }},
		{"chances above one", "add up", func(in *yield.SeasonInput) { in.Parcels[0].Crops = []yield.CropChance{maize, maize} }},
		{"a prior of nothing", "prior of maize", func(in *yield.SeasonInput) { in.Priors = []yield.Prior{{Crop: "maize"}} }},
	} {
		in := input(t, parcel("p", 1, .5, maize))
		tc.edit(&in)
		if _, err := yield.Estimate(in); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v", tc.name, err)
		}
	}
}

func BenchmarkEstimate(b *testing.B) {
	const n = 10_000
	r := rand.New(rand.NewPCG(1, 2))
	var parcels []yield.ParcelInput
	for i := range n {
		x := parcel(fmt.Sprint(i), 0.2, 0, yield.CropChance{Code: "maize", P: .8}, yield.CropChance{Code: "soybean", P: .1}, yield.CropChance{Code: "peanut", P: .05}, yield.CropChance{Code: "fallow", P: .05})
		for d := range x.DailyNDVI {
			x.DailyNDVI[d] = r.Float64()
		}
		parcels = append(parcels, x)
	}
	in := input(b, parcels...)
	for b.Loop() {
		if _, err := yield.Estimate(in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "parcels/s")
}
