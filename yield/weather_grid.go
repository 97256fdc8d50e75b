package yield

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// WeatherCell is the weather of one point of a grid, or of one place whose
// position is not told (NaN).
type WeatherCell struct {
	Lon, Lat float64 // degrees
	Weather  Weather
}

// WeatherGrid is daily weather at points, south to north and west to east.
type WeatherGrid struct {
	Cells []WeatherCell
	Notes []string // on all of it; those on a cell are the cell's
}

// weatherRow is one line of the file.
type weatherRow struct {
	line  int
	day   time.Time
	at    [2]float64 // lon, lat; 0, 0 in a file of one place
	cells []string
}

// columnValues are a column's numbers by line, in the unit of WeatherDay.
type columnValues struct {
	name string
	of   map[int]float64
}

// ReadWeatherGrid reads weather as [ReadWeather] does, of many places where the
// columns lon and lat tell them apart. Units are recognised over the whole file:
// all places have the same.
func ReadWeatherGrid(r io.Reader) (WeatherGrid, error) {
	rows, at, err := weatherRows(r)
	if err != nil {
		return WeatherGrid{}, err
	}
	var g WeatherGrid
	columns := weatherColumns()
	values := make([]columnValues, len(columns))
	for i, c := range columns {
		var word []string
		if values[i], word, err = c.read(rows, at); err != nil {
			return WeatherGrid{}, err
		}
		g.Notes = append(g.Notes, word...)
	}
	useful := false
	for _, place := range places(rows) {
		w, err := emptyDays(place)
		if err != nil {
			return WeatherGrid{}, err
		}
		for i, c := range columns {
			switch {
			case values[i].name != "":
				w.fill(c, values[i], place)
			case c.names[0] == "temperature_mean":
				w.meanOfExtremes()
			}
		}
		useful = useful || slices.ContainsFunc(w.Days, func(d WeatherDay) bool { return !math.IsNaN(d.TMeanC) || !math.IsNaN(d.RadiationMJ) })
		g.Cells = append(g.Cells, WeatherCell{Lon: place[0].at[0], Lat: place[0].at[1], Weather: w})
	}
	if !useful {
		return WeatherGrid{}, errors.New("weather: neither temperature_mean (or minimum and maximum) nor solar_radiation_flux: nothing to go by")
	}
	if _, placed := at["lon"]; !placed {
		g.Cells[0].Lon, g.Cells[0].Lat = math.NaN(), math.NaN()
	}
	g.Cells[0].Weather.Notes = append(slices.Clone(g.Notes), g.Cells[0].Weather.Notes...)
	return g, nil
}

// weatherRows reads the lines and the header's places.
func weatherRows(r io.Reader) ([]weatherRow, map[string]int, error) {
	in := csv.NewReader(r)
	in.TrimLeadingSpace = true
	head, err := in.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("weather: header: %w", err)
	}
	at := columns(head)
	dateAt, ok := at["date"]
	if !ok {
		return nil, nil, errors.New("weather: no column date")
	}
	lonAt, placed := at["lon"]
	latAt, both := at["lat"]
	if placed != both {
		return nil, nil, errors.New("weather: lon and lat come together: one of the columns is missing")
	}
	type key struct {
		day time.Time
		at  [2]float64
	}
	given := map[key]int{}
	var rows []weatherRow
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("weather: %w", err)
		}
		row := weatherRow{cells: cells}
		row.line, _ = in.FieldPos(0)
		if row.day, err = time.Parse(time.DateOnly, strings.TrimSpace(cells[dateAt])); err != nil {
			return nil, nil, fmt.Errorf("weather: line %d: date %q: want YYYY-MM-DD", row.line, cells[dateAt])
		}
		if placed {
			lon, err1 := strconv.ParseFloat(strings.TrimSpace(cells[lonAt]), 64)
			lat, err2 := strconv.ParseFloat(strings.TrimSpace(cells[latAt]), 64)
			if err1 != nil || err2 != nil || !(lon >= -180 && lon <= 360) || !(lat >= -90 && lat <= 90) {
				return nil, nil, fmt.Errorf("weather: line %d: lon %q, lat %q: want degrees", row.line, cells[lonAt], cells[latAt])
			}
			row.at = [2]float64{lon, lat}
		}
		k := key{row.day, row.at}
		if before, twice := given[k]; twice {
			if strings.Join(rows[before].cells, ",") != strings.Join(cells, ",") {
				return nil, nil, fmt.Errorf("weather: line %d: %s is given twice with different values: keep one", row.line, cells[dateAt])
			}
			continue
		}
		given[k] = len(rows)
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, nil, errors.New("weather: no days in the file")
	}
	return rows, at, nil
}

// places parts the rows by place, south to north and west to east.
func places(rows []weatherRow) [][]weatherRow {
	by := map[[2]float64][]weatherRow{}
	var order [][2]float64
	for _, r := range rows {
		if by[r.at] == nil {
			order = append(order, r.at)
		}
		by[r.at] = append(by[r.at], r)
	}
	sort.Slice(order, func(i, j int) bool {
		return order[i][1] < order[j][1] || order[i][1] == order[j][1] && order[i][0] < order[j][0]
	})
	out := make([][]weatherRow, len(order))
	for i, at := range order {
		out[i] = by[at]
	}
	return out
}

// mostImpossible is the share of a column's values that may be left out: beyond
// it the column is wrong, not the rows.
const mostImpossible = 0.02

// read turns a column into values. Its unit is told without the hundredth part
// of the values at each end, so that a slip in one row does not hide it; what is
// impossible in that unit is left out and named.
func (c weatherColumn) read(rows []weatherRow, at map[string]int) (columnValues, []string, error) {
	var v columnValues
	col := -1
	for _, n := range c.names {
		if i, ok := at[n]; ok {
			col, v.name = i, n
			break
		}
	}
	if col < 0 {
		return v, nil, nil
	}
	v.of = make(map[int]float64, len(rows))
	var known []float64
	for _, r := range rows {
		if isGap(r.cells[col]) {
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(r.cells[col]), 64)
		if err != nil {
			return v, nil, fmt.Errorf("weather: %s: %s %q is not a number", r.day.Format(time.DateOnly), v.name, r.cells[col])
		}
		if math.IsInf(x, 0) || math.IsNaN(x) || x <= -999 { // -999, -9999: usual marks of a gap
			continue
		}
		v.of[r.line], known = x, append(known, x)
	}
	if len(known) == 0 {
		return v, nil, nil
	}
	slices.Sort(known)
	scale, offset, word, err := c.unit(known[len(known)/100 : len(known)-len(known)/100])
	if err != nil {
		return v, nil, fmt.Errorf("weather: %s: %w", v.name, err)
	}
	var notes []string
	if word != "" {
		notes = append(notes, v.name+": "+word)
	}
	left := 0
	for _, r := range rows {
		x, ok := v.of[r.line]
		if !ok {
			continue
		}
		if y := x*scale + offset; y >= c.low && y <= c.top {
			v.of[r.line] = y
			continue
		}
		delete(v.of, r.line)
		if left++; left <= 5 {
			notes = append(notes, fmt.Sprintf("%s: line %d (%s): %g is impossible and left out", v.name, r.line, r.day.Format(time.DateOnly), x))
		}
	}
	if float64(left) > mostImpossible*float64(len(known)) {
		return v, nil, fmt.Errorf("weather: %s: %d of %d values are impossible: check the unit", v.name, left, len(known))
	}
	return v, notes, nil
}
