package yield

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// GridVariable is one quantity on a regular grid, as a file of reanalysis holds
// it: per time, row by row of Lat, along Lon; NaN is a gap.
type GridVariable struct {
	Name, Unit string // as the file calls them, the name in lower case
	Lon, Lat   []float64
	Times      []time.Time // UTC
	Values     [][]float64
}

// quantity is a column of weather by the names that reanalyses give it: AgERA5,
// ERA5 and ERA5-Land in NetCDF, and GDAL's elements of GRIB.
type quantity struct {
	column string
	names  []string // a name holds all words of one entry
	sum    bool     // of the day; else the mean
}

func quantities() []quantity {
	return []quantity{
		{"temperature_min", []string{"temperature 2m min", "mn2t", "tmin", "tasmin"}, false},
		{"temperature_max", []string{"temperature 2m max", "mx2t", "tmax", "tasmax"}, false},
		{"dewpoint_temperature", []string{"dew point temperature", "dewpoint", "d2m", "2d", "dpt"}, false},
		{"temperature_mean", []string{"temperature 2m mean", "temperature_mean", "t2m", "2t", "tmp", "tas", "tmean"}, false},
		{"solar_radiation_flux", []string{"solar radiation", "ssrd", "dswrf", "rsds"}, true},
		{"precipitation_flux", []string{"precipitation flux", "precipitation", "tp", "apcp", "apcp01", "apcp24", "pr"}, true},
		{"wind_speed", []string{"wind speed", "sfcwind", "wind", "si10"}, false},
		{"u", []string{"u10", "10u", "ugrd"}, false},
		{"v", []string{"v10", "10v", "vgrd"}, false},
	}
}

func (q quantity) matches(name string) bool {
	return slices.ContainsFunc(q.names, func(n string) bool {
		words := strings.Fields(n)
		if len(words) == 1 {
			return name == n
		}
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) })
	})
}

// gridUnit turns what a file declares into °C, MJ m-2, mm or m/s; ok is false
// where it declares nothing that is known, and the size of values must tell.
func gridUnit(unit string) (scale, offset float64, word string, ok bool) {
	switch u := strings.ToLower(strings.Join(strings.Fields(strings.Trim(unit, "[] ")), " ")); u {
	case "k", "kelvin":
		return 1, -273.15, "Kelvin turned into °C", true
	case "c", "°c", "degc", "celsius", "mm", "mm d-1", "mm day-1", "mm/day", "mj m-2", "mj m-2 d-1", "m s-1", "m/s", "m s**-1", "kg/(m^2)", "kg m-2":
		return 1, 0, "", true
	case "m":
		return 1000, 0, "metres turned into mm", true
	case "kg m-2 s-1", "mm s-1":
		return 86_400, 0, "mm a second turned into mm a day", true
	case "j m-2", "j m**-2", "j m-2 d-1", "j m-2 day-1", "j/m^2":
		return 1e-6, 0, "J m-2 turned into MJ m-2", true
	case "w m-2", "w m**-2", "w/(m^2)":
		return 0.0864, 0, "mean W m-2 turned into MJ m-2 d-1", true
	}
	return 1, 0, "", false
}

// rate tells whether a unit is of a rate, which a day's values average to.
func rate(unit string) bool {
	u := strings.ToLower(unit)
	return strings.Contains(u, "w m") || strings.Contains(u, "w/(m") || strings.Contains(u, "s-1") && !strings.HasPrefix(u, "m s")
}

// WriteWeatherCSV writes the grid's variables as the daily CSV that
// [ReadWeatherGrid] reads, with lon and lat. Hourly values become days by the
// sun's time at the grid's middle: temperatures by mean and extremes, rain and
// radiation by sum, those that run up from the day's first hour by their last
// value (ERA5-Land). Days with less than three quarters of their hours are left
// out. Units are the file's own where it declares them; notes say what was done.
// Variables of other things are passed over by name.
func WriteWeatherCSV(w io.Writer, vars []GridVariable) ([]string, error) {
	t := weatherTable{of: map[placeDay]map[string]float64{}, columns: map[string]bool{}}
	for _, v := range vars {
		if err := t.add(v); err != nil {
			return nil, fmt.Errorf("weather: %s: %w", v.Name, err)
		}
	}
	if len(t.of) == 0 {
		return nil, errors.New("weather: the file holds no temperature, radiation or rain: " + strings.Join(t.notes, "; "))
	}
	return t.notes, t.write(w)
}

type placeDay struct {
	lat, lon float64
	day      int64 // since 1970
}

type weatherTable struct {
	of      map[placeDay]map[string]float64
	columns map[string]bool
	notes   []string
}

func (t *weatherTable) add(v GridVariable) error {
	i := slices.IndexFunc(quantities(), func(q quantity) bool { return q.matches(v.Name) })
	if i < 0 {
		t.notes = append(t.notes, v.Name+": not used")
		return nil
	}
	q := quantities()[i]
	if len(v.Times) == 0 || len(v.Times) != len(v.Values) {
		return fmt.Errorf("%d times, %d fields", len(v.Times), len(v.Values))
	}
	for k, field := range v.Values {
		if len(field) != len(v.Lon)*len(v.Lat) {
			return fmt.Errorf("field %d has %d values for %d × %d points", k, len(field), len(v.Lon), len(v.Lat))
		}
	}
	scale, offset, word, known := gridUnit(v.Unit)
	if word != "" {
		t.notes = append(t.notes, v.Name+": "+word)
	}
	if !known {
		t.notes = append(t.notes, fmt.Sprintf("%s: unit %q is told by the size of its values", v.Name, v.Unit))
	}
	d := newDays(v, q)
	if d.word != "" {
		t.notes = append(t.notes, v.Name+": "+d.word)
	}
	for y, lat := range v.Lat {
		for x, lon := range v.Lon {
			for _, r := range d.of(y*len(v.Lon) + x) {
				t.set(placeDay{lat, lon, r.day}, q.column, r.value*scale+offset)
				if q.column == "temperature_mean" && d.hourly {
					t.extreme(placeDay{lat, lon, r.day}, r.low*scale+offset, r.high*scale+offset)
				}
			}
		}
	}
	return nil
}

