package alert_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"parus/yield/alert"
)

var start = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)

// maize is a county of 30 parcels in a row, 100 m apart, seen every five days.
// The NDVI of parcel i is 0.80 ± 0.02 around the median, so that the spread is
// the floor of 0.04; after day 100 it ripens.
func maize(change func(i, day int, ndvi, valid, blue *float64)) alert.County {
	c := alert.County{Harvest: map[string]time.Time{"maize": start.AddDate(0, 0, 110)}}
	for i := range 30 {
		p := alert.Parcel{ID: fmt.Sprintf("p%02d", i), Crop: "maize", EastM: float64(i) * 100}
		for day := 40; day <= 125; day += 5 {
			v, valid, blue := 0.80+0.02*float64(i%3-1), 1.0, 0.03
			if day > 100 {
				v = 0.8 - 0.02*float64(day-100)
			}
			change(i, day, &v, &valid, &blue)
			p.Dates = append(p.Dates, start.AddDate(0, 0, day))
			p.NDVI, p.Valid, p.Red, p.Blue = append(p.NDVI, v), append(p.Valid, valid), append(p.Red, 0.05), append(p.Blue, blue)
		}
		c.Parcels = append(c.Parcels, p)
	}
	return c
}

// until cuts what comes after a day.
func until(c alert.County, day int) alert.County {
	out := c
	out.Parcels = nil
	for _, p := range c.Parcels {
		n := 0
		for n < len(p.Dates) && !p.Dates[n].After(start.AddDate(0, 0, day)) {
			n++
		}
		p.Dates, p.NDVI, p.Valid, p.Red, p.Blue = p.Dates[:n], p.NDVI[:n], p.Valid[:n], p.Red[:n], p.Blue[:n]
		out.Parcels = append(out.Parcels, p)
	}
	return out
}

