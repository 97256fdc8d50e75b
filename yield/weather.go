package yield

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
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
	fill  bool // gaps are bridged; else a missing day is 0
}

func weatherColumns() []weatherColumn {
	return []weatherColumn{
		{[]string{"temperature_min", "tmin", "t_min", "tasmin"}, func(d *WeatherDay) *float64 { return &d.TMinC }, temperatureUnit, true},
		{[]string{"temperature_max", "tmax", "t_max", "tasmax"}, func(d *WeatherDay) *float64 { return &d.TMaxC }, temperatureUnit, true},
		{[]string{"temperature_mean", "tmean", "t_mean", "temperature", "tavg", "tas"}, func(d *WeatherDay) *float64 { return &d.TMeanC }, temperatureUnit, true},
		{[]string{"solar_radiation_flux", "solar_radiation", "radiation", "srad", "rsds", "solar_radiation_mj"}, func(d *WeatherDay) *float64 { return &d.RadiationMJ }, radiationUnit, true},
		{[]string{"precipitation_flux", "precipitation", "precip", "rain", "prec", "precipitation_mm"}, func(d *WeatherDay) *float64 { return &d.PrecipitationMM }, precipitationUnit, false},
		{[]string{"dewpoint_temperature", "dewpoint", "tdew"}, func(d *WeatherDay) *float64 { return &d.DewpointC }, temperatureUnit, true},
		{[]string{"wind_speed", "wind"}, func(d *WeatherDay) *float64 { return &d.WindMPerSecs }, plainUnit, true},
	}
}

// ReadWeather reads daily weather as CSV: a column date (YYYY-MM-DD) and any of
// temperature mean, minimum and maximum, radiation, precipitation, dew point
// and wind under their usual names. Kelvin and tenths of a degree, joules and
// watts per m² are recognised by their size and turned into °C and MJ, days
// without a value are bridged linearly (rain: 0); Weather.Notes says all of it.
// Neither temperature nor radiation, a day given twice with different values,
// and values that fit no unit are errors.
func ReadWeather(r io.Reader) (Weather, error) {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace = true
	head, err := rows.Read()
	if err != nil {
		return Weather{}, fmt.Errorf("weather: header: %w", err)
	}
	at := columns(head)
	dateAt, ok := at["date"]
	if !ok {
		return Weather{}, errors.New("weather: no column date")
	}
	given := map[time.Time][]string{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Weather{}, fmt.Errorf("weather: %w", err)
		}
		line, _ := rows.FieldPos(0)
		day, err := time.Parse(time.DateOnly, strings.TrimSpace(row[dateAt]))
		if err != nil {
			return Weather{}, fmt.Errorf("weather: line %d: date %q: want YYYY-MM-DD", line, row[dateAt])
		}
		if before, twice := given[day]; twice && strings.Join(before, ",") != strings.Join(row, ",") {
			return Weather{}, fmt.Errorf("weather: line %d: %s is given twice with different values: keep one", line, row[dateAt])
		}
		given[day] = row
	}
	if len(given) == 0 {
		return Weather{}, errors.New("weather: no days in the file")
	}
	w, err := emptyDays(given)
	if err != nil {
		return Weather{}, err
	}
	for _, c := range weatherColumns() {
		if err := w.fillColumn(c, at, given); err != nil {
			return Weather{}, err
		}
	}
	if math.IsNaN(w.Days[0].TMeanC) && math.IsNaN(w.Days[0].RadiationMJ) {
		return Weather{}, errors.New("weather: neither temperature_mean (or minimum and maximum) nor solar_radiation_flux: nothing to go by")
	}
	return w, nil
}

// mostWeatherDays bounds what a file may ask for: 150 years.
const mostWeatherDays = 55_000