func (t *weatherTable) set(at placeDay, column string, v float64) {
	if t.of[at] == nil {
		t.of[at] = map[string]float64{}
	}
	t.of[at][column] = v
	t.columns[column] = true
}

// extreme stands in for minimum and maximum where hours tell them; a variable
// of its own goes before.
func (t *weatherTable) extreme(at placeDay, low, high float64) {
	for _, e := range []struct {
		column string
		v      float64
	}{{"temperature_min", low}, {"temperature_max", high}} {
		if _, given := t.of[at][e.column]; !given {
			t.set(at, e.column, e.v)
		}
	}
}

// dayRecord is one day at one point.
type dayRecord struct {
	day              int64
	value, low, high float64
}

// days knows how a variable's times make days.
type days struct {
	v          GridVariable
	sum        bool
	hourly     bool
	cumulative bool
	expected   int // values of a whole day
	shift      time.Duration
	word       string
}

func newDays(v GridVariable, q quantity) days {
	d := days{v: v, sum: q.sum && !rate(v.Unit), expected: 1}
	if len(v.Times) < 2 {
		return d
	}
	gaps := make([]time.Duration, 0, len(v.Times)-1)
	for i := 1; i < len(v.Times); i++ {
		gaps = append(gaps, v.Times[i].Sub(v.Times[i-1]))
	}
	slices.Sort(gaps)
	usual := gaps[len(gaps)/2]
	if usual >= 20*time.Hour || usual <= 0 {
		return d
	}
	d.hourly, d.expected = true, int(24*time.Hour/usual)
	d.shift = time.Duration(math.Round(v.Lon[len(v.Lon)/2]/15)) * time.Hour
	d.word = fmt.Sprintf("%d values a day made into days of the sun's time, UTC%+d", d.expected, int(d.shift.Hours()))
	if d.sum {
		d.shift -= usual / 2 // a sum is of the hours before its time
		if d.cumulative = d.runsUp(); d.cumulative {
			d.word += "; each day runs up from 0 h UTC, differences were taken"
		}
	}
	return d
}

// runsUp tells whether values grow from 1 h to 24 h UTC of every day and begin
// anew, as ERA5-Land's do.
func (d days) runsUp() bool {
	grew, fell := 0, 0
	for i := 1; i < len(d.v.Times); i++ {
		if d.v.Times[i-1].Hour() == 0 {
			continue // begins anew
		}
		for k := range d.v.Values[i] {
			switch a, b := d.v.Values[i-1][k], d.v.Values[i][k]; {
			case b > a:
				grew++
			case b < a-1e-9:
				fell++
			}
		}
	}
	return grew > 0 && fell*100 < grew
}

// of makes the days of one point, in order.
func (d days) of(point int) []dayRecord {
	var out []dayRecord
	n := 0
	end := func() {
		if n == 0 {
			return
		}
		r := &out[len(out)-1]
		if 4*n < 3*d.expected {
			out = out[:len(out)-1]
		} else if !d.sum {
			r.value /= float64(n)
		}
	}
	for i, at := range d.v.Times {
		x := d.v.Values[i][point]
		if d.cumulative && i > 0 && d.v.Times[i-1].Hour() != 0 {
			x -= d.v.Values[i-1][point]
		}
		if math.IsNaN(x) {
			continue
		}
		day := int64(math.Floor(float64(at.Add(d.shift).Unix()) / 86_400))
		if len(out) == 0 || out[len(out)-1].day != day || n == 0 {
			end()
			out, n = append(out, dayRecord{day: day, low: x, high: x}), 0
		}
		r := &out[len(out)-1]
		r.value, r.low, r.high, n = r.value+x, math.Min(r.low, x), math.Max(r.high, x), n+1
	}
	end()
	return out
}

// write stores points south to north, west to east, and their days.
func (t *weatherTable) write(w io.Writer) error {
	if t.columns["u"] && t.columns["v"] && !t.columns["wind_speed"] {
		for _, row := range t.of {
			if u, ok := row["u"]; ok {
				row["wind_speed"] = math.Hypot(u, row["v"])
			}
		}
		t.columns["wind_speed"] = true
	}
	var columns []string
	for _, q := range quantities() {
		if t.columns[q.column] && q.column != "u" && q.column != "v" {
			columns = append(columns, q.column)
		}
	}
	keys := make([]placeDay, 0, len(t.of))
	for k := range t.of {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b placeDay) int {
		if a.lat != b.lat {
			return sign(a.lat - b.lat)
		}
		if a.lon != b.lon {
			return sign(a.lon - b.lon)
		}
		return int(a.day - b.day)
	})
	if _, err := fmt.Fprintln(w, "lon,lat,date,"+strings.Join(columns, ",")); err != nil {
		return err
	}
	for _, k := range keys {
		line := []string{number(k.lon), number(k.lat), time.Unix(k.day*86_400, 0).UTC().Format(time.DateOnly)}
		for _, c := range columns {
			v, ok := t.of[k][c]
			if !ok {
				line = append(line, "")
				continue
			}
			line = append(line, number(math.Round(v*1e4)/1e4))
		}
		if _, err := fmt.Fprintln(w, strings.Join(line, ",")); err != nil {
			return err
		}
	}
	return nil
}

func sign(v float64) int {
	if v < 0 {
		return -1
	}
	return 1
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
