package yield

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// WeatherDay is one day at one place. NaN marks what is not known.
type WeatherDay struct {
	Date                    time.Time // UTC midnight
	TMeanC, TMinC, TMaxC    float64   // °C at 2 m
	RadiationMJ             float64   // global radiation on the ground, MJ m-2 d-1
	PrecipitationMM         float64   // mm d-1
	DewpointC, WindMPerSecs float64   // °C; m/s
}

// Weather is a run of days without gaps, and what was done to the file to make
// it one. The zero Weather says that nothing is known.
type Weather struct {
	Days  []WeatherDay // consecutive
	Notes []string
}

// At finds a day; ok is false outside the file's dates.
func (w Weather) At(t time.Time) (d WeatherDay, ok bool) {
	if len(w.Days) == 0 {
		return d, false
	}
	i := int(t.Sub(w.Days[0].Date).Hours() / 24)
	if t.Before(w.Days[0].Date) || i >= len(w.Days) {
		return d, false
	}
	return w.Days[i], true
}

// weatherColumn is one column in a file, by the names that are in use.
type weatherColumn struct {
	names []string
	field func(*WeatherDay) *float64
	unit  func([]float64) (scale, offset float64, word string, err error)
	low   float64 // impossible below, in the unit of WeatherDay
	top   float64 // impossible above
	fill  bool    // gaps are bridged; else a missing day is 0
}

func weatherColumns() []weatherColumn {
	return []weatherColumn{
		{[]string{"temperature_min", "tmin", "t_min", "tasmin", "mn2t"}, func(d *WeatherDay) *float64 { return &d.TMinC }, temperatureUnit, -75, 65, true},
		{[]string{"temperature_max", "tmax", "t_max", "tasmax", "mx2t"}, func(d *WeatherDay) *float64 { return &d.TMaxC }, temperatureUnit, -75, 65, true},
		{[]string{"temperature_mean", "tmean", "t_mean", "temperature", "tavg", "tas", "t2m", "2t"}, func(d *WeatherDay) *float64 { return &d.TMeanC }, temperatureUnit, -75, 65, true},
		{[]string{"solar_radiation_flux", "solar_radiation", "radiation", "srad", "rsds", "solar_radiation_mj", "ssrd"}, func(d *WeatherDay) *float64 { return &d.RadiationMJ }, radiationUnit, 0, 48, true},
		{[]string{"precipitation_flux", "precipitation", "precip", "rain", "prec", "precipitation_mm", "tp", "pr"}, func(d *WeatherDay) *float64 { return &d.PrecipitationMM }, precipitationUnit, -0.01, 2000, false},
		{[]string{"dewpoint_temperature", "dewpoint", "tdew", "d2m", "2d"}, func(d *WeatherDay) *float64 { return &d.DewpointC }, temperatureUnit, -75, 65, true},
		{[]string{"wind_speed", "wind", "sfcwind"}, func(d *WeatherDay) *float64 { return &d.WindMPerSecs }, plainUnit, 0, 120, true},
	}
}

// ReadWeather reads daily weather of one place as CSV: a column date
// (YYYY-MM-DD) and any of temperature mean, minimum and maximum, radiation,
// precipitation, dew point and wind under their usual names. Kelvin and tenths
// of a degree, joules and watts per m² are recognised by their size and turned
// into °C and MJ, up to ten days without a value are bridged linearly (rain: 0),
// longer gaps stay unknown, impossible values are left out by row; Weather.Notes
// says all of it. Neither temperature nor radiation, a day given twice with
// different values, and values that fit no unit are errors. A file of several
// places is for [ReadWeatherGrid].
func ReadWeather(r io.Reader) (Weather, error) {
	g, err := ReadWeatherGrid(r)
	if err != nil {
		return Weather{}, err
	}
	if len(g.Cells) > 1 {
		return Weather{}, fmt.Errorf("weather: %d places: want one", len(g.Cells))
	}
	return g.Cells[0].Weather, nil
}