func emptyDays(given map[time.Time][]string) (Weather, error) {
	days := make([]time.Time, 0, len(given))
	for d := range given {
		days = append(days, d)
	}
	sort.Slice(days, func(i, j int) bool { return days[i].Before(days[j]) })
	n := int(days[len(days)-1].Sub(days[0]).Hours()/24) + 1
	if n > mostWeatherDays {
		return Weather{}, fmt.Errorf("weather: from %s to %s are %d days: check the dates", days[0].Format(time.DateOnly), days[len(days)-1].Format(time.DateOnly), n)
	}
	w := Weather{Days: make([]WeatherDay, n)}
	nan := math.NaN()
	for i := range w.Days {
		w.Days[i] = WeatherDay{days[0].AddDate(0, 0, i), nan, nan, nan, nan, nan, nan, nan}
	}
	if gaps := n - len(given); gaps > 0 {
		w.Notes = append(w.Notes, fmt.Sprintf("%d of %d days are missing and were bridged from their neighbours", gaps, n))
	}
	return w, nil
}

// fillColumn reads one column into every day.
func (w *Weather) fillColumn(c weatherColumn, at map[string]int, given map[time.Time][]string) error {
	col, name := -1, ""
	for _, n := range c.names {
		if i, ok := at[n]; ok {
			col, name = i, n
			break
		}
	}
	if col < 0 {
		if c.names[0] == "temperature_mean" {
			w.meanOfExtremes()
		}
		return nil
	}
	values := make([]float64, len(w.Days))
	var known []float64
	for i, d := range w.Days {
		values[i] = math.NaN()
		row, ok := given[d.Date]
		if !ok || isGap(row[col]) {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(row[col]), 64)
		if err != nil {
			return fmt.Errorf("weather: %s: %s %q is not a number", d.Date.Format(time.DateOnly), name, row[col])
		}
		if math.IsInf(v, 0) || math.IsNaN(v) || v <= -999 { // -999, -9999: usual marks of a gap
			continue
		}
		values[i], known = v, append(known, v)
	}
	if len(known) == 0 {
		w.Notes = append(w.Notes, name+": no values")
		return nil
	}
	scale, offset, word, err := c.unit(known)
	if err != nil {
		return fmt.Errorf("weather: %s: %w", name, err)
	}
	if word != "" {
		w.Notes = append(w.Notes, name+": "+word)
	}
	gaps, longest := bridge(values, c.fill)
	if gaps > len(w.Days)-len(given) {
		w.Notes = append(w.Notes, fmt.Sprintf("%s: %d days without a value filled in, the longest run %d days", name, gaps, longest))
	}
	for i := range w.Days {
		*c.field(&w.Days[i]) = values[i]*scale + offset
	}
	return nil
}

// meanOfExtremes stands in for a mean temperature that is not given; the
// extremes are read before.
func (w *Weather) meanOfExtremes() {
	for i := range w.Days {
		w.Days[i].TMeanC = (w.Days[i].TMinC + w.Days[i].TMaxC) / 2
	}
	if !math.IsNaN(w.Days[0].TMeanC) {
		w.Notes = append(w.Notes, "temperature_mean: taken as the middle of minimum and maximum")
	}
}

func isGap(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return s == "" || s == "na" || s == "nan" || s == "null"
}

// bridge fills NaN runs linearly, at the ends with the nearest value, or with
// 0 where not linear; it returns how many and the longest run.
func bridge(v []float64, linear bool) (gaps, longest int) {
	for i := 0; i < len(v); i++ {
		if !math.IsNaN(v[i]) {
			continue
		}
		j := i
		for j < len(v) && math.IsNaN(v[j]) {
			j++
		}
		for k := i; k < j; k++ {
			switch {
			case !linear:
				v[k] = 0
			case i == 0:
				v[k] = v[j]
			case j == len(v):
				v[k] = v[i-1]
			default:
				v[k] = v[i-1] + (v[j]-v[i-1])*float64(k-i+1)/float64(j-i+1)
			}
		}
		gaps, longest = gaps+j-i, max(longest, j-i)
		i = j
	}
	return gaps, longest
}
