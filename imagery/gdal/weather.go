package gdal

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/airbusgeo/godal"
)

// WeatherVariable is one quantity of a file on a regular grid in lon, lat.
type WeatherVariable struct {
	Name     string // as the file calls it, in lower case: t2m, temperature_2m_max, tmp
	Unit     string // as the file says: K, J m-2, [C]; "" where it is silent
	Lon, Lat []float64
	Times    []time.Time // UTC
	Values   [][]float64 // per time, row by row of Lat, along Lon; NaN is a gap
}

// Bounds of what is read: 2,000 × 2,000 cells and a century of days.
const (
	mostWeatherCells = 4_000_000
	mostWeatherTimes = 40_000
)

// ReadWeather reads every quantity of a NetCDF or GRIB file, cut to the cells
// that lie within a margin of the bounds west, south, east, north in degrees;
// all of the file where west is NaN. Packed values are unpacked. A file without
// times or that is not in lon, lat is an error that says what is missing.
func ReadWeather(path string, bound [4]float64) ([]WeatherVariable, error) {
	Register()
	ds, err := godal.Open(path, godal.RasterOnly(), quiet, godal.Drivers("netCDF", "GRIB"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { _ = ds.Close() }()
	names := subdatasets(ds)
	if len(names) == 0 {
		v, err := readWeather(ds, path, bound)
		if err != nil {
			return nil, err
		}
		return v, nil
	}
	var out []WeatherVariable
	for _, name := range names {
		sub, err := godal.Open(name, godal.RasterOnly(), quiet, godal.Drivers("netCDF", "GRIB"))
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", name, err)
		}
		v, err := readWeather(sub, name, bound)
		if err = errors.Join(err, sub.Close()); err != nil {
			return nil, err
		}
		out = append(out, v...)
	}
	return out, nil
}

// subdatasets are the names by which GDAL opens the file's variables, in order.
func subdatasets(ds *godal.Dataset) []string {
	all := ds.Metadatas(godal.Domain("SUBDATASETS"))
	var out []string
	for i := 1; ; i++ {
		name, ok := all[fmt.Sprintf("SUBDATASET_%d_NAME", i)]
		if !ok {
			return out
		}
		out = append(out, name)
	}
}

// readWeather reads the bands of a variable, or of a GRIB file all of them.
func readWeather(ds *godal.Dataset, path string, bound [4]float64) ([]WeatherVariable, error) {
	s := ds.Structure()
	if s.SizeX*s.SizeY > mostWeatherCells || s.NBands > mostWeatherTimes {
		return nil, fmt.Errorf("read %s: %d × %d cells, %d bands: at most %d and %d: cut the county out of it", path, s.SizeX, s.SizeY, s.NBands, mostWeatherCells, mostWeatherTimes)
	}
	gt, err := ds.GeoTransform()
	if err != nil || gt[1] == 0 || gt[5] == 0 || gt[2] != 0 || gt[4] != 0 {
		return nil, fmt.Errorf("read %s: no regular grid: want longitudes and latitudes", path)
	}
	if math.Abs(gt[0]) > 400 || math.Abs(gt[3]) > 100 {
		return nil, fmt.Errorf("read %s: its grid begins at %g, %g: want degrees of longitude and latitude", path, gt[0], gt[3])
	}
	w := newWeatherWindow(gt, s.SizeX, s.SizeY, bound)
	if w.cols == 0 || w.rows == 0 {
		return nil, fmt.Errorf("read %s: no cell near the county", path)
	}
	byName := map[string]int{}
	var out []WeatherVariable
	global := ds.Metadatas()
	for _, band := range ds.Bands() {
		meta := band.Metadatas()
		at, err := bandTime(meta, global)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		name, unit := bandName(meta, global)
		k, ok := byName[name]
		if !ok {
			k = len(out)
			byName[name] = k
			out = append(out, WeatherVariable{Name: name, Unit: unit, Lon: w.lons(gt), Lat: w.lats(gt)})
		}
		values, err := w.read(band)
		if err != nil {
			return nil, fmt.Errorf("read %s: %s at %s: %w", path, name, at.Format(time.RFC3339), err)
		}
		out[k].Times, out[k].Values = append(out[k].Times, at), append(out[k].Values, values)
	}
	return out, nil
}

// bandName is the quantity of a band and its unit, of NetCDF or GRIB.
func bandName(meta, global map[string]string) (name, unit string) {
	if name = meta["NETCDF_VARNAME"]; name != "" {
		if unit = meta["units"]; unit == "" {
			unit = global[name+"#units"]
		}
		return strings.ToLower(name), unit
	}
	return strings.ToLower(meta["GRIB_ELEMENT"]), meta["GRIB_UNIT"]
}

// bandTime is the instant that a band is of.
func bandTime(meta, global map[string]string) (time.Time, error) {
	if v, ok := meta["GRIB_VALID_TIME"]; ok {
		sec, err := strconv.ParseInt(strings.Fields(v + " ")[0], 10, 64)
		if err != nil {
			return time.Time{}, fmt.Errorf("time %q is no number of seconds", v)
		}
		return time.Unix(sec, 0).UTC(), nil
	}
	for key, v := range meta {
		dim, ok := strings.CutPrefix(key, "NETCDF_DIM_")
		if !ok || !strings.Contains(strings.ToLower(dim), "time") {
			continue
		}
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return time.Time{}, fmt.Errorf("%s %q is no number", dim, v)
		}
		return cfTime(n, global[dim+"#units"], global[dim+"#calendar"])
	}
	return time.Time{}, fmt.Errorf("no time: want a dimension time with units such as \"days since 1900-01-01\"")
}

