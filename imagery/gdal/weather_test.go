package gdal_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airbusgeo/godal"

	"parus/imagery/gdal"
)

// netCDF writes bands of 4 × 3 cells of 0.1° with their upper left corner at
// 117, 37: value = 280 + column + 10·row + 100·time, one a day from 1 May 2025.
func netCDF(t *testing.T, variable, unit string, more map[string]string) string {
	t.Helper()
	gdal.Register()
	ds, err := godal.Create(godal.Memory, "", 3, godal.Float32, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer ds.Close()
	sr, err := godal.NewSpatialRefFromEPSG(4326)
	if err != nil {
		t.Fatal(err)
	}
	defer sr.Close()
	meta := map[string]string{"NETCDF_DIM_EXTRA": "{time}", "NETCDF_DIM_time_DEF": "{3,6}", "NETCDF_DIM_time_VALUES": "{45776,45777,45778}",
		"time#units": "days since 1900-01-01", "time#standard_name": "time"}
	for k, v := range more {
		meta[k] = v
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(ds.SetSpatialRef(sr))
	must(ds.SetGeoTransform([6]float64{117, 0.1, 0, 37, 0, -0.1}))
	for k, v := range meta {
		must(ds.SetMetadata(k, v))
	}
	for b, band := range ds.Bands() {
		values := make([]float32, 12)
		for i := range values {
			values[i] = float32(280 + i%4 + 10*(i/4) + 100*b)
		}
		must(band.SetMetadata("NETCDF_VARNAME", variable))
		must(band.SetMetadata("units", unit))
		must(band.SetMetadata("NETCDF_DIM_time", fmt.Sprint(45776+b)))
		must(band.SetNoData(-32767))
		if b == 2 {
			values[5] = -32767
		}
		must(band.Write(0, 0, values, 4, 3))
	}
	path := filepath.Join(t.TempDir(), variable+".nc")
	out, err := ds.Translate(path, []string{"-of", "netCDF"})
	must(err)
	must(out.Close())
	return path
}

func TestWeatherOfNetCDF(t *testing.T) {
	t.Parallel()
	all, err := gdal.ReadWeather(netCDF(t, "t2m", "K", nil), [4]float64{math.NaN()})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Name != "t2m" || all[0].Unit != "K" || len(all[0].Times) != 3 {
		t.Fatalf("read %+v", all)
	}
	v := all[0]
	// 45,776 days after 1 January 1900: 125 years of 365 days are 45,625, 31 leap
	// days (1904 to 2024) are in between, so 45,656 is 1 January 2025 and 120
	// more the first of May.
	if want := time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC); !v.Times[0].Equal(want) {
		t.Errorf("first of %s, want %s", v.Times[0], want)
	}
	value := func(time int, lon, lat float64) float64 {
		for y, b := range v.Lat {
			for x, a := range v.Lon {
				if math.Abs(a-lon) < 1e-6 && math.Abs(b-lat) < 1e-6 {
					return v.Values[time][y*len(v.Lon)+x]
				}
			}
		}
		t.Fatalf("no cell at %g, %g among %v, %v", lon, lat, v.Lon, v.Lat)
		return 0
	}
	if got := value(1, 117.25, 36.85); got != 280+2+10+100 {
		t.Errorf("third column, second row, second day: %g", got)
	}
	if got := value(2, 117.15, 36.85); !math.IsNaN(got) {
		t.Errorf("a gap reads %g", got)
	}
}

func TestWeatherIsCutToTheCounty(t *testing.T) {
	t.Parallel()
	all, err := gdal.ReadWeather(netCDF(t, "t2m", "K", nil), [4]float64{117.01, 36.95, 117.02, 36.96})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(all[0].Lon); n != 3 || len(all[0].Values[0]) != 9 { // its own cell and two around, at the corner
		t.Errorf("%d columns, %d values", n, len(all[0].Values[0]))
	}
}

func TestWeatherThatIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ path, want string }{
		"no file":            {filepath.Join(t.TempDir(), "none.nc"), "none.nc"},
		"another calendar":   {netCDF(t, "t2m", "K", map[string]string{"time#calendar": "360_day"}), "calendar"},
		"times since when":   {netCDF(t, "t2m", "K", map[string]string{"time#units": "fortnights since 1900-01-01"}), "fortnights"},
		"beyond the county":  {netCDF(t, "t2m", "K", nil), "no cell"},
		"a picture of parus": {"weather_test.go", "weather_test.go"},
	} {
		bound := [4]float64{math.NaN()}
		if name == "beyond the county" {
			bound = [4]float64{10, 50, 11, 51}
		}
		if _, err := gdal.ReadWeather(tc.path, bound); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tc.want)
		}
	}
}

// GRIB's second edition, written by GDAL: 2 m temperature (discipline 0,
// category 0, number 0, level 103 at 2 m) of one instant. GDAL reads it in °C.
func TestWeatherOfGRIB(t *testing.T) {
	t.Parallel()
	gdal.Register()
	ds, err := godal.Create(godal.Memory, "", 1, godal.Float32, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer ds.Close()
	sr, err := godal.NewSpatialRefFromEPSG(4326)
	if err != nil {
		t.Fatal(err)
	}
	defer sr.Close()
	values := make([]float32, 12)
	for i := range values {
		values[i] = 10 + float32(i)
	}
	for _, err := range []error{ds.SetSpatialRef(sr), ds.SetGeoTransform([6]float64{117, 0.1, 0, 37, 0, -0.1}), ds.Bands()[0].Write(0, 0, values, 4, 3)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "t.grib2")
	out, err := ds.Translate(path, []string{"-of", "GRIB", "-co", "IDS=CENTER=98 REF_TIME=2025-05-01T06:00:00Z", "-co", "PDS_PDTN=0",
		"-co", "PDS_TEMPLATE_NUMBERS=0 0 2 0 0 0 0 0 1 0 0 0 0 103 0 0 0 0 2 255 128 0 0 0 0"})
	if err != nil {
		t.Skipf("this GDAL writes no GRIB, nothing was checked: %v", err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := gdal.ReadWeather(path, [4]float64{math.NaN()})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Name != "tmp" || !strings.Contains(all[0].Unit, "C") {
		t.Fatalf("read %+v", all)
	}
	if at := all[0].Times[0]; !at.Equal(time.Date(2025, 5, 1, 6, 0, 0, 0, time.UTC)) {
		t.Errorf("of %s", at)
	}
	if got := all[0].Values[0][5]; math.Abs(got-15) > 0.05 {
		t.Errorf("second row, second column: %g °C, want 15", got)
	}
}