func TestWhatRaisesAnAlertAndWhatDoesNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(i, day int, ndvi, valid, blue *float64)
		day    int
		want   string // "parcel first..last ended" of the only finding
	}{
		{"an even county raises none", func(int, int, *float64, *float64, *float64) {}, 95, ""},
		{"a parcel that falls on two clear dates is found, from the first", func(i, day int, v, _, _ *float64) {
			if i == 4 && day >= 70 {
				*v = 0.4
			}
		}, 75, "p04 08-10..08-15"},
		{"one date is not enough for a parcel alone", func(i, day int, v, _, _ *float64) {
			if i == 4 && day >= 70 {
				*v = 0.4
			}
		}, 70, ""},
		{"one strong date is enough where neighbours fall too", func(i, day int, v, _, _ *float64) {
			if i >= 4 && i < 9 && day >= 70 {
				*v = 0.4
			}
		}, 70, "p04 08-10..08-10 p05 08-10..08-10 p06 08-10..08-10 p07 08-10..08-10 p08 08-10..08-10"},
		{"a leftover cloud over neighbours is hazy, and not believed", func(i, day int, v, _, blue *float64) {
			if i >= 4 && i < 9 && day == 70 {
				*v, *blue = 0.3, 0.25
			}
		}, 70, ""},
		{"a single date of a cloud's shadow is an outlier", func(i, day int, v, _, _ *float64) {
			if i == 4 && (day == 60 || day == 75) {
				*v = 0.4
			}
		}, 95, ""},
		{"dates under cloud do not count", func(i, day int, v, valid, _ *float64) {
			if i == 4 && day >= 70 {
				*v, *valid = 0.2, 0.3
			}
		}, 95, ""},
		{"a gap of a month between two dates outside is bridged", func(i, day int, v, valid, _ *float64) {
			if i == 4 && day >= 60 {
				*v = 0.4
				if day > 60 && day < 90 {
					*v, *valid = math.NaN(), 0
				}
			}
		}, 90, "p04 07-31..08-30"},
		{"what was always under the band has not left it", func(i, _ int, v, _, _ *float64) {
			if i == 4 {
				*v = 0.5
			}
		}, 95, ""},
		{"a crop that all of the county loses raises none", func(i, day int, v, _, _ *float64) {
			if i > 4 && day >= 70 {
				*v = 0.35
			}
		}, 95, ""},
		{"an early harvest, with the county ripening, raises none", func(i, day int, v, _, _ *float64) {
			if i == 4 && day >= 110 {
				*v = 0.15
			}
		}, 125, ""},
		{"a parcel that is back for two dates is no longer found", func(i, day int, v, _, _ *float64) {
			if i == 4 && day >= 70 && day < 85 {
				*v = 0.4
			}
		}, 90, ""},
		{"one date back is not enough", func(i, day int, v, _, _ *float64) {
			if i == 4 && day >= 70 && day < 85 {
				*v = 0.4
			}
		}, 85, "p04 08-10..08-20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := told(alert.Detect(until(maize(c.change), c.day), nil, alert.Defaults())); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func told(found []alert.Finding) string {
	out := ""
	for i, f := range found {
		if i > 0 {
			out += " "
		}
		out += fmt.Sprintf("%s %s..%s", f.ParcelID, f.First.Format("01-02"), f.Last.Format("01-02"))
		if !f.Ended.IsZero() {
			out += " ended " + f.Ended.Format("01-02")
		}
	}
	return out
}

func TestTheNumbersOfAFindingAreThoseOfTheBand(t *testing.T) {
	t.Parallel()
	c := until(maize(func(i, day int, v, _, _ *float64) {
		if i == 4 && day >= 70 { // i%3 == 1: it stood at the median, 0.80
			*v = 0.48
		}
	}), 75)
	f := alert.Detect(c, nil, alert.Defaults())[0]
	// Of 30 values nine are 0.78, eleven 0.80 (parcel 4 is not), ten 0.82 minus
	// none: the median is 0.80 and the lower quartile 0.78, so the spread is
	// max(0.04, 0.02/0.6745) = 0.04 and z = (0.48 − 0.80)/0.04 = −8.
	if f.Evidence.LowestZ != -8 || f.Evidence.Own != 0 {
		t.Errorf("lowest z %g, own place %g, want −8 and 0", f.Evidence.LowestZ, f.Evidence.Own)
	}
	// (0.80 − 0.48)/(0.80 − 0.15) = 0.492
	if f.Strength != 0.492 {
		t.Errorf("strength %g, want 0.492", f.Strength)
	}
	// Within 400 m lie parcels 0 to 3 and 5 to 8, none of them outside.
	if f.Evidence.Neighbours != 8 || f.Evidence.Outside != 0 {
		t.Errorf("%d neighbours, %d outside, want 8 and 0", f.Evidence.Neighbours, f.Evidence.Outside)
	}
}

func TestWhatWasFoundGoesOnUntilTwoClearDatesInside(t *testing.T) {
	t.Parallel()
	c := maize(func(i, day int, v, _, _ *float64) {
		if i == 4 && day >= 70 && day < 85 {
			*v = 0.4
		}
	})
	found := alert.Detect(until(c, 80), nil, alert.Defaults())
	for _, step := range []struct {
		day  int
		want string
	}{{80, "p04 08-10..08-20"}, {85, "p04 08-10..08-20"}, {90, "p04 08-10..08-20 ended 08-30"}, {95, ""}} {
		found = alert.Detect(until(c, step.day), found, alert.Defaults())
		if got := told(found); got != step.want {
			t.Errorf("on day %d: %q, want %q", step.day, got, step.want)
		}
	}
	other := until(c, 85)
	other.Parcels[4].Crop = "" // the damage looks like another crop
	if got := told(alert.Detect(other, alert.Detect(until(c, 80), nil, alert.Defaults()), alert.Defaults())); got != "p04 08-10..08-20" {
		t.Errorf("with its crop lost the alert is %q", got)
	}
}

func TestAForecastThatFallsFurtherThanItsErrorExplains(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		now, sd        float64 // of parcel 4; the others move from 6000 to now
		county         float64
		observations   int
		want           string
		wantZ, wantCut float64
	}{
		// ln(4800/6000) = −0.2231; √(0.25² − 0.24²) = 0.07; z = −3.19
		{"by a fifth, when it grew little surer", 4800, 0.24, 6000, 9, "p04 08-30..08-30", -3.19, 0.2},
		// √(0.25² − 0.10²) = 0.2291; z = −0.97
		{"by a fifth, when it grew much surer", 4800, 0.10, 6000, 9, "", 0, 0},
		{"with all of the county", 4800, 0.24, 4800, 9, "", 0, 0},
		{"by less than a tenth", 5500, 0.25, 6000, 9, "", 0, 0},
		{"without a clear date more", 4800, 0.24, 6000, 8, "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			county := until(maize(func(int, int, *float64, *float64, *float64) {}), 90)
			for i := range county.Parcels {
				p := &county.Parcels[i]
				p.Before = &alert.Forecast{Crop: "maize", MeanKgPerHa: 6000, SD: 0.25, Observations: 8}
				p.Now = &alert.Forecast{Crop: "maize", MeanKgPerHa: c.county, SD: c.sd, Observations: c.observations}
			}
			county.Parcels[4].Now.MeanKgPerHa = c.now
			found := alert.Detect(county, nil, alert.Defaults())
			if got := told(found); got != c.want {
				t.Fatalf("found %q, want %q", got, c.want)
			}
			if c.want != "" && (found[0].Kind != alert.ForecastFell || found[0].Evidence.RevisionZ != c.wantZ || found[0].Strength != c.wantCut) {
				t.Errorf("%+v", found[0])
			}
		})
	}
}

func TestOrderOfParcelsChangesNothing(t *testing.T) {
	t.Parallel()
	c := until(maize(func(i, day int, v, _, _ *float64) {
		if i%7 == 0 && day >= 70 {
			*v = 0.4
		}
	}), 80)
	want := told(alert.Detect(c, nil, alert.Defaults()))
	for i, j := 0, len(c.Parcels)-1; i < j; i, j = i+1, j-1 {
		c.Parcels[i], c.Parcels[j] = c.Parcels[j], c.Parcels[i]
	}
	if got := told(alert.Detect(c, nil, alert.Defaults())); got != want || want == "" {
		t.Errorf("found %q, backwards %q", want, got)
	}
}