// cfTime reads "days since 1900-01-01 00:00:00" (CF conventions 1.11, 4.4).
func cfTime(n float64, units, calendar string) (time.Time, error) {
	switch strings.ToLower(calendar) {
	case "", "standard", "gregorian", "proleptic_gregorian":
	default:
		return time.Time{}, fmt.Errorf("calendar %q: want the Gregorian one", calendar)
	}
	word, from, ok := strings.Cut(units, " since ")
	if !ok {
		return time.Time{}, fmt.Errorf("units of time %q: want \"days since 1900-01-01\"", units)
	}
	from = strings.TrimSuffix(strings.Replace(strings.TrimSpace(from), "T", " ", 1), "Z")
	if len(from) > 19 {
		from = from[:19]
	}
	var start time.Time
	err := fmt.Errorf("start of time %q: want YYYY-MM-DD hh:mm:ss", from)
	for _, layout := range []string{"2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2"} {
		if t, e := time.Parse(layout, from); e == nil {
			start, err = t, nil
			break
		}
	}
	if err != nil {
		return time.Time{}, err
	}
	seconds, ok := map[string]float64{"second": 1, "minute": 60, "hour": 3600, "day": 86_400}[strings.TrimSuffix(strings.ToLower(strings.TrimSpace(word)), "s")]
	if !ok || math.Abs(n*seconds) > 1e11 {
		return time.Time{}, fmt.Errorf("time %g %s: want seconds, minutes, hours or days", n, units)
	}
	return start.Add(time.Duration(math.Round(n*seconds)) * time.Second), nil
}

// weatherWindow is the part of a grid that is read.
type weatherWindow struct{ col, row, cols, rows int }

// newWeatherWindow holds the cells within two cells of the bounds.
func newWeatherWindow(gt [6]float64, width, height int, bound [4]float64) weatherWindow {
	if math.IsNaN(bound[0]) {
		return weatherWindow{0, 0, width, height}
	}
	if gt[0] >= 0 && bound[0] < 0 { // longitudes from 0 to 360
		bound[0], bound[2] = bound[0]+360, bound[2]+360
	}
	span := func(a, b, from, step float64, n int) (first, count int) {
		x, y := (a-from)/step, (b-from)/step
		first = max(0, int(math.Floor(min(x, y)))-2)
		return first, max(0, min(n, int(math.Ceil(max(x, y)))+2)-first)
	}
	var w weatherWindow
	w.col, w.cols = span(bound[0], bound[2], gt[0], gt[1], width)
	w.row, w.rows = span(bound[1], bound[3], gt[3], gt[5], height)
	return w
}

func (w weatherWindow) lons(gt [6]float64) []float64 {
	out := make([]float64, w.cols)
	for i := range out {
		out[i] = math.Round((gt[0]+(float64(w.col+i)+0.5)*gt[1])*1e6) / 1e6
		if out[i] > 180 {
			out[i] -= 360
		}
	}
	return out
}

func (w weatherWindow) lats(gt [6]float64) []float64 {
	out := make([]float64, w.rows)
	for i := range out {
		out[i] = math.Round((gt[3]+(float64(w.row+i)+0.5)*gt[5])*1e6) / 1e6
	}
	return out
}

// read unpacks the window of a band.
func (w weatherWindow) read(band godal.Band) ([]float64, error) {
	values := make([]float64, w.cols*w.rows)
	if err := band.Read(w.col, w.row, values, w.cols, w.rows, quiet); err != nil {
		return nil, err
	}
	s := band.Structure()
	if s.Scale == 0 {
		s.Scale = 1
	}
	nodata, has := band.NoData()
	for i, v := range values {
		switch {
		case math.IsNaN(v) || has && v == nodata || math.Abs(v) > 1e15:
			values[i] = math.NaN()
		default:
			values[i] = v*s.Scale + s.Offset
		}
	}
	return values, nil
}

// WeatherFile tells whether a path is named like a file that ReadWeather reads.
func WeatherFile(path string) bool {
	low := strings.ToLower(path)
	return slices.ContainsFunc([]string{".nc", ".nc4", ".grib", ".grib2", ".grb", ".grb2"}, func(end string) bool { return strings.HasSuffix(low, end) })
}
