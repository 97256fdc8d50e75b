package catalogue_test

import (
	"strings"
	"testing"

	"parus/fields/catalogue"
)

func TestThresholdsOfHazardsByCropAndCounty(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	if w, a := c.Hazards.Of("winter_wheat", "frost_tmin_c"), c.Hazards.Of("apple", "frost_tmin_c"); w != -2 || a != -1.4 {
		t.Errorf("frost from %g °C for wheat, %g °C for apples", w, a)
	}
	o, err := c.Override(strings.NewReader(`
- {hazards: {green_drop: 0.2 r county}}
- {county: "3701", year: 2025, hazards: {winter_wheat.frost_tmin_c: -1 v station}}`))
	if err != nil {
		t.Fatal(err)
	}
	here, there := o.For("370199", 2025).Hazards, o.For("410000", 2025).Hazards
	if here.Of("winter_wheat", "frost_tmin_c") != -1 || here.SourceOf("winter_wheat", "frost_tmin_c") != "station" || there.Of("winter_wheat", "frost_tmin_c") != -2 {
		t.Error("the county's threshold does not hold there alone")
	}
	if here.Of("maize", "green_drop") != 0.2 || c.Hazards.Of("maize", "green_drop") == 0.2 {
		t.Error("the override for everywhere does not hold, or changed the catalogue")
	}
	if o.Digest() == c.Digest() || o.For("370199", 2025).Digest() == o.For("410000", 2025).Digest() {
		t.Error("thresholds are not in the digest")
	}
	for name, text := range map[string]string{
		"a key that is none":    "- {hazards: {frost_tmin: -1 v x}}",
		"beside a crop":         "- {code: maize, hazards: {green_drop: 0.2 r x}}",
		"an impossible figure":  "- {hazards: {frost_tmin_c: -300 v x}}",
		"a figure with no mark": "- {hazards: {green_drop: 0.2}}",
	} {
		if _, err := c.Override(strings.NewReader(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
