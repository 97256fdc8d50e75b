package yield_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"parus/yield"
)

// growing makes parcels of maize whose canopies follow the season, each by its
// own vigour, seen until a day; truth is ln of the yield over the county's.
func growing(n, until int, seed uint64) (parcels []yield.ParcelInput, truth []float64) {
	r := rand.New(rand.NewPCG(seed, 7))
	for i := range n {
		vigour, rest := r.NormFloat64(), r.NormFloat64()
		p := parcel(fmt.Sprint(i), 0.03+r.ExpFloat64()/2, 0, yield.CropChance{Code: "maize", P: 1})
		p.Pixels, p.ValidObservations = 100*p.AreaHa, 1+until/10
		for d := range p.DailyNDVI {
			x := float64(d) / 123
			p.DailyNDVI[d] = 0.15 + 0.65*math.Sin(math.Pi*x)*(1+0.12*vigour)
			if d >= until {
				p.DailyNDVI[d] = math.NaN()
			}
		}
		parcels = append(parcels, p)
		truth = append(truth, 0.20*(0.6*vigour+0.8*rest)-0.02)
	}
	return parcels, truth
}

// At first the interval is the prior's, then it narrows date by date and never
// widens on average; the mean moves towards the truth.
func TestMoreDatesNeverWidenOnAverage(t *testing.T) {
	t.Parallel()
	const n = 400
	before, first := math.Inf(1), 0.0
	var correlation float64
	for _, until := range []int{0, 12, 24, 36, 48, 60, 72, 84, 96, 110, 123} {
		parcels, truth := growing(n, until, 5)
		got, err := yield.Estimate(input(t, parcels...))
		if err != nil {
			t.Fatal(err)
		}
		var width, xy, xx, yy float64
		for i, e := range got {
			width += math.Log(e.P90/e.P10) / n
			x := math.Log(e.P50 / 8000)
			xy, xx, yy = xy+x*truth[i], xx+x*x, yy+truth[i]*truth[i]
		}
		if width > before+1e-4 {
			t.Errorf("until day %d the interval is %.5f wide, after %.5f", until, width, before)
		}
		if until == 0 {
			first = width
		}
		before = width
		correlation = xy / math.Sqrt(xx*yy)
	}
	if before > first-1e-3 {
		t.Errorf("the season narrows nothing: %.4f, then %.4f", first, before)
	}
	if correlation < 0.4 {
		t.Errorf("at the end P50 and truth correlate with %.2f", correlation)
	}
}

// Gaps on a third of the days, at other times in each parcel, must not read as
// bare ground or as the height of the season.
func TestGapsCountAsUsual(t *testing.T) {
	t.Parallel()
	whole, _ := growing(60, 123, 6)
	gaps, _ := growing(60, 123, 6)
	for i := range gaps {
		for d := range gaps[i].DailyNDVI {
			if (d/41)%3 == i%3 {
				gaps[i].DailyNDVI[d] = math.NaN()
			}
		}
	}
	a, err := yield.Estimate(input(t, whole...))
	if err != nil {
		t.Fatal(err)
	}
	b, err := yield.Estimate(input(t, gaps...))
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		near(t, "index of "+a[i].ID, b[i].PerCrop[0].Index, a[i].PerCrop[0].Index, 0.08)
	}
}

// A square of 1 ha has sides of 100 m: 2·1/100 = 0.02. One of 400 m² has 20 m:
// 0.1. What is tiny or unknown is bounded.
func TestAreaSDByHand(t *testing.T) {
	t.Parallel()
	near(t, "1 ha", yield.AreaSD(1), 0.02, 1e-12)
	near(t, "400 m²", yield.AreaSD(0.04), 0.1, 1e-12)
	near(t, "1 m²", yield.AreaSD(1e-4), 0.3, 1e-12)
	near(t, "nothing", yield.AreaSD(0), 0.3, 1e-12)
	in := input(t, parcel("a", 1, .5, yield.CropChance{Code: "maize", P: 1}), parcel("b", 1, .5, yield.CropChance{Code: "maize", P: 1}))
	in.Parcels[1].AreaSD = 0.2
	got, err := yield.Estimate(in)
	if err != nil {
		t.Fatal(err)
	}
	a, b := got[0].PerCrop[0], got[1].PerCrop[0]
	near(t, "what a doubtful area adds", b.SDModel*b.SDModel-a.SDModel*a.SDModel, 0.2*0.2-0.02*0.02, 1e-12)
	if got[1].P10 >= got[0].P10 || got[1].P90 <= got[0].P90 {
		t.Error("a doubtful area does not widen the interval")
	}
}

// Yields that scatter twice as much as said: the factor must be about two, and
// eight in ten of fresh ones must then lie inside.
func TestCalibrationRepairsASpread(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	var past []yield.Harvest
	for range 2000 {
		past = append(past, yield.Harvest{Crop: "maize", AreaHa: 0.05, P50: 8000, SDLog: 0.2, Actual: 8000 * math.Exp(0.4*r.NormFloat64())})
	}
	past = append(past, yield.Harvest{Crop: "soybean", AreaHa: 1, P50: 2000, SDLog: 0.2, Actual: 2000})
	c, err := yield.Calibrate(past)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "factor", c.Factors["maize, under 0.1 ha"], 2, 0.15)
	if _, ok := c.Factors["soybean"]; ok || c.Counts[""] != 2001 {
		t.Errorf("one harvest has a factor: %+v", c)
	}
	maize := yield.CropChance{Code: "maize", P: 1}
	in := input(t, parcel("a", .05, .5, maize), parcel("b", .05, .5, maize))
	plain, err := yield.Estimate(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Calibration = c
	wide, err := yield.Estimate(in)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "width", math.Log(wide[0].P90/wide[0].P10)/math.Log(plain[0].P90/plain[0].P10), c.Factors["maize, under 0.1 ha"], 1e-6)
	near(t, "mean", wide[0].Mean, plain[0].Mean, 1e-6)
	if _, err := yield.Calibrate([]yield.Harvest{{Crop: "maize", P50: 1, SDLog: .1}}); err == nil {
		t.Error("a harvest of nothing was taken")
	}
}
