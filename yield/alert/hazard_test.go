package alert_test

import (
	"testing"

	"parus/yield/alert"
)

// struck is the county of maize, up to a day, whose parcel 4 (at the median,
// 0.80, spread 0.04) has the given NDVI from a day on and these hazards.
func struck(ndvi float64, from, to, day int, all ...alert.Cause) alert.County {
	c := until(maize(func(i, day int, v, _, _ *float64) {
		if i == 4 && day >= from && day < to {
			*v = ndvi
		}
	}), day)
	c.Parcels[4].Hazards = all
	return c
}

// hazard begins on 8 August, the day 68.
func hazard(kind string, fall, spreads float64) alert.Cause {
	return alert.Cause{Kind: kind, From: "2025-08-08", To: "2025-08-15", Fall: fall, Spreads: spreads, Loss: 0.3, ZH: "灾害", EN: "hazard"}
}

// ripening is the county on the day 110, whose median has come down to 0.70 and
// 0.60; parcel 4 is 0.07 ahead of it.
func ripening() alert.County {
	c := until(maize(func(i, day int, v, _, _ *float64) {
		if i == 4 && day > 100 {
			*v -= 0.07
		}
	}), 110)
	h := hazard("green_loss", 0.12, 8)
	h.From, h.To = "2025-09-12", "2025-09-19"
	c.Parcels[4].Hazards = []alert.Cause{h}
	return c
}

func TestAHazardThatPicturesShowRaisesAnAlertInsideTheBand(t *testing.T) {
	t.Parallel()
	dry := hazard("drought", 0.12, 4)
	dry.From = "2025-06-21" // the day 20
	long := hazard("green_loss", 0.12, 8)
	long.From = "2025-07-16" // the day 45: one date, of day 40, comes before it
	for _, c := range []struct {
		name string
		in   alert.County
		want string
	}{
		// 0.75 is z = −0.05/0.04 = −1.25, inside the band.
		{"without a hazard there is none", struck(0.75, 70, 200, 80), ""},
		{"a sudden loss on two low dates", struck(0.75, 70, 200, 75, hazard("green_loss", 0.12, 8)), "p04 08-10..08-15"},
		{"a flood on two low dates", struck(0.75, 70, 200, 75, hazard("flood", 0.12, 8)), "p04 08-10..08-15"},
		{"one low date is not enough", struck(0.75, 70, 200, 70, hazard("green_loss", 0.12, 8)), ""},
		{"dates at the median are not low", struck(0.79, 70, 200, 80, hazard("green_loss", 0.12, 8)), ""},
		{"a fall of five spreads is not enough", struck(0.75, 70, 200, 80, hazard("green_loss", 0.12, 5)), ""},
		{"a fall of less than 0.1 is not enough", struck(0.75, 70, 200, 80, hazard("green_loss", 0.09, 8)), ""},
		{"one date before it tells no own place", struck(0.75, 70, 200, 80, long), ""},
		{"who always lay low was not struck", struck(0.68, 0, 200, 80, hazard("green_loss", 0.12, 8)), ""}, // own place −3
		{"who is back on the last date is not struck", struck(0.75, 70, 80, 80, hazard("green_loss", 0.12, 8)), ""},
		{"frost explains and raises none", struck(0.75, 70, 200, 80, hazard("frost", 0.12, 8)), ""},
		{"a drought on its fiftieth day, low on three dates", struck(0.75, 60, 200, 70, dry), "p04 07-31..08-10"},
		{"a drought on its forty-fifth day is young", struck(0.75, 50, 200, 65, dry), ""},
		{"a loss that begins while the county ripens is a harvest", ripening(), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.in.Harvest = nil
			found := alert.Detect(c.in, nil, alert.Defaults())
			if got := told(found); got != c.want {
				t.Fatalf("found %q, want %q", got, c.want)
			}
			if c.want != "" && (found[0].Kind != alert.Struck || found[0].Evidence.Cause == nil || found[0].Evidence.LowestZ != -1.25) {
				t.Errorf("%+v", found[0])
			}
		})
	}
}

func TestBandAndHazardOfOneEpisodeAreOneAlert(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		in     alert.County
		before alert.County // nil parcels: nothing was known
		kind   alert.Kind
		cause  string
	}{
		{name: "both at once are the band's, which names the cause", kind: alert.LeftBand, cause: "flood", in: struck(0.4, 70, 200, 75, hazard("flood", 0.3, 9))},
		{name: "a hazard that raises none names the cause", kind: alert.LeftBand, cause: "frost", in: struck(0.4, 70, 200, 75, hazard("frost", 0.3, 9))},
		{name: "the band alone names none", kind: alert.LeftBand, in: struck(0.4, 70, 200, 75)},
		{name: "the band's stays the band's when the hazard is found later", kind: alert.LeftBand, cause: "flood",
			before: struck(0.4, 70, 200, 75), in: struck(0.4, 70, 200, 80, hazard("flood", 0.3, 9))},
		{name: "the hazard's stays the hazard's when the band is left later", kind: alert.Struck, cause: "flood",
			before: struck(0.75, 70, 200, 75, hazard("flood", 0.12, 9)), in: struck(0.4, 70, 200, 80, hazard("flood", 0.3, 9))},
		{name: "… and keeps its cause when the hazard is no longer told", kind: alert.Struck, cause: "flood",
			before: struck(0.75, 70, 200, 75, hazard("flood", 0.12, 9)), in: struck(0.4, 70, 200, 80)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found := alert.Detect(c.in, alert.Detect(c.before, nil, alert.Defaults()), alert.Defaults())
			if len(found) != 1 || found[0].Kind != c.kind || found[0].First.Format("01-02") != "08-10" {
				t.Fatalf("%+v", found)
			}
			cause := ""
			if found[0].Evidence.Cause != nil {
				cause = found[0].Evidence.Cause.Kind
			}
			if cause != c.cause {
				t.Errorf("cause %q, want %q", cause, c.cause)
			}
		})
	}
}

func TestAHazardsAlertEndsAfterTwoDatesThatAreNotLow(t *testing.T) {
	t.Parallel()
	var found []alert.Finding
	for _, step := range []struct {
		day  int
		want string
	}{{80, "p04 08-10..08-20"}, {85, "p04 08-10..08-20"}, {90, "p04 08-10..08-20 ended 08-30"}, {95, ""}} {
		found = alert.Detect(struck(0.75, 70, 85, step.day, hazard("green_loss", 0.12, 8)), found, alert.Defaults())
		if got := told(found); got != step.want {
			t.Errorf("on day %d: %q, want %q", step.day, got, step.want)
		}
	}
}
