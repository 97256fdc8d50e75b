package catalogue_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"parus/fields/catalogue"
)

func load(t *testing.T) catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBuiltInCatalogue(t *testing.T) {
	t.Parallel()
	c := load(t)
	want := strings.Fields(`apple barley cabbage citrus cotton fallow garlic grassland maize no_crop orchard
		peanut potato pulses rapeseed rice_early rice_japonica rice_late rice_single soybean spring_wheat sugar_beet
		sugarcane sunflower tea tobacco tomato winter_wheat`)
	if got := strings.Join(c.Codes(), " "); got != strings.Join(want, " ") {
		t.Errorf("codes are %s", got)
	}
	// Net cash of the yearbook, CNY/mu: the product of yield and price less
	// the cash cost agrees with the printed net within the rounding of the
	// printed price (±0.005 CNY/kg) and by-products (straw, ≤ 2.5 % of the
	// gross). Cotton's gross of 2530 holds 455 of seed beside 147.7 kg of lint.
	for code, net := range map[string]float64{"winter_wheat": 548, "maize": 495, "rice_early": 434, "rice_single": 676,
		"rice_japonica": 561, "soybean": 167, "peanut": 1276, "rapeseed": 356, "cotton": 939 - 455} {
		crop, err := c.Crop(code)
		if err != nil {
			t.Fatal(err)
		}
		gross := crop.YieldKgPerMu.Value * crop.PricePerKg.Value
		if got := gross - crop.CashCostPerMu.Value; math.Abs(got-net) > 0.025*gross+crop.YieldKgPerMu.Value*.005 {
			t.Errorf("%s: net cash %.0f, the yearbook has %.0f", code, got, net)
		}
		if crop.YieldKgPerMu.Mark != catalogue.Verified {
			t.Errorf("%s: yield is not marked as verified", code)
		}
	}
}

func TestUnknownCropIsNamed(t *testing.T) {
	t.Parallel()
	_, err := load(t).Crop("unobtainium")
	var unknown *catalogue.UnknownCropError
	if !errors.As(err, &unknown) || unknown.Code != "unobtainium" || !strings.Contains(err.Error(), "unobtainium") {
		t.Errorf("got %v", err)
	}
	if n := load(t).Name("unobtainium"); n.ZH != "unobtainium" {
		t.Errorf("name of an unknown crop is %v", n)
	}
	if n := load(t).Name("maize"); n.ZH != "玉米" || n.EN != "Maize" {
		t.Errorf("name of maize is %v", n)
	}
}

func TestOverrideByPlaceAndYear(t *testing.T) {
	t.Parallel()
	base := load(t)
	c, err := base.Override(strings.NewReader(`
- {code: maize, price_per_kg: 2.2 v bureau}
- {code: winter_wheat, county: "3701", year: 2025, price_per_kg: 2.5 v bureau, yield_kg_per_mu: 430 v bureau}
- {code: winter_wheat, county: "370199", price_per_kg: 2.6 r market}
`))
	if err != nil {
		t.Fatal(err)
	}
	price := func(c catalogue.Catalogue, code string) float64 {
		x, err := c.Crop(code)
		if err != nil {
			t.Fatal(err)
		}
		return x.PricePerKg.Value
	}
	for _, tc := range []struct {
		name string
		got  float64
		want float64
	}{
		{"an override without place holds at once", price(c, "maize"), 2.2},
		{"one with a place waits", price(c, "winter_wheat"), 2.4},
		{"a prefix of the county and the year match", price(c.For("370112", 2025), "winter_wheat"), 2.5},
		{"another year keeps the national figure", price(c.For("370112", 2024), "winter_wheat"), 2.4},
		{"the later entry wins", price(c.For("370199", 2025), "winter_wheat"), 2.6},
		{"elsewhere nothing changes", price(c.For("410100", 2025), "winter_wheat"), 2.4},
		{"the receiver is unchanged", price(base, "maize"), 2.02},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %g, want %g", tc.name, tc.got, tc.want)
		}
	}
	if c.Digest() == base.Digest() || c.For("370199", 2025).Digest() == c.For("410100", 2025).Digest() {
		t.Error("an override leaves the digest unchanged")
	}
}

func TestOverridesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"a figure without mark and source", `- {code: maize, price_per_kg: "2.2"}`, "value mark source"},
		{"a mark that is neither v nor r", `- {code: maize, price_per_kg: 2.2 x bureau}`, "mark"},
		{"a yield in kg/ha given as kg/mu of an absurd size", `- {code: maize, yield_kg_per_mu: 75000 v bureau}`, "yield_kg_per_mu"},
		{"a key that does not exist", `- {code: maize, prize: 2 v x}`, "prize"},
		{"a new crop that is incomplete", `- {code: quinoa, price_per_kg: 9 r me}`, "quinoa"},
		{"an entry without a crop", `- {price_per_kg: 9 r me}`, "code"},
		{"another currency", `- {code: maize, currency: EUR}`, "EUR"},
		{"a percent for a share", `- {code: maize, moisture: 14 v x}`, "moisture"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t).Override(strings.NewReader(tc.in))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error that names %q", err, tc.want)
			}
		})
	}
}

func TestPricesFromCSV(t *testing.T) {
	t.Parallel()
	c, err := load(t).OverridePrices(strings.NewReader("\ufeffcrop,price_per_kg,log_sd\nmaize,2.31,0.2\nsoybean,4.1,\n"), "market 2025")
	if err != nil {
		t.Fatal(err)
	}
	maize, _ := c.Crop("maize")
	soy, _ := c.Crop("soybean")
	if maize.PricePerKg.Value != 2.31 || maize.LogPriceSD.Value != .2 || soy.PricePerKg.Value != 4.1 || soy.LogPriceSD.Value != .14 {
		t.Errorf("got maize %v %v, soybean %v %v", maize.PricePerKg, maize.LogPriceSD, soy.PricePerKg, soy.LogPriceSD)
	}
	for _, bad := range []string{"", "a,b\n1,2\n", "crop,price_per_kg\nmaize,-2\n", "crop,price_per_kg\nmaize,x\n", "crop,price_per_kg\nwolfram,2\n"} {
		if _, err := load(t).OverridePrices(strings.NewReader(bad), "x"); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestGrowingWindow(t *testing.T) {
	t.Parallel()
	c := load(t)
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tc := range []struct{ name, code, start, from, to string }{
		{"winter wheat is sown in the year before its harvest", "winter_wheat", "2024-09-01", "2024-10-01", "2025-06-20"},
		{"summer maize lies within one year", "maize", "2025-06-10", "2025-04-20", "2025-10-10"},
		{"a crop year that starts in autumn still finds next year's maize", "maize", "2017-11-01", "2018-04-20", "2018-10-10"},
	} {
		crop, err := c.Crop(tc.code)
		if err != nil {
			t.Fatal(err)
		}
		from, to, ok := crop.Window(day(tc.start))
		if !ok || !from.Equal(day(tc.from)) || !to.Equal(day(tc.to)) {
			t.Errorf("%s: got %v to %v", tc.name, from, to)
		}
	}
	fallow, _ := c.Crop("fallow")
	if _, _, ok := fallow.Window(day("2025-01-01")); ok {
		t.Error("fallow has a growing window")
	}
}

func FuzzOverride(f *testing.F) {
	f.Add("- {code: maize, price_per_kg: 2.2 v bureau}")
	f.Add("- {code: maize, county: \"37\", year: 2025, harvest: {from: 09-01, to: 10-10}}")
	f.Add("[]")
	base, err := catalogue.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := base.Override(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, code := range c.For("370199", 2025).Codes() {
			crop, err := c.For("370199", 2025).Crop(code)
			if err != nil || (!crop.EarnsNothing && !(crop.PricePerKg.Value > 0)) {
				t.Fatalf("crop %q: %v, price %v", code, err, crop.PricePerKg)
			}
		}
	})
}
