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