// mostWeatherDays bounds what a file may ask for: 150 years.
const mostWeatherDays = 55_000

// emptyDays lays out the days of one place.
func emptyDays(rows []weatherRow) (Weather, error) {
	first, last := rows[0].day, rows[0].day
	for _, r := range rows {
		if r.day.Before(first) {
			first = r.day
		}
		if r.day.After(last) {
			last = r.day
		}
	}
	n := int(last.Sub(first).Hours()/24) + 1
	if n > mostWeatherDays {
		return Weather{}, fmt.Errorf("weather: from %s to %s are %d days: check the dates", first.Format(time.DateOnly), last.Format(time.DateOnly), n)
	}
	w := Weather{Days: make([]WeatherDay, n)}
	nan := math.NaN()
	for i := range w.Days {
		w.Days[i] = WeatherDay{first.AddDate(0, 0, i), nan, nan, nan, nan, nan, nan, nan}
	}
	if gaps := n - len(rows); gaps > 0 {
		w.Notes = append(w.Notes, fmt.Sprintf("%d of %d days are missing: runs of up to %d were bridged from their neighbours", gaps, n, mostBridged))
	}
	return w, nil
}

// fill reads one column into every day.
func (w *Weather) fill(c weatherColumn, values columnValues, rows []weatherRow) {
	v := make([]float64, len(w.Days))
	for i := range v {
		v[i] = math.NaN()
	}
	given := 0
	for _, r := range rows {
		if x, ok := values.of[r.line]; ok {
			v[int(r.day.Sub(w.Days[0].Date).Hours()/24)] = x
			given++
		}
	}
	if given == 0 {
		w.Notes = append(w.Notes, values.name+": no values")
		return
	}
	gaps, longest := bridge(v, c.fill)
	if gaps > len(w.Days)-len(rows) {
		w.Notes = append(w.Notes, fmt.Sprintf("%s: %d days without a value, the longest run %d days", values.name, gaps, longest))
	}
	if longest > mostBridged {
		w.Notes = append(w.Notes, fmt.Sprintf("%s: runs of more than %d days stay unknown", values.name, mostBridged))
	}
	for i := range w.Days {
		*c.field(&w.Days[i]) = v[i]
	}
}

// meanOfExtremes stands in for a mean temperature that is not given; the
// extremes are read before.
func (w *Weather) meanOfExtremes() {
	known := false
	for i := range w.Days {
		w.Days[i].TMeanC = (w.Days[i].TMinC + w.Days[i].TMaxC) / 2
		known = known || !math.IsNaN(w.Days[i].TMeanC)
	}
	if known {
		w.Notes = append(w.Notes, "temperature_mean: taken as the middle of minimum and maximum")
	}
}

func isGap(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return s == "" || s == "na" || s == "nan" || s == "null"
}

// mostBridged is the longest run of days that is filled in: weather forgets
// itself within days, and ten are half a month's figure at most.
const mostBridged = 10

// bridge fills NaN runs of at most mostBridged days linearly, at the ends with
// the nearest value, or with 0 where not linear; it returns how many values were
// missing and the longest run.
func bridge(v []float64, linear bool) (gaps, longest int) {
	for i := 0; i < len(v); i++ {
		if !math.IsNaN(v[i]) {
			continue
		}
		j := i
		for j < len(v) && math.IsNaN(v[j]) {
			j++
		}
		gaps, longest = gaps+j-i, max(longest, j-i)
		if j-i <= mostBridged && j-i < len(v) {
			fillRun(v, i, j, linear)
		}
		i = j
	}
	return gaps, longest
}

// fillRun fills v[i:j] from its neighbours.
func fillRun(v []float64, i, j int, linear bool) {
	before, after := i-1, j
	for k := i; k < j; k++ {
		switch {
		case !linear:
			v[k] = 0
		case before < 0:
			v[k] = v[after]
		case after == len(v):
			v[k] = v[before]
		default:
			v[k] = v[before] + (v[after]-v[before])*float64(k-before)/float64(after-before)
		}
	}
}
