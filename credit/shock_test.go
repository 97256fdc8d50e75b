package credit_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"parus/credit"
)

// The bins' mean is the share of all draws; with harvests that the whole county
// shares, a shortfall in a better bin comes with one in every worse.
func TestShortfallsByTheCountysShock(t *testing.T) {
	t.Parallel()
	each(t, 40, func(t *testing.T, _ *credit.Engine, _ *rand.Rand, c credit.Case, d credit.Decision) {
		if len(d.ShortfallByShock) != credit.ShockBins {
			t.Fatalf("%s: %d bins", c.HouseholdID, len(d.ShortfallByShock))
		}
		var mean float64
		for _, x := range d.ShortfallByShock {
			mean += x / credit.ShockBins
			if x < 0 || x > 1 {
				t.Fatalf("%s: a chance of %g", c.HouseholdID, x)
			}
		}
		if math.Abs(mean-d.PDIncome) > 1e-4 { // two roundings to 0.0001
			t.Fatalf("%s: bins average %g, PD of income is %g", c.HouseholdID, mean, d.PDIncome)
		}
	})
}

// One surely matched parcel of one crop, whose yield alone varies, all of it
// with the county (county_rho 1, a price without spread): draws then fall in
// the order of the shock, and a line at the 3/32 quantile falls short in the
// three worst bins and in no other. The quantile itself is the best draw of
// bin 3, or the first beyond it, and the line is floored below it: hence the
// one draw in 128 that may be missing.
func TestAShockThatAllShareFailsTheWorstBinsAlone(t *testing.T) {
	t.Parallel()
	c := workedCase(t)
	for i := range c.Market {
		c.Market[i].LogPriceSD = 0
	}
	c.Parcels = c.Parcels[:1]
	c.Parcels[0].MatchP, c.Parcels[0].GeometryMu, c.Parcels[0].ContractMu = 1, 400, 400
	c.Parcels[0].Crops = []credit.CropChance{{Code: "winter_wheat", P: 1, MeanKgPerMu: 491.8, SDCounty: .3}}
	d := decide(t, c, policy(t, "county_rho: 1", "appetite: 0.09375", "advance_grain: 1", "living_share: 0.4", "product_cap: 10000000", "household_cap: 10000000", "cover_ratio: 1"))
	if d.Binding != "capacity" {
		t.Fatalf("%s binds", d.Binding)
	}
	for k, x := range d.ShortfallByShock {
		if (k < 2 && x != 1) || (k == 2 && x < 127./128-1e-4) || (k > 2 && x != 0) {
			t.Errorf("bin %d falls short with a chance of %g: %v", k, x, d.ShortfallByShock)
		}
	}
}
