package yield

import (
	"slices"
	"strings"
)

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
