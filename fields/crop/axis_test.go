package crop_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parus/fields/crop"
)

func dates(s ...string) []time.Time {
	var out []time.Time
	for _, d := range s {
		out = append(out, day(d))
	}
	return out
}

func TestAnchorIsWhereSeriesBegin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		starts []string
		want   string
	}{
		{"all on one day of several years", []string{"2013-09-14", "2001-09-14", "2007-09-14"}, "09-14"},
		{"within a fortnight: the earliest", []string{"2013-09-14", "2001-09-03", "2007-09-10"}, "09-03"},
		{"around New Year", []string{"2016-12-31", "2017-01-05", "2017-12-28"}, "12-28"},
		{"all over the year: none", []string{"2013-02-14", "2013-06-14", "2013-10-14"}, ""},
		{"one odd sample of eleven does not count", []string{
			"2020-03-01", "2020-03-01", "2020-03-01", "2020-03-01", "2020-03-01", "2020-03-01",
			"2020-03-01", "2020-03-01", "2020-03-01", "2020-03-01", "2020-08-01"}, "03-01"},
	} {
		var samples []crop.Sample
		for _, s := range c.starts {
			samples = append(samples, crop.Sample{Dates: dates(s)})
		}
		if got := crop.AnchorOf(samples); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDayZeroOfASeries(t *testing.T) {
	t.Parallel()
	long := crop.Axis{Anchor: "09-01", StepDays: 10, Steps: 46} // 450 days
	year := crop.Axis{Anchor: "01-01", StepDays: 16, Steps: 23}
	loose := crop.Axis{StepDays: 16, Steps: 23}
	for _, c := range []struct {
		name   string
		axis   crop.Axis
		dates  []time.Time
		season string
		want   string
	}{
		{"a crop year from autumn to autumn", long, dates("2017-09-03", "2018-01-01", "2018-06-01", "2018-11-20"), "", "2017-09-01"},
		{"a series that begins in spring belongs to the autumn before", long, dates("2018-03-03", "2018-06-01", "2018-09-20"), "", "2017-09-01"},
		{"a calendar year", year, dates("2011-01-01", "2011-07-01"), "", "2011-01-01"},
		{"a date of the year before does not move it", year, dates("2016-12-31", "2017-02-01", "2017-07-01"), "", "2017-01-01"},
		{"without an anchor, the first date", loose, dates("2014-05-05", "2014-07-01"), "", "2014-05-05"},
		{"without an anchor, the known season", loose, dates("2014-05-05", "2014-07-01"), "2014-05-01", "2014-05-01"},
		{"the season decides between two windows that hold as many dates", year, dates("2015-06-01", "2016-06-01"), "2016-01-01", "2016-01-01"},
	} {
		season := time.Time{}
		if c.season != "" {
			season = day(c.season)
		}
		if got := crop.StartOf(c.axis, crop.Sample{Dates: c.dates}, season); !got.Equal(day(c.want)) {
			t.Errorf("%s: %s, want %s", c.name, got.Format(time.DateOnly), c.want)
		}
	}
}

func TestCutOffsAsDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		starts     []time.Time
		want       int
	}{
		{"a day of season stays", "120", dates("2022-09-01"), 120},
		// 2022-09-01 to 2022-12-31 are 121 days (30+31+30+31-1 = 121).
		{"a date is counted from the season it falls into", "2022-12-31", dates("2022-09-01"), 121},
		// 365 + 90 (30+31+29 = 90 days from 1 September to 30 November).
		{"a date after more than a year", "2023-11-30", dates("2022-09-01"), 455},
		// 1 September to 1 March are 181 days in a common year.
		{"a date of another year counts by the calendar", "2031-03-01", dates("2007-09-01"), 181},
		{"no cut-off", "", dates("2022-09-01"), 0},
	} {
		cut, err := crop.ParseCutoff(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := crop.DayOf(cut, c.starts...); got != c.want {
			t.Errorf("%s: day %d, want %d", c.name, got, c.want)
		}
	}
	for _, bad := range []string{"soon", "0", "-4", "12.5", "2023-13-01", "9999"} {
		if _, err := crop.ParseCutoff(bad); err == nil {
			t.Errorf("cut-off %q gave no error", bad)
		}
	}
}

func TestResampling(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	axis := crop.Axis{StepDays: 10, Steps: 5} // days 0, 10, 20, 30, 40
	start := day("2020-01-01")
	at := func(days ...int) []time.Time {
		var out []time.Time
		for _, d := range days {
			out = append(out, start.AddDate(0, 0, d))
		}
		return out
	}
	for _, c := range []struct {
		name   string
		days   []time.Time
		values []float32
		last   int
		want   []float32
	}{
		{"values on the points stay", at(0, 10, 20, 30, 40), []float32{1, 2, 3, 4, 5}, 99, []float32{1, 2, 3, 4, 5}},
		// Day 10 sees day 5 (weight .5, value 2) and day 12 (weight .8, value 4):
		// (1 + 3.2)/1.3 = 3.230769; day 0 sees day 5 alone, day 20 day 12 alone.
		{"a point is the weighted mean of what is near", at(5, 12), []float32{2, 4}, 99, []float32{2, 4.2 / 1.3, 4, 4, nan}},
		// Between day 0 (1) and day 40 (5) lies a line.
		{"a gap is bridged by a line", at(0, 40), []float32{1, 5}, 99, []float32{1, 2, 3, 4, 5}},
		{"missing values are no values", at(0, 20, 40), []float32{1, nan, 5}, 99, []float32{1, 2, 3, 4, 5}},
		{"infinite values are no values", at(0, 20, 40), []float32{1, float32(math.Inf(1)), 5}, 99, []float32{1, 2, 3, 4, 5}},
		{"the ends are held for two steps", at(20), []float32{7}, 99, []float32{7, 7, 7, 7, 7}},
		{"and no further", at(0), []float32{7}, 99, []float32{7, 7, 7, nan, nan}},
		{"after the cut-off nothing counts", at(0, 40), []float32{1, 5}, 30, []float32{1, 1, 1, nan, nan}},
		{"no values, no points", nil, nil, 99, []float32{nan, nan, nan, nan, nan}},
	} {
		got := crop.Resample(axis, c.days, c.values, start, c.last)
		if d := cmp.Diff(c.want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-6)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestPhenologyOfSmallCurves(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	for _, c := range []struct {
		name  string
		curve []float32
		want  []float32 // peak, its point, lows before and after, amplitude, begin, end, length, sum, peaks, second
	}{
		// Rises 0 → 1 over two points and falls again. Half-way (.5) is at points 1 and 3;
		// the sum above 0 is 0+.5+1+.5+0 = 2.
		{"one hill", []float32{0, .5, 1, .5, 0}, []float32{1, 2, 0, 0, 1, 1, 3, 2, 2, 1, nan}},
		// Two hills: the higher at point 4; half of its rise from 0 is .5, crossed between
		// point 3 (.2) and 4 (1): 4 − .5/.8 = 3.375; the fall crosses .5 at 4.5.
		{"two hills", []float32{0, .6, .6, .2, 1, 0}, []float32{1, 4, 0, 0, 1, 3.375, 4.5, 1.125, 2.4, 2, 1}},
		{"gaps are passed over", []float32{0, nan, 1, nan, 0}, []float32{1, 2, 0, 0, 1, 1, 3, 2, 1, 1, nan}},
		{"nothing but gaps", []float32{nan, nan}, []float32{nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan}},
		{"a level", []float32{.3, .3}, []float32{.3, 0, .3, .3, 0, 0, 0, 0, 0, 0, nan}},
	} {
		got := crop.Phenology(nil, c.curve)
		if d := cmp.Diff(c.want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-5)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestNamesOfLayers(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"S2-L2A-B04": "B04", "b4": "B04", "B8A": "B8A", "sentinel2_b8a": "B8A", "S1-SIGMA0-VH": "VH", "vv": "VV",
		"NDVI": "ndvi", "evi": "evi", "nir": "nir", "AGERA5-PRECIP": "AGERA5-PRECIP", "slope": "slope", "B11": "B11",
		"temperature": "temperature", "B123": "B123",
	} {
		if got := crop.CanonicalLayer(given); got != want {
			t.Errorf("%s is %s, want %s", given, got, want)
		}
	}
}
